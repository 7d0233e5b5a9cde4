# SPDX-License-Identifier: ISC
"""Every case under every mode: who got the message, and does the log say why.

What is got comes from the sinks' transcript alone; Exim's log is only read for
the last column and for the words it must (or must not) hold.
"""
import concurrent.futures
import contextlib

import cases
import exim
import hooks
import lab
import oddnames
import proc
import renew
import rows
import service
import sink

TASKS = 6


def marker(case: cases.Case, mode: str) -> str:
    return f"{case.key}-{mode or 'nopolicy'}"


def deliver(case: cases.Case, mode: str) -> None:
    name = case.domain(mode).name
    exim.inject(marker(case, mode), f"u@{name}")


def told(domain: str, lines: list[str]) -> tuple[list[str], list[str], str]:
    """What the log of this way says of a message: lines, reasons, and where
    stsgated's own says something else. Only the module can write to Exim's:
    for a light Exim stsgated's is the log."""
    counted = hooks.counted(domain)
    served = hooks.classes(counted, hooks.OURS)
    if exim.WAY.light:
        unknown = hooks.unknown(domain, lines)
        return counted or unknown, served + ["deferred"] * bool(unknown), ""
    ours = hooks.said(lines)
    said = hooks.classes(ours)
    same = served == [word for word in said if word != "deferred"]
    return ours, said, "" if same else ",".join(served) or "nothing"


def row(out: rows.Rows, case: cases.Case, mode: str) -> None:
    key = marker(case, mode)
    domain = case.domain(mode).name
    lines = exim.lines(key)
    ours, said, else_said = told(domain, lines)
    expected = case.expected(mode)
    seen = lab.got(domain, key)
    if case.says(mode):
        expected += "; " + case.says(mode)
    if said:
        seen += "; " + ",".join(said)
    if else_said:
        seen += "; stsgated: " + else_said
    why = ours or [x for x in lines if x[:2] in ("==", "**", "=>")]
    out.add(case.key, mode or "-", case.what, expected, seen,
            " / ".join(why[:2]))


def named(record: dict) -> bool:
    """Did a delivery name the host? Without a policy Debian's own transport
    delivers, which names it with DANE only."""
    free = exim.WAY.debian and not any(
        f"-{mode}." in rcpt for rcpt in record["rcpts"]
        for mode in ("enforce", "testing"))
    return record["sni"] in (record["label"], None if free else "-")


def names_sent(out: rows.Rows) -> None:
    """Every delivery over TLS named the host it wanted (RFC 8461 4.1)."""
    tls = [record for record in sink.records()
           if record["what"] == "message" and record["tls"]]
    right = sum(map(named, tls))
    out.add("sni", "", "server name sent with each delivery over TLS",
            f"{len(tls)} right", f"{right} right")


def no_such_domain(out: rows.Rows) -> None:
    """Without a policy mail is returned as ever, not kept waiting."""
    exim.inject("nosuch", "u@nosuch.lab.example")
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: "nosuch.lab.example" in exim.bounces(),
                   "the sender has it back")
    got = "returned" if "nosuch.lab.example" in exim.bounces() else "waits"
    out.add("nosuch", "-", "there is no such domain", "returned", got,
            exim.lines("nosuch")[-1])


def main(module: str) -> int:
    world = lab.Lab()
    todo = [(case, mode) for case in cases.CASES for mode in case.modes]
    for case, mode in todo:
        world.add(case.domain(mode))
    for domain in (renew.OLD, *oddnames.DOMAINS):
        world.add(domain)
    world.start()
    running = service.start()
    exim.write(hooks.ours(module))
    with concurrent.futures.ThreadPoolExecutor(TASKS) as pool:
        list(pool.map(lambda pair: deliver(*pair), todo))
    out = rows.Rows()
    for case, mode in todo:
        row(out, case, mode)
    renew.show(world, out)
    names_sent(out)
    out.add("panics", "", "Exim's panic log", "empty", exim.panics())
    out.add("bounces", "", "nothing may be returned for policy", "",
            exim.bounces()[:60])
    no_such_domain(out)
    oddnames.show(out, module)
    service.stop(running)
    return out.end()
