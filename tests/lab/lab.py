# SPDX-License-Identifier: ISC
"""One lab: domains as they are described, and the servers that make them so.

    lab = Lab(); lab.add(Domain(...)); lab.start()
"""
import dataclasses
import json
import pathlib
import time

import pki
import proc
import sink
import web
import zones

RUN = pathlib.Path("/run/lab")
NOBODY = "198.18.250.1"  # nobody listens there


@dataclasses.dataclass(frozen=True)
class Mx:
    """A mail server: HOST is below its domain, "@" the domain itself."""

    host: str
    pref: int = 10
    cert: str = "good"         # kinds of pki.py
    names: tuple[str, ...] = ()  # the certificate's, where not by kind
    starttls: str = "yes"      # see sink.py
    alias: str = ""            # the host is a CNAME to this one
    v6: bool = False
    tlsa: str = ""             # "", match, fail or forged
    at: str = ""               # the host of another domain: no server here
    gone: bool = False         # an address where nobody listens
    picky: bool = False        # its certificate is for those who name it
    keep: bool = False         # the transcript has the text of messages
    shuns: str = ""            # 454 to STARTTLS of who says this in EHLO
    late: float = 0.0          # seconds till it greets


@dataclasses.dataclass(frozen=True)
class Domain:
    """A receiving domain; mode "" has no policy."""

    name: str
    mx: tuple[Mx, ...]
    mode: str = "enforce"
    patterns: tuple[str, ...] = ("mx1",)
    implicit: bool = False      # no MX record
    web: str | None = "good"    # certificate of the policy host; None: 404
    delay: float | None = None  # of the policy host; 0 hangs
    txt: str = ""               # the record is a CNAME into this zone
    max_age: int = 86400
    hosts: tuple[str, ...] = ()  # in the policy too, as full names
    leads: str = ""             # a CNAME to this name below it, of mode none

    @property
    def owner(self) -> str:
        """Whose MX records these are."""
        return self.full(self.leads or "@")

    def full(self, host: str) -> str:
        return self.name if host == "@" else f"{host}.{self.name}"


def policy_text(domain: Domain) -> str:
    lines = ["version: STSv1", f"mode: {domain.mode}"]
    names = [domain.full(pattern) for pattern in domain.patterns]
    lines += [f"mx: {name}" for name in (*names, *domain.hosts)]
    return "\r\n".join([*lines, f"max_age: {domain.max_age}", ""])


class Lab:
    """All that a message may meet on its way."""

    def __init__(self) -> None:
        self.zones = zones.Zones()
        self.web = web.Web()
        self.sinks: list[dict] = []
        self.hosts: dict[str, str] = {}
        self.count = 0
        self.sink: proc.Process | None = None
        pki.start()

    def address(self, v6: bool) -> str:
        if v6:
            taken = sum(":" in host for host in self.hosts.values())
            return f"2001:db8::{taken + 2:x}"
        self.count += 1
        return f"198.18.{2 + self.count // 250}.{1 + self.count % 250}"

    def add(self, domain: Domain) -> None:
        for mx in domain.mx:
            self.add_mx(domain, mx)
        if domain.leads:
            self.zones.add(domain.name, "CNAME", domain.owner + ".")
            self.add_policy(Domain(domain.owner, (), "none"))
        if domain.mode:
            self.add_policy(domain)

    def add_mx(self, domain: Domain, mx: Mx) -> None:
        name = mx.at or domain.full(mx.host)
        if not domain.implicit:
            self.zones.add(domain.owner, "MX", f"{mx.pref} {name}.")
        if mx.at:
            return
        owner = name
        if mx.alias:
            owner = domain.full(mx.alias)
            self.zones.add(name, "CNAME", owner + ".")
        if mx.gone:
            self.zones.add(owner, "A", NOBODY)
        elif owner not in self.hosts:
            self.add_server(domain, mx, owner)
        if mx.tlsa == "forged":
            self.zones.add("_25._tcp." + name, "CNAME", "tlsa.bogus.example.")
            self.zones.add("tlsa.bogus.example", "TLSA", pki.tlsa())
        elif mx.tlsa:
            data = pki.tlsa() if mx.tlsa == "match" else "3 1 1 " + "00" * 32
            self.zones.add("_25._tcp." + name, "TLSA", data)

    def add_server(self, domain: Domain, mx: Mx, owner: str) -> None:
        address = self.address(mx.v6)
        self.hosts[owner] = address
        self.zones.add(owner, "AAAA" if mx.v6 else "A", address)
        cert = pki.leaf(mx.cert, owner,
                        tuple(domain.full(name) for name in mx.names))
        self.sinks.append({
            "address": address, "label": owner, "starttls": mx.starttls,
            "cert": str(cert), "key": str(pki.KEY)})
        if mx.keep:
            self.sinks[-1]["keep"] = True
        if mx.shuns:
            self.sinks[-1]["shuns"] = mx.shuns
        if mx.late:
            self.sinks[-1]["late"] = mx.late
        if mx.picky:
            self.sinks[-1]["decoy"] = str(pki.leaf("wrong", owner))

    def add_policy(self, domain: Domain) -> None:
        host = "mta-sts." + domain.name
        address = self.web.add(
            host, policy_text(domain) if domain.web else None,
            domain.web or "good", domain.delay)
        self.zones.add(host, "A", address)
        name = "_mta-sts." + domain.name
        if domain.txt:
            self.zones.add(name, "CNAME", f"{domain.name}.{domain.txt}.")
            name = f"{domain.name}.{domain.txt}"
        if domain.txt not in zones.UNSERVED:
            self.zones.add(name, "1 TXT", '"v=STSv1; id=1;"')

    def publish(self, domain: Domain, number: int | None = None,
                **changes) -> None:
        """Another policy, CHANGES made to DOMAIN, while all runs; with NUMBER
        under a new id."""
        new = dataclasses.replace(domain, **changes)
        self.web.publish("mta-sts." + domain.name, policy_text(new))
        if number is not None:
            name = "_mta-sts." + domain.name
            self.zones.replace(name, f'"v=STSv1; id={number};"')
            proc.until(lambda: f"id={number}" in zones.lookup(name, "TXT"),
                       "the new record")
            next_second()

    def start(self) -> None:
        self.zones.start()
        self.web.start()
        self.start_sinks()

    def start_sinks(self) -> None:
        path = RUN / "sinks.json"
        path.write_text(json.dumps(self.sinks))
        self.sink = proc.start("/usr/bin/python3", sink.__file__, str(path),
                               name="sink")
        proc.until(sink.READY.exists, "the sinks listen")


def next_second() -> None:
    """What the resolver has no more may still be with who had it from there
    just then: both count whole seconds, and one may end in between."""
    now = int(time.time())
    proc.until(lambda: int(time.time()) > now, "the next second")


def got(domain: str, marker: str) -> str:
    """Which servers have the message, as a transcript says it."""
    seen = []
    for message in sink.messages(marker):
        host = message["label"].removesuffix(domain).rstrip(".") or "@"
        seen.append(host + (" tls" if message["tls"] else " clear"))
    return " + ".join(seen) or "nobody"
