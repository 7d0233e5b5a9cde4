# SPDX-License-Identifier: ISC
"""The macros of a light Exim as they are shipped, expanded by "exim -be".

What Exim knows of a delivery is put in place of its variables; lightsvc.py
answers, and fails in one answer as the domain's label says.
"""
import ast
import base64
import dataclasses
import pathlib
import re

import exim
import faults
import hooks
import lightsvc
import proc
import rows
import ways

ZONE = faults.ZONE
LIGHT = ways.WAYS["light"]
MACROS = hooks.FILES / LIGHT.macros
CONF = lightsvc.DIR / "be.conf"
MODES = ("none", "testing", "enforce")
# Exim's variables about a delivery, as the two files name them.
VARIABLES = {
    "host_address": "a", "host": "h", "domain": "d", "event_name": "e",
    "event_data": "x", "event_defer_errno": "n",
}
# What the ACL reads in a certificate.
STUBS = {"sans": f"*.mx.{ZONE}", "old": "no"}
CONNECT = "EVENT at smtp:connect"
CERT = "EVENT at tls:cert"
HOOKS = ("REQUIRE", "VERIFY", "INTERFACE", "RETRY", CONNECT, CERT, "IGNORE",
         "DEFER", "DOMAINS")
VIA_HOOKS = ("REQUIRE", "VERIFY", CONNECT, CERT, "DOMAINS", "SNI")
OPTIONS = {"REQUIRE": "hosts_require_tls", "VERIFY": "tls_verify_hosts",
           "INTERFACE": "interface", "RETRY": "retry_include_ip_address",
           "GUARD": "multi_domain"}
BY_VERB = {"stance": HOOKS[:6], "hosts": HOOKS[6:], "covers": (CERT,),
           "passed": (), "wait": HOOKS}
NAMED = "<; 0.0.0.0 ; ::"


def settable(text: str) -> str:
    """The shipped text with variables that "exim -be" can set."""
    for name, short in VARIABLES.items():
        text = re.sub(rf"(\$|def:){name}\b(?!_)", rf"\1acl_m_{short}", text)
    return text


def sized(text: str) -> str:
    """With its own size in it, as the shipped file has."""
    text, count = re.subn(r"(\{size\}.*\}\}\{)[0-9]{4}(?=\})",
                          rf"\g<1>{len(text.encode()):04}", text)
    assert count == 1
    return text


def be_config() -> None:
    """The files as they are shipped, but for that."""
    (lightsvc.DIR / hooks.ACL).write_text(
        sized(settable((hooks.FILES / hooks.ACL).read_text())))
    text = settable((hooks.FILES / hooks.MORE).read_text())
    for name, value in STUBS.items():
        line = f"  set acl_c_stsgate_{name} = "
        text, count = re.subn(f"^{line}.*$", f"{line}{value}", text,
                              flags=re.M)
        assert count == 1
    (lightsvc.DIR / hooks.MORE).write_text(text)
    CONF.write_text(f"STSGATE_FILES = {lightsvc.DIR}\n"
                    "STSGATE_SMARTHOST = $acl_m_d\nSTSGATE_ENABLE = yes\n"
                    + settable(MACROS.read_text()) + hook_macros()
                    + "keep_environment =\n")


def hook_macros() -> str:
    """Of the hooks that are options, not macros."""
    lines = hooks.options(light=True)
    values = {name: lines[option].partition(" = ")[2]
              for name, option in OPTIONS.items()}
    return settable("".join(f"STSGATE_{name} = {value}\n"
                            for name, value in values.items()))


def setting(**values: str) -> str:
    """A line that sets variables."""
    return "".join(f"${{acl{{accept set acl_m_{VARIABLES[name]} = {value}}}}}"
                   for name, value in values.items())


def be(text: str, **macros: str) -> str:
    """What "exim -be" says to TEXT, with other values of some macros."""
    values = [f"-DSTSGATE_{name}={value}" for name, value in macros.items()]
    return exim.run("exim4", "-C", str(CONF), *values, "-be", text=text,
                    deadline=120).stdout


def line_of(hook: str, via: str) -> str:
    event = {CONNECT: "smtp:connect", CERT: "tls:cert"}.get(hook)
    if not event:
        return setting(event_name="") + f"<STSGATE_{via}{hook}>"
    return setting(event_name=event, event_data="0") + f"<STSGATE_{via}EVENT>"


def expand(labels: list[str], socket: str, via: str = "",
           patience: str = "12s") -> list[dict[str, str]]:
    """What each hook expands to for each of the domains."""
    names = VIA_HOOKS if via else HOOKS
    text = []
    for label in labels:
        text.append(setting(domain=f"{label}.{ZONE}",
                            host=f"{label}.mx.{ZONE}",
                            host_address="192.0.2.1"))
        text += [line_of(hook, via) for hook in names]
    out = be("\n".join(text) + "\n", SOCKET=socket, PATIENCE=patience,
             ALIVE=patience)
    return answers(out, names, len(labels))


def answers(out: str, names: tuple[str, ...], count: int
            ) -> list[dict[str, str]]:
    """What "exim -be" said to each of NAMES, COUNT times."""
    said = out.replace("> ", "\n").split("\n")
    values = [line for line in said if line[:1] == "<" or "Failed" in line]
    if len(values) != count * len(names):
        raise RuntimeError(f"exim -be: {out[-500:]}")
    values = [value.removeprefix("<").removesuffix(">") for value in values]
    return [dict(zip(names, values[n:])) for n in
            range(0, len(values), len(names))]


def whole(hook: str, mode: str, label: str) -> str:
    """The value with all answers there."""
    free = mode != "enforce"
    return {"REQUIRE": "" if free else "*", "VERIFY": "" if free else "*",
            "INTERFACE": "" if free else NAMED, "RETRY": "true",
            CONNECT: "", CERT: "", "SNI": f"{label}.mx.{ZONE}",
            "DEFER": "" if free else "*",
            # A session that is to be counted goes our way.
            "DOMAINS": "!*" if mode == "none"
            and not label.endswith("-tell") else "*",
            "IGNORE": "" if free else "! ^(?i)"
            + (r"[^.]+\Q" if "-stance-" in label else rf"\Q{label}")
            + rf".mx.{ZONE}\E$ ; +stsgate_rest ; *"}[hook]


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
    tell: bool = False

    @property
    def label(self) -> str:
        kind = "fine" if self.verb == "wait" else self.kind
        return (f"{kind}{self.number}-{self.verb}-{self.mode}"
                + "-tell" * self.tell)

    @property
    def answer(self) -> bytes:
        if self.verb == "wait":
            return lightsvc.WAIT
        words = {"stance": (f"{self.label}.{ZONE}", f"{self.label}.mx.{ZONE}"),
                 "hosts": (f"{self.label}.{ZONE}",), "passed": ("x",),
                 "covers": (f"{self.label}.mx.{ZONE}",) * 2}[self.verb]
        return lightsvc.answer(["STS1", self.verb, *words], self.label,
                               self.mode, self.tell)

    def same(self) -> bool:
        """Is what is told the right answer after all?"""
        if self.kind == "cut":
            return self.number >= len(self.answer)
        if self.kind == "late":
            return False
        return lightsvc.JUNK[self.number](self.answer) == self.answer

    def wrong(self, values: dict[str, str], hook: str) -> bool:
        fails = hook in BY_VERB[self.verb] and not self.same()
        if self.verb == "covers" and self.mode != "enforce":
            fails = False  # it is not asked
        # That there was trouble is remembered.
        if fails or (self.kind == "late" and refuses(hook, values[hook])):
            return not refuses(hook, values[hook])
        return values[hook] != whole(hook, self.mode, self.label)


def trials(kind: str, verb: str, mode: str, tell: bool) -> list[Trial]:
    if kind == "junk":
        return [Trial(kind, n, verb, mode, tell)
                for n in range(len(lightsvc.JUNK))]
    if kind == "late":
        return [Trial(kind, 0, verb, mode, tell)]
    if verb == "wait":
        return [Trial(kind, n, verb, mode, tell)
                for n in range(len(lightsvc.WAIT) + 1)]
    # The number is part of the answer.
    return [trial for n in range(1000)
            if n <= len((trial := Trial(kind, n, verb, mode, tell)).answer)]


def values_of(many: list[Trial], via: str,
              usual: pathlib.Path) -> list[dict[str, str]]:
    if many[0].kind == "late" or many[0].verb == "wait":
        return [expand([one.label], str(
            lightsvc.socket_of((one.kind, one.number))
            if one.verb == "wait" else usual), via,
            "1s" if one.kind == "late" else "12s")[0] for one in many]
    return expand([one.label for one in many], str(usual), via)


WHAT = {"cut": "{verb}: cut after each of 0..{last} octets",
        "junk": "{verb}: {count} kinds of garbage",
        "late": "{verb}: answered after the timeout"}


def told(kind: str, verb: str, mode: str, tell: bool, via: str,
         usual: pathlib.Path) -> bool:
    """Does this say something that no other combination says?"""
    if tell and (verb not in ("stance", "hosts") or kind == "late"):
        return False
    if usual == lightsvc.SLOW:
        return verb in ("stance", "hosts") and mode != "testing" and not via
    if verb == "passed":
        return (kind, mode, via) == ("cut", "enforce", "")
    if via:
        return (kind != "late" and verb in ("stance", "hosts", "covers")
                and mode != "testing")
    return kind == "cut" or mode != "testing"


def expansions(out: rows.Rows, pool, release: str) -> None:
    """Every octet of every answer."""
    jobs = [(kind, verb, mode, tell, via, usual)
            for kind in WHAT for verb in BY_VERB
            for mode in MODES for tell in (False, True) for via in ("", "VIA_")
            for usual in (lightsvc.FINE, lightsvc.SLOW)
            if told(kind, verb, mode, tell, via, usual)]
    many = [trials(*job[:4]) for job in jobs]
    found = pool.map(values_of, many, *zip(*(job[4:] for job in jobs)))
    for (kind, verb, mode, tell, via, usual), tried, values in zip(
            jobs, many, found):
        bad = [f"{one.label} {hook}={value[hook]!r}"
               for one, value in zip(tried, values) for hook in value
               if one.wrong(value, hook)]
        what = WHAT[kind].format(verb=verb, last=tried[-1].number,
                                 count=len(tried))
        what += ", tell" * tell + ", smart host" * bool(via)
        what += ", after wait" * (usual == lightsvc.SLOW)
        out.add(release, mode, what,
                "refuses", f"{len(bad)} do not" if bad else "refuses",
                "; ".join(bad)[:300] or f"{sum(map(len, values))} expansions")


HOSTILE = (
    b"a b.example", b"a%20b.example", b"a\\x20b.example", b"a\\b.example",
    b"x none\nSTS1 stance x", b"a\tb.example", b"b\xc3\xbccher.example",
    b"$primary_hostname.example", b"${if {.example", b"}}}{*}.example",
    b'"a".example', b"a\r\nb", b"%", b"\\", b"\\N", b"\x7f\x01",
    b"[192.0.2.1]",
    b"a,b:c;d.example", b"\xff\xfe.example",
)


def quoted(octets: bytes) -> str:
    """A word of a question, as the protocol wants it."""
    return "".join(chr(c) if 0x21 <= c <= 0x7e and c not in b"%\\" else
                   f"%{c:02x}" for c in octets)


def asked() -> list[str]:
    return [ast.literal_eval(line) for line in proc.lines(lightsvc.ASKED)]


def injection(out: rows.Rows, release: str) -> None:
    """Octets of the network's choice are one word of one question each."""
    text = []
    for octets in HOSTILE:
        coded = base64.b64encode(octets).decode()
        coded = rf"\$\{{base64d:{coded}\}}"  # expanded once more
        text.append(setting(domain=coded, host=coded) + "<STSGATE_REQUIRE>"
                    "<STSGATE_IGNORE>")
    before = len(asked())
    said = be("\n".join(text) + "\n", SOCKET=str(lightsvc.FINE))
    words = [quoted(octets) for octets in HOSTILE]
    want = [line for word in words for line in (
        f"STS1 stance {word} {word} now tell\n",
        f"STS1 hosts {word} now tell\n")]
    seen = asked()[before:]
    strange = [line for line in seen if line not in want]
    empty = said.count("<><>")
    out.add(release, "none", "domain and host of hostile octets",
            f"{len(want)} questions, {len(words)} answered",
            f"{len(seen) - len(strange)} questions, {empty} answered"
            + f", {len(strange)} strange" * bool(strange),
            repr((strange + words)[:2]))
