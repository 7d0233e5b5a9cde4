# SPDX-License-Identifier: ISC
"""How much later OpenSMTPD greets a client while it looks up 100 domains that
nobody asked for before, by recipients that filter-stsgate holds.

Rounds with that and without, in turns, with the same sessions open.
"""
import json
import statistics
import subprocess

import hits
import pairs
import peers_world
import service
import smtpd
import smtpd_world
import zones

DOMAINS = 100  # of a round
# How many rounds, and the microseconds between recipients. All of them in the
# same moment are a burst of work for smtpd, looked up or not: the last kind.
KINDS = {"policy": (20, 5000), "none": (20, 5000), "slow": (6, 5000),
         "burst": (20, 0)}
RESAMPLES = 1000
GOAL = 5  # milliseconds
PORT = "25"
IDLE, BUSY, HELD = range(3)


def greet(domains, pace, milliseconds=0):
    """What bench_banner says, in milliseconds; it takes so long at least."""
    done = subprocess.run(
        [service.binary("bench_banner"), PORT, str(pace), str(milliseconds)],
        input="".join(f"u@{name}\n" for name in domains), text=True,
        capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{done.stderr}\n{smtpd.log()[-8:]}")
    said = json.loads(done.stdout)
    return ([x / 1e3 for x in said["greeted"]],
            [x / 1e3 for x in said["held"]])


def asked(domains):
    """How many of them DNS was asked for by stsgated."""
    text = (zones.DIR / "unbound.log").read_text()
    return sum(f" _mta-sts.{name}. TXT IN\n" in text for name in domains)


def measure(domains, pace):
    """Greetings while nothing is looked up, and while these are, and how long
    their recipients were held. Without look-ups it is the same sessions with
    the same recipients once more."""
    if asked(domains) != 0:
        raise RuntimeError("somebody asked for them before")
    busy, held = greet(domains, pace)
    if asked(domains) != len(domains):
        raise RuntimeError("not all of them were looked up")
    last = max(i * pace / 1e3 + took for i, took in enumerate(held))
    idle, _ = greet(domains, pace, round(last))
    return idle, busy, held


def middle(rounds, side):
    return statistics.median(sum((one[side] for one in rounds), []))


def p99(rounds, side):
    values = sorted(sum((one[side] for one in rounds), []))
    return values[len(values) - 1 - len(values) // 100]


def row(rounds, of, more=""):
    """How much later, by all greetings of all rounds."""
    def late(some):
        return of(some, BUSY) - of(some, IDLE)

    low, high = pairs.interval(rounds, late, RESAMPLES)
    idle, busy = of(rounds, IDLE), of(rounds, BUSY)
    return {"value": late(rounds), "unit": "ms later",
            "against": f"nothing is looked up, {idle:.2f} ms; with look-ups "
                       f"{busy:.2f} ms; 95 % interval {low:.2f} to {high:.2f} "
                       f"ms, bootstrap of {len(rounds)} rounds of {DOMAINS} "
                       f"domains{more}",
            "ratio": round(idle / busy, 3), "low": round(low, 2),
            "high": round(high, 2), "goal": f"{GOAL} ms",
            "met": high <= GOAL}


def kind_rows(name, rounds):
    greetings = sum(len(one[BUSY]) for one in rounds)
    longest = [max(max(one[side]) for one in rounds) for side in (IDLE, BUSY)]
    yield name + "_p50", row(rounds, middle)
    yield name + "_p99", row(
        rounds, p99, f"; of {greetings} greetings the last came after "
        f"{longest[BUSY]:.1f} ms, without look-ups {longest[IDLE]:.1f} ms; "
        f"recipients were held {middle(rounds, HELD):.0f} ms, 99 of 100 less "
        f"than {p99(rounds, HELD):.0f} ms")


def rows():
    hits.first_of_all()
    count = {kind: DOMAINS * rounds for kind, (rounds, _) in KINDS.items()}
    domains = {"none": peers_world.without(count["none"])}
    first, *names = peers_world.with_policy(1 + sum(count.values()))
    for kind in ("policy", "slow", "burst"):
        domains[kind], names = names[:count[kind]], names[count[kind]:]
    daemon = smtpd_world.start(
        [first, *domains["policy"], *domains["burst"]], domains["none"],
        domains["slow"])
    smtpd_world.know(daemon, [first], [])  # the CA file is read but once
    smtpd.prepare()
    smtpd_world.run_smtpd(smtpd.blocks()[0])
    for kind, (rounds, pace) in KINDS.items():
        found = [measure(domains[kind][DOMAINS * i:DOMAINS * (i + 1)], pace)
                 for i in range(rounds)]
        yield from kind_rows(
            f"opensmtpd_banner_{smtpd_world.version()}_{kind}", found)
