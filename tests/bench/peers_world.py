# SPDX-License-Identifier: ISC
"""Thousands of domains with a policy each, and some without: inside a lab.

Each is a zone of its own, unsigned below a signed parent, as most are. The
policy hosts are nginx at many addresses, each with a certificate of its own.
"""
import pathlib
import socket
import struct
import subprocess

import pki
import proc
import service
import web
import zones

DIR = pathlib.Path("/run/lab/bench")
ADDRESSES = 200
A, TXT, AAAA, DS = 1, 16, 28, 43
NETWORK = web.ADDRESS.rpartition(".")[0]
ZONE = """$TTL 3600
@ SOA ns. hostmaster.example. 1 3600 600 864000 3600
@ NS ns.
{records}"""
MX = "@ MX 10 mx\n"
POLICY = """_mta-sts TXT "v=STSv1; id=1;"
mta-sts A {address}
"""
NGINX = """user root;
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    default_type text/plain;
    ssl_certificate_key {key};
    ssl_session_cache off;
    server_names_hash_max_size 65536;
    server_names_hash_bucket_size 128;
"""
HOST = """server {{
    listen 443 ssl;
    server_name mta-sts.{name};
    ssl_certificate {dir}/certs/mta-sts.{name}.pem;
    location = /.well-known/mta-sts.txt {{
        {more}return 200 "{policy}";
    }}
}}
"""
TEXT = "version: STSv1\\nmode: enforce\\nmx: mx.{name}\\nmax_age: 604800\\n"
# Room for all, and long enough: what is compared is not unbound.
CACHE = """    msg-cache-size: 64m
    rrset-cache-size: 64m
    cache-max-ttl: 3600
    cache-max-negative-ttl: 3600
"""


def with_policy(n):
    return [f"d{i}.example" for i in range(n)]


def without(n):
    return [f"n{i}.example" for i in range(n)]


class Zones(zones.Zones):
    """The lab's, and a zone for each domain; many share a file."""

    FILES = ADDRESSES  # for those with a policy

    def __init__(self, policies, negatives):
        super().__init__()
        self.files = {}
        for i, name in enumerate(policies):
            self.files[name] = f"policy{i % self.FILES}"
        for name in negatives:
            self.files[name] = "none"
        for name in self.files:
            self.add(name, "NS", "ns.")

    def mail_hosts(self, _number):
        """The MX records in that file; names are relative to the zone."""
        return MX

    def resume(self):
        for i in range(self.FILES):
            (DIR / f"policy{i}").write_text(
                ZONE.format(records=self.mail_hosts(i) + POLICY.format(
                    address=f"{NETWORK}.{1 + i % ADDRESSES}")))
        (DIR / "none").write_text(ZONE.format(records=self.mail_hosts(0)))
        with open(zones.DIR / "nsd.conf", "a", encoding="ascii") as conf:
            for name, file in self.files.items():
                conf.write(f'zone:\n    name: "{name}"\n'
                           f'    zonefile: "{DIR}/{file}"\n')
        path = zones.DIR / "unbound.conf"
        path.write_text(path.read_text().replace(
            "remote-control:", CACHE + "remote-control:"))
        super().resume()


def certificates(policies):
    (DIR / "certs").mkdir()
    subprocess.run(
        [service.binary("bench_certs"), pki.DIR / "ca.pem",
         pki.DIR / "ca.key", pki.KEY, DIR / "certs"], check=True, text=True,
        input="".join(f"mta-sts.{name}\n" for name in policies))


def questions(policies, negatives):
    """All that anybody asks of these; DS is what validation needs."""
    for name in policies:
        yield from (("_mta-sts." + name, TXT), (name, DS),
                    ("mta-sts." + name, A), ("mta-sts." + name, AAAA))
    for name in negatives:
        yield from (("_mta-sts." + name, TXT), (name, DS))


def packet(name, kind):
    """A question as they ask it, with DO; validators ask for DS with CD, and
    what unbound has for one without CD is kept apart."""
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    flags = 0x110 if kind == DS else 0x100
    return (struct.pack("!6H", 1, flags, 1, 0, 0, 1) + labels
            + struct.pack("!BHH", 0, kind, 1)
            + b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00")


def ask_all(policies, negatives):
    """Everything is in unbound's cache from now on: else its own work, the
    same for all, would be most of what is measured."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(5)
        peer.connect((zones.UNBOUND, 53))
        for question in questions(policies, negatives):
            peer.send(packet(*question))
            answer = peer.recv(4096)
            if answer[3] & 15 not in (0, 3):
                raise RuntimeError(f"{question}: rcode {answer[3] & 15}")


def hosts(policies, text=TEXT, more=""):
    """Policy hosts for nginx; MORE: what it says of how they answer."""
    return "".join(HOST.format(dir=DIR, name=name, more=more,
                               policy=text.format(name=name))
                   for name in policies)


def serve(lines):
    (DIR / "nginx.conf").write_text(
        NGINX.format(dir=DIR, key=pki.KEY) + lines + "}\n")
    proc.start("nginx", "-c", str(DIR / "nginx.conf"))
    proc.until((DIR / "nginx.pid").exists, "nginx runs")


def start(policies, negatives):
    """All servers; nothing of it is in any cache but unbound's."""
    DIR.mkdir(parents=True)
    pki.start()
    certificates(policies)
    made = Zones(policies, negatives)
    made.ttl = made.no_ttl = 3600  # that there is no DS, too
    made.start()
    ask_all(policies, negatives)
    serve(hosts(policies))
    return made
