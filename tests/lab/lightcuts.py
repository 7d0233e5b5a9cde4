# SPDX-License-Identifier: ISC
"""A light Exim whose answers are cut, late or garbage: all of it must refuse.

First each octet of each answer by "exim -be" (lightbe.py), by the Exim of both
releases. Then real deliveries for each kind of trouble.
"""
import concurrent.futures
import dataclasses

import exim
import lightacl
import lightbe
import lightoctets
import lightsvc
import proc
import rows
import ways
from lightbe import LIGHT, MODES, Trial, trials
from lightworld import SHORT, World, begun, send, setup, use

TASKS = 8


def sample() -> list[Trial]:
    """Some octets of each answer, and all that is not octets."""
    some = []
    for verb in ("hosts", "stance", "covers"):
        for mode in ("enforce", "none"):
            # Where none was the answer nothing more is asked.
            if verb != "hosts" and mode == "none":
                continue
            cuts = trials("cut", verb, mode, False)
            last = len(cuts) - 1
            some += [cuts[n] for n in (0, 1, last // 2, last - 1)]
            some += trials("junk", verb, mode, False)
    return some


def deliveries(out: rows.Rows, pool, release: str, some: list[Trial]) -> None:
    for server, full in (("plain", "plain clear"), ("good", "good tls")):
        for mode in MODES:
            want = full if mode != "enforce" else \
                "nobody" if server == "plain" else full
            want = want if mode == "enforce" else "rogue tls"
            got, _ = send(f"fine0-none-{mode}", server, release)
            out.add(release, mode, f"delivered, all is answered; MX {server}",
                    want, got)
        tried = [one for one in some if not one.same()]
        found = list(pool.map(lambda one, server=server: send(
            one.label, server, release)[0], tried))
        bad = [f"{one.label}: {got}" for one, got in zip(tried, found)
               if got != "nobody"]
        out.add(release, "all", f"delivered, {len(tried)} troubles; MX "
                + server, "nobody", f"{len(bad)} got it" if bad else "nobody",
                "; ".join(bad)[:300])


@dataclasses.dataclass(frozen=True)
class Trouble:
    """A service that hangs or is gone, and how often it may be asked: each
    question to one that hangs is a wait."""

    what: str
    want: str = "nobody"
    most: int = 1
    label: str = "fine1-none-enforce"
    socket: str = str(lightsvc.FINE)
    more: str = ""


DELIVER = "STSGATE_ON_UNAVAILABLE = deliver"
HUNG = str(lightsvc.socket_of(("late", 0)))
TROUBLES = (
    Trouble("hangs, 1 MX host", socket=HUNG),
    Trouble("hangs, 10 MX hosts", socket=HUNG, label="fine9-none-enforce"),
    Trouble("hangs in the router, 1 s", label="late0-hosts-enforce",
            more=SHORT),
    Trouble("hangs in the router when it has said wait, 1 s", most=2,
            label="late0-hosts-enforce", more=SHORT,
            socket=str(lightsvc.SLOW)),
    Trouble("hangs in the transport, 1 s", most=2,
            label="late0-stance-enforce", more=SHORT),
    Trouble("hangs in the transport, 10 MX hosts, 1 s", most=2,
            label="late9-stance-testing", more=SHORT),
    Trouble("hangs after the router, 10 MX hosts", most=3,
            label="fine8-none-testing", socket=str(
                lightsvc.socket_of(("turns", 0)))),
    Trouble("hangs when it has said none", "rogue tls",
            label="late0-stance-none"),
    Trouble("socket missing", most=0, socket=lightacl.GONE),
    Trouble("socket missing, deliver", "rogue tls", 0, socket=lightacl.GONE,
            more=DELIVER),
    Trouble("hangs, deliver", "rogue tls", 2, socket=HUNG, more=DELIVER),
    Trouble("hangs in the transport, deliver", most=2,
            label="late0-stance-enforce", more=f"{SHORT}\n{DELIVER}"),
    *(Trouble(f"wait: {kind} {number}, deliver", most=2, more=DELIVER,
              socket=str(lightsvc.socket_of((kind, number))))
      for kind, number in (("cut", 0), ("cut", 9), ("junk", 5),
                           ("junk", lightsvc.GONE), ("junk", lightsvc.LOST))),
)


def troubles(out: rows.Rows, release: str) -> None:
    for number, one in enumerate(TROUBLES):
        exim.write(setup(one.socket, one.more))
        begun()
        before = len(lightbe.asked())
        got, took = send(one.label, "plain", f"{release}-{number}-")
        asked = [line.split()[1] for line in lightbe.asked()[before:]]
        out.add(release, one.label.split("-")[-1], f"service {one.what}",
                one.want, got + f", asked {len(asked)} times"
                * (len(asked) > one.most),
                f"{took:.2f} s, asked {' '.join(asked) or 'nothing'}")


def one_release(out: rows.Rows, pool, way: ways.Way, release: str,
                some: list[Trial]) -> None:
    use(way)
    exim.write(setup())
    lightbe.expansions(out, pool, release)
    lightbe.injection(out, release)
    deliveries(out, pool, release, some)
    troubles(out, release)
    out.add(release, "", "Exim's panic log", "empty", exim.panics())
    lightoctets.show(out, pool, release, 50 if way.other else 1)
    lightacl.show(out, release)
    out.add(release, "", "nothing may be returned", "", exim.bounces()[:60])


def main(_module: str) -> int:
    proc.hurry(5)
    world = World()
    some = sample()
    for label in dict.fromkeys((
            *(one.label for one in some),
            *(f"fine0-none-{mode}" for mode in MODES), "late0-hosts-enforce",
            "fine1-none-enforce", "late0-stance-enforce",
            "late0-stance-none", lightacl.LABEL, lightacl.WILD)):
        world.name(label)
    for label in ("fine9-none-enforce", "fine8-none-testing",
                  "late9-stance-testing"):
        world.name(label, 10)
    for label in (lightacl.LABEL, lightacl.WILD):
        world.nameless(label)
    world.start()
    lightsvc.DIR.mkdir(mode=0o755)
    lightbe.be_config()
    fake = proc.start("/usr/bin/python3", lightsvc.__file__, name="lightsvc")
    proc.until(lightsvc.READY.exists, "the fake service listens")
    out = rows.Rows()
    ways_there = [(LIGHT, "here")]
    if (ways.ELSEWHERE / "debs").exists():
        ways_there.append((dataclasses.replace(LIGHT, other=True), "other"))
    with concurrent.futures.ThreadPoolExecutor(TASKS) as pool:
        for way, release in ways_there:
            one_release(out, pool, way, release,
                        some[::4 if way.other else 1])
    fake.kill()
    return out.end()
