# SPDX-License-Identifier: ISC
"""CPU of recording one result, as a share of what a delivery takes.

Results are told as Exim's deliveries tell them, two at a time and each on a
connection of its own, to a stsgated whose store is on a disk; each is answered
when it is committed.
"""
import json
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

import hits

ASKERS = 2
TIMES = 2000   # results of each, in a turn
TURNS = 9
GOAL = 0.5     # percent
CONFIG = 'report_organization = "Bench"\nreport_contact = "t@bench.example"\n'
QUESTION = (f"result {hits.DOMAIN} result=success action=sent mode=enforce "
            f"host=mx1.{hits.DOMAIN} addr=198.51.100.1 from=192.0.2.1")


def counted(folder):
    """How many successes it has for today's report."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(folder / "admin.sock"))
        peer.sendall(f"STS1 report {hits.DOMAIN} day={day}\n".encode())
        with peer.makefile("r") as reader:
            line = reader.readline()
    told = json.loads(line.partition(" json ")[2])
    return sum(one["successful"] for one in told["policies"])


def daemon(folder):
    """The process that listens, by who is at the other end."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(folder / "admin.sock"))
        cred = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(cred[:4], "little")


def cpu(pid):
    """Seconds of all its threads."""
    return sum(int(path.read_text().split()[0]) for path in
               pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def turn(build, folder, query):
    """Microseconds of CPU of one result: who tells it, and stsgated."""
    pid, number = daemon(folder), ASKERS * TIMES
    before = cpu(pid)
    done = subprocess.run(
        [build / "tests/bench/bench_result", query, str(ASKERS), str(TIMES),
         QUESTION], check=True, stdout=subprocess.PIPE, text=True,
        preexec_fn=hits.first_of_all)
    return json.loads(done.stdout)["us"], (cpu(pid) - before) * 1e6 / number


def bench(build, delivery_ms):
    with tempfile.TemporaryDirectory(prefix="sts-bench-",
                                     dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        with hits.service(build, folder, CONFIG) as query:
            # Where the kernel puts it, as beside deliveries.
            os.sched_setaffinity(daemon(folder), os.sched_getaffinity(0))
            turn(build, folder, query)
            before = counted(folder)
            turns = [turn(build, folder, query) for _ in range(TURNS)]
            if counted(folder) - before != TURNS * ASKERS * TIMES:
                raise SystemExit("not all that was told is counted")
    asker, service = (statistics.median(side) for side in zip(*turns))
    share = (asker + service) / delivery_ms / 10
    yield "report_result", {
        "value": asker + service, "unit": "us CPU",
        "against": f"percent of the CPU of an Exim delivery, {delivery_ms:.1f}"
                   f" ms; {asker:.0f} us who tells it, {service:.0f} us "
                   "stsgated",
        "ratio": round(share, 3), "goal": GOAL, "met": share <= GOAL}
