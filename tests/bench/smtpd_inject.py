# SPDX-License-Identifier: ISC
"""Messages a second that OpenSMTPD takes, with filter-stsgate, with a filter
that only says proceed, and with none, in turns.

One smtpd has a listener for each. Deliveries are paused: nothing is measured
but taking mail, of domains that stsgated knows.
"""
import itertools
import json
import statistics
import subprocess
import time

import hits
import pairs
import peers_world
import service
import smtpd
import smtpd_world
import zones

SESSIONS = 8
SIZE = 4096
TURN = 200     # messages; smtpd takes 100 over a connection at most
PAIRS_MIN = 20
# Domains of a row: the filter asks for a domain every 5 s at most, so for few
# stsgated is asked seldom, for many with every message.
FEW, MANY = 300, 10000
TRAP = "trap.example"
GOAL = 0.95
PORTS = {"ours": 25, "proceed": 2501, "bare": 2502, "whole": 2503}
ROWS = {  # ours, against what, seconds, what that is, goal
    "": ("ours", "proceed", 30, "a filter that only says proceed", GOAL),
    "_bare": ("ours", "bare", 6, "no filter", None),
    "_whole": ("whole", "bare", 6, "neither filter nor table, ours is both",
               None),
}
CONFIG = """ca sts cert "/etc/ssl/certs/ca-certificates.crt"
table sts stsgate:/etc/stsgate/opensmtpd.conf
filter sts proc-exec "filter-stsgate"
filter plain proc-exec "filter-stsgate -o"
filter proceed proc-exec "{program}"
listen on 127.0.0.1 port {ours} filter sts
listen on 127.0.0.1 port {proceed} filter proceed
listen on 127.0.0.1 port {bare}
listen on 127.0.0.1 port {whole} tag whole filter sts
action "sts" relay tls ca sts domain <sts> filter sts
action "relay" relay filter plain
match tag whole from local for domain <sts> action "sts"
match from local for any action "relay"
"""


def config():
    return CONFIG.format(program=service.binary("bench_proceed"), **PORTS)


def inject(side, domains):
    """What bench_inject says of a message to each; all must be taken."""
    done = subprocess.run(
        [service.binary("bench_inject"), str(PORTS[side]), str(SESSIONS),
         str(SIZE)], input="".join(f"u@{name}\n" for name in domains),
        text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{side}: {done.stderr}\n{smtpd.log()[-8:]}")
    return json.loads(done.stdout)


def check():
    """Does a recipient reach stsgated by our filter, and by no other?"""
    for side in ("proceed", "bare", "ours"):
        inject(side, [TRAP])
        if zones.asked("_mta-sts." + TRAP, "TXT") != (side == "ours"):
            raise RuntimeError(f"{side}: the filter is not where it should be")


def questions():
    """That stsgated was asked so far, this one included."""
    line = service.ask("stats", path=service.ADMIN)
    return json.loads(line.removeprefix("STS1 json "))["service"]["questions"]


def turn(side, domains):
    """One turn, and how often stsgated was asked in it."""
    asked = questions()
    said = inject(side, itertools.islice(domains, TURN))
    said["asked"] = questions() - asked - 1
    return said


def in_turns(ours, theirs, seconds, domains):
    """Pairs of what turn() says, in the order AB BA AB ..."""
    found = []
    end = time.monotonic() + seconds
    while (len(found) < PAIRS_MIN or len(found) % 2 == 1
           or time.monotonic() < end):
        order = (theirs, ours) if len(found) % 2 == 0 else (ours, theirs)
        said = {side: turn(side, domains) for side in order}
        found.append((said[theirs], said[ours]))
    return found


def one_row(domains, ours, theirs, seconds, peer, goal):
    running = smtpd_world.run_smtpd(config())
    found = in_turns(ours, theirs, seconds, itertools.cycle(domains))
    if smtpd_world.queued() != 2 * TURN * len(found):
        raise RuntimeError("not all of it is in the queue")
    running.stop()
    busy = statistics.median(b["cpu"] / b["seconds"] for _, b in found)
    asked = statistics.mean(b["asked"] / TURN for _, b in found)
    return pairs.row(
        [(a["seconds"], b["seconds"]) for a, b in found], "per second",
        lambda x: TURN / x, peer, goal,
        f"; {asked:.2f} questions to stsgated a message; who sends is busy "
        f"{busy:.0%} of a core")


def rows():
    hits.first_of_all()
    policies = peers_world.with_policy(MANY // 2)
    negatives = peers_world.without(MANY // 2)
    daemon = smtpd_world.start(policies, [*negatives, TRAP])
    smtpd_world.know(daemon, policies, negatives)
    smtpd.prepare()
    running = smtpd_world.run_smtpd(config())
    check()
    running.stop()
    head = f"opensmtpd_inject_{smtpd_world.version()}_"
    # Many first: a mail host is tried anew when 200 s have gone.
    kinds = {"many": [name for both in zip(policies, negatives)
                      for name in both],
             "policy": policies[:FEW], "none": negatives[:FEW]}
    for kind, domains in kinds.items():
        for end, how in ROWS.items():
            yield head + kind + end, one_row(domains, *how)
