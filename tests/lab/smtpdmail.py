# SPDX-License-Identifier: ISC
"""Mail through OpenSMTPD beside the matrix: the next MX at once, a mended MX,
neighbours on the same server, recipients that arise by alias and .forward,
bounces, local sendmail, all of them with nothing known before; and what the
forms without us do."""
import contextlib
import dataclasses

import lab
import opensmtpd
import pki
import proc
import rows
import service
import sink
import smtpd
import smtpdhand
import smtpdlate
import smtpdodd
import smtpdsmart

ZONE = "lab.example"
PLAIN = (lab.Mx("mx1", starttls="no"),)
GOOD = (lab.Mx("mx1"),)
BOTH = ("mx1", "mx2")
# What a host that greets late may have wrong. It is told to smtpd, which goes
# by the CN where there is no SAN; 6.8 takes certificates that are for others
# than servers, too.
LATE = {"plain": {"starttls": "no"}, "expired": {"cert": "expired"},
        "wrong": {"cert": "wrong"}, "self": {"cert": "self"},
        "cn": {"cert": "cn"}, "client": {"cert": "client"}}
TAKEN = {"cn", "client"} if smtpd.OLD else {"cn"}
DOMAINS = {
    "rogue": lab.Domain("rogue", (lab.Mx("rogue"),)),
    "gone20": lab.Domain("gone20", (lab.Mx("mx1", gone=True),
                                    lab.Mx("mx2", 20)), patterns=BOTH),
    "plain20": lab.Domain("plain20", (*PLAIN, lab.Mx("mx2", 20)),
                          patterns=BOTH),
    "mendtls": lab.Domain("mendtls", (lab.Mx("mx1", starttls="later"),)),
    "mendcert": lab.Domain("mendcert", (lab.Mx("mx1", cert="expired"),)),
    "neighbour": lab.Domain(
        "neighbour", (lab.Mx("", at=f"mx1.mendcert.{ZONE}"),), ""),
    "late": lab.Domain("late", (lab.Mx("mx1", late=9.0),)),
    **{f"late-{how}": lab.Domain(f"late-{how}",
                                 (lab.Mx("mx1", late=9.0, **more),))
       for how, more in LATE.items()},
    "hasmx": lab.Domain("hasmx", GOOD),
    "nomx": lab.Domain("nomx", GOOD),
    "picky": lab.Domain("picky", (lab.Mx("mx1", picky=True),)),
    "shun20": lab.Domain("shun20", (lab.Mx("mx1", shuns=smtpd.NAME),
                                    lab.Mx("mx2", 20)), patterns=BOTH),
    "slow": lab.Domain("slow", GOOD, delay=6.0),
    "slowalias": lab.Domain("slowalias", GOOD, delay=6.0),
    "open": lab.Domain("open", GOOD, ""),
    **{f"{how}-{what}": lab.Domain(f"{how}-{what}", mx)
       for how in ("alias", "forward", "bounce", "cold", "coldalias")
       for what, mx in (("good", GOOD), ("plain", PLAIN))},
}
MENDED = {"mendtls": "starttls-not-supported",
          "mendcert": "certificate-expired"}


def name(key: str) -> str:
    return f"{key}.{ZONE}"


def to(key: str) -> str:
    return f"u@{name(key)}"


def pair(how: str) -> tuple[str, str]:
    """The addresses of a domain that can be reached and one that cannot."""
    return to(how + "-good"), to(how + "-plain")


def got(key: str, marker: str = "") -> str:
    """Who has a message for that domain, and how."""
    seen = [f"{one['label'].split('.')[0]} {'tls' if one['tls'] else 'clear'}"
            for one in sink.messages(marker or key)
            if to(key) in one["rcpts"]]
    return " + ".join(seen) or "nobody"


def both(how: str, marker: str = "") -> str:
    return ", ".join(got(f"{how}-{what}", marker or how)
                     for what in ("good", "plain"))


def row(out: rows.Rows, key: str, what: str, expected: str, seen: str,
        address: str = "") -> None:
    out.add(key, "enforce", what, expected, seen,
            " / ".join(smtpd.attempts(address or to(key)))[:200])


def without_us(out: rows.Rows) -> None:
    """The check that smtpd has by itself: a good certificate of any name."""
    text = smtpd.plain().replace(
        '"relay" relay', '"relay" relay tls ca lab')
    smtpd.write('ca lab cert "/etc/ssl/certs/ca-certificates.crt"\n' + text)
    running = smtpd.start()
    smtpd.hand_over("without", to("rogue"))
    smtpd.tried(to("rogue"))
    out.add("rogue", "enforce", "MX not in policy; relay tls, without us",
            "rogue tls", got("rogue", "without"),
            " / ".join(smtpd.attempts(to("rogue"))))
    running.stop()


def users() -> None:
    """Aliases and a .forward to domains nobody has asked for before."""
    text = "".join(f"{how}: {', '.join(pair(how))}\n"
                   for how in ("alias", "coldalias"))
    (smtpd.ROOT / "etc/aliases").write_text(
        text + f"slowalias: {to('slowalias')}\n")
    home = smtpd.ROOT / "home" / smtpd.FORWARD
    if not home.exists():
        smtpd.run("useradd", "--create-home", "--shell", "/bin/sh",
                  smtpd.FORWARD)
    (home / ".forward").write_text("\n".join(pair("forward")) + "\n")
    smtpd.run("chown", smtpd.FORWARD, f"/home/{smtpd.FORWARD}/.forward")


def told(said: str) -> str:
    return said or "taken"


def by_smtp(out: rows.Rows) -> None:
    """One attempt each; all that is new to us."""
    keys = ("rogue", "gone20", "plain20", "shun20", "mendtls", "mendcert",
            "picky", "late", *(f"late-{how}" for how in LATE), "hasmx",
            "nomx")
    for key in keys:
        smtpd.hand_over(key, to(key))
    smtpd.tried(*map(to, keys))
    row(out, "rogue", "the same with us", "nobody", got("rogue"))
    row(out, "gone20", "MX10 refuses connections, MX20 good",
        "mx2 tls, 1 attempt", f"{got('gone20')}, "
        f"{len(smtpd.attempts(to('gone20')))} attempt")
    row(out, "plain20", "MX10 without STARTTLS, MX20 good",
        "mx2 tls, 1 attempt", f"{got('plain20')}, "
        f"{len(smtpd.attempts(to('plain20')))} attempt")
    row(out, "shun20", "MX10 without TLS for smtpd alone, MX20 good",
        "nobody", got("shun20"))
    row(out, "late", "the MX greets after 9 s, our tries end after 8",
        "mx1 tls", got("late"))
    for how in LATE:
        row(out, f"late-{how}", f"the same, and TLS is bad: {how}",
            "mx1 tls" if how in TAKEN else "nobody", got(f"late-{how}"))
    row(out, "hasmx", "the MX has an MX record of its own, another host",
        "mx1 tls", got("hasmx"))
    row(out, "nomx", "the MX has the null MX for a record", "mx1 tls",
        got("nomx"))
    row(out, "picky", "certificate for those alone who name the server",
        "nobody" if smtpd.OLD else "mx1 tls", got("picky"))


def neighbour(out: rows.Rows) -> None:
    """A refusal for one domain delays no other on the same server."""
    smtpd.hand_over("neighbour", to("neighbour"))
    smtpd.tried(to("neighbour"))
    seen = [one["label"] for one in sink.messages("neighbour")]
    out.add("neighbour", "-", "other domain, server of one that was refused",
            f"['mx1.{name('mendcert')}'], ['Ok']",
            f"{seen}, {smtpd.attempts(to('neighbour'))}")


def indirect(out: rows.Rows) -> None:
    """Recipients that the filter does not see."""
    said = smtpd.inject("alias", "alias@localhost")
    row(out, "alias", "alias to a good MX and one without STARTTLS",
        "taken: mx1 tls, nobody",
        f"{told(said)}: {after('alias')}", to("alias-plain"))
    said = smtpd.inject("forward", f"{smtpd.FORWARD}@localhost")
    row(out, "forward", "the same by a .forward", "taken: mx1 tls, nobody",
        f"{told(said)}: {after('forward')}", to("forward-plain"))
    said = smtpd.sendmail("cold", *pair("cold"))
    row(out, "cold", "the same by sendmail", "taken: mx1 tls, nobody",
        f"{told(said)}: {after('cold')}", to("cold-plain"))
    said = smtpd.sendmail("coldalias", "coldalias")
    row(out, "coldalias", "the same by sendmail and alias",
        "taken: mx1 tls, nobody",
        f"{told(said)}: {after('coldalias')}", to("coldalias-plain"))


def after(how: str) -> str:
    smtpd.tried(*pair(how))
    return both(how)


def slow(out: rows.Rows) -> None:
    """A policy host that takes 6 s: longer than the table waits."""
    said = smtpd.sendmail("slow", to("slow"))
    smtpd.tried(to("slow"))
    row(out, "slow", "sendmail; the policy host takes 6 s", "taken: mx1 tls",
        f"{told(said)}: {got('slow')}")
    said = smtpd.inject("slowalias", "slowalias@localhost")
    row(out, "slowalias", "the same by an alias: asked to come again",
        "451, nobody", f"{said[:3]}, {got('slowalias')}")
    service.ask(f"policy {name('slowalias')}")
    said = smtpd.inject("slowalias", "slowalias@localhost")
    smtpd.tried(to("slowalias"))
    row(out, "slowalias", "and when it comes again", "taken: mx1 tls",
        f"{told(said)}: {got('slowalias')}")


def bounces(out: rows.Rows) -> None:
    """What smtpd returns goes by the policy of who gets it back."""
    for what, sender in zip(("good", "plain"), pair("bounce")):
        smtpd.hand_over("bounce-" + what, f"unknown@{name('open')}",
                        sender=sender)
    smtpd.tried(*pair("bounce"))
    row(out, "bounce", "returned to a good MX, to one without STARTTLS",
        "mx1 tls, nobody", ", ".join(
            got(f"bounce-{what}") for what in ("good", "plain")),
        to("bounce-plain"))


def refused(out: rows.Rows) -> None:
    """What waits says why; then the servers are put in order."""
    waits = {one["rcpt"]: one for one in smtpd.queue()}
    for key, why in MENDED.items():
        row(out, key, "refused, and waits with the reason in the log",
            f"nobody, waits, {why}", ", ".join((
                got(key), "waits" if to(key) in waits else "gone",
                *opensmtpd.named(to(key)))))
    sink.MENDED.touch()
    label = f"mx1.{name('mendcert')}"
    pki.leaf("good", label).rename(pki.DIR / f"expired-{label}.pem")


def mended(out: rows.Rows) -> None:
    """The next attempt after the time that a bad try is remembered."""
    for key in MENDED:
        with contextlib.suppress(TimeoutError):  # then its row says NO
            proc.until(lambda key=key: got(key) != "nobody" or " host="
                       in service.ask(f"route {name(key)}"),
                       "it is tried anew", 90, 1)
    before = {key: len(smtpd.attempts(to(key)))
              for key in MENDED if got(key) == "nobody"}
    smtpd.retry()
    for key, times in before.items():
        with contextlib.suppress(TimeoutError):
            smtpd.tried(to(key), times=times + 1)
    for key in MENDED:
        row(out, key, "it is mended; next attempt", "mx1 tls", got(key))


def next_host(out: rows.Rows) -> None:
    """The table has a copy of what it was told, and waits no longer than a
    moment for better: that is at hand, and nothing else is asked then."""
    with contextlib.suppress(TimeoutError):  # then the row says NO
        proc.until(lambda: f" host=mx2.{name('shun20')} "
                   in service.ask(f"route {name('shun20')}"),
                   "the next host is known", pause=0.25)
    smtpd.retry(to("shun20"))
    with contextlib.suppress(TimeoutError):
        smtpd.tried(to("shun20"), times=2)
    row(out, "shun20", "the next attempt is for MX20", "mx2 tls",
        got("shun20"))


def queue(out: rows.Rows) -> None:
    """At the end: what was refused waits, nothing was returned or lost."""
    expected = sorted([to(key + "-plain") for key in (
        "alias", "forward", "cold", "coldalias", "bounce")] + [to("rogue")]
        + [to(f"late-{how}") for how in LATE if how not in TAKEN]
        + [to("picky")] * smtpd.OLD)
    waits = sorted(one["rcpt"] for one in smtpd.queue())
    out.add("queue", "", "what was refused waits, nothing else does",
            f"{len(expected)} wait", f"{len(waits)} wait",
            " ".join(set(waits) ^ set(expected)))
    out.add("bounces", "", "nothing may be returned for policy", "",
            smtpd.mailbox()[:60])


def main(broken: str) -> int:
    proc.hurry()
    world = lab.Lab()
    for key, domain in DOMAINS.items():
        world.add(dataclasses.replace(domain, name=name(key)))
    world.zones.add(f"mx1.{name('hasmx')}", "MX", f"5 rogue.{name('rogue')}.")
    world.zones.add(f"mx1.{name('nomx')}", "MX", "0 .")
    smtpdhand.add(world)
    smtpdlate.add(world)
    smtpdodd.add(world)
    smtpdsmart.add(world)
    world.start()
    smtpd.prepare()
    out = rows.Rows()
    without_us(out)
    users()
    stsgated = opensmtpd.serve(broken)
    smtpd.write(smtpd.blocks()[0])
    running = smtpd.start()
    proc.until(smtpd.all_there, "filters and table run")
    proc.urgent(stsgated.child.pid, *smtpd.pids()["table-stsgate"])
    for step in (by_smtp, neighbour, refused, indirect, slow, bounces,
                 next_host, mended, queue):
        step(out)
    out.add("lives", "", "smtpd runs", "True", str(running.alive()),
            smtpd.log()[-1] if not running.alive() else "")
    running.stop()
    smtpdhand.show(out)
    smtpdlate.show(out)
    smtpdodd.show(out)
    smtpdsmart.show(out)
    return out.end()
