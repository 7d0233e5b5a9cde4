# SPDX-License-Identifier: ISC
"""What the parts about a light Exim share: which Exim, its configuration, the
domains, one message."""
import pathlib
import time

import exim
import hooks
import lab
import lightsvc
import proc
import ways
from lightbe import MACROS, ZONE


def use(way: ways.Way) -> None:
    """The Exim that the module exim is about."""
    exim.WAY, exim.ROOT = way, way.root
    exim.ETC = way.root / "etc/exim4"
    exim.CONFIG = exim.ETC / "exim4.conf"
    exim.LOGS = way.root / "var/log/exim4"
    exim.SPOOL = way.root / "var/spool/exim4"


def setup(path: str = str(lightsvc.FINE), more: str = "",
          files: pathlib.Path = hooks.FILES) -> exim.Setup:
    return exim.Setup(
        macros=f"STSGATE_FILES = {files}\nSTSGATE_SOCKET = {path}\n{more}\n"
        f".include {MACROS}",
        router=f".include {hooks.FILES}/stsgate-router.conf",
        transport=f".include {hooks.FILES}/stsgate-transport.conf")


SHORT = "STSGATE_ALIVE = 1s\nSTSGATE_PATIENCE = 1s"
SERVERS = ("plain", "good")
MEMORY, SPAN = 100, 15  # seconds; the latter is more than a message takes
SPARE = 6  # servers more, for domains with many hosts; Exim tries five hosts


class World(lab.Lab):
    """Domains whose MX10 is not in the policy and whose MX20 is."""

    def __init__(self) -> None:
        super().__init__()
        for name, starttls in (("plain", "no"), ("good", "yes"),
                               ("rogue", "yes")):
            zones = tuple(f"*.{'rogue' if name == 'rogue' else 'mx'}.{server}"
                          for server in SERVERS)
            self.add_server(lab.Domain(ZONE, ()), lab.Mx(
                name, starttls=starttls, names=zones), f"{name}.{ZONE}")
        for number in range(SPARE):
            self.add_server(lab.Domain(ZONE, ()), lab.Mx(
                "spare", starttls="no"), f"spare{number}.{ZONE}")

    def name(self, label: str, count: int = 1) -> None:
        for server in SERVERS:
            domain = f"{label}.{server}.{ZONE}"
            rogue = f"{label}.rogue.{server}.{ZONE}"
            self.zones.add(domain, "MX", f"10 {rogue}.")
            self.zones.add(rogue, "A", self.hosts[f"rogue.{ZONE}"])
            for number in range(count):
                host, owner = (f"{label}.mx.{server}.{ZONE}", server) \
                    if not number else (
                        f"x{number}.{label}.rogue.{server}.{ZONE}",
                        f"spare{number % SPARE}")
                self.zones.add(domain, "MX", f"{20 + number} {host}.")
                self.zones.add(host, "A", self.hosts[f"{owner}.{ZONE}"])

    def nameless(self, label: str) -> None:
        """A server whose certificate has its name in no DNS name, for LABEL's
        domain at "cn"."""
        host = f"{label}.mx.cn.{ZONE}"
        self.zones.add(f"{label}.cn.{ZONE}", "MX", f"10 {host}.")
        self.add_server(lab.Domain(ZONE, ()), lab.Mx("cn", cert="cn"), host)


def received(marker: str) -> str:
    """Which servers have the message."""
    return " + ".join(
        m["label"].split(".")[0] + (" tls" if m["tls"] else " clear")
        for m in lab.sink.messages(marker)) or "nobody"


def begun() -> None:
    """What Exim was told holds for a hundred seconds of the clock: none ends
    soon."""
    proc.until(lambda: time.time() % MEMORY < MEMORY - SPAN,
               "the next hundred seconds")


def send(label: str, server: str, run: str = "") -> tuple[str, float]:
    """Who got a message for LABEL, and after how many seconds."""
    marker = f"{run}{label}-{server}"
    begin = time.monotonic()
    exim.inject(marker, f"u@{label}.{server}.{ZONE}")
    return received(marker), time.monotonic() - begin
