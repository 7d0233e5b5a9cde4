# SPDX-License-Identifier: ISC
"""stsgate explain: the step that fails says NO, and a look changes nothing.

A domain for each thing that can go wrong before mail is encrypted. Of every
one: the first step that says NO and its RFC section, those before it said ok,
the policy host was really asked (as its own log says) or really not, and what
the service knows is to the octet what it was.
"""
import dataclasses
import json
import pathlib
import socket
import threading

import lab
import pki
import proc
import rows
import service
import web

MX = (lab.Mx("mx1"),)
ODD = web.DIR / "odd"  # a policy host of our own, for answers of its own
NET = web.ADDRESS.rpartition(".")[0]
ODD_ADDRESS = NET + ".3"
SILENT = NET + ".4"  # takes connections and says nothing
NOBODY = NET + ".5"  # nobody listens
REFUSED = "192.168.1.1"
ODD_CONF = """user root;
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 64; }}
http {{
    log_format lab '$msec $ssl_server_name $request_method $uri $status';
    access_log {access} lab;
    ssl_certificate_key {key};
    server {{
        listen {address}:443 ssl;
        server_name {redirect};
        ssl_certificate {cert};
        location / {{ return 301 https://mta-sts.good.lab.example$uri; }}
    }}
    server {{
        listen {address}:443 ssl;
        server_name {html};
        ssl_certificate {cert};
        location / {{ default_type text/html; return 200 "<p>"; }}
    }}
    server {{
        listen {address}:443 ssl;
        server_name {big};
        ssl_certificate {cert};
        default_type text/plain;
        root {dir};
    }}
}}
"""
STEPS = ("txt", "record", "address", "tcp", "tls", "http", "policy", "mx",
         "match", "answer")


@dataclasses.dataclass(frozen=True)
class Case:
    """What explain is to say of a domain."""

    name: str
    what: str
    step: str = ""      # the first that says NO
    section: str = ""
    exit: int = 1
    asked: int = 1      # requests that the policy host sees
    zone: str = "lab.example"
    text: str = ""      # part of what the step or its notes say

    @property
    def domain(self) -> str:
        return f"{self.name}.{self.zone}"


CASES = (
    Case("good", "all is well", exit=0),
    Case("signed", "all is well, and signed", exit=0, zone="dane.example"),
    Case("none", "no record", "txt", "8461 3.1", asked=0),
    Case("two", "two records", "record", "8461 3.1", asked=0,
         text="2 records"),
    Case("badid", "a record without a good id", "record", "8461 3.1", asked=0,
         text="\\x1b1"),
    Case("forged", "DNSSEC says forged", "txt", "4033 5", 2, 0,
         "bogus.example"),
    Case("noaddr", "policy host without address", "address", "8461 3.3",
         asked=0),
    Case("guard", "policy host with a private address", "address", "8461 3.3",
         asked=0, text="refused: private"),
    Case("nobody", "nobody listens there", "tcp", "8461 3.3", asked=0),
    Case("silent", "connected, then silence", "tls", "8461 3.3", asked=0),
    Case("expired", "certificate expired", "tls", "8461 3.3", asked=0,
         text="2024-02-01"),
    Case("wrong", "certificate of another name", "tls", "8461 3.3", asked=0,
         text="other.example"),
    Case("self", "certificate self-signed", "tls", "8461 3.3", asked=0),
    Case("gone", "policy host says 404", "http", "8461 3.3", text="404"),
    Case("redirect", "policy host redirects", "http", "8461 3.3", text="301"),
    Case("html", "policy is text/html", "http", "8461 3.2", text="text/html"),
    Case("big", "a policy of 64 KiB and more", "http", "8461 3.3"),
    Case("tarpit", "policy host never answers", "http", "8461 3.3"),
    Case("nomx", "policy without mx", "policy", "8461 3.2", text="mx"),
    Case("odd", "a line that is none; it is passed over", exit=0,
         text="line 3"),
    Case("mismatch", "MX that no pattern covers", "match", "8461 4.1", 0),
    Case("nullmx", "null MX", "mx", "7505 3", 0),
)


def policy(domain: str, *lines: str) -> str:
    return "\r\n".join(["version: STSv1", "mode: enforce", *lines,
                        f"mx: mx1.{domain}", "max_age: 86400", ""])


def record(world: lab.Lab, domain: str, text: str = "v=STSv1; id=1;") -> None:
    world.zones.add("_mta-sts." + domain, "1 TXT", f'"{text}"')


def address(world: lab.Lab, domain: str, where: str) -> None:
    world.zones.add("mta-sts." + domain, "A", where)


def build(world: lab.Lab) -> None:
    """Domains as lab.Domain can describe them, and then the others."""
    for case in CASES:
        domain = lab.Domain(case.domain, MX)
        changes = {
            "none": {"mode": ""}, "expired": {"web": "expired"},
            "wrong": {"web": "wrong"}, "self": {"web": "self"},
            "gone": {"web": None}, "tarpit": {"delay": 0},
            "mismatch": {"patterns": ("other",)}}
        if case.name in ("nullmx", "odd", "nomx", "noaddr", "guard", "nobody",
                         "silent", "redirect", "html", "big", "badid"):
            special(world, case)
        else:
            world.add(dataclasses.replace(
                domain, **changes.get(case.name, {})))
    record(world, "two.lab.example", "v=STSv1; id=2;")


def special(world: lab.Lab, case: Case) -> None:
    name = case.domain
    if case.name == "nullmx":
        world.zones.add(name, "MX", "0 .")
    else:
        world.add(lab.Domain(name, MX, mode=""))
    where = {"guard": REFUSED, "nobody": NOBODY, "silent": SILENT,
             "redirect": ODD_ADDRESS, "html": ODD_ADDRESS,
             "big": ODD_ADDRESS}.get(case.name)
    if case.name in ("nullmx", "odd", "nomx", "badid"):
        text = policy(name, "an odd line") if case.name == "odd" else \
            policy(name).replace(f"mx: mx1.{name}\r\n", "") \
            if case.name == "nomx" else policy(name)
        where = world.web.add("mta-sts." + name, text)
    if where:
        address(world, name, where)
    record(world, name, "v=STSv1; id=not\\0271;" if case.name == "badid"
           else "v=STSv1; id=1;")


def start_odd() -> None:
    """Policy hosts that answer in their own way, and one that does not."""
    names = {case.name: "mta-sts." + case.domain for case in CASES
             if case.name in ("redirect", "html", "big")}
    cert = pki.leaf("good", "odd", tuple(names.values()))
    path = ODD / web.PATH[1:]
    path.parent.mkdir(parents=True)
    path.write_text(policy("big.lab.example", "x-y: " + "\x07z" * 40000))
    conf = ODD / "nginx.conf"
    conf.write_text(ODD_CONF.format(dir=ODD, access=web.ACCESS, key=pki.KEY,
                                    address=ODD_ADDRESS, cert=cert, **names))
    proc.start("nginx", "-c", str(conf), name="odd")
    proc.until((ODD / "nginx.pid").exists, "the odd nginx runs")
    listener = socket.create_server((SILENT, 443))
    threading.Thread(target=silence, args=(listener,), daemon=True).start()


def silence(listener: socket.socket) -> None:
    taken = []
    while True:
        taken.append(listener.accept())


def cache(domain: str) -> str:
    """All that the service tells of what it knows, to the octet."""
    shown = service.command("cache", "show", domain)
    return service.command("cache", "list", "--json").stdout + shown.stdout \
        + str(shown.returncode) + json.dumps(json.loads(
            service.command("stats", "--json").stdout)["engine"])


def requests(case: Case) -> int:
    host = "mta-sts." + case.domain
    if case.name == "tarpit":
        return web.slow_requests(host)
    return web.requests(host)


def short(section: str) -> str:
    return section.replace("RFC ", "").replace("section ", "")


def first_no(steps: list[dict]) -> str:
    """The step that says NO, where those before it said ok."""
    for step in steps:
        if step["step"] == "cache":
            continue
        if step["verdict"] == "no":
            return f"{step['step']} {short(step['section'])}"
        if step["verdict"] != "ok":
            return f"{step['step']} {step['verdict']}"
    return "all ok"


def told(steps: list[dict]) -> str:
    """What the step that says NO has to say, else the policy step."""
    for step in steps:
        if step["verdict"] == "no" or step["step"] == "answer":
            break
    found = [step] if step["verdict"] == "no" else \
        [step for step in steps if step["step"] == "policy"]
    return " / ".join(part["text"] for step in found
                      for part in [step, *step.get("notes", ())])


def explain(out: rows.Rows, case: Case, *words: str) -> None:
    before, asked = cache(case.domain), requests(case)
    done = service.command("explain", case.domain, "--json", *words)
    seen = asked + case.asked
    if case.asked:  # the policy host writes its log after its answer
        proc.until(lambda: requests(case) >= seen, "the policy host's log")
    found = json.loads(done.stdout)
    names = [step["step"] for step in found["steps"]
             if step["step"] != "cache"]
    text = told(found["steps"])
    wanted = f"{case.step} {case.section}".strip() or "all ok"
    wanted += f", exit {case.exit}, {case.asked} asked"
    got = (f"{first_no(found['steps'])}, exit {done.returncode}, "
           f"{requests(case) - asked} asked")
    if case.text not in text:
        got += ", no " + case.text
    if not set(names) <= set(STEPS) or len(done.stdout) > 65536:
        got += ", steps " + " ".join(names)
    if cache(case.domain) != before:
        got += ", the cache changed"
    out.add(case.name, "enforce", case.what, wanted, got, text)


def plain(out: rows.Rows, case: Case) -> None:
    """The same for people: printable, aligned, a NO at the step."""
    done = service.command("explain", case.domain)
    lines = [line for line in done.stdout.splitlines()
             if line[:2] in ("ok", "NO", "--") and " ms " in line]
    no = [line.split()[1] for line in lines if line[:2] == "NO"]
    fits = all(32 <= ord(c) < 127 for c in done.stdout.replace("\n", ""))
    aligned = len({line.index(" ms ") for line in lines}) == 1
    out.add(case.name, "enforce", "as text", f"{case.step}, aligned",
            f"{(no or ['all ok'])[0]}, {'aligned' if aligned else 'not so'}"
            + ("" if fits else ", not escaped"), str(lines[1:2]))


def live(out: rows.Rows, world: lab.Lab) -> None:
    """The policy is held, and then the policy host fails: it still holds."""
    good = CASES[0]
    service.ask("policy " + good.domain)
    web.settle()
    explain(out, dataclasses.replace(good, what="the same, now held"))
    path = pathlib.Path(web.DIR / ("mta-sts." + good.domain) / web.PATH[1:])
    path.unlink()
    explain(out, dataclasses.replace(
        good, what="held, the policy host says 404", step="http",
        section="8461 3.3", exit=0, text="404"))
    mx = "mx1." + good.domain
    done = service.command("explain", good.domain, "--mx", mx)
    out.add("good", "enforce", "held, and mail may go to its MX", "exit 0",
            f"exit {done.returncode}", done.stdout.splitlines()[-1])
    done = service.command("explain", good.domain, "--mx", "evil.example")
    out.add("good", "enforce", "held, and to no other", "exit 1",
            f"exit {done.returncode}", done.stdout.splitlines()[-1])
    world.web.stop()


def main(_module: str) -> int:
    world = lab.Lab()
    build(world)
    world.start()
    start_odd()
    running = service.start(fetch_timeout="4s", dns_timeout="5s",
                            lookup_timeout="4s")
    # A query that is answered with validation on: else forged is no word yet.
    proc.until(lambda: '"resolver":"validating"' in service.ask(
        "stats", path=service.ADMIN), "DNSSEC is looked at")
    out = rows.Rows()
    for case in CASES:
        explain(out, case)
    for name in ("none", "expired", "gone", "mismatch"):
        plain(out, next(case for case in CASES if case.name == name))
    live(out, world)
    service.stop(running)
    return out.end()
