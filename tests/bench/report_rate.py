# SPDX-License-Identifier: ISC
"""What it costs an Exim delivery that its result is recorded for a report.

Two stsgateds, one with reports and one without, and an Exim on each, take
turns. Their stores are in memory, as all of a lab is; result.py has what this
cannot show.
"""
import concurrent.futures
import json
import pathlib
import shutil
import time

import exim
import exim_rate
import fastsink
import hits
import lab
import pairs
import service

SECONDS = 60
PAIRS_MIN = 30
GOAL = 0.97
DOMAINS = [f"asks{i}.lab.example" for i in range(exim_rate.BLOCK)]
ORGANIZATION = '"Bench"'
CONTACT = '"tls@bench.example"'
STORES = pathlib.Path("/var/lib/stsgate-bench")


class Side:
    """A stsgated at a place of its own, and an Exim that asks it."""

    def __init__(self, name, **config):
        self.name = name
        run = pathlib.Path("/run/stsgate")
        self.place = service.Place(
            pathlib.Path(f"/etc/stsgate/{name}.conf"), run / f"{name}.sock",
            run / f"{name}-admin.sock", f"stsgated-{name}")
        self.store = STORES / name
        self.store.mkdir(parents=True)
        shutil.chown(self.store, service.USER)
        self.config = {
            "query_socket": f'"{self.place.query}"',
            "admin_socket": f'"{self.place.admin}"',
            "store": f'"{self.store}"', **config}
        self.exim = None

    def start(self):
        service.configure(place=self.place, **self.config)
        self.running = service.proc.start(
            "nice", "-n", "-10", service.binary("stsgated"), "-c",
            str(self.place.config), name=self.place.name)
        service.proc.until(lambda: service.pings(self.running, self.place),
                           f"{self.name} answers")

    def configure(self, setup):
        macros = f"STSGATE_SOCKET = {self.place.query}\n{setup.macros}"
        self.exim = exim_rate.side(self.name, exim_rate.dataclasses.replace(
            setup, macros=macros))

    def ask(self, question):
        return service.ask(question, path=self.place.admin)

    def cpu(self):
        """Seconds of all its threads."""
        return sum(int(path.read_text().split()[0]) for path in pathlib.Path(
            f"/proc/{self.running.child.pid}/task").glob("*/schedstat")) / 1e9


def world():
    made = exim_rate.Fast()
    for name in DOMAINS:
        made.add(lab.Domain(name, (lab.Mx("mx1"),), "enforce"))
        made.zones.add(f"_smtp._tls.{name}", "TXT",
                       f'"v=TLSRPTv1; rua=mailto:r@{name}"')
    made.start()
    return made


def block(pool, side):
    """Seconds, and seconds of CPU, of one message to each domain."""
    before, cpu = fastsink.taken(), exim_rate.children() + side.cpu()
    begin = time.perf_counter()
    list(pool.map(lambda name: exim_rate.send(side.exim, name), DOMAINS))
    seconds = time.perf_counter() - begin
    cpu = exim_rate.children() + side.cpu() - cpu
    if fastsink.taken() != tuple(n + len(DOMAINS) for n in before):
        raise RuntimeError(f"{side.name}: not all delivered over TLS")
    return seconds, cpu


def counted(side):
    """How many successes it has for all reports of today."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    total = 0
    for name in DOMAINS:
        line = side.ask(f"report {name} day={day}")
        if " json " in line:
            told = json.loads(line.partition(" json ")[2])
            total += sum(one["successful"] for one in told["policies"])
    return total


def in_turns(pool, off, on):
    found = []
    end = time.monotonic() + SECONDS
    while (len(found) < PAIRS_MIN or len(found) % 2 == 1
           or time.monotonic() < end):
        turn = (off, on) if len(found) % 2 == 0 else (on, off)
        took = {side.name: block(pool, side) for side in turn}
        found.append((took["off"], took["on"]))
    return found


def rows():
    hits.first_of_all()
    world()
    service.prepare()
    off = Side("off")
    on = Side("on", report_organization=ORGANIZATION, report_contact=CONTACT)
    setup = exim_rate.installed()
    for side in (off, on):
        side.start()
        side.configure(setup)
    with concurrent.futures.ThreadPoolExecutor(exim_rate.AT_ONCE) as pool:
        for side in (off, on):
            block(pool, side)
        before = counted(on)
        found = in_turns(pool, off, on)
    if counted(on) - before != len(found) * len(DOMAINS) or counted(off):
        raise RuntimeError("not each delivery is counted, on one side alone")
    peer = "the same with reports off"
    yield "report_exim", pairs.row(
        [(a[0], b[0]) for a, b in found], "per second",
        lambda x: len(DOMAINS) / x, peer, GOAL)
    yield "report_exim_cpu", pairs.row(
        [(a[1], b[1]) for a, b in found], "ms",
        lambda x: x / len(DOMAINS) * 1e3, peer, GOAL)
