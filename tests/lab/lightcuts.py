# SPDX-License-Identifier: ISC
"""A light Exim whose answers are cut, late or garbage: all of it must refuse.

First the macros as they are shipped, expanded by "exim -be" for each octet of
each answer, by the Exim of both releases; what Exim knows of a delivery is put
in place of its variables. Then real deliveries for each kind of trouble.
"""
import ast
import base64
import concurrent.futures
import dataclasses
import re
import time

import exim
import faults
import hooks
import lab
import lightsvc
import proc
import rows
import ways

ZONE = faults.ZONE
LIGHT = ways.WAYS["light"]
TASKS = 8
MACROS = hooks.FILES / LIGHT.macros
CONF = "/run/lab/light/be.conf"
MODES = ("none", "testing", "enforce")
# Exim's variables about a delivery, as the macros name them.
VARIABLES = {
    "host_address": "a", "host": "h", "domain": "d", "event_name": "e",
    "event_data": "x", "event_defer_errno": "n",
}
# What the shipped text cannot be told by variables.
STUBS = {
    "STSGATE_LSANS": "$acl_m_h", "STSGATE_LOLD": "no",
}
CONNECT = "EVENT at smtp:connect"
CERT = "EVENT at tls:cert"
HOOKS = ("REQUIRE", "VERIFY", "INTERFACE", "RETRY", CONNECT, CERT, "IGNORE",
         "DEFER", "DOMAINS")
BY_VERB = {"stance": HOOKS[:6], "hosts": HOOKS[6:], "covers": (CERT,),
           "passed": (), "ping": HOOKS}
NAMED = "<; 0.0.0.0 ; ::"


def macros_text() -> str:
    """The shipped macros with variables that "exim -be" can set."""
    text = MACROS.read_text()
    for name, short in VARIABLES.items():
        text = re.sub(rf"\$({name})\b(?!_)", f"$acl_m_{short}", text)
        text = re.sub(rf"def:{name}\b(?!_)", f"def:acl_m_{short}", text)
    for name, value in STUBS.items():
        text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text,
                              flags=re.M)
        assert count == 1
    return text


def be_config() -> None:
    with open(CONF, "w", encoding="utf-8") as out:
        out.write("STSGATE_SMARTHOST = $acl_m_d\n" + macros_text()
                  + "\nkeep_environment =\n")


def use(way: ways.Way) -> None:
    """The Exim that the module exim is about."""
    exim.WAY, exim.ROOT = way, way.root
    exim.ETC = way.root / "etc/exim4"
    exim.CONFIG = exim.ETC / "exim4.conf"
    exim.LOGS = way.root / "var/log/exim4"
    exim.SPOOL = way.root / "var/spool/exim4"


def setting(**values: str) -> str:
    """A line that sets variables."""
    return "".join(f"${{acl{{accept set acl_m_{VARIABLES[name]} = {value}}}}}"
                   for name, value in values.items())


def line_of(hook: str, via: str) -> str:
    event = {CONNECT: "smtp:connect", CERT: "tls:cert"}.get(hook)
    if not event:
        return f"<STSGATE_{via}{hook}>"
    return setting(event_name=event, event_data="0") + f"<STSGATE_{via}EVENT>"


def via_hooks(via: str) -> list[str]:
    return [hook for hook in HOOKS if not via or hook in
            (CONNECT, CERT, "REQUIRE", "VERIFY", "DOMAINS")]


def expand(labels: list[str], socket: str, via: str = "",
           patience: str = "12s") -> list[dict[str, str]]:
    """What each hook expands to for each of the domains."""
    names = via_hooks(via)
    text = []
    for label in labels:
        text.append(setting(domain=f"{label}.{ZONE}",
                            host=f"{label}.mx.{ZONE}",
                            host_address="192.0.2.1"))
        text += [line_of(hook, via) for hook in names]
    done = exim.run("exim4", "-C", CONF, f"-DSTSGATE_SOCKET={socket}",
                    f"-DSTSGATE_PATIENCE={patience}",
                    f"-DSTSGATE_ALIVE={patience}", "-be",
                    text="\n".join(text) + "\n", deadline=120)
    said = done.stdout.replace("> ", "\n").split("\n")
    values = [line for line in said if line[:1] == "<" or "Failed" in line]
    if len(values) != len(labels) * len(names):
        raise RuntimeError(f"exim -be: {done.stdout[-500:]}{done.stderr}")
    values = [value.removeprefix("<").removesuffix(">") for value in values]
    return [dict(zip(names, values[n:])) for n in
            range(0, len(values), len(names))]


def whole(hook: str, mode: str, label: str) -> str:
    """The value with all answers there."""
    free = mode != "enforce"
    return {"REQUIRE": "" if free else "*", "VERIFY": "" if free else "*",
            "INTERFACE": "" if free else NAMED, "RETRY": "true",
            CONNECT: "", CERT: "", "DEFER": "" if free else "*",
            "DOMAINS": "!*" if mode == "none" else "*",
            "IGNORE": "" if free else "! ^(?i)"
            + f"{label}.mx.{ZONE}".replace(".", "\\.") + "$ ; *"}[hook]


def refuses(hook: str, value: str) -> bool:
    """Is that the value which lets nothing happen?"""
    if hook in (CONNECT, CERT):
        return value != "" and "Failed" not in value
    return value == {"INTERFACE": NAMED, "RETRY": "false"}.get(hook, "*")


@dataclasses.dataclass(frozen=True)
class Trial:
    """One domain: which of its answers fails, and how."""

    kind: str
    number: int
    verb: str
    mode: str

    @property
    def label(self) -> str:
        if self.verb == "ping":
            return f"fine{self.number}-ping-{self.mode}"
        return f"{self.kind}{self.number}-{self.verb}-{self.mode}"

    @property
    def answer(self) -> bytes:
        if self.verb == "ping":
            return lightsvc.PONG
        words = {"stance": (f"{self.label}.{ZONE}", f"{self.label}.mx.{ZONE}"),
                 "hosts": (f"{self.label}.{ZONE}",), "passed": ("x",),
                 "covers": (f"{self.label}.mx.{ZONE}",) * 2}[self.verb]
        return lightsvc.answer(["STS1", self.verb, *words], self.label,
                               self.mode)

    def same(self) -> bool:
        """Is what is told the right answer after all?"""
        if self.kind == "cut":
            return self.number >= len(self.answer)
        if self.kind == "late":
            return False
        told = lightsvc.JUNK[self.number](self.answer)
        return told == self.answer or (self.verb == "ping" and bool(
            re.fullmatch(rb"STS1 pong [!-~]+\n", told)))

    def wrong(self, values: dict[str, str], hook: str) -> bool:
        fails = hook in BY_VERB[self.verb] and not self.same()
        if self.verb == "covers" and self.mode != "enforce":
            fails = False  # it is not asked
        # That there was trouble is remembered.
        if fails or (self.kind == "late" and refuses(hook, values[hook])):
            return not refuses(hook, values[hook])
        return values[hook] != whole(hook, self.mode, self.label)


def trials(kind: str, verb: str, mode: str) -> list[Trial]:
    if kind == "junk":
        return [Trial(kind, n, verb, mode) for n in range(len(lightsvc.JUNK))]
    if kind == "late":
        return [Trial(kind, 0, verb, mode)]
    if verb == "ping":
        return [Trial(kind, n, verb, mode) for n in range(len(lightsvc.PONG))]
    # The number is part of the answer.
    return [trial for n in range(1000)
            if n <= len((trial := Trial(kind, n, verb, mode)).answer)]


def values_of(many: list[Trial], via: str) -> list[dict[str, str]]:
    if many[0].kind == "late" or many[0].verb == "ping":
        return [expand([one.label], str(
            lightsvc.socket_of((one.kind, one.number))
            if one.verb == "ping" else lightsvc.FINE), via,
            "1s" if one.kind == "late" else "12s")[0] for one in many]
    return expand([one.label for one in many], str(lightsvc.FINE), via)


WHAT = {"cut": "{verb}: cut after each of 0..{last} octets",
        "junk": "{verb}: {count} kinds of garbage",
        "late": "{verb}: answered after the timeout"}


def told(kind: str, verb: str, mode: str, via: str) -> bool:
    """Does this say something that no other combination says?"""
    if verb == "passed":
        return (kind, mode, via) == ("cut", "enforce", "")
    if via:
        return (kind != "late" and verb in ("stance", "hosts", "covers")
                and mode != "testing")
    return kind == "cut" or mode != "testing"


def expansions(out: rows.Rows, pool, release: str) -> None:
    """Every octet of every answer."""
    jobs = [(kind, verb, mode, via) for kind in WHAT for verb in BY_VERB
            for mode in MODES for via in ("", "VIA_")
            if told(kind, verb, mode, via)]
    many = [trials(kind, verb, mode) for kind, verb, mode, _ in jobs]
    found = pool.map(values_of, many, [via for *_, via in jobs])
    for (kind, verb, mode, via), tried, values in zip(jobs, many, found):
        bad = [f"{one.label} {hook}={value[hook]!r}"
               for one, value in zip(tried, values) for hook in value
               if one.wrong(value, hook)]
        what = WHAT[kind].format(verb=verb, last=tried[-1].number,
                                 count=len(tried))
        out.add(f"{release}", mode, what + (", smart host" if via else ""),
                "refuses", f"{len(bad)} do not" if bad else "refuses",
                "; ".join(bad)[:300] or f"{sum(map(len, values))} expansions")


HOSTILE = (
    b"a b.example", b"a%20b.example", b"a\\x20b.example", b"a\\b.example",
    b"x none\nSTS1 stance x", b"a\tb.example", b"b\xc3\xbccher.example",
    b"$primary_hostname.example", b"${if {.example", b"}}}{*}.example",
    b'"a".example', b"a\r\nb", b"%", b"\\", b"\\N", b"\x7f\x01", b"[192.0.2.1]",
    b"a,b:c;d.example", b"\xff\xfe.example",
)


def quoted(octets: bytes) -> str:
    """A word of a question, as the protocol wants it."""
    return "".join(chr(c) if 0x21 <= c <= 0x7e and c not in b"%\\" else
                   f"%{c:02x}" for c in octets)


def asked() -> list[str]:
    path = lightsvc.ASKED
    return [ast.literal_eval(line) for line in
            path.read_text().splitlines()] if path.exists() else []


def injection(out: rows.Rows, release: str) -> None:
    """Octets of the network's choice are one word of one question."""
    text = []
    for octets in HOSTILE:
        coded = base64.b64encode(octets).decode()
        coded = rf"\$\{{base64d:{coded}\}}"  # expanded once more
        text.append(setting(domain=coded, host=coded) + "<STSGATE_REQUIRE>"
                    "<STSGATE_IGNORE>")
    before = len(asked())
    done = exim.run("exim4", "-C", CONF, f"-DSTSGATE_SOCKET={lightsvc.FINE}",
                    "-be", text="\n".join(text) + "\n")
    words = [quoted(octets) for octets in HOSTILE]
    want = ["STS1 ping\n"] + [line for word in words for line in (
        f"STS1 stance {word} {word}\n", f"STS1 hosts {word}\n")]
    seen = asked()[before:]
    strange = [line for line in seen if line not in want]
    empty = done.stdout.count("<><>")
    out.add(release, "none", "domain and host of hostile octets",
            f"{len(want)} questions, {len(words)} answered",
            f"{len(seen) - len(strange)} questions, {empty} answered"
            + f", {len(strange)} strange" * bool(strange),
            repr((strange + words)[:2]))


def setup(path: str, more: str = "") -> exim.Setup:
    return exim.Setup(
        macros=f"STSGATE_SOCKET = {path}\n{more}\n"
        f".include {MACROS}",
        router=f".include {hooks.FILES}/stsgate-router.conf",
        transport=f".include {hooks.FILES}/stsgate-transport.conf")


SHORT = "STSGATE_ALIVE = 1s\nSTSGATE_PATIENCE = 1s"
SERVERS = ("plain", "good")


class World(lab.Lab):
    """Domains whose MX10 is not in the policy and whose MX20 is."""

    def __init__(self) -> None:
        super().__init__()
        for name, starttls in (("plain", "no"), ("good", "yes"),
                               ("rogue", "yes")):
            zones = tuple(f"*.{'rogue' if name == 'rogue' else 'mx'}.{server}"
                          for server in SERVERS)
            self.add_server(lab.Domain(ZONE, ()), lab.Mx(
                name, starttls=starttls, names=zones), f"{name}.{ZONE}")

    def name(self, label: str, count: int = 1) -> None:
        for server in SERVERS:
            domain = f"{label}.{server}.{ZONE}"
            rogue = f"{label}.rogue.{server}.{ZONE}"
            self.zones.add(domain, "MX", f"10 {rogue}.")
            self.zones.add(rogue, "A", self.hosts[f"rogue.{ZONE}"])
            for number in range(count):
                host = f"{label}.mx.{server}.{ZONE}" if not number else \
                    f"x{number}.{label}.rogue.{server}.{ZONE}"
                self.zones.add(domain, "MX", f"{20 + number} {host}.")
                self.zones.add(host, "A", self.hosts[f"{server}.{ZONE}"])


def send(label: str, server: str, run: str = "") -> tuple[str, float]:
    """Who got a message for LABEL, and after how many seconds."""
    marker = f"{run}{label}-{server}"
    begin = time.monotonic()
    exim.inject(marker, f"u@{label}.{server}.{ZONE}")
    took = time.monotonic() - begin
    return " + ".join(
        m["label"].split(".")[0] + (" tls" if m["tls"] else " clear")
        for m in lab.sink.messages(marker)) or "nobody", took


def sample() -> list[Trial]:
    """Some octets of each answer, and all that is not octets."""
    some = []
    for verb in ("hosts", "stance", "covers"):
        for mode in ("enforce", "none"):
            if verb == "covers" and mode == "none":
                continue
            cuts = trials("cut", verb, mode)
            last = len(cuts) - 1
            some += [cuts[n] for n in (0, 1, last // 2, last - 1)]
            some += trials("junk", verb, mode)
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


HUNG = "late0-ping-enforce"


def troubles(out: rows.Rows, release: str) -> None:
    """A service that hangs or is gone, and what that costs."""
    late = str(lightsvc.socket_of(("late", 0)))
    for label, path, more, want, limit, what in (
            ("fine1-none-enforce", late, "", "nobody", 3.5,
             "hangs, 1 MX host of 2 s"),
            ("fine9-none-enforce", late, "", "nobody", 3.5,
             "hangs, 10 MX hosts of 2 s"),
            ("late0-hosts-enforce", "", SHORT, "nobody", 2.5,
             "hangs in the router after a pong"),
            ("late0-stance-enforce", "", SHORT, "nobody", 5.5,
             "hangs in the transport"),
            ("late0-stance-none", "", SHORT, "nobody", 5.5,
             "hangs in the transport"),
            ("fine1-none-enforce", "/run/lab/light/none", "", "nobody", 1.5,
             "socket missing"),
            ("fine1-none-enforce", "/run/lab/light/none", DELIVER,
             "rogue tls", 1.5, "socket missing, deliver"),
            ("fine1-none-enforce", late, DELIVER, "rogue tls", 4.5,
             "hangs, deliver"),
            ("late0-stance-enforce", "", SHORT + "\n" + DELIVER, "nobody",
             5.5, "hangs in the transport, deliver"),
            *(("fine1-none-enforce", str(lightsvc.socket_of(ping)), DELIVER,
               "nobody", 1.5, f"ping: {ping[0]} {ping[1]}, deliver")
              for ping in (("cut", 0), ("cut", 11), ("junk", 5)))):
        exim.write(setup(path or str(lightsvc.FINE), more))
        got, took = send(label, "plain", f"{release}-{what[:24]}-")
        out.add(release, label.split("-")[-1], f"service {what}", want,
                got + f", {took:.1f} s" * (took > limit), f"{took:.2f} s")


DELIVER = "STSGATE_ON_UNAVAILABLE = deliver"


def one_release(out: rows.Rows, pool, way: ways.Way, release: str,
                some: list[Trial]) -> None:
    use(way)
    exim.write(setup(str(lightsvc.FINE), SHORT))
    expansions(out, pool, release)
    injection(out, release)
    deliveries(out, pool, release, some)
    troubles(out, release)
    out.add(release, "", "Exim's panic log", "empty", exim.panics())
    out.add(release, "", "nothing may be returned", "", exim.bounces()[:60])


def main(_module: str) -> int:
    world = World()
    some = sample()
    for label in dict.fromkeys((
            *(one.label for one in some),
            *(f"fine0-none-{mode}" for mode in MODES), "late0-hosts-enforce",
            "fine1-none-enforce", "late0-stance-enforce",
            "late0-stance-none")):
        world.name(label)
    world.name("fine9-none-enforce", 10)
    world.start()
    lightsvc.DIR.mkdir(mode=0o755)
    be_config()
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
