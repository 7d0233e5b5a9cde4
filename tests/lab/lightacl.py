# SPDX-License-Identifier: ISC
"""The file that a light Exim asks by: not there, cut, broken; and what it
cannot expand. Mail must wait.

The macros are as they are shipped: so it is in half an upgrade.
"""
import base64
import dataclasses
import re
import shutil
from collections.abc import Iterator

import exim
import hooks
import rows
import sink
from lightbe import (CERT, CONNECT, MODES, ZONE, asked, be, line_of, setting,
                     sized)
from lightsvc import DIR, FINE
from lightworld import SHORT, begun, received, send, setup

GONE = "/run/lab/light/none"
LABEL = "fine4-none-enforce"
WILD = "fine4-stance-enforce"
HANGS = "late0-stance-enforce"
TESTED = "fine0-none-testing"
FILES = DIR / "files"
SHIPPED = (hooks.FILES / hooks.ACL).read_text()
SHIPPED_MORE = (hooks.FILES / hooks.MORE).read_text()
FAILED = 'failed to expand "multi_domain"'
# what is wrong, the file, what the configuration has more, what the log says
WRONG = (
    ("is not there", None, "", FAILED),
    ("is empty", "", "", "missing MX"),
    ("has a line that is none of an ACL", SHIPPED + "nonsense\n", "", FAILED),
    ("has a brace too few", SHIPPED.replace("}", "", 1), "", FAILED),
    ("refers to variables; strict_acl_vars", SHIPPED, "strict_acl_vars",
     FAILED),
)


def place(text: str | None, more: str | None = SHIPPED_MORE) -> None:
    FILES.mkdir(exist_ok=True)
    for name, whole in ((hooks.ACL, text), (hooks.MORE, more)):
        path = FILES / name
        path.unlink(missing_ok=True)
        if whole is not None:
            path.write_text(whole)


def guards() -> str:
    """What multi_domain is then, for MX hosts and for a smart host."""
    guard = hooks.options(light=True)["multi_domain"].partition(" = ")[2]
    said = exim.run("exim4", "-be", f"<{guard}>", "<STSGATE_VIA_GUARD>")
    return "usable guard" if re.search("<(true|false)>", said.stdout) else \
        "no guard"


def wrong(out: rows.Rows, release: str) -> None:
    """Mail waits, Exim's log says for what, and it goes when that is there."""
    for number, (what, text, more, says) in enumerate(WRONG):
        place(text)
        exim.write(setup(more=f"STSGATE_SMARTHOST = hub.example\n{more}",
                         files=FILES))
        run = f"{release}-acl{number}-"
        got = [send(LABEL, server, run)[0] for server in ("plain", "good")]
        line = exim.lines(f"{run}{LABEL}-good")[-1]
        out.add(release, "enforce", f"the ACL {what}",
                "nobody, nobody, told, no guard",
                ", ".join([*got, "told" if says in line else "not told",
                           guards()]), line[-160:])
        place(SHIPPED)
        exim.write(setup(), keep=True)
        exim.run("exim4", "-M", exim.message_id(f"{run}{LABEL}-good"))
        out.add(release, "enforce", "as it is shipped, next attempt",
                "good tls", received(f"{run}{LABEL}-good"))


def replaced(out: rows.Rows, release: str) -> None:
    """Behind the router, as by an upgrade: that waits for the next attempt."""
    place(sized(f"{SHIPPED}# Of another size.\n"))
    (DIR / "new").write_text(SHIPPED)
    then = f"\nheaders_add = ${{run{{/bin/cp {DIR}/new {FILES / hooks.ACL}}}}}"
    world = setup(files=FILES)
    exim.write(dataclasses.replace(world, router=world.router + then))
    got, _ = send(LABEL, "good", f"{release}-new-")
    exim.run("exim4", "-q")
    out.add(release, "enforce", "the ACL is replaced in mid-delivery; -q",
            "nobody, good tls",
            f"{got}, {received(f'{release}-new-{LABEL}-good')}")


WRONG_MORE = (
    ("is not there", None), ("is empty", ""),
    ("has a line that is none of an ACL", SHIPPED_MORE + "nonsense\n"),
    ("has a brace too few", SHIPPED_MORE.replace("}", "", 1)))


def wrong_more(out: rows.Rows, release: str) -> None:
    """What only the other file can answer waits, and goes with it."""
    for number, (what, text) in enumerate(WRONG_MORE):
        place(SHIPPED, text)
        exim.write(setup(files=FILES))
        run = f"{release}-more{number}-"
        got = [send(label, server, run)[0] for label in (WILD, TESTED)
               for server in ("plain", "good")]
        line = exim.lines(f"{run}{TESTED}-good")[-1]
        out.add(release, "all", f"the other ACL {what}",
                "nobody, nobody, nobody, nobody", ", ".join(got), line[-160:])
        place(SHIPPED)
        exim.run("exim4", "-M", exim.message_id(f"{run}{WILD}-good"))
        out.add(release, "enforce", "as it is shipped, next attempt",
                "good tls", received(f"{run}{WILD}-good"))


def beginnings(name: str) -> Iterator[str]:
    """Place that file cut after each of its lines, and behind each "accept";
    yields their number."""
    text = {hooks.ACL: SHIPPED, hooks.MORE: SHIPPED_MORE}
    lines = text[name].splitlines(keepends=True)
    for number in range(len(lines)):
        same = number and lines[number - 1].strip(" \n")[:1] in ("", "#")
        for word in ("accept",) if same else ("", "accept"):
            if lines[number].startswith(word):
                text[name] = "".join(lines[:number]) + word
                place(*text.values())
                yield str(number) + word


def cuts(out: rows.Rows, release: str) -> None:
    """Nothing that is missing at its end is an answer; of a retry record the
    next message would only wait."""
    exim.write(setup(files=FILES))
    for name, label, server in (
            (hooks.ACL, LABEL, "plain"), (hooks.ACL, LABEL, "cn"),
            (hooks.MORE, WILD, "plain"), (hooks.MORE, LABEL, "cn")):
        bad, count = [], 0
        for count, number in enumerate(beginnings(name), 1):
            shutil.rmtree(exim.SPOOL / "db", ignore_errors=True)
            got, _ = send(label, server, f"{release}-{name}{number}-")
            if got != "nobody":
                bad.append(f"{number}: {got}")
        out.add(release, "enforce", f"{name}, cut after each line and accept"
                f"; MX {server}", "nobody",
                f"{len(bad)} got it" if bad else "nobody",
                " ".join(bad)[:160] or f"{count} messages")


HUB = f"{LABEL}.mx.plain.{ZONE}"
HUB_ROUTER = f"""hub:
  driver = manualroute
  domains = ! localhost
  transport = hub
  route_list = * {HUB} byname
"""


def cuts_via(out: rows.Rows, release: str) -> None:
    """By a smart host, where less is asked: cut also within each line."""
    exim.write(dataclasses.replace(
        setup(more=f"STSGATE_SMARTHOST = {HUB}", files=FILES),
        routers=HUB_ROUTER, transports="hub:\n  driver = smtp\n"
        f".include {hooks.FILES}/stsgate-smarthost.conf"))
    bad, count = [], 0
    for number in beginnings(hooks.ACL):
        whole = (FILES / hooks.ACL).read_text()
        last = len(whole.rstrip("\n").rpartition("\n")[2])
        for cut in (0, last // 3, 2 * last // 3):
            place(whole[:len(whole) - cut])
            shutil.rmtree(exim.SPOOL / "db", ignore_errors=True)
            got, _ = send(LABEL, "plain", f"{release}-via{number}.{cut}-")
            count += 1
            if got != "nobody":
                bad.append(f"{number} but {cut}: {got}")
    out.add(release, "enforce", f"{hooks.ACL}, cut in each line, after it and "
            "accept; smart host", "nobody",
            f"{len(bad)} got it" if bad else "nobody",
            " ".join(bad)[:160] or f"{count} messages")


def private(out: rows.Rows, release: str) -> None:
    """Exim has read the first as root when it becomes its user, and reads the
    other as its user."""
    for name, want in ((hooks.ACL, "nobody, good tls"),
                       (hooks.MORE, "nobody, nobody")):
        place(SHIPPED)
        (FILES / name).chmod(0o600)
        exim.write(setup(files=FILES))
        got = [send(LABEL, server, f"{release}-{name}-private-")[0]
               for server in ("plain", "good")]
        out.add(release, "enforce", f"{name} is for root alone", want,
                ", ".join(got))


def unread(out: rows.Rows, release: str) -> None:
    """Names of a certificate that Exim fails to expand are none."""
    names = "certextract{subj_altname,"
    assert names in SHIPPED
    first, more = (
        text.replace(names, names.replace("subj_altname", "nothing"))
        for text in (SHIPPED, SHIPPED_MORE))
    place(sized(first), more)
    exim.write(setup(files=FILES))
    got, _ = send(LABEL, "good", f"{release}-unread-")
    out.add(release, "enforce", "names of the certificate cannot be expanded",
            "nobody", got,
            exim.lines(f"{release}-unread-{LABEL}-good")[-1][-160:])


def stale(out: rows.Rows, release: str) -> None:
    """What was answered before comes with the message from its spool file, or
    is this process' own: it ends with the next answer, also where another
    domain was asked about after that."""
    name = f"{LABEL}.{ZONE}"
    now = "${length_8:$tod_epoch} "
    for what, memo, then, hook in (
            ("none by the spool file", f"none = {now}{name}", "", "REQUIRE"),
            ("none tell by the spool file", f"free = {now}{name}",
             f"${{acl{{accept set acl_c_stsgate_for = {now}x.{name}}}}}",
             "REQUIRE"),
            ("testing", f"of = hosts $pid {now}{name}",
             "${acl{accept set acl_c_stsgate_is = testing}}", "DEFER")):
        said = be(setting(domain=name, host=f"{LABEL}.mx.{ZONE}")
                  + f"${{acl{{accept set acl_c_stsgate_{memo}}}}}"
                  f"<STSGATE_IGNORE>{then}<STSGATE_{hook}>\n",
                  SOCKET=str(FINE))
        got = said.rpartition("<")[2].partition(">")[0]
        out.add(release, "enforce", f"{what}, then a policy",
                "refuses", "refuses" if got == "*" else got,
                " ".join(said.split())[:160])


def bound(out: rows.Rows, release: str) -> None:
    """What a router was told within the hour holds when stsgated is gone."""
    text = []
    for minutes in (1, 58, 62):
        name = f"x{minutes}.{LABEL}.{ZONE}"
        memo = ("acl_c_stsgate_for = ${length_8:${eval:$tod_epoch-"
                f"{60 * minutes}}}}} {name}")
        text.append(setting(domain=name, host=f"{LABEL}.mx.{ZONE}")
                    + f"${{acl{{accept set {memo}}}}}<STSGATE_REQUIRE>")
    said = be("\n".join(text) + "\n", SOCKET=GONE, ON_UNAVAILABLE="deliver")
    got = re.findall("<(.*)>", said)
    out.add(release, "enforce", "gone, deliver; told 1, 58, 62 minutes ago",
            "* * -", " ".join(one or "-" for one in got),
            " ".join(said.split())[:160])


def bound_other(out: rows.Rows, release: str) -> None:
    """That the domain told of last is enforced no more says nothing of the
    message's others."""
    name = f"fine0-none-testing.{ZONE}"
    said = be(setting(domain=name) + "${acl{accept set acl_c_stsgate_for = "
              f"${{length_8:$tod_epoch}} {name}}}}}<STSGATE_IGNORE>"
              + setting(domain=f"{HANGS}.{ZONE}", host=f"{HANGS}.mx.{ZONE}")
              + "<STSGATE_REQUIRE>\n", SOCKET=str(FINE), ALIVE="1s",
              ON_UNAVAILABLE="deliver")
    got = re.findall("<([^<>]*)>", said)
    out.add(release, "enforce", "one told testing, then gone, deliver; another",
            "-, *", ", ".join(one or "-" for one in got),
            " ".join(said.split())[:160])


HOSTS = (b"*.mx.example", b"mx.example", b".mx.example", b"a.mx.example.",
         b"a.mx.example,b", b"a.mx.example ", b"a.mx.example\n",
         b"a.mx.example;b", b"b.a.mx.example", b"<;a.mx.example", b"", b".*",
         b"*", b"^a", b"A.MX.example")


def told(out: rows.Rows, release: str) -> None:
    """What the router was told is compared name by name with the host, whose
    name is another's choice; only the last one is in it to the letter."""
    name = f"told.{ZONE}"
    text = ["${acl{accept set acl_c_stsgate_for = ${length_8:$tod_epoch} "
            + name + "}}${acl{accept set acl_c_stsgate_only = "
            "*.mx.example,a.mx.example}}"]
    for host in HOSTS:
        coded = rf"\$\{{base64d:{base64.b64encode(host).decode()}\}}"
        text.append(setting(domain=name, host=coded) + line_of(CONNECT, ""))
    begun()
    said = be("\n".join(text) + "\n", SOCKET=GONE)
    got = re.findall("<(.*)>", said)
    open_ = [host for host, one in zip(HOSTS, got) if one == ""]
    out.add(release, "enforce", f"a list and {len(HOSTS)} hosts, one in it",
            f"{len(HOSTS)} answers, {HOSTS[-1:]}",
            f"{len(got)} answers, {tuple(open_)}", " ".join(got)[:100])


def first(out: rows.Rows, release: str) -> None:
    """Exim asks twice how to name a retry record, to read and to write it; by
    an interface of the administrator's own nothing is asked before that."""
    name = f"{WILD}.{ZONE}"
    said = be(setting(domain=name, host=f"{WILD}.mx.{ZONE}")
              + "<STSGATE_RETRY><STSGATE_RETRY>\n", SOCKET=str(FINE))
    got = re.findall("<(.*)><(.*)>", said)
    out.add(release, "enforce", "retry, the first question and then again",
            "the same", "the same" if got and got[0][0] == got[0][1]
            else "differs", str(got))


def two(out: rows.Rows, release: str) -> None:
    """One message for two domains, stsgated gone after the router."""
    exim.write(setup(more=f"{SHORT}\nSTSGATE_ON_UNAVAILABLE = deliver"))
    rcpts = [f"u@{label}.plain.{ZONE}" for label in (HANGS, "fine0-none-none")]
    for order in (rcpts, rcpts[::-1]):
        marker = f"{release}-two-{rcpts.index(order[0])}"
        exim.inject(marker, *order)
        got = received(marker)
        out.add(release, "enforce", "gone in the transport, deliver; a domain"
                " without a policy too", "no plain clear",
                got if "plain" in got else "no plain clear", got)
    exim.write(setup())


def together(out: rows.Rows, release: str) -> None:
    """One message for domains of every mode whose hosts are the same: each is
    delivered as it would be alone, whatever was routed last."""
    labels = [f"fine0-none-{mode}" for mode in MODES] + [WILD]
    rcpts = [f"u@{label}.{server}.{ZONE}" for label in labels
             for server in ("plain", "good")]
    for turn in range(len(rcpts)):
        marker = f"{release}-all-{turn}"
        exim.inject(marker, *rcpts[turn:], *rcpts[:turn])
        kept = sorted(rcpt for one in sink.messages(marker) if one["tls"]
                      for rcpt in one["rcpts"])
        want = sorted(rcpt for rcpt in rcpts
                      if "-enforce.plain" not in rcpt)
        got = received(marker)
        if kept != want or "clear" in got:
            break
    out.add(release, "all", f"one message for {len(rcpts)} domains, turned",
            "6 by TLS", f"{len(kept)} by TLS" + " and clear" * ("clear" in got)
            if kept != want or "clear" in got else "6 by TLS", got)


def passed(out: rows.Rows, release: str) -> None:
    """A message for two domains: of both it is told that a host of theirs was
    passed over, though the other one was routed in between."""
    rcpts = [f"u@{LABEL}.{server}.{ZONE}" for server in ("plain", "good")]
    for order in (rcpts, rcpts[::-1]):
        exim.write(setup())
        before = len(asked())
        exim.inject(f"{release}-passed-{rcpts.index(order[0])}", *order)
        told_of = {line.split()[2].removeprefix(f"{LABEL}.") for line in
                   asked()[before:] if line.split()[1] == "passed"}
        out.add(release, "enforce", "two domains with a host passed over",
                f"told of good.{ZONE}, plain.{ZONE}",
                f"told of {', '.join(sorted(told_of))}")


def without_dns(out: rows.Rows, release: str) -> None:
    """An Exim without dnsdb refuses the hosts that it would look up."""
    place(*((DIR / name).read_text().replace("dnsdb", "nosuch")
            for name in (hooks.ACL, hooks.MORE)))
    text = []
    for label, host in ((LABEL, "rogue"), ("junk0-covers-enforce", "mx")):
        text.append(setting(domain=f"{label}.{ZONE}",
                            host=f"{label}.{host}.{ZONE}"))
        for via in ("", "VIA_"):
            text += [line_of(hook, via) for hook in (CONNECT, CERT)]
    said = be("\n".join(text) + "\n", SOCKET=str(FINE), FILES=str(FILES))
    got = re.findall("<(.*)>", said)
    out.add(release, "enforce", "no dnsdb; hosts that it is needed for",
            "6 refused, 2 not yet",
            f"{sum(one.startswith('MTA-STS: ') for one in got)} refused, "
            f"{got.count('')} not yet", " / ".join(dict.fromkeys(got)))


def many(out: rows.Rows, release: str) -> None:
    """Exim asks about each address; stsgated hears it once a process."""
    begun()
    before = len(asked())
    got, _ = send("fine9-none-enforce", "good", f"{release}-many-")
    verbs = [line.split()[1] for line in asked()[before:]]
    out.add(release, "enforce", "10 MX hosts, one of them in the policy",
            "good tls; hosts 1, stance 0", f"{got}; hosts "
            f"{verbs.count('hosts')}, stance {verbs.count('stance')}",
            " ".join(verbs))


def show(out: rows.Rows, release: str) -> None:
    exim.write(setup())
    many(out, release)
    stale(out, release)
    bound(out, release)
    bound_other(out, release)
    two(out, release)
    together(out, release)
    passed(out, release)
    first(out, release)
    told(out, release)
    unread(out, release)
    without_dns(out, release)
    private(out, release)
    wrong(out, release)
    replaced(out, release)
    wrong_more(out, release)
    cuts(out, release)
    cuts_via(out, release)
