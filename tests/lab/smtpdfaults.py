# SPDX-License-Identifier: ISC
"""OpenSMTPD while stsgated is not there, hangs, or comes and goes under load;
and beside one that dies in mid-answer. smtpd and our programs must live
through all of it, nothing may go out against a policy, nothing be lost.
"""
import contextlib
import json
import pathlib
import re
import signal

import lab
import opensmtpd
import proc
import rows
import service
import sink
import smtpd
import smtpdcuts
import smtpdhand
import smtpdload
import smtpdmail

PLAIN, GOOD = smtpdmail.PLAIN, smtpdmail.GOOD
# What there is of everything: mode, server, who has it in the end.
KINDS = {
    "good": ("enforce", GOOD, "mx1 tls"),
    "plain": ("enforce", PLAIN, "nobody"),
    "open": ("", PLAIN, "mx1 clear"),
}
WHEN = ("wait", "new", "warm", "cold")
ENFORCED = re.compile(r"-enforce\.|@(load\d+|{})-(good|plain)\."
                      .format("|".join(WHEN)))
OTHERS = re.compile(r"-enforce\.|@load")  # have rows of their own
# smtpd says so after some attempts, however soon.
DELAYED = "notification: delayed"
got, to = smtpdmail.got, smtpdmail.to


def all_of(what: str) -> list[str]:
    return [f"{what}-{kind}" for kind in KINDS]


def add(world: lab.Lab) -> None:
    for kind, (mode, mx, _) in KINDS.items():
        for what in WHEN:
            world.add(lab.Domain(smtpdmail.name(f"{what}-{kind}"), mx, mode))
    for key in ("back-good", "freed"):
        world.add(lab.Domain(smtpdmail.name(key), GOOD))
    world.add(lab.Domain(smtpdmail.name("held"), GOOD, delay=0.0))
    smtpdload.add(world)
    smtpdcuts.add(world)


def whole(key: str) -> str:
    """Who is to have it in the end."""
    return KINDS[key.partition("-")[2]][2]


def row(out: rows.Rows, key: str, what: str, expected: str, seen: str) -> None:
    kind = key.partition("-")[2]
    mode = KINDS[kind][0] if kind in KINDS else "enforce"
    out.add(key, mode or "-", what, expected, seen,
            " / ".join(smtpd.attempts(to(key)))[:160])


def tried(keys: list[str], times: int = 1) -> None:
    with contextlib.suppress(TimeoutError):  # then a row says NO
        smtpd.tried(*map(to, keys), times=times)


def resent(keys: list[str], said: dict[str, str]) -> dict[str, str]:
    """Those that were refused once more, as a client does: what was said."""
    left = [key for key in keys if said[key]]

    def again() -> bool:
        left[:] = [key for key in left if smtpd.inject(key, to(key))]
        return not left

    with contextlib.suppress(TimeoutError):
        proc.until(again, "all are taken", pause=0.25)
    tried([key for key in keys if said[key] and key not in left])
    return {key: "451" if key in left else "taken" for key in keys}


def queued(running: smtpd.Smtpd) -> None:
    """Mail that waits when smtpd ends."""
    smtpd.run("smtpctl", "pause", "mta")
    for key in (*all_of("wait"), "freed"):
        smtpd.inject(key, to(key))
    smtpd.inject("back-good", "unknown@" + smtpdmail.name("wait-open"),
                 sender=to("back-good"))
    running.stop()


def absent(out: rows.Rows) -> dict[str, str]:
    """smtpd starts, and there is no service. What it said of new mail."""
    tried(all_of("wait"))
    for key in all_of("wait"):
        expected = "nobody, service-gone" if KINDS[key[5:]][0] else whole(key)
        row(out, key, "waited; smtpd starts, no service", expected,
            ", ".join([got(key), *opensmtpd.named(to(key))]))
    said = {key: smtpd.inject(key, to(key)) for key in all_of("new")}
    for key, one in said.items():
        row(out, key, "new mail, no service since smtpd started",
            "451, nobody", f"{one[:3] or 'taken'}, {got(key)}")
    local = smtpd.sendmail("sendmail", to("new-good"))
    out.add("new-good", "enforce", "the same by sendmail, which says so",
            "refused, nobody", f"{'refused' if local else 'taken'}, "
            + got("new-good", "sendmail"), local)
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: returned("back-good"), "it is to be returned")
    row(out, "back-good", "mail is to be returned; no service", "451, nobody",
        f"{returned('back-good')}, {got('back-good')}")
    return said


def returned(key: str) -> str:
    """What smtpd was told when it tried to return mail to that address."""
    found = [line.split(": ")[-2].split()[0] for line in smtpd.log()
             if "injecting failure report" in line and to(key) in line]
    return "".join(found[:1])


def come_again(out: rows.Rows, what: str, said: dict[str, str]) -> None:
    now = resent(list(said), said)
    for key in said:
        row(out, key, what, "taken, " + whole(key), f"{now[key]}, {got(key)}")


def started(out: rows.Rows, said: dict[str, str]) -> None:
    """And there it is."""
    come_again(out, "the service starts; it comes again", said)
    smtpdhand.without_policy("freed")
    smtpd.retry()
    tried(["wait-good", "wait-plain", "freed"], 2)
    for key in ("wait-good", "wait-plain"):
        row(out, key, "what waited; next attempt", whole(key), got(key))
    row(out, "freed", "the same, and it has no policy any more; MX good",
        "mx1 tls", got("freed"))
    with contextlib.suppress(TimeoutError):
        smtpd.tried(to("back-good"))
    row(out, "back-good", "the service starts; it is returned", "mx1 tls",
        got("back-good"))


def hung(out: rows.Rows, stsgated: proc.Process) -> None:
    """Nothing new is to be had; what was told before holds."""
    for key in all_of("warm"):
        smtpd.inject(key, to(key))
    tried(all_of("warm"))
    smtpdload.strike(stsgated, "hung")
    warm = {key: smtpd.inject("hung-" + key, to(key))
            for key in all_of("warm")}
    tried([key for key in warm if not warm[key]], 2)
    for key, one in warm.items():
        row(out, key, "known before; service hangs (SIGSTOP)",
            "taken, " + whole(key),
            f"{one[:3] or 'taken'}, {got(key, 'hung-' + key)}")
    said = {key: smtpd.inject(key, to(key)) for key in all_of("cold")}
    for key, one in said.items():
        row(out, key, "not known before; service hangs", "451, nobody",
            f"{one[:3] or 'taken'}, {got(key)}")
    stsgated.send(signal.SIGCONT)
    come_again(out, "the service goes on; it comes again", said)


def in_clear(out: rows.Rows) -> None:
    """What all sinks have seen, by those domains that enforce a policy."""
    last = [one["rcpt"] for one in smtpd.queue()
            if smtpdcuts.STRICT.search(one["rcpt"])]
    with contextlib.suppress(TimeoutError):
        smtpd.tried(*last)
    seen = [rcpt for one in sink.records() if one["what"] == "message"
            and not one["tls"] for rcpt in one["rcpts"]]
    bad = [rcpt for rcpt in seen if ENFORCED.search(rcpt)]
    done = smtpd.deliveries()
    left = sum(not done[rcpt] for rcpt in last)
    out.add("clear", "enforce", "without TLS to a domain that enforces",
            "0; 0 untried", f"{len(bad)}; {left} untried", " ".join(bad[:3])
            or f"{len(seen)} recipients without TLS in all")


def ends(running: smtpd.Smtpd) -> bool:
    """Who talked to it may know before its parent does."""
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: not running.alive(), "smtpd ends", 20)
    return not running.alive()


def lives(out: rows.Rows, running: smtpd.Smtpd,
          before: dict[str, list[int]]) -> bool:
    """smtpd ends when one of our programs does."""
    now = smtpd.pids()
    what = "True, the same"
    got = f"{running.alive()}, {'the same' if now == before else 'others'}"
    out.add("lives", "", "smtpd, filters and table are those of the start",
            what, got, str(now) if got == what else smtpd.log()[-1])
    return running.alive()


def count(part: str, what: str) -> int:
    """A number of those that stsgated has of itself."""
    text = service.ask("stats", path=service.ADMIN).split(" ", 2)[2]
    return json.loads(text)[part][what]


def open_files(pids: dict[str, list[int]]) -> list[int]:
    """How many descriptors each of our programs has."""
    return [len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
            for name in smtpd.PROGRAMS for pid in pids[name]]


def ends_in_between(out: rows.Rows, running: smtpd.Smtpd) -> None:
    """smtpd ends while a recipient is held, and all that it started."""
    files = open_files(smtpd.pids())
    out.add("files", "", "descriptors of each of our programs, after all this",
            "at most 6", f"at most {max(6, *files)}", str(files))
    with contextlib.closing(smtpd.connect()) as client:
        client.ehlo()
        client.docmd(f"MAIL FROM:<{smtpd.SENDER}>")
        client.putcmd("RCPT", f"TO:<{to('held')}>")
        proc.soon(lambda: count("engine", "flights") > 0, "it is asked for")
        running.stop()
    proc.soon(lambda: not any(smtpd.pids().values()), "all have ended")
    counts = [0]
    proc.soon(lambda: counts.append(count("service", "connections"))
              or counts[-1] == 1, "all are closed")
    left = sum(map(len, smtpd.pids().values()))
    out.add("held", "enforce", "smtpd ends while we hold a recipient",
            "0 left, 1 open", f"{left} left, {counts[-1]} open",
            "the one is who asks")


def end(out: rows.Rows) -> None:
    """What was refused waits, nothing was returned."""
    in_clear(out)
    waiting = {one["rcpt"] for one in smtpd.queue()
               if not OTHERS.search(one["rcpt"])}
    plain = {to(key + "-plain") for key in WHEN}
    out.add("queue", "", "what was refused waits, nothing else does",
            f"{len(plain)} wait", f"{len(waiting)} wait",
            " ".join(waiting ^ plain))
    mail = re.findall("^Subject: (.*)", smtpd.mailbox(), re.M)
    out.add("bounces", "", "nothing may be returned for policy", "",
            ", ".join(one for one in mail if not one.endswith(DELAYED)))


def story(out: rows.Rows, broken: str) -> None:
    """All that happens while one smtpd runs."""
    said = absent(out)
    stsgated = opensmtpd.serve(broken)
    started(out, said)
    hung(out, stsgated)
    stsgated = smtpdload.show(out, stsgated, lambda: opensmtpd.serve(broken))
    service.stop(stsgated)
    if not broken:
        smtpdcuts.show(out)
    opensmtpd.serve(broken)


def main(broken: str) -> int:
    proc.hurry()
    world = lab.Lab()
    add(world)
    world.start()
    smtpd.prepare()
    (smtpd.ROOT / "etc/aliases").write_text(smtpdcuts.aliases())
    smtpd.write(smtpd.blocks()[0])
    stsgated = opensmtpd.serve(broken)
    queued(smtpd.start())
    service.stop(stsgated)
    running = smtpd.start()
    proc.until(smtpd.all_there, "filters and table run")
    pids = smtpd.pids()
    out = rows.Rows()
    try:
        story(out, broken)
    except (OSError, RuntimeError) as trouble:
        if not ends(running):
            raise
        print(trouble)
    if lives(out, running, pids):
        end(out)
        if not broken:
            ends_in_between(out, running)
    return out.end()
