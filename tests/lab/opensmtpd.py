# SPDX-License-Identifier: ISC
"""The matrix of cases.py with OpenSMTPD: who got the message, and does the
log say why.

What is got comes from the sinks' transcript alone. Under enforce a message
that nobody got waits in smtpd's queue, and smtpd's own log names the reason.
"""
import concurrent.futures
import contextlib
import dataclasses
import re

import cases
import lab
import nonesvc
import proc
import readme
import rows
import service
import sink
import smtpd

TASKS = 8
# OpenSMTPD knows no DANE: there the policy counts, and nothing without one.
ALTERED = {
    "daneok": {"enforce": "nobody", "why": "untrusted"},
    "danebad": {"open": "mx1 tls", "enforce": "mx1 tls"},
    # The reason is that of the host that the policy names.
    "forged2": {"why": "name"},
}
OFF = next(case for case in cases.CASES if case.key == "plain")
# What smtpd names as the relay where no MX qualifies begins with the reason.
WORDS = {
    "starttls-not-supported": "starttls",
    "certificate-expired": "expired",
    "certificate-host-mismatch": "name",
    "certificate-not-trusted": "untrusted",
    "mta-sts-mx-mismatch": "mx",
}
SERVED = re.compile(r"\b(blocked|would-refuse) ")
REASON = re.compile(r'would-refuse .* (?:reason|result)=(\S+) .* rule="')


def all_cases() -> list[cases.Case]:
    return [dataclasses.replace(case, **ALTERED.get(case.key, {}))
            for case in cases.CASES]


def marker(case: cases.Case, mode: str) -> str:
    return f"{case.key}-{mode or 'nopolicy'}"


def address(case: cases.Case, mode: str) -> str:
    return "u@" + case.domain(mode).name


def served(domain: str) -> list[str]:
    """What stsgated's log says of a domain for which no host will do."""
    return [line for line in proc.lines(service.LOG)
            if SERVED.search(line) and f" domain={domain} " in line]


def named(to: str) -> list[str]:
    """The reasons that the names of relays in smtpd's log give."""
    return [attempt.split()[1].split(".")[0]
            for attempt in smtpd.attempts(to) if attempt != "Ok"]


def reasons(to: str, refused: str) -> list[str]:
    """Why it was not delivered, in the words of cases.py: by smtpd's log, or
    by what it said to the client."""
    found = {WORDS.get(word, word) for word in named(to)}
    return sorted(found | ({"deferred"} if refused[:4] == "451 " else set()))


def row(out: rows.Rows, case: cases.Case, mode: str, refused: str) -> None:
    name = case.domain(mode).name
    expected, seen = case.expected(mode), lab.got(name, marker(case, mode))
    ours = served(name)
    if mode == "testing":
        said = sorted({WORDS.get(word, word) for line in ours
                       for word in REASON.findall(line)})
    else:
        said = reasons(address(case, mode), refused)
    # Enforced, nothing is said of hosts passed over if one was left.
    if case.says(mode) and (mode == "testing" or case.enforce == "nobody"
                            or case.why == "deferred"):
        expected += "; " + case.says(mode)
    if said:
        seen += "; " + ",".join(said)
    why = [refused] if refused else ours or smtpd.attempts(
        address(case, mode))
    out.add(case.key, mode or "-", case.what, expected, seen,
            " / ".join(why[:2]))


def names_sent(out: rows.Rows, todo: list) -> None:
    """7.6 names the MX it wants over TLS (RFC 8461 7.1); 6.8 never does."""
    tls = [record for record in sink.records()
           if record["what"] == "message" and record["tls"]]
    hosts = {address(case, mode): [case.domain(mode).full(mx.host)
                                   for mx in case.mx] for case, mode in todo}
    right = sum(record["sni"] in hosts[record["rcpts"][0]] for record in tls)
    none = sum(record["sni"] is None for record in tls)
    out.add("sni", "", "server name sent with each delivery over TLS",
            f"{len(tls)} none" if smtpd.OLD else f"{len(tls)} right",
            f"{none} none" if smtpd.OLD else f"{right} right")


def queued(out: rows.Rows, todo: list) -> None:
    """All that was refused waits, and nothing else; nothing was returned."""
    expected = sorted(
        address(case, mode) for case, mode in todo
        if case.expected(mode) == "nobody" and case.why != "deferred")
    waits = sorted(one["rcpt"] for one in smtpd.queue())
    differ = sorted(set(waits) ^ set(expected))
    out.add("queue", "", "what was refused waits, nothing else does",
            f"{len(expected)} wait", f"{len(waits)} wait", " ".join(differ))
    out.add("bounces", "", "nothing may be returned for policy", "",
            smtpd.mailbox()[:60])


def no_such_domain(out: rows.Rows) -> None:
    """Without a policy mail is returned as ever, not kept waiting."""
    smtpd.inject("nosuch", "u@nosuch.lab.example")
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: "nosuch.lab.example" in smtpd.mailbox(),
                   "the sender has it back")
    got = "returned" if "nosuch.lab.example" in smtpd.mailbox() else "waits"
    out.add("nosuch", "-", "there is no such domain", "returned", got,
            " / ".join(smtpd.attempts("u@nosuch.lab.example")))


def turned_off(out: rows.Rows, running: smtpd.Smtpd) -> None:
    """By the README's line, with mail of before still waiting."""
    running.stop()
    smtpd.run("sh", "-c", readme.turn_off("smtpd"))
    smtpd.start()
    name = OFF.domain("enforce").name
    smtpd.inject("off", f"off@{name}")
    with contextlib.suppress(TimeoutError):  # then the row says NO
        smtpd.tried(f"off@{name}")
    out.add("off", "enforce", f"{OFF.what}; turned off", OFF.open,
            lab.got(name, "off"))


def serve(broken: str) -> proc.Process:
    """stsgated; or, to be BROKEN, a service that knows of no policy."""
    if not broken:
        return service.start()
    service.prepare()
    service.LOG.touch()
    return nonesvc.run(service.QUERY)


def main(broken: str) -> int:
    proc.hurry(5)
    world = lab.Lab()
    todo = [(case, mode) for case in all_cases() for mode in case.modes]
    for case, mode in todo:
        world.add(case.domain(mode))
    world.start()
    smtpd.prepare()
    serve(broken)
    smtpd.write(smtpd.blocks()[0])
    running = smtpd.start()
    with concurrent.futures.ThreadPoolExecutor(TASKS) as pool:
        said = list(pool.map(lambda pair: smtpd.inject(
            marker(*pair), address(*pair)), todo))
    taken = [address(*pair) for pair, refused in zip(todo, said)
             if not refused]
    with contextlib.suppress(TimeoutError):  # then its row says NO
        smtpd.tried(*taken)
    out = rows.Rows()
    for (case, mode), refused in zip(todo, said):
        row(out, case, mode, refused)
    names_sent(out, todo)
    queued(out, todo)
    no_such_domain(out)
    out.add("lives", "", "smtpd runs", "True", str(running.alive()),
            smtpd.log()[-1] if not running.alive() else "")
    turned_off(out, running)
    return out.end()
