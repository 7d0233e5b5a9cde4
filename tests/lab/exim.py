# SPDX-License-Identifier: ISC
"""Debian's Exim: its configuration, messages into it, what its log says."""
import dataclasses
import pathlib
import shutil

import proc

CONFIG = pathlib.Path("/etc/exim4/exim4.conf")
LOGS = pathlib.Path("/var/log/exim4")
SPOOL = pathlib.Path("/var/spool/exim4")
BOUNCES = pathlib.Path("/run/lab/bounces")
SENDER = "lab@localhost"

BASE = """{macros}
primary_hostname = mta.lab.example
local_interfaces = 127.0.0.1
tls_advertise_hosts =
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
log_selector = +tls_certificate_verified +tls_sni
{main}
begin acl
rcpt:
{acl}
  accept
begin routers
here:
  driver = accept
  domains = localhost
  transport = bounces
world:
  driver = dnslookup
  domains = ! localhost
  transport = mx
{router}
  no_more
begin transports
mx:
  driver = smtp
{transport}
bounces:
  driver = appendfile
  file = {bounces}
  no_use_lockfile
  user = Debian-exim
begin retry
{retry}
"""
MESSAGE = """From: <{sender}>
To: <{to}>
Subject: {marker}
Message-ID: <{marker}@lab>
X-Lab-Marker: {marker}

{marker}
"""


@dataclasses.dataclass(frozen=True)
class Setup:
    """What a lab changes of the configuration; the default is without us."""

    macros: str = ""
    main: str = ""
    acl: str = ""
    router: str = ""
    transport: str = ""
    retry: str = "* * F,2h,15m; F,4d,6h"


def write(setup: Setup, keep: bool = False) -> None:
    """Make SETUP the configuration; the spool is emptied if not to KEEP."""
    parts = {field.name: getattr(setup, field.name)
             for field in dataclasses.fields(setup)}
    CONFIG.write_text(BASE.format(bounces=BOUNCES, **parts))
    CONFIG.chmod(0o644)
    if BOUNCES.parent.exists():
        BOUNCES.touch()
        shutil.chown(BOUNCES, "Debian-exim")
    for folder in () if keep else ("input", "msglog", "db"):
        shutil.rmtree(SPOOL / folder, ignore_errors=True)
    proc.run("exim4", "-bV")


def inject(marker: str, *rcpts: str, deliver: bool = True,
           deadline: float = 60.0) -> None:
    """Hand a message over; it has been tried once when this returns."""
    proc.run("exim4", "-odf" if deliver else "-odq", "-i", "-f", SENDER,
             *rcpts, deadline=deadline, text=MESSAGE.format(
                 sender=SENDER, to=rcpts[0], marker=marker))


def log(name: str = "mainlog") -> list[str]:
    path = LOGS / name
    return path.read_text(errors="replace").splitlines() \
        if path.exists() else []


def message_id(marker: str) -> str:
    for line in log():
        if f" id={marker}@lab" in line:
            return line.split(" <= ")[0].split()[-1]
    raise LookupError(f"{marker}: Exim did not take the message")


def lines(marker: str) -> list[str]:
    """The main log's lines of a message, without date and id."""
    key = message_id(marker)
    return [line.split(key, 1)[1].strip() for line in log() if key in line]


def panics() -> str:
    """Exim's panic log in one line, "empty" as it should be."""
    return " / ".join(log("paniclog"))[:300] or "empty"


def bounces() -> str:
    return BOUNCES.read_text() if BOUNCES.exists() else ""
