# SPDX-License-Identifier: ISC
"""Debian's OpenSMTPD: its configuration, messages into it, its queue and log.

All of it in the way of this lab (ways.py): 6.8 of Debian 12 or 7.6 of Debian
13, in the root of its release.
"""
import collections
import contextlib
import dataclasses
import pathlib
import re
import shutil
import signal
import smtplib

import exim
import proc
import service

ROOT = exim.ROOT
CONFIG = ROOT / "etc/smtpd.conf"
SPOOL = ROOT / "var/spool/smtpd"
LIBEXEC = ROOT / "usr/libexec/opensmtpd"
README = pathlib.Path("/src/opensmtpd-filter/README.md")
PROGRAMS = ("filter-stsgate", "table-stsgate")
EXIM = ("exim4-daemon-heavy", "exim4-base", "exim4-config")
NAME = "mta.lab.example"
USER, FORWARD = "lab", "forward"
SENDER = "lab@localhost"
OLD = next((ROOT / "debs").glob("opensmtpd_*"), ROOT).name \
    .startswith("opensmtpd_6.")
DELIVERY = re.compile(
    r' mta delivery evpid=(?P<evpid>\S+) .*\bto=<(?P<to>[^>]*)>'
    r'.* relay="(?P<relay>[^"]*)".* result="?(?P<result>\w+)"?'
    r' stat="?(?P<stat>.*?)"?$')
run = exim.run


@dataclasses.dataclass
class Smtpd:
    """OpenSMTPD in the foreground; what it says is its log."""

    process: proc.Process

    def stop(self) -> int:
        return self.process.kill(signal.SIGTERM)

    def alive(self) -> bool:
        return self.process.alive()


def log() -> list[str]:
    return proc.lines(proc.LOGS / "smtpd.log")


def blocks() -> list[str]:
    """The examples of smtpd.conf in our README."""
    return re.findall(r"^```smtpd\.conf\n(.*?)^```$", README.read_text(),
                      re.M | re.S)


def plain() -> str:
    """The README's first example without us: mail goes as ever."""
    lines = [re.sub(r" filter (sts|plain)$", "", line)
             for line in blocks()[0].splitlines()]
    return "\n".join(line for line in lines if not re.search(
        r"\bsts\b|^filter |^listen on socket", line)) + "\n"


def prepare() -> None:
    """OpenSMTPD in place of Exim, our programs, a user with a mailbox."""
    deb = next((ROOT / "debs").glob("opensmtpd_*")).name
    run("dpkg", "--force-depends", "--remove", *EXIM)
    run("dpkg", "--install", "/debs/" + deb)
    for name in PROGRAMS:
        path = LIBEXEC / name
        path.unlink(missing_ok=True)
        path.symlink_to(service.binary(name))
    (ROOT / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (ROOT / "etc/mailname").write_text(NAME + "\n")
    known = (ROOT / "etc/passwd").read_text()
    if f"\n{USER}:" not in known:
        run("useradd", "--create-home", "--shell", "/bin/sh", USER)


def write(text: str, keep: bool = False) -> None:
    """Make TEXT the configuration, checked by smtpd itself; the spool is
    emptied if not to KEEP."""
    CONFIG.write_text(text)
    said = run("smtpd", "-n", check=False)
    if "configuration OK" not in said.stderr:
        raise RuntimeError("smtpd -n: " + said.stderr + "\n" + text)
    for folder in () if keep else ("queue", "incoming", "corrupt"):
        for path in (SPOOL / folder).glob("*"):
            shutil.rmtree(path)


def start(*options: str) -> Smtpd:
    """smtpd, ready: it greets."""
    there = ("chroot", str(ROOT)) if exim.WAY.other else ()
    process = proc.start(*there, "smtpd", "-d", *options, name="smtpd")
    running = Smtpd(process)
    proc.until(lambda: greets(running), "smtpd greets")
    return running


def greets(running: Smtpd) -> bool:
    if not running.alive():
        raise RuntimeError("smtpd ended: " + "\n".join(log()[-20:]))
    try:
        with smtplib.SMTP("127.0.0.1", timeout=5):
            return True
    except (OSError, smtplib.SMTPException):
        return False


def connect(deadline: float = 60.0) -> smtplib.SMTP:
    """A client of smtpd's."""
    return smtplib.SMTP("127.0.0.1", timeout=deadline)


def submit(client: smtplib.SMTP, marker: str, *rcpts: str,
           sender: str = SENDER) -> str:
    """Hand a message over; "" or what was said instead."""
    text = exim.MESSAGE.format(sender=sender, to=rcpts[0], marker=marker)
    try:
        bad = client.sendmail(sender, rcpts, text.replace("\n", "\r\n"))
    except smtplib.SMTPRecipientsRefused as refused:
        bad = refused.recipients
    except smtplib.SMTPResponseException as refused:
        bad = {"": (refused.smtp_code, refused.smtp_error)}
    return " / ".join(f"{code} {said.decode('ascii', 'replace')}"
                      for code, said in bad.values())


def inject(marker: str, *rcpts: str, sender: str = SENDER,
           deadline: float = 60.0) -> str:
    """The same on a connection of its own."""
    with connect(deadline) as client:
        return submit(client, marker, *rcpts, sender=sender)


def hand_over(marker: str, *rcpts: str, sender: str = SENDER) -> None:
    """The same by a client that comes again if it is told to, once: what a
    busy machine did not know in time it knows then."""
    if inject(marker, *rcpts, sender=sender)[:4] == "451 ":
        inject(marker, *rcpts, sender=sender)


def sendmail(marker: str, *rcpts: str) -> str:
    """The same by the sendmail command; "" or what it said."""
    done = run("sendmail", "-f", SENDER, *rcpts, check=False,
               text=exim.MESSAGE.format(sender=SENDER, to=rcpts[0],
                                        marker=marker))
    return "" if done.returncode == 0 else \
        f"exit {done.returncode} {done.stderr.strip()}"


def pids() -> dict[str, list[int]]:
    """The processes of smtpd and of our programs, by name."""
    found: dict[str, list[int]] = {name: [] for name in ("smtpd", *PROGRAMS)}
    for path in pathlib.Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            found.get(path.read_text().strip(), []).append(
                int(path.parent.name))
    return {name: sorted(numbers) for name, numbers in found.items()}


def all_there() -> bool:
    """Have those that smtpd starts become our programs? By the README's lines
    two filters and a table."""
    found = pids()
    return [len(found[name]) for name in PROGRAMS] == [2, 1]


def deliveries() -> dict[str, list[re.Match]]:
    """What the log says of attempts to deliver, by address."""
    found = collections.defaultdict(list)
    for line in log():
        one = DELIVERY.search(line)
        if one:
            found[one["to"]].append(one)
    return found


def tried(*addresses: str, times: int = 1) -> None:
    """Wait until each of them was tried so often."""
    def missing() -> list[str]:
        done = deliveries()
        return [to for to in addresses if len(done[to]) < times]

    try:
        proc.until(lambda: not missing(), "attempts", 2 * proc.DEADLINE, 0.05)
    except TimeoutError as late:
        raise TimeoutError(f"not tried {times} times: {missing()}") from late


def attempts(to: str) -> list[str]:
    """How each attempt ended: "Ok", or the result and why."""
    return ["Ok" if one["result"] == "Ok" else
            f"{one['result']} {one['relay']} {one['stat']}"
            for one in deliveries()[to]]


def queue() -> list[dict[str, str]]:
    """What waits, when all is gone of which the log says that it is over:
    that is written first."""
    def settled() -> bool:
        over = {one["evpid"] for some in deliveries().values()
                for one in some if one["result"] in ("Ok", "PermFail")}
        found[:] = listed()
        return not any(one["evpid"] in over for one in found)

    found: list[dict[str, str]] = []
    proc.soon(settled, "what is over is gone")
    return found


def listed() -> list[dict[str, str]]:
    """What is in the queue, as smtpctl shows it."""
    keys = ("evpid", "family", "kind", "auth", "sender", "to", "rcpt",
            "made", "expires", "last", "next", "state", "delay", "error")
    lines = run("smtpctl", "show", "queue").stdout.splitlines()
    return [dict(zip(keys, (*line.split("|"), ""))) for line in lines]


def retry(rcpt: str = "") -> None:
    """Try all that waits now, or what waits for RCPT alone."""
    for one in [one["evpid"] for one in queue() if one["rcpt"] == rcpt] \
            if rcpt else ["all"]:
        run("smtpctl", "schedule", one)


def mailbox() -> str:
    """What was delivered to the user: bounces, too."""
    home = ROOT / "home" / USER
    return "\n".join(path.read_text(errors="replace")
                     for path in sorted(home.glob("Maildir/new/*")))
