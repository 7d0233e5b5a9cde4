# SPDX-License-Identifier: ISC
"""stsgate publish: what it prints, put where it says, is enforced.

Nothing of the lab's own policy hosts runs: nginx has the printed server block
and no other, the file is where its first line says, the zone gets its records.
"""
import json
import pathlib
import signal
import urllib.request

import exim
import hooks
import lab
import pki
import proc
import rows
import service
import web
import zones

GOOD = lab.Domain("good.lab.example", (lab.Mx("mx1"), lab.Mx("mx2", 20)),
                  mode="")
WEAK = lab.Domain("weak.lab.example", (lab.Mx("mx1", starttls="no"),), mode="")
NULL = "null.lab.example"
DIR = pathlib.Path("/run/lab/publish")
CONF = """user root;
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
{blocks}}}
"""
IDS = {"enforce": "1", "testing": "2"}


def publish(domain: str, *words: str) -> dict:
    """What the command says, by name of its key."""
    done = service.command("publish", domain, "--json", *words)
    return {"exit": done.returncode, "errors": done.stderr.strip(),
            **(json.loads(done.stdout) if done.stdout else {})}


def certificate(host: str) -> None:
    """Where a server block expects it, as certbot would have it."""
    folder = pathlib.Path("/etc/letsencrypt/live") / host
    folder.mkdir(parents=True)
    (folder / "fullchain.pem").write_bytes(
        pathlib.Path(pki.leaf("good", host)).read_bytes())
    (folder / "privkey.pem").write_bytes(pathlib.Path(pki.KEY).read_bytes())


def put_file(made: dict) -> None:
    path = pathlib.Path(made["file"])
    path.parent.mkdir(parents=True, exist_ok=True)
    proc.put(path, made["policy"])


def put_records(world: lab.Lab, made: dict) -> None:
    """The records that were printed, into the zone that runs."""
    for record in made["records"]:
        world.zones.remove(record["name"])
        world.zones.add(record["name"], f"1 {record['type']}",
                        f'"{record["value"]}"')
    world.zones.write("lab.example.")
    assert world.zones.nsd
    world.zones.nsd.send(signal.SIGHUP)
    for record in made["records"]:
        proc.until(lambda: record["value"] in zones.lookup(
            record["name"], "TXT"), record["name"])
    lab.next_second()


def serve(made: dict) -> proc.Process:
    """nginx with the one block that was printed."""
    DIR.mkdir(exist_ok=True)
    (DIR / "nginx.pid").unlink(missing_ok=True)
    (DIR / "nginx.conf").write_text(CONF.format(
        dir=DIR, blocks=made["server"]["nginx"]))
    running = proc.start("nginx", "-c", str(DIR / "nginx.conf"), name="nginx")
    proc.until((DIR / "nginx.pid").exists, "nginx runs")
    return running


def fetched(made: dict) -> str:
    """What a client gets at the URL that was printed."""
    with urllib.request.urlopen(made["url"], timeout=60) as answer:
        same = answer.read().decode() == made["policy"]
        return (f"{answer.status} {answer.headers['Content-Type']}, "
                f"{'the policy' if same else 'something else'}")


def mail(out: rows.Rows, domain: lab.Domain, what: str, expected: str) -> None:
    marker = f"publish-{out.count}"
    exim.inject(marker, f"u@{domain.name}")
    out.add(domain.name.partition(".")[0], "", what, expected,
            lab.got(domain.name, marker))


def checked(out: rows.Rows, domain: lab.Domain, what: str,
            exit_code: int) -> None:
    done = service.command("check", domain.name)
    said = [line for line in done.stdout.splitlines() if line.strip()]
    out.add(domain.name.partition(".")[0], "", what, f"exit {exit_code}",
            f"exit {done.returncode}", " / ".join(said)[-200:])


def whole(out: rows.Rows, world: lab.Lab, domain: lab.Domain,
          mode: str) -> proc.Process:
    """A domain from its MX records to what is served."""
    name = domain.name.partition(".")[0]
    made = publish(domain.name, "--mode", mode, "--id", IDS[mode])
    hosts = [line[4:] for line in made.get("policy", "").splitlines()
             if line.startswith("mx: ")]
    out.add(name, mode, "the MX records in DNS",
            " ".join(domain.full(mx.host) for mx in domain.mx),
            " ".join(hosts), made["errors"])
    put_file(made)
    running = serve(made)
    out.add(name, mode, "its nginx block serves its file",
            "200 text/plain, the policy", fetched(made))
    put_records(world, made)
    return running


def refused(out: rows.Rows) -> None:
    for domain, code, said in (
            (NULL, 1, "null MX"), ("nothing.lab.example", 1, "no MX record"),
            ("x.dead.example", 2, "publish: MX records")):
        made = publish(domain)
        out.add(domain.partition(".")[0], "", "without --mx",
                f"exit {code}, {said}, nothing printed",
                f"exit {made['exit']}, "
                f"{said if said in made['errors'] else 'else'}, "
                f"{'a policy' if 'policy' in made else 'nothing'} printed",
                made["errors"])


def world_of() -> lab.Lab:
    world = lab.Lab()
    for domain in (GOOD, WEAK):
        host = "mta-sts." + domain.name
        world.add(domain)
        world.zones.add(host, "A", web.ADDRESS)
        certificate(host)
    world.zones.add(GOOD.name, "TXT", '"v=spf1 mx -all"')
    world.zones.add("_dmarc." + GOOD.name, "TXT", '"v=DMARC1; p=none"')
    world.zones.add(NULL, "MX", "0 .")
    world.zones.start()
    world.start_sinks()
    return world


def main(module: str) -> int:
    proc.hurry(5)
    world = world_of()
    running = service.start()
    exim.write(hooks.ours(module))
    out = rows.Rows()
    refused(out)
    mail(out, WEAK, "before: no policy", "mx1 clear")
    nginx = whole(out, world, GOOD, "enforce")
    mail(out, GOOD, "enforced, over TLS", "mx1 tls")
    checked(out, GOOD, "stsgate check: sound", 0)
    nginx.kill(signal.SIGTERM)
    nginx = whole(out, world, WEAK, "testing")
    service.command("cache", "refresh", WEAK.name)
    mail(out, WEAK, "testing: not refused", "mx1 clear")
    checked(out, WEAK, "stsgate check: no STARTTLS", 1)
    made = publish(WEAK.name, "--mode", "enforce")
    put_file(made)
    put_records(world, made)
    service.command("cache", "refresh", WEAK.name)
    mail(out, WEAK, "the policy file, then a new id: refused", "nobody")
    nginx.kill(signal.SIGTERM)
    service.stop(running)
    return out.end()
