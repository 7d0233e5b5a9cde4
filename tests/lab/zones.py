# SPDX-License-Identifier: ISC
"""The lab's DNS: a root of its own, signed by nsd's side, unbound before it.

    .  and  example.   signed, the root's key is the only trust anchor
    lab.example.       unsigned, as most of the world
    dane.example.      signed
    bogus.example.     signed by a key that is not the one the parent names
    dead.example.      delegated to a server that is not there
"""
import pathlib
import signal
import subprocess

import proc

NSD = "198.18.0.53"
UNBOUND = "127.0.0.1"
SHARED = "198.18.0.52"  # unbound as well, for other machines of a lab
NOBODY = "198.18.255.254"
DIR = pathlib.Path("/run/lab/dns")
SIGNED = (".", "example.", "dane.example.", "bogus.example.")
NAMES = (*SIGNED, "lab.example.")
UNSERVED = ("dead.example",)
PARENT = {"example.": ".", "lab.example.": "example.",
          "dane.example.": "example.", "bogus.example.": "example."}

NSD_CONF = """server:
    ip-address: {nsd}
    username: ""
    zonesdir: "{dir}"
    pidfile: ""
    zonelistfile: "{dir}/zone.list"
    xfrdfile: ""
    server-count: 1
remote-control:
    control-enable: no
"""
UNBOUND_CONF = """server:
    interface: {unbound}
    interface: {shared}
    access-control: 198.18.0.0/15 allow
    username: ""
    chroot: ""
    directory: "{dir}"
    pidfile: ""
    use-syslog: no
    logfile: "{dir}/unbound.log"
    root-hints: "{dir}/hints"
    trust-anchor-file: "{dir}/anchor"
    module-config: "validator iterator"
    val-log-level: 2
    log-queries: yes
    num-threads: 1
    outgoing-range: 512
    cache-max-ttl: 60
    cache-max-negative-ttl: 1
remote-control:
    control-enable: no
"""


def file_of(zone: str) -> pathlib.Path:
    return DIR / ((zone.rstrip(".") or "root") + ".zone")


class Zones:
    """Records by zone; add() before start()."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {name: [] for name in NAMES}
        self.ttl, self.no_ttl = 60, 1  # seconds; of what is not there
        self.nsd: proc.Process | None = None
        self.unbound: proc.Process | None = None

    def add(self, owner: str, kind: str, data: str) -> None:
        """A record of the fully qualified OWNER (no final dot needed)."""
        owner = owner.rstrip(".") + "."
        zone = max((name for name in NAMES if owner.endswith("." + name)
                    or owner == name), key=len)
        self.records[zone].append(f"{owner} {kind} {data}")

    def replace(self, owner: str, data: str) -> None:
        """Other data for the one record of OWNER in lab.example, while nsd
        runs; the record keeps its type and time to live."""
        records = self.records["lab.example."]
        where = next(n for n, record in enumerate(records)
                     if record.startswith(owner + ". "))
        head = records[where].split()[:-len(data.split())]
        records[where] = " ".join([*head, data])
        self.write("lab.example.")
        assert self.nsd
        self.nsd.send(signal.SIGHUP)

    def remove(self, owner: str) -> None:
        """No record of OWNER in lab.example any more, while nsd runs."""
        records = self.records["lab.example."]
        records[:] = [record for record in records
                      if not record.startswith(owner + ". ")]
        self.write("lab.example.")
        assert self.nsd
        self.nsd.send(signal.SIGHUP)

    def start(self) -> None:
        DIR.mkdir()
        for zone in NAMES[::-1]:
            self.write(zone)
        for zone in ("dane.example.", "bogus.example.", "example.", "."):
            self.sign(zone)
        (DIR / "hints").write_text(f". 3600 NS ns.\nns. 3600 A {NSD}\n")
        conf = NSD_CONF.format(nsd=NSD, dir=DIR)
        for zone in NAMES:
            conf += f'zone:\n    name: "{zone}"\n'
            conf += f'    zonefile: "{file_of(zone)}"\n'
        (DIR / "nsd.conf").write_text(conf)
        (DIR / "unbound.conf").write_text(
            UNBOUND_CONF.format(unbound=UNBOUND, shared=SHARED, dir=DIR))
        pathlib.Path("/etc/resolv.conf").write_text(
            f"nameserver {UNBOUND}\noptions trust-ad edns0\n")
        self.resume()

    def resume(self) -> None:
        """Start both servers and wait until the lab's TLD resolves."""
        before = begun()
        self.nsd = proc.start("nsd", "-d", "-c", str(DIR / "nsd.conf"))
        # Where nobody answers unbound does not look again for a minute.
        proc.until(lambda: answers("lab.example.", "-t", f"@{NSD}"),
                   "nsd answers")
        self.unbound = proc.start(
            "unbound", "-d", "-c", str(DIR / "unbound.conf"))
        # What is asked a moment earlier is lost, and drill waits for 5 s.
        proc.until(lambda: begun() > before, "unbound runs")
        proc.until(lambda: answers("lab.example."), "DNS answers")

    def stop(self) -> None:
        for server in (self.unbound, self.nsd):
            if server:
                server.kill()

    def write(self, zone: str) -> None:
        lines = [f"$TTL {self.ttl}", f"{zone} SOA ns. hostmaster.example. "
                 f"1 3600 600 864000 {self.no_ttl}", f"{zone} NS ns."]
        lines += [f"{child} NS ns." for child, parent in PARENT.items()
                  if parent == zone]
        if zone == "example.":
            lines.append("dead.example. NS ns.dead.example.")
            lines.append(f"ns.dead.example. A {NOBODY}")
        if zone == ".":
            lines.append(f"ns. A {NSD}")
        proc.put(file_of(zone),
                 "\n".join(lines + self.records[zone]) + "\n")

    def sign(self, zone: str) -> None:
        """Sign in place; hand the key's DS to the parent or the anchor."""
        key = keygen(zone)
        named = keygen(zone) if zone == "bogus.example." else key
        record = named.with_name(named.name + ".ds").read_text()
        parent = PARENT.get(zone)
        target = file_of(parent) if parent else DIR / "anchor"
        with open(target, "a", encoding="ascii") as out:
            out.write(record)
        path = file_of(zone)
        subprocess.run(["ldns-signzone", "-f", str(path) + ".signed",
                        str(path), str(key)], check=True)
        path.with_name(path.name + ".signed").rename(path)


def keygen(zone: str) -> pathlib.Path:
    name = subprocess.run(
        ["ldns-keygen", "-k", "-a", "ECDSAP256SHA256", zone], cwd=DIR,
        check=True, capture_output=True, text=True).stdout.strip()
    return DIR / name


def lookup(name: str, kind: str, *how: str) -> str:
    """What the resolver says, as drill prints it; HOW: its other options."""
    return subprocess.run(["drill", *(how or (f"@{UNBOUND}",)), name, kind],
                          check=False, capture_output=True, text=True).stdout


def begun() -> int:
    """How often unbound has come so far as to answer."""
    path = DIR / "unbound.log"
    return path.read_text().count("start of service") if path.exists() else 0


def asked(name: str, kind: str) -> int:
    """How often the resolver was asked for that."""
    text = (DIR / "unbound.log").read_text()
    return text.count(f" {name}. {kind} IN\n")


def answers(name: str, *how: str) -> bool:
    """Does the resolver know it; or who HOW says is to be asked?"""
    text = lookup(name, "SOA", *how)
    return "rcode: NOERROR" in text and "ANSWER: 0" not in text
