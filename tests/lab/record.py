# SPDX-License-Identifier: ISC
"""What smtpd tells its filters, written down: the files of
tests/unit/opensmtpd are what this prints, by `tests/lab/demo --only record`
with --way bookworm (6.8) and trixie (7.6)."""
import pathlib
import smtplib

import lab
import proc
import smtpd

OUT = pathlib.Path("/run/lab/record.txt")
FILTER = "/src/tests/lab/record.sh"
CONFIG = """ca sts cert "/etc/ssl/certs/ca-certificates.crt"
table aliases file:/etc/aliases
filter record proc-exec "{filter} {out}"
listen on 127.0.0.1 filter record
listen on socket filter record
action "local" maildir alias <aliases>
action "strict" relay tls ca sts filter record
action "relay" relay filter record
match for local action "local"
match for domain regex {{ "-strict.lab.example" }} action "strict"
match for any action "relay"
"""
MX = {
    "good": (lab.Mx("mx1"),),
    "self": (lab.Mx("mx1", cert="self"),),
    "wrong": (lab.Mx("mx1", cert="wrong"),),
    "plain": (lab.Mx("mx1", starttls="no"),),
    "tls454": (lab.Mx("mx1", starttls="454"),),
    "second": (lab.Mx("mx1", starttls="no"), lab.Mx("mx2", 20)),
}
KINDS = ("strict", "open")


def heading(text: str) -> None:
    with open(OUT, "a", encoding="ascii") as out:
        out.write(f"# {text}\n")


def ended() -> bool:
    """Every session that was told of is told to be over."""
    text = OUT.read_text(errors="replace")
    begun = text.count("|link-connect|")
    return begun <= text.count("|link-disconnect|")


def one(what: str, to: str) -> None:
    """One message, and all that follows from it."""
    heading(what)
    smtpd.inject(what, to)
    smtpd.tried(to)
    proc.until(ended, "all sessions are over", 60)


def by_hand() -> None:
    """A client that does more than hand a message over."""
    heading("in: rset, odd recipients, a bad sequence, no quit")
    client = smtplib.SMTP("127.0.0.1")
    client.ehlo("client.example")
    for line in ("NOOP", "RCPT TO:<early@good-open.lab.example>",
                 "MAIL FROM:<lab@localhost>",
                 "RCPT TO:<a|b|c@good-open.lab.example>",
                 "RCPT TO:<proceed@[198.18.2.1]>", "RSET",
                 "MAIL FROM:<>", "RCPT TO:<lab>",
                 "RCPT TO:<U+x@Good-Open.LAB.example.>",
                 "RCPT TO:<no-domain@>", "VRFY lab", "HELP"):
        client.docmd(line)
    client.close()
    proc.until(ended, "all sessions are over", 60)


def main(_module: str) -> int:
    world = lab.Lab()
    for key, mx in MX.items():
        for kind in KINDS:
            world.add(lab.Domain(f"{key}-{kind}.lab.example", mx, ""))
    world.add(lab.Domain("refused-strict.lab.example",
                         (lab.Mx("mx1", gone=True),), ""))
    world.start()
    smtpd.PROGRAMS = ()
    smtpd.prepare()
    OUT.touch()
    OUT.chmod(0o666)
    smtpd.write(CONFIG.format(filter=FILTER, out=OUT))
    running = smtpd.start()
    for kind in KINDS:
        for key in MX:
            one(f"out: {key}-{kind}", f"u@{key}-{kind}.lab.example")
    one("out: refused-strict", "u@refused-strict.lab.example")
    one("out: recipient 550", "unknown@good-open.lab.example")
    one("out: recipient 450", "later@good-open.lab.example")
    heading("out: two recipients, one refused")
    smtpd.inject("two", "u2@good-open.lab.example",
                 "unknown@good-open.lab.example")
    smtpd.tried("u2@good-open.lab.example")
    proc.until(ended, "all sessions are over", 60)
    by_hand()
    heading("in: sendmail")
    smtpd.sendmail("sendmail", "u3@good-open.lab.example")
    smtpd.tried("u3@good-open.lab.example")
    proc.until(ended, "all sessions are over", 60)
    running.stop()
    print(OUT.read_text(errors="replace"), end="")
    return 0
