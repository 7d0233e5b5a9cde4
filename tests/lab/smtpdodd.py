# SPDX-License-Identifier: ISC
"""Addresses written in every way that OpenSMTPD takes, and some that it does
not: none is a way around a policy. The same to domains without one arrives."""
import contextlib
import smtplib

import lab
import proc
import rows
import sink
import smtpd

ZONE = "lab.example"
PLAIN = (lab.Mx("mx1", starttls="no"),)
NAMES = {"short": "odd", "idn": "xn--bcher-kva", "long": "d" * 50 + ".e"}
# Without a policy smtpd itself takes none of more than 64 octets.
SENT = [(key, mode) for key in NAMES for mode in ("enforce", "")
        if mode or key != "long"]
# {0} is the domain, {1} the same in capitals.
TAKEN = ("<u@{0}>", "<u@{1}>", "<a|b@{0}>", "<u+x@{0}>", "<u%{0}@{0}>",
         "<@a.example,@b.example:u@{0}>", "<u@{0}> NOTIFY=FAILURE")
REFUSED = ("<u@{0}.>", "<u@.{0}>", '<"a@b"@{0}>', "<u@{0}|x>", "<u@{0} >",
           "<u\t@{0}>", "<u@{0}\0>", "u@{0}")


def name(key: str, mode: str) -> str:
    return f"{NAMES[key]}.{mode or 'open'}.{ZONE}"


def add(world: lab.Lab) -> None:
    for key, mode in SENT:
        world.add(lab.Domain(name(key, mode), PLAIN, mode))


def taken(rcpt: str, marker: str) -> bool:
    """Hand a message over to RCPT, as it is written."""
    with smtplib.SMTP("127.0.0.1", timeout=60) as client:
        client.ehlo()
        client.docmd(f"MAIL FROM:<{smtpd.SENDER}>")
        if client.docmd("RCPT TO:" + rcpt)[0] != 250:
            return False
        client.data(f"X-Lab-Marker: {marker}\r\n\r\ntext\r\n".encode())
        return True


def waiting(domain: str) -> int:
    """How many wait that were tried."""
    return sum(domain in one["rcpt"].lower() and one["error"] != ""
               for one in smtpd.queue())


def show(out: rows.Rows) -> None:
    smtpd.write(smtpd.blocks()[0])
    running = smtpd.start()
    for key, mode in SENT:
        domain = name(key, mode)
        count = sum(taken(form.format(domain, domain.upper()), domain)
                    for form in TAKEN + REFUSED)
        with contextlib.suppress(TimeoutError):  # then its row says NO
            proc.until(lambda domain=domain, count=count: waiting(domain)
                       + len(sink.messages(domain)) >= count, "tried", 60, 1)
        clear = sum(not one["tls"] for one in sink.messages(domain))
        want = (0, len(TAKEN)) if mode else (len(TAKEN), 0)
        out.add("odd", mode or "-", f"addresses in odd forms, {key} domain",
                f"{want[0]} got in clear, {want[1]} wait",
                f"{clear} got in clear, {waiting(domain)} wait",
                " / ".join(smtpd.attempts(f"u@{domain}")))
    out.add("odd", "", "smtpd runs", "True", str(running.alive()))
    running.stop()
