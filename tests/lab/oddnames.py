# SPDX-License-Identifier: ISC
"""Recipient domains that are no plain names: of U-labels (SMTPUTF8), and at
DNS's bound of 253 octets (RFC 1035 section 3.1) and beyond it.
"""
import contextlib
import dataclasses

import exim
import hooks
import lab
import proc
import rows

ULABELS = "b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher"
ALABELS = "xn--bcher-kva"
# By its own address alone, which the policy names, or names no more.
NAMED = lab.Domain(f"{ALABELS}.lab.example", (lab.Mx("@"),), "enforce", ("@",),
                   implicit=True)
STARRED = lab.Domain(f"a.{ALABELS}.star.lab.example", (lab.Mx("@"),),
                     "enforce", (), implicit=True,
                     hosts=(f"*.{ALABELS}.star.lab.example",))
UNNAMED = lab.Domain(f"{ALABELS}.unnamed.lab.example", (lab.Mx("@"),),
                     "enforce", ("mx1",), implicit=True)
PLAIN = lab.Domain(f"{ALABELS}.plain.lab.example",
                   (lab.Mx("@", starttls="no"),), "enforce", ("@",),
                   implicit=True)
DOMAINS = (NAMED, STARRED, UNNAMED, PLAIN)
LONGEST = ".".join("l" * 60 for _ in range(4)) + "." + "x" * 9
SMTP = """EHLO client.example
MAIL FROM:<lab@sender.example> SMTPUTF8
RCPT TO:<u@{to}>
DATA
Subject: {marker}
Message-ID: <{marker}@lab>
X-Lab-Marker: {marker}

{marker}
.
QUIT
"""


def utf8(out: rows.Rows, module: str) -> None:
    """The sinks do not offer SMTPUTF8; Exim makes A-labels for them."""
    exim.write(dataclasses.replace(
        hooks.ours(module), acl="  warn control = utf8_downconvert"),
        keep=True)
    for domain, what, want in (
            (NAMED, "the policy names the domain", "@ tls"),
            (STARRED, "the policy has *.U-label", "@ tls"),
            (UNNAMED, "the policy does not name it", "nobody"),
            (PLAIN, "the policy names it, no STARTTLS", "nobody")):
        marker = "utf8-" + domain.name
        text = SMTP.format(to=domain.name.replace(ALABELS, ULABELS),
                           marker=marker)
        exim.run("exim4", "-odf", "-bs", text=text.replace("\n", "\r\n"))
        out.add("ulabels", "enforce", f"no MX record, U-labels; {what}", want,
                lab.got(domain.name, marker), exim.lines(marker)[-1])


def long(out: rows.Rows) -> None:
    """As by Exim alone: its resolver takes no longer name, and it waits."""
    marker = "longest"
    exim.inject(marker, "u@" + LONGEST)
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: LONGEST in exim.bounces(), "the sender has it back")
    out.add("longest", "-", "no such domain, 253 octets", "returned",
            "returned" if LONGEST in exim.bounces() else "waits",
            exim.lines(marker)[-1].replace(LONGEST, "..."))
    marker = "longer"
    exim.inject(marker, f"u@{LONGEST}x")
    said = exim.lines(marker)[-1]
    out.add("longer", "-", "254 octets", "Exim cannot look it up",
            "Exim cannot look it up" if "lookup did not complete" in said
            else said[-60:], said.replace(LONGEST, "..."))


def show(out: rows.Rows, module: str) -> None:
    long(out)
    if not exim.WAY.debian:
        utf8(out, module)
