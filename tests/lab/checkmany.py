# SPDX-License-Identifier: ISC
"""A thousand domains with policy hosts and MX hosts of their own, for
domaincheck.py; every fiftieth has an MX without STARTTLS."""
import lab
import pki
import proc
import web

COUNT = 1000
GROUP = 20  # of them share a certificate file
EVERY = 50  # has the defect
ADDRESS = web.ADDRESS.rpartition(".")[0] + ".20"
DIR = web.DIR / "many"
CONF = """user root;
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log {dir}/access.log;
    default_type text/plain;
    server_names_hash_bucket_size 128;
    server_names_hash_max_size 8192;
    ssl_certificate_key {key};
"""
HOSTS = """    server {{
        listen {address}:443 ssl;
        server_name {names};
        ssl_certificate {cert};
        root {dir}/$host;
    }}
"""


def name(number: int) -> str:
    return f"m{number:04d}.lab.example"


def defective(number: int) -> bool:
    return number % EVERY == 7


def add(world: lab.Lab) -> None:
    conf = CONF.format(dir=DIR, key=pki.KEY)
    for first in range(0, COUNT, GROUP):
        numbers = range(first, first + GROUP)
        hosts = tuple("mta-sts." + name(n) for n in numbers)
        cert = pki.leaf("good", f"many{first}", hosts + tuple(
            "mx1." + name(n) for n in numbers))
        conf += HOSTS.format(address=ADDRESS, names=" ".join(hosts),
                             cert=cert, dir=DIR)
        for number in numbers:
            add_one(world, number, str(cert))
    DIR.mkdir(parents=True, exist_ok=True)
    (DIR / "nginx.conf").write_text(conf + "}\n")


def add_one(world: lab.Lab, number: int, cert: str) -> None:
    domain = name(number)
    address = f"198.18.{100 + number // 250}.{1 + number % 250}"
    zones = world.zones
    zones.add(domain, "MX", f"10 mx1.{domain}.")
    zones.add("mx1." + domain, "A", address)
    zones.add("mta-sts." + domain, "A", ADDRESS)
    zones.add("_mta-sts." + domain, "TXT", '"v=STSv1; id=1;"')
    zones.add("_smtp._tls." + domain, "TXT",
              '"v=TLSRPTv1; rua=mailto:t@lab.example"')
    zones.add(domain, "TXT", '"v=spf1 mx -all"')
    zones.add("_dmarc." + domain, "TXT",
              '"v=DMARC1; p=reject; rua=mailto:d@lab.example"')
    policy = DIR / ("mta-sts." + domain) / web.PATH[1:]
    policy.parent.mkdir(parents=True)
    policy.write_text(lab.policy_text(
        lab.Domain(domain, (lab.Mx("mx1"),), max_age=604800)))
    world.sinks.append({
        "address": address, "label": "mx1." + domain, "cert": cert,
        "starttls": "no" if defective(number) else "yes",
        "key": str(pki.KEY)})


def start() -> None:
    proc.start("nginx", "-c", str(DIR / "nginx.conf"), name="many")
    proc.until((DIR / "nginx.pid").exists, "the many policy hosts run")
