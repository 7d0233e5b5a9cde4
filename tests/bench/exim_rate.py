# SPDX-License-Identifier: ISC
"""Deliveries a second by Exim, with stsgate and without, in turns.

A message is handed over and delivered at once by one exim process, as a
program on this host would do it; two at a time. Both sides do the same TLS
work: Exim verifies by default where it can.
"""
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import resource
import statistics
import struct
import subprocess
import time

import exim
import hits
import hooks
import lab
import service

AT_ONCE = 2
BLOCK = 8        # messages between two turns
SECONDS = 28     # a row: pairs with and without, in the order AB BA AB ...
PAIRS_MIN = 40
DOMAINS = 8
GOAL = 0.97
RESAMPLES = 4000
COUNTS = lab.RUN / "counts"
KINDS = {"enforce": "enforce", "none": ""}
TRAP = "trap.lab.example"


@dataclasses.dataclass
class Side:
    name: str
    config: pathlib.Path


class Fast(lab.Lab):
    """The lab, with servers that are no bottleneck."""

    def start_sinks(self):
        lines = "".join(f"{sink['address']} {sink['cert']} {sink['key']}\n"
                        for sink in self.sinks)
        self.server = subprocess.Popen(
            [service.binary("bench_sink"), COUNTS], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.server.stdin.write(lines)
        self.server.stdin.close()
        if self.server.stdout.readline() != "ready\n":
            raise RuntimeError("the sinks do not start")

    def cpu(self):
        text = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text()
        words = text.rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def names(kind):
    return [f"{kind}{i}.lab.example" for i in range(DOMAINS)]


def world():
    made = Fast()
    for kind, mode in KINDS.items():
        for name in names(kind):
            made.add(lab.Domain(name, (lab.Mx("mx1"),), mode))
    made.add(lab.Domain(TRAP, (lab.Mx("mx1"),), "enforce", ("other",)))
    made.start()
    return made


def side(name, setup):
    """A configuration that Exim keeps its rights under, being named."""
    exim.write(setup, keep=True)
    config = exim.ETC / f"{name}.conf"
    exim.CONFIG.rename(config)
    with open(exim.ETC / "trusted_configs", "a", encoding="ascii") as known:
        known.write(f"{config}\n")
    return Side(name, config)


def taken():
    """Messages that the servers have, and how many came over TLS."""
    return struct.unpack("=QQ", COUNTS.read_bytes())


def send(side_, domain):
    rcpt = f"u@{domain}"
    done = subprocess.run(
        ["exim4", "-C", side_.config, "-odf", "-i", "-f", exim.SENDER, rcpt],
        input=exim.MESSAGE.format(sender=exim.SENDER, to=rcpt, marker="x"),
        text=True, capture_output=True, check=False, close_fds=False)
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(f"{side_.name}: {done.stderr or done.stdout}")


def busy_time(running):
    """Seconds of CPU so far: of all Exims, and of stsgated."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    path = pathlib.Path(f"/proc/{running.child.pid}/schedstat")
    service_ns = int(path.read_text().split()[0])
    return used.ru_utime + used.ru_stime + service_ns / 1e9


def block(pool, side_, running, domains):
    """Seconds, and seconds of CPU, for one message to each domain. All must
    arrive."""
    before = taken()
    begin, cpu = time.perf_counter(), busy_time(running)
    list(pool.map(lambda name: send(side_, name), domains))
    seconds = time.perf_counter() - begin
    cpu = busy_time(running) - cpu
    if taken() != tuple(n + len(domains) for n in before):
        raise RuntimeError(f"{side_.name}: not all delivered over TLS: "
                           f"{before}, {taken()}\n{exim.log()[-8:]}")
    return seconds, cpu


def check(theirs, ours):
    """Is stsgate at work on one side, and on no other?"""
    before = taken()[0]
    send(ours, TRAP)
    kept = taken()[0] - before
    send(theirs, TRAP)
    if kept != 0 or taken()[0] - before != 1:
        raise RuntimeError(f"stsgate is not where it should be: {exim.log()}")
    verified = [line for line in exim.log() if " => " in line]
    if not all(" CV=yes" in line for line in verified):
        raise RuntimeError(f"not verified: {verified}")


def in_turns(pool, theirs, ours, running, domains):
    """Pairs of what block() says without and with."""
    pairs = []
    end = time.monotonic() + SECONDS
    while (len(pairs) < PAIRS_MIN or len(pairs) % 2 == 1
           or time.monotonic() < end):
        turn = (theirs, ours) if len(pairs) % 2 == 0 else (ours, theirs)
        times = {each.name: block(pool, each, running, domains)
                 for each in turn}
        pairs.append((times[theirs.name], times[ours.name]))
    return pairs


def interval(ratios):
    """95 % of their median: percentiles of a bootstrap."""
    chance = random.Random(1)
    found = sorted(statistics.median(chance.choices(ratios, k=len(ratios)))
                   for _ in range(RESAMPLES))
    return found[RESAMPLES // 40], found[-RESAMPLES // 40]


def row(pairs, unit, figure, more):
    """Of what each pair says the median: a pair that something else on the
    machine disturbed does not count for more than another."""
    a, b = (figure(statistics.median(side)) for side in zip(*pairs))
    ratios = [x / y for x, y in pairs]
    low, high = interval(ratios)
    return {"value": b, "unit": unit,
            "against": f"the same Exim without, {a:.1f} {unit}; 95 % interval "
                       f"{low:.3f} to {high:.3f}, bootstrap of the median of "
                       f"{len(pairs)} pairs{more}",
            "ratio": round(statistics.median(ratios), 3),
            "low": round(low, 3),
            "high": round(high, 3), "goal": GOAL, "met": low >= GOAL}


def both(pairs, busy, name):
    times = [(a[0], b[0]) for a, b in pairs]
    cpus = [(a[1], b[1]) for a, b in pairs]
    yield name, row(times, "per second", lambda x: BLOCK / x,
                    f"; servers busy {busy:.0%} of a core")
    yield name + "_cpu", row(cpus, "ms", lambda x: x / BLOCK * 1e3, "")


def rows():
    hits.first_of_all()
    made = world()
    running = service.start()
    theirs, ours = side("without", exim.Setup()), side("with", hooks.ours(""))
    check(theirs, ours)
    package = exim.WAY.package.rpartition("-")[2]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for kind in KINDS:
            domains = names(kind)[:BLOCK]
            for each in (theirs, ours):
                block(pool, each, running, domains)  # to warm all caches
            begin, cpu = time.perf_counter(), made.cpu()
            pairs = in_turns(pool, theirs, ours, running, domains)
            busy = (made.cpu() - cpu) / (time.perf_counter() - begin)
            yield from both(pairs, busy, f"exim_{package}_{kind}")
