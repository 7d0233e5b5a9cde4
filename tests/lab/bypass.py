# SPDX-License-Identifier: ISC
"""Ways around a policy that Exim itself opens: shown open, shown shut (APP-7,
THR-13).

"naive" demands TLS and a good certificate of enforce domains by Exim's own
means; "bare" is our module without the router's option and those options that
keep retry records apart. Each is first shown to refuse the plain case. "ours"
is the generic form as it is shipped. Settings that share connections on
purpose are also refused by `stsgate config check --exim`.
"""
import dataclasses
from collections.abc import Callable

import exim
import hooks
import lab
import proc
import rows
import service
import sink

ZONE = "lab.example"
BARE = ("event_action", "hosts_require_tls", "tls_verify_hosts")
SMTP = """EHLO client.example
MAIL FROM:<{sender}>
{rcpts}DATA
Subject: {marker}
Message-ID: <{marker}@lab>
X-Lab-Marker: {marker}

{marker}
.
QUIT
"""


class Pair:
    """A domain with a policy and one without whose MX is the same host."""

    def __init__(self, world: lab.Lab, key: str, patterns=("mx",),
                 **mx) -> None:
        self.key = key
        host = f"mx.{key}.{ZONE}"
        world.add_server(lab.Domain(f"{key}.{ZONE}", ()),
                         lab.Mx("mx", **mx), host)
        self.enforce = f"{key}-enforce.{ZONE}"
        self.open = f"{key}-open.{ZONE}"
        listed = tuple(f"{name}.{key}.{ZONE}" for name in patterns)
        at = (lab.Mx("mx", at=host),)
        world.add(lab.Domain(self.enforce, at, "enforce", (), hosts=listed))
        world.add(lab.Domain(self.open, at, ""))


class Alias(Pair):
    """A domain whose listed MX name is a CNAME to the host of another, whose
    certificate cannot cover it; the other has a policy that its host meets.
    With BOTH the host's own name is in the first domain's policy too; with
    TARGET that name alone."""

    def __init__(self, world: lab.Lab, key: str, both: bool = False,
                 target: bool = False) -> None:
        self.key = key
        host = f"mx.{key}.{ZONE}"
        world.add_server(lab.Domain(f"{key}.{ZONE}", ()), lab.Mx("mx"), host)
        self.enforce = f"{key}-enforce.{ZONE}"
        self.open = f"{key}-victim.{ZONE}"
        name = f"alias.{self.enforce}"
        listed = (host,) if target else (name, host) if both else (name,)
        world.zones.add(name, "CNAME", host + ".")
        world.add(lab.Domain(self.enforce, (lab.Mx("mx", at=name),),
                             "enforce", (), hosts=listed))
        world.add(lab.Domain(self.open, (lab.Mx("mx", at=host),), "enforce",
                             (), hosts=(host,)))


def delivered(marker: str) -> str:
    """To which of the pair's domains a message was delivered, and how."""
    seen = []
    for message in sink.messages(marker):
        for rcpt in message["rcpts"]:
            kind = rcpt.partition("@")[2].split(".")[0].split("-")[-1]
            seen.append(kind + (" tls" if message["tls"] else " clear"))
    return " + ".join(sorted(seen)) or "nobody"


def over(marker: str) -> None:
    """Wait until the connection of a delivery is closed: none rides it."""
    for message in sink.messages(marker):
        proc.until(lambda number=message["connection"]: sink.closed(number),
                   "the connection is closed")


def ride(pair: Pair, run: str) -> str:
    """A waiting message, then one to the domain without a policy."""
    waiting, rider = f"{run}-{pair.key}-waits", f"{run}-{pair.key}-opens"
    exim.inject(waiting, f"u@{pair.enforce}")
    exim.inject(rider, f"u@{pair.open}", deliver=False)
    exim.run("exim4", "-M", exim.message_id(rider))
    over(rider)
    if delivered(rider) != "open tls":
        return f"the other message: {delivered(rider)}"
    return delivered(waiting)


def together(pair: Pair, run: str) -> str:
    """One message to both domains."""
    marker = f"{run}-{pair.key}"
    exim.inject(marker, f"u@{pair.open}", f"u@{pair.enforce}")
    return delivered(marker)


def by_smtp(pair: Pair, run: str) -> str:
    """The same message, received by SMTP (cutthrough, callouts)."""
    marker = f"{run}-{pair.key}"
    rcpts = "".join(f"RCPT TO:<u@{name}>\n"
                    for name in (pair.open, pair.enforce))
    text = SMTP.format(sender="lab@sender.example", rcpts=rcpts,
                       marker=marker)
    exim.run("exim4", "-odf", "-bs", text=text.replace("\n", "\r\n"))
    over(marker)
    return delivered(marker)


def poison(pair: Pair, run: str) -> str:
    """A refusal for one domain, then mail for another on the same host."""
    exim.inject(f"{run}-{pair.key}-first", f"u@{pair.enforce}")
    if delivered(f"{run}-{pair.key}-first") != "nobody":
        return "not refused: " + delivered(f"{run}-{pair.key}-first")
    exim.inject(f"{run}-{pair.key}-then", f"u@{pair.open}")
    return delivered(f"{run}-{pair.key}-then")


def in_turn(pair: Pair, run: str) -> str:
    """The same, where the first may be delivered as well."""
    first, then = f"{run}-{pair.key}-first", f"{run}-{pair.key}-then"
    exim.inject(first, f"u@{pair.enforce}")
    exim.inject(then, f"u@{pair.open}")
    return f"{delivered(first)}, {delivered(then)}"


@dataclasses.dataclass(frozen=True)
class Way:
    """One way, how it is tried and what comes out open and with ours."""

    key: str
    what: str
    attempt: Callable[[Pair, str], str]
    open: str
    shut: str
    mx: dict
    acl: str = ""
    refused: str = ""  # config check must name it
    pair: type[Pair] = Pair
    alone: str = "nobody"  # what comes of the first message alone, with ours
    light: str = ""  # shut in a light Exim, where it compares names itself


SELF = {"cert": "self"}
BOTH = "enforce tls + open tls"
CUTTHROUGH = "  warn control = cutthrough_delivery"
HOLD = "  require verify = recipient/callout=10s,use_sender,hold"

WAYS = (
    Way("ride", "a waiting message rides another's connection", ride,
        "enforce tls", "nobody", SELF),
    Way("two", "one message to two domains", together, BOTH, "open tls",
        SELF),
    Way("cutthru", "cutthrough delivery, two domains", by_smtp, BOTH,
        "open tls", SELF, CUTTHROUGH, "cutthrough_delivery"),
    Way("hold", "callout with hold, two domains", by_smtp, BOTH, "open tls",
        SELF, HOLD, "hold"),
    Way("poison-mx", "a policy that excludes another's MX", poison, "nobody",
        "open tls", {"patterns": ("other",)}),
    Way("poison-tls", "a policy that another's MX cannot meet", poison,
        "nobody", "open clear", {"starttls": "no"}),
    Way("poison-cn", "a CNAME to another's MX, certificate cannot fit",
        poison, "nobody", "victim tls", {}, pair=Alias),
    Way("poison-both", "the same, and its policy names the host itself",
        in_turn, "nobody, nobody", "enforce tls, victim tls", {"both": True},
        pair=Alias, alone="enforce tls", light="nobody, victim tls"),
    Way("poison-to", "the same, and its policy names the host alone",
        in_turn, "nobody, nobody", "nobody, victim tls", {"target": True},
        pair=Alias),
)


def attempt(out: rows.Rows, way: Way, pair: Pair, name: str,
            setup: exim.Setup, expected: str) -> None:
    exim.write(dataclasses.replace(setup, acl=way.acl))
    refused = f"{name}-{pair.key}-alone"
    exim.inject(refused, f"u@{pair.enforce}")
    got = delivered(refused)
    alone = way.alone if name == "ours" else "nobody"
    if way.light and exim.WAY.light:
        alone = "nobody"
    if got == alone:
        exim.write(dataclasses.replace(setup, acl=way.acl))
        got = way.attempt(pair, name)
    else:
        got = "alone: " + got
    last = [line for line in exim.log() if pair.enforce in line][-1:]
    out.add(way.key, name, way.what, expected, got, " ".join(last)[:240])
    if way.refused and name == "ours":
        checked(out, way)


def checked(out: rows.Rows, way: Way) -> None:
    """config check must name the setting, whether it is open or not. The
    command runs in the root of the host's release."""
    if exim.WAY.other:
        return
    done = service.command("config", "check", "--exim")
    text = " / ".join((done.stdout + done.stderr).splitlines())
    named = done.returncode == 1 and way.refused in text
    out.add(way.key, "ours", "and config check --exim", "refuses",
            "refuses" if named else f"exit {done.returncode}", text[:240])


def callout(out: rows.Rows, pair: Pair, module: str) -> None:
    """A callout meets the policy but is no delivery: it is not counted."""
    exim.write(dataclasses.replace(
        hooks.ours(module), acl="  require verify = recipient/callout=10s"))
    text = SMTP.format(sender="lab@sender.example", marker="callout",
                       rcpts=f"RCPT TO:<u@{pair.enforce}>\n")
    said = exim.run("exim4", "-odf", "-bs",
                    text=text.replace("\n", "\r\n")).stdout
    refused = [line for line in said.splitlines() if line[:3] == "451"]
    before = len(hooks.counted(pair.enforce))
    exim.inject("counted", f"u@{pair.enforce}")
    after = len(hooks.counted(pair.enforce))
    out.add("callout", "ours", "callout, then delivery; both refused",
            "451; counted 0, 1",
            f"{'451' if refused else said[-60:]}; counted {before}, {after}",
            " ".join(refused))


def test_only(out: rows.Rows, pair: Pair, module: str) -> None:
    """What only asks where mail would go leaves nothing behind: not with us,
    in no report, in none of Exim's logs and hints."""
    exim.write(hooks.ours(module))
    for option in ("-bt", "-bv"):
        before = len(exim.log())
        done = exim.run("exim4", option, f"u@{pair.enforce}", check=False)
        left = [*hooks.counted(pair.enforce), *exim.log()[before:],
                *(path.name for path in exim.SPOOL.glob("db/retry*"))]
        waits = "cannot be resolved at this time" in done.stdout
        out.add("ask", "ours", f"exim {option}; no MX is in the policy",
                "waits, nothing left", ("waits" if waits else
                done.stdout[-60:]) + f", {len(left) or 'nothing'} left",
                " / ".join(left) or " ".join(done.stdout.split())[-240:])
    exim.inject("asked", f"u@{pair.enforce}")
    after = len(hooks.counted(pair.enforce))
    out.add("ask", "ours", "the same, a message", "nobody; counted 1",
            f"{delivered('asked')}; counted {after}")


def clean(out: rows.Rows, module: str) -> None:
    """The check that refuses must accept the form as it is shipped."""
    if exim.WAY.other:
        return
    exim.write(hooks.ours(module))
    done = service.command("config", "check", "--exim")
    out.add("check", "ours", "config check --exim of the shipped form",
            "0", str(done.returncode),
            " / ".join((done.stdout + done.stderr).splitlines())[:300])


def main(module: str) -> int:
    world = lab.Lab()
    pairs = {way.key: way.pair(world, way.key, **way.mx) for way in WAYS}
    called = Pair(world, "callout", **SELF)
    asked = Pair(world, "ask", ("other",))
    world.start()
    running = service.start()
    out = rows.Rows()
    for way in WAYS:
        pair = pairs[way.key]
        if way.attempt in (poison, in_turn):
            attempt(out, way, pair, "bare", hooks.bare(module, BARE),
                    way.open)
        else:
            attempt(out, way, pair, "naive", hooks.naive(), way.open)
        shut = way.light if exim.WAY.light and way.light else way.shut
        attempt(out, way, pair, "ours", hooks.ours(module), shut)
    callout(out, called, module)
    test_only(out, asked, module)
    clean(out, module)
    out.add("panics", "", "Exim's panic log", "empty", exim.panics())
    service.stop(running)
    return out.end()
