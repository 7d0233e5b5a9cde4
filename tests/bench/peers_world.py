# SPDX-License-Identifier: ISC
"""Thousands of domains with a policy each, and some without: inside a lab.

Each is a zone of its own, unsigned below a signed parent, as most are. The
policy hosts are nginx at many addresses, each with a certificate of its own.
"""
import pathlib
import subprocess

import pki
import proc
import service
import web
import zones

DIR = pathlib.Path("/run/lab/bench")
ADDRESSES = 200
NETWORK = web.ADDRESS.rpartition(".")[0]
ZONE = """$TTL 3600
@ SOA ns. hostmaster.example. 1 3600 600 864000 600
@ NS ns.
@ MX 10 mx
{records}"""
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
    server {{
        listen 443 ssl;
        server_name ~^mta-sts\\.(?<domain>.+)$;
        ssl_certificate {dir}/certs/$ssl_server_name.pem;
        location = /.well-known/mta-sts.txt {{
            return 200 "version: STSv1\\nmode: enforce\\nmx: mx.$domain\\nmax_age: 604800\\n";
        }}
    }}
}}
"""


def with_policy(n):
    return [f"d{i}.example" for i in range(n)]


def without(n):
    return [f"n{i}.example" for i in range(n)]


class Zones(zones.Zones):
    """The lab's, and a zone for each domain."""

    def __init__(self, policies, negatives):
        super().__init__()
        self.files = {}
        for i, name in enumerate(policies):
            self.files[name] = f"policy{i % ADDRESSES}"
        for name in negatives:
            self.files[name] = "none"
        for name in self.files:
            self.add(name, "NS", "ns.")

    def resume(self):
        for i in range(ADDRESSES):
            (DIR / f"policy{i}").write_text(
                ZONE.format(records=POLICY.format(address=f"{NETWORK}.{1 + i}")))
        (DIR / "none").write_text(ZONE.format(records=""))
        with open(zones.DIR / "nsd.conf", "a", encoding="ascii") as conf:
            for name, file in self.files.items():
                conf.write(f'zone:\n    name: "{name}"\n'
                           f'    zonefile: "{DIR}/{file}"\n')
        super().resume()


def certificates(policies):
    (DIR / "certs").mkdir()
    subprocess.run(
        [service.binary("bench_certs"), pki.DIR / "ca.pem",
         pki.DIR / "ca.key", pki.KEY, DIR / "certs"], check=True, text=True,
        input="".join(f"mta-sts.{name}\n" for name in policies))


def start(policies, negatives):
    """All servers; nothing of it is in any cache."""
    DIR.mkdir(parents=True)
    pki.start()
    certificates(policies)
    Zones(policies, negatives).start()
    (DIR / "nginx.conf").write_text(NGINX.format(dir=DIR, key=pki.KEY))
    proc.start("nginx", "-c", str(DIR / "nginx.conf"))
    proc.until((DIR / "nginx.pid").exists, "nginx runs")
