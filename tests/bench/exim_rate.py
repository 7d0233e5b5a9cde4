# SPDX-License-Identifier: ISC
"""Deliveries a second by Exim, with stsgate and without, in turns.

A message is handed over and delivered at once by one exim process, as a
program on this host would do it; two at a time. Both sides do the same TLS
work: Exim verifies by default where it can.
"""
import concurrent.futures
import dataclasses
import pathlib
import resource
import subprocess
import time

import exim
import fastsink
import hits
import hooks
import lab
import pairs
import service

AT_ONCE = 2
BLOCK = 8        # messages between two turns
SECONDS = 450    # a row: pairs with and without, in the order AB BA AB ...
PAIRS_MIN = 40
DOMAINS = 8
GOAL = 0.97
KINDS = {"enforce": "enforce", "none": ""}
TRAP = "trap.lab.example"


@dataclasses.dataclass
class Side:
    name: str
    config: pathlib.Path


class Fast(lab.Lab):
    """The lab, with servers that are no bottleneck."""

    def start_sinks(self):
        self.server = fastsink.start(
            [(sink["address"], sink["cert"], sink["key"])
             for sink in self.sinks])


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


def installed():
    """stsgate where it is installed, so that no macro has to be set."""
    share = pathlib.Path("/usr/share/stsgate/exim")
    for path, source in ((share, hooks.FILES),
                         (pathlib.Path("/usr/lib/stsgate/stsgate.so"),
                          service.binary("stsgate.so"))):
        path.parent.mkdir()
        path.symlink_to(source)
    return exim.Setup(
        macros=f".include {share}/{exim.WAY.macros}",
        router=f".include {share}/stsgate-router.conf",
        transport=f".include {share}/stsgate-transport.conf")


def side(name, setup):
    """A configuration that Exim keeps its rights under, being named."""
    exim.write(setup, keep=True)
    config = exim.ETC / f"{name}.conf"
    exim.CONFIG.rename(config)
    with open(exim.ETC / "trusted_configs", "a", encoding="ascii") as known:
        known.write(f"{config}\n")
    return Side(name, config)


def send(side_, domain):
    rcpt = f"u@{domain}"
    done = subprocess.run(
        ["exim4", "-C", side_.config, "-odf", "-i", "-f", exim.SENDER, rcpt],
        input=exim.MESSAGE.format(sender=exim.SENDER, to=rcpt, marker="x"),
        text=True, capture_output=True, check=False, close_fds=False)
    if done.returncode != 0 or done.stderr:
        raise RuntimeError(f"{side_.name}: {done.stderr or done.stdout}")


def children():
    """Seconds of CPU so far of all Exims."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def busy_time(running):
    """Seconds of CPU so far: of all Exims, and of stsgated."""
    path = pathlib.Path(f"/proc/{running.child.pid}/schedstat")
    service_ns = int(path.read_text().split()[0])
    return children() + service_ns / 1e9


def block(pool, side_, running, domains):
    """Seconds, and seconds of CPU, for one message to each domain. All must
    arrive."""
    before = fastsink.taken()
    begin, cpu = time.perf_counter(), busy_time(running)
    list(pool.map(lambda name: send(side_, name), domains))
    seconds = time.perf_counter() - begin
    cpu = busy_time(running) - cpu
    if fastsink.taken() != tuple(n + len(domains) for n in before):
        raise RuntimeError(f"{side_.name}: not all delivered over TLS: "
                           f"{before}, {fastsink.taken()}\n{exim.log()[-8:]}")
    return seconds, cpu


def check(theirs, ours):
    """Is stsgate at work on one side, and on no other?"""
    before = fastsink.taken()[0]
    send(ours, TRAP)
    kept = fastsink.taken()[0] - before
    send(theirs, TRAP)
    if kept != 0 or fastsink.taken()[0] - before != 1:
        raise RuntimeError(f"stsgate is not where it should be: {exim.log()}")
    verified = [line for line in exim.log() if " => " in line]
    if not all(" CV=yes" in line for line in verified):
        raise RuntimeError(f"not verified: {verified}")


def in_turns(pool, theirs, ours, running, domains):
    """Pairs of what block() says without and with."""
    found = []
    end = time.monotonic() + SECONDS
    while (len(found) < PAIRS_MIN or len(found) % 2 == 1
           or time.monotonic() < end):
        turn = (theirs, ours) if len(found) % 2 == 0 else (ours, theirs)
        times = {each.name: block(pool, each, running, domains)
                 for each in turn}
        found.append((times[theirs.name], times[ours.name]))
    return found


def both(found, busy, name):
    peer = "the same Exim without"
    yield name, pairs.row(
        [(a[0], b[0]) for a, b in found], "per second", lambda x: BLOCK / x,
        peer, GOAL, f"; servers busy {busy:.0%} of a core")
    yield name + "_cpu", pairs.row(
        [(a[1], b[1]) for a, b in found], "ms", lambda x: x / BLOCK * 1e3,
        peer, GOAL)


def rows():
    hits.first_of_all()
    made = world()
    running = service.start()
    theirs, ours = side("without", exim.Setup()), side("with", installed())
    check(theirs, ours)
    package = exim.WAY.package.rpartition("-")[2]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for kind in KINDS:
            domains = names(kind)[:BLOCK]
            for each in (theirs, ours):
                block(pool, each, running, domains)  # to warm all caches
            begin, cpu = time.perf_counter(), hits.cpu(made.server.pid)
            found = in_turns(pool, theirs, ours, running, domains)
            cpu = hits.cpu(made.server.pid) - cpu
            busy = cpu / (time.perf_counter() - begin)
            yield from both(found, busy, f"exim_{package}_{kind}")
