# SPDX-License-Identifier: ISC
"""How long table-stsgate keeps smtpd waiting, which does nothing else then:
answers about domains that stsgated knows, beside those of a bare echo.

smtpd, table and stsgated never work at the same time, so first they are all
on one core; then where the kernel puts them: waking a core takes time.
"""
import json
import os
import pathlib
import statistics
import subprocess

import hits
import pairs
import peers_world
import service
import smtpd_world

DOMAINS = 10000
ROUNDS = 10
TABLE_MS, ECHO_MS = 800, 200  # a turn
LIST = peers_world.DIR / "list"
GOAL = 200  # microseconds, of 99 in 100 answers


def checks(policies, negatives):
    for policy, negative in zip(policies, negatives):
        yield "check", "domain", policy, "found", ""
        yield "check", "domain", negative, "not-found", ""


def lookups(policies, _negatives):
    for number, name in enumerate(policies):
        yield ("lookup", "relayhost", name, "found",
               f"smtp+tls://{smtpd_world.mail_host(number)}")


def ask(form, *program):
    """What bench_table says; a wrong answer ends the benchmark."""
    milliseconds = ECHO_MS if form == "raw" else TABLE_MS
    done = subprocess.run(
        [service.binary("bench_table"), form, LIST, str(milliseconds),
         *program], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def in_turns(form):
    """Pairs of what is said of an echo, and of the table."""
    table = service.binary("table-stsgate")
    ours = (form, table)
    size = ask("text", table)["size"]
    echo = ("raw", service.binary("bench_echo"), "-", str(size))
    found = []
    for number in range(ROUNDS):
        order = (echo, ours) if number % 2 == 0 else (ours, echo)
        said = {each: ask(*each) for each in order}
        found.append((said[echo], said[ours]))
    return found


def row(found):
    """Of the rounds, each with thousands of answers, the median."""
    def of(key, side):
        return statistics.median(pair[side][key] for pair in found)

    low, high = pairs.interval([ours["p99_us"] for _, ours in found])
    ratio = statistics.median(a["p99_us"] / b["p99_us"] for a, b in found)
    return {"value": of("p99_us", 1), "unit": "us p99",
            "against": f"a bare echo, {of('p99_us', 0):.1f} us, ratio of "
                       f"times; 95 % interval {low:.1f} to {high:.1f} us, "
                       f"bootstrap of the median of {ROUNDS} rounds; p50 "
                       f"{of('p50_us', 1):.1f} us, of the echo "
                       f"{of('p50_us', 0):.1f} us; longest "
                       f"{max(b['max_us'] for _, b in found):.0f} us",
            "ratio": round(ratio, 3), "low": round(low, 1),
            "high": round(high, 1), "goal": f"{GOAL} us", "met": high <= GOAL}


def place(daemon, cores):
    """Where all of it runs from now on, but for DNS and servers."""
    folder = pathlib.Path(f"/proc/{daemon.process.child.pid}/task")
    for task in ("0", *(path.name for path in folder.iterdir())):
        os.sched_setaffinity(int(task), cores)


def rows():
    hits.first_of_all()
    policies = peers_world.with_policy(DOMAINS // 2)
    negatives = peers_world.without(DOMAINS // 2)
    daemon = smtpd_world.start(policies, negatives)
    smtpd_world.know(daemon, policies, negatives)
    cores = os.sched_getaffinity(0)
    for end, where in (("", {max(cores)}), ("_spread", cores)):
        place(daemon, where)
        for what, questions in (("check", checks), ("lookup", lookups)):
            LIST.write_text("".join("\t".join(one) + "\n" for one in
                                    questions(policies, negatives)))
            for form in ("text", "imsg"):
                yield (f"opensmtpd_table_{form}_{what}{end}",
                       row(in_turns(form)))
