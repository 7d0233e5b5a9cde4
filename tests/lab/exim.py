# SPDX-License-Identifier: ISC
"""Debian's Exim: its configuration, messages into it, what its log says.

All of it in the way of this lab (ways.py): ROOT is where that Exim's files
are, run() starts its programs.
"""
import dataclasses
import pathlib
import shutil
import socket
import subprocess

import proc
import ways

WAY = ways.current()
ROOT = WAY.root
ETC = ROOT / "etc/exim4"
CONFIG = ETC / "exim4.conf"
LOGS = ROOT / "var/log/exim4"
SPOOL = ROOT / "var/spool/exim4"
DROPINS = pathlib.Path("/src/exim-dlfunc/debian")
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
{routers}
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
{transports}
begin retry
{retry}
"""
# Debian's own questions answered, what it lets be set by macros, and a
# mailbox for what is returned to SENDER.
DEBCONF = """dc_eximconfig_configtype='internet'
dc_other_hostnames=''
dc_local_interfaces='127.0.0.1'
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='true'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""
DEBIAN = {
    "conf.d/main/000_localmacros": """{macros}
MAIN_HARDCODE_PRIMARY_HOSTNAME = mta.lab.example
MAIN_LOG_SELECTOR = +tls_certificate_verified +tls_sni
{main}
""",
    "conf.d/router/110_lab": """here:
  driver = accept
  domains = localhost
  transport = bounces
""",
    "conf.d/transport/90_lab": """bounces:
  driver = appendfile
  file = {bounces}
  no_use_lockfile
  user = Debian-exim
""",
    "conf.d/router/180_stsgate_reports": "{routers}",
    "conf.d/transport/36_stsgate_reports": "{transports}",
}
MESSAGE = """From: <{sender}>
To: <{to}>
Subject: {marker}
Message-ID: <{marker}@lab>
X-Lab-Marker: {marker}

{marker}
"""


@dataclasses.dataclass(frozen=True)
class Setup:
    """What a lab changes of the configuration; the default is without us.
    DEBIAN: it is Debian's, where acl, router, transport and retry are its."""

    debian: bool = False
    macros: str = ""
    main: str = ""
    acl: str = ""
    router: str = ""
    transport: str = ""
    routers: str = ""     # more of them, before the one to the world
    transports: str = ""
    retry: str = "* * F,2h,15m; F,4d,6h"


def run(*command: str, **how) -> subprocess.CompletedProcess:
    """A program of Exim's root, as proc.run() does it."""
    there = ("chroot", str(ROOT)) if WAY.other else ()
    return proc.run(*there, *command, **how)


def swap(package: str) -> None:
    """A mail server of the shelf in place of the one that is installed."""
    form = "${Package} ${Status} ${Provides}\n"
    known = run("dpkg-query", "-W", "-f", form).stdout.splitlines()
    there = [line.split()[0] for line in known
             if " installed " in line and "mail-transport-agent" in line]
    if package not in there:
        found = [path.name for path in (ROOT / "debs").glob(package + "_*")]
        run("dpkg", "--force-depends", "--remove", *there)
        run("dpkg", "--install", "/debs/" + found[0])


def write(setup: Setup, keep: bool = False) -> None:
    """Make SETUP the configuration; the spool is emptied if not to KEEP."""
    swap(WAY.package)
    if setup.debian:
        write_debian(setup)
    else:
        parts = {field.name: getattr(setup, field.name)
                 for field in dataclasses.fields(setup)}
        CONFIG.write_text(BASE.format(bounces=BOUNCES, **parts))
        CONFIG.chmod(0o644)
    if BOUNCES.parent.exists():
        BOUNCES.touch()
        run("chown", "Debian-exim", str(BOUNCES))
    for folder in () if keep else ("input", "msglog", "db"):
        shutil.rmtree(SPOOL / folder, ignore_errors=True)
    run("exim4", "-bV")


def write_debian(setup: Setup) -> None:
    """Debian's split configuration with our drop-in files."""
    CONFIG.unlink(missing_ok=True)
    (ETC / "update-exim4.conf.conf").write_text(DEBCONF)
    for folder in ("main", "router", "transport"):
        shutil.copytree(DROPINS / folder, ETC / "conf.d" / folder,
                        dirs_exist_ok=True)
    for name, text in DEBIAN.items():
        (ETC / name).write_text(text.format(
            macros=setup.macros, main=setup.main, bounces=BOUNCES,
            routers=setup.routers, transports=setup.transports))
    run("update-exim4.conf")


def inject(marker: str, *rcpts: str, deliver: bool = True,
           deadline: float = 3 * proc.DEADLINE,
           before: tuple[str, ...] = ()) -> None:
    """Hand a message over; it has been tried once when this returns. BEFORE
    is what stands before Exim's name on the command line."""
    run(*before, "exim4", "-odf" if deliver else "-odq", "-i", "-f", SENDER,
        *rcpts, deadline=deadline, text=MESSAGE.format(
            sender=SENDER, to=rcpts[0], marker=marker))


def daemon() -> proc.Process:
    """Exim as a server on this host's port 25, ready."""
    there = ("chroot", str(ROOT)) if WAY.other else ()
    running = proc.start(*there, "exim4", "-bdf", name="exim4")
    proc.until(greets, "Exim listens")
    return running


def greets() -> bool:
    try:
        with socket.create_connection(("127.0.0.1", 25), 5) as peer:
            return peer.recv(4) == b"220 "
    except OSError:
        return False


def log(name: str = "mainlog", logs: pathlib.Path | None = None) -> list[str]:
    return proc.lines((logs or LOGS) / name)  # lightworld.use() changes LOGS


def message_id(marker: str, logs: pathlib.Path | None = None) -> str:
    for line in log(logs=logs):
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
