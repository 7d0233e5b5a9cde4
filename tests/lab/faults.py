# SPDX-License-Identifier: ISC
"""A service that is gone, hangs, dies in mid-answer or talks rubbish.

Exim must defer within 2 s, or deliver where it was told to
(on_unavailable=deliver), and never send an enforce domain's mail in plaintext.
"""
import concurrent.futures
import dataclasses
import signal
import time

import exim
import fakesvc
import hooks
import lab
import proc
import rows
import service

TASKS = 4
LIMIT = 2.0  # for a deferral
ZONE = "lab.example"
GOOD, PLAIN = "good", "plain"


@dataclasses.dataclass
class Try:
    """One message and what became of it."""

    label: str
    got: str = ""
    took: float = 0.0

    def send(self) -> "Try":
        begin = time.monotonic()
        exim.inject(self.label, f"u@{self.label}.{ZONE}")
        self.took = time.monotonic() - begin
        return self.look()

    def again(self) -> "Try":
        """The next attempt of a message that waits."""
        exim.run("exim4", "-M", exim.message_id(self.label))
        return self.look()

    def look(self) -> "Try":
        seen = lab.sink.messages(self.label)
        self.got = " + ".join(
            m["label"].split(".")[0] + (" tls" if m["tls"] else " clear")
            for m in seen) or "nobody"
        return self


class World(lab.Lab):
    """Many domains, each with an MX name of its own, on two servers."""

    def __init__(self) -> None:
        super().__init__()
        for label, starttls in ((GOOD, "yes"), (PLAIN, "no")):
            self.add_server(
                lab.Domain(ZONE, ()),
                lab.Mx(label, starttls=starttls, names=("*.mx",)),
                f"{label}.{ZONE}")

    def name(self, label: str, server: str) -> str:
        """LABEL's MX is a name of SERVER that is in the certificate."""
        for one in (label, again(label)):
            host = f"{one}.mx.{ZONE}"
            self.zones.add(f"{one}.{ZONE}", "MX", f"10 {host}.")
            self.zones.add(host, "A", self.hosts[f"{server}.{ZONE}"])
        return label

    def policy(self, label: str, server: str,
               delay: float | None = None) -> str:
        """The same, with a policy of mode enforce for the real service."""
        self.name(label, server)
        self.add_policy(lab.Domain(f"{label}.{ZONE}", (), patterns=(),
                                   hosts=(f"{label}.mx.{ZONE}",),
                                   delay=delay))
        return label


def again(label: str) -> str:
    """Another domain to which all the same happens."""
    return label.replace("-", "-again-", 1)


def surely(one: Try) -> Try:
    """A late try is made once more, alone: what the programs under test do is
    the same then, what else the machine did is not."""
    late = one.got == "nobody" and one.took > LIMIT
    return Try(again(one.label)).send() if late else one


def side_by_side(labels: list[str]) -> list[Try]:
    with concurrent.futures.ThreadPoolExecutor(TASKS) as pool:
        return list(pool.map(lambda label: Try(label).send(), labels))


def every(labels: list[str]) -> list[Try]:
    return [surely(one) for one in side_by_side(labels)]


def slowest(tries: list[Try]) -> str:
    return f"slowest {max(t.took for t in tries):.2f} s"


def in_time(tries: list[Try]) -> str:
    late = [t for t in tries if t.got == "nobody" and t.took > LIMIT]
    return f"; {len(late)} late" if late else ""


class Cut:
    """The answers about a domain, cut after every number of octets."""

    def __init__(self, world: World, mode: str, server: str) -> None:
        self.mode = mode
        self.server = server
        self.world = world
        self.first = f"cut999999-{server}-{mode}"
        world.name(self.first, server)

    def label(self, octets: int) -> str:
        return f"cut{octets}-{self.server}-{self.mode}"

    def names(self, most: int) -> None:
        for octets in range(most):
            self.world.name(self.label(octets), self.server)

    def row(self, out: rows.Rows, full: str) -> None:
        """Nobody gets it until enough was told, and then as FULL says."""
        most = fakesvc.told(self.first)
        tries = every([self.label(n) for n in range(most + 1)])
        enough = next((n for n, t in enumerate(tries) if t.got != "nobody"),
                      most + 1)
        stray = [t for t in tries[enough:] if t.got != full]
        seen = f"nobody, then {full}" if full != "nobody" else "nobody"
        wrong = stray or (full != "nobody" and not 0 < enough <= most)
        out.add("cut", self.mode,
                f"killed after each of 0..{most} octets; MX {self.server}",
                seen, (f"{len(stray)} stray, enough {enough}" if wrong
                       else seen) + in_time(tries),
                f"{slowest(tries)}; enough: {enough} octets")


def garbage(out: rows.Rows) -> None:
    for server, full in ((PLAIN, "nobody"), (GOOD, "nobody")):
        tries = every([f"garbage{n}-{server}-enforce"
                       for n in range(len(fakesvc.GARBAGE))])
        seen = sorted({t.got for t in tries})
        out.add("garbage", "enforce",
                f"{len(tries)} kinds of rubbish answered; MX {server}", full,
                " / ".join(seen) + in_time(tries), slowest(tries))


def with_fake(world: World, cuts: list[tuple[Cut, str]],
              out: rows.Rows) -> None:
    fake = proc.start("/usr/bin/python3", fakesvc.__file__,
                      str(service.QUERY), name="fakesvc")
    proc.until(fakesvc.READY.exists, "the fake service listens")
    for cut, full in cuts:
        whole = Try(cut.first).send()
        out.add("whole", cut.mode, f"all is answered; MX {cut.server}", full,
                whole.got, f"{fakesvc.told(cut.first)} octets told")
        cut.row(out, full)
    garbage(out)
    fake.kill()
    service.QUERY.unlink(missing_ok=True)


def fault(out: rows.Rows, what: str, key: str, expected: str) -> None:
    """One message to a domain of each server."""
    for server in (PLAIN, GOOD):
        one = surely(Try(f"{key}-{server}").send())
        want = expected if expected == "nobody" else \
            f"{server} {'clear' if server == PLAIN else 'tls'}"
        out.add(key, "enforce", f"{what}; MX {server}", want,
                one.got + in_time([one]), f"{one.took:.2f} s "
                + " / ".join(hooks.said(exim.lines(one.label))[:1]))


FAULTS = ("stopped", "missing", "refused", "hung")


def break_it(key: str) -> proc.Process:
    """Start the service and let it fail as KEY says."""
    running = service.start()
    if key == "stopped":
        service.stop(running)
    if key == "missing":
        service.QUERY.unlink()
    if key == "refused":
        running.kill()
    if key == "hung":
        running.send(signal.SIGSTOP)
        proc.until(running.stopped, "stsgated is stopped")
    return running


def with_real(out: rows.Rows, key: str, expected: str) -> None:
    what = {"stopped": "service stopped", "missing": "socket missing",
            "refused": "killed, its socket is left",
            "hung": "service hangs (SIGSTOP)"}
    running = break_it(key)
    fault(out, what[key], f"{key}-{expected}", expected)
    running.kill()


def slow(out: rows.Rows) -> None:
    """Eight seconds of a policy host are no dead service."""
    running = service.start()
    tries = side_by_side(["slow-plain", "slow-good"])
    for one, want in zip(tries, ("nobody", "good tls")):
        out.add("slow", "enforce", "policy host takes 8 s; MX "
                + one.label.split("-")[1], want, one.got,
                f"{one.took:.2f} s " + " / ".join(
                    hooks.said(exim.lines(one.label))[:1]))
    late = [Try(f"{key}-nobody-{server}").again()
            for key in FAULTS for server in (GOOD, PLAIN)]
    out.add("again", "enforce", "service is back, next attempt", "4 good tls",
            f"{sum(t.got == 'good tls' for t in late)} good tls", "")
    out.add("again", "enforce", "service is back, next attempt; MX plain",
            "4 nobody", f"{sum(t.got == 'nobody' for t in late)} nobody", "")
    service.stop(running)


def patient(out: rows.Rows) -> None:
    """A service told to take its time is at work, not gone, when the module
    has waited long enough: "deliver" does not apply."""
    running = service.start(lookup_timeout="30s")
    one = Try("patient-plain").send()
    said = hooks.said(exim.lines(one.label))
    out.add("patient", "enforce", "asked for longer than 12 s; MX plain",
            "nobody, reason=timeout",
            one.got + ", " + " ".join(said).rpartition(" ")[2],
            f"{one.took:.2f} s " + " / ".join(said[:1]))
    running.kill()


def missing(out: rows.Rows, module: str) -> None:
    """No module to load: mail waits, and goes when it is back."""
    running = service.start()
    exim.write(hooks.ours("/nowhere/stsgate.so"))
    fault(out, "stsgate.so is not there", "module", "nobody")
    out.add("panics", "", "Exim's panic log tells of it", "dlopen",
            "dlopen" if "dlopen" in exim.panics() else "nothing",
            exim.panics()[:120])
    exim.write(hooks.ours(module), keep=True)
    late = [Try(f"module-{server}").again() for server in (GOOD, PLAIN)]
    out.add("module", "enforce", "stsgate.so is back, next attempt",
            "good tls, nobody", ", ".join(one.got for one in late), "")
    service.stop(running)


def main(module: str) -> int:
    proc.hurry()
    world = World()
    cuts = [(Cut(world, "enforce", PLAIN), "nobody"),
            (Cut(world, "enforce", GOOD), "good tls"),
            (Cut(world, "none", PLAIN), "plain clear")]
    for cut, _ in cuts:
        cut.names(1200)
    for server in (PLAIN, GOOD):
        for number in range(len(fakesvc.GARBAGE)):
            world.name(f"garbage{number}-{server}-enforce", server)
        for key in FAULTS:
            world.policy(f"{key}-nobody-{server}", server)
            world.policy(f"{key}-deliver-{server}", server)
        world.policy(f"slow-{server}", server, 8.0)
        world.policy(f"module-{server}", server)
    world.policy("patient-plain", PLAIN, 0)
    world.start()
    service.prepare()
    out = rows.Rows()
    exim.write(hooks.ours(module))
    with_fake(world, cuts, out)
    for key in FAULTS:
        with_real(out, key, "nobody")
    slow(out)
    exim.write(hooks.ours(module, on_unavailable="deliver"))
    for key in FAULTS:
        with_real(out, key, "deliver")
    patient(out)
    out.add("panics", "", "Exim's panic log", "empty", exim.panics())
    missing(out, module)
    return out.end()
