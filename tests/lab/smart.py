# SPDX-License-Identifier: ISC
"""Mail by way of a smart host: its name is the policy domain (RFC 8461 3.4;
DOM-1, DOM-3, DOM-6).

Every message is for a domain whose own policy nobody here could meet, and
whose policy host must not be asked. The smart hosts are at port 587 and know
one user, but where a case is about port 25.
"""
import dataclasses

import exim
import hooks
import lab
import proc
import rows
import service
import sink
import web

ZONE = "lab.example"
RCPT = f"recipient.{ZONE}"
OTHER = f"another.{ZONE}"
USER = "lab"
NOBODY = "198.18.250.1"  # no server there
CONFIG = """STSGATE_SMARTHOST = {name}
{macros}
.include {files}
primary_hostname = mta.lab.example
local_interfaces = 127.0.0.1
tls_advertise_hosts =
log_selector = +tls_certificate_verified +tls_sni
begin routers
smart:
  driver = manualroute
  domains = ! localhost
  transport = via
  route_list = * {hosts} byname
  no_more
begin transports
via:
  driver = smtp
  hosts_try_auth = *
  protocol = {protocol}
{transport}
begin retry
* * F,2h,15m; F,4d,6h
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  client_condition = ${{if def:tls_out_cipher}}
  client_send = "^{user}^{user}"
"""
INCLUDE = f".include {hooks.FILES}/stsgate-smarthost.conf"
EACH = "${if inlisti{$host}{NAME:two.NAME}{$host}{NAME}}"
TLS = f"@ tls {USER}"


@dataclasses.dataclass(frozen=True)
class Case:
    """One smart host; what it does, who has the mail."""

    key: str
    what: str
    mode: str
    expected: str
    mx: lab.Mx = lab.Mx("@")
    patterns: tuple[str, ...] = ("@",)
    port: int = 587
    hosts: str = ""          # where route_list is not just the name
    address: bool = False    # it is the address
    why: str = ""            # what the module's log says
    each: bool = False       # hosts have policies of their own
    rcpts: tuple[str, ...] = (RCPT,)

    @property
    def protocol(self) -> str:
        return "smtps" if self.mx.starttls == "smtps" else "smtp"

    @property
    def name(self) -> str:
        return f"smart-{self.key}.{ZONE}"


PLAIN = lab.Mx("@", starttls="no")
CASES = (
    Case("good", "all is well", "enforce", TLS),
    Case("port25", "all is well, port 25", "enforce", TLS, port=25),
    Case("plain", "no STARTTLS", "enforce", "nobody", PLAIN, why="starttls"),
    Case("wrong", "certificate of another name", "enforce", "nobody",
         lab.Mx("@", cert="wrong"), why="name"),
    Case("self", "self-signed certificate", "enforce", "nobody",
         lab.Mx("@", cert="self"), why="untrusted"),
    Case("unlisted", "host not in its policy", "enforce", "nobody",
         patterns=("other",), why="mx"),
    Case("tried", "no STARTTLS", "testing", "@ clear", PLAIN,
         why="starttls"),
    Case("none", "no STARTTLS", "", "@ clear", PLAIN),
    Case("address", "an IP address, no STARTTLS", "", "@ clear", PLAIN,
         address=True),
    Case("cname", "name is a CNAME, certificate of the name", "enforce",
         "real tls lab", lab.Mx("@", alias="real", names=("@",))),
    Case("forged", "name is a CNAME, certificate of where it leads",
         "enforce", "nobody", lab.Mx("@", alias="evil", names=("evil",)),
         why="name"),
    Case("second", "first host is gone, second in its policy", "enforce",
         "two tls lab", lab.Mx("two"), ("@", "two"),
         hosts="{name}::587:two.{name}::587"),
    Case("stranger", "first host is gone, second not in its policy",
         "enforce", "nobody", lab.Mx("two"), ("@",), why="mx",
         hosts="{name}::587:two.{name}::587"),
    Case("each", "first host is gone, second: policy of its own, no STARTTLS",
         "", "nobody", lab.Mx("two", starttls="no"), why="starttls",
         hosts="{name}::587:two.{name}::587", each=True),
    Case("mx", "route_list says NAME/mx, all is well", "enforce",
         "mx1 tls lab", lab.Mx("mx1"), ("mx1",), port=25, hosts="{name}/mx"),
    Case("mxalias", "the same; the MX is a CNAME, certificate of the MX",
         "enforce", "real tls lab",
         lab.Mx("mx1", alias="real", names=("mx1",)), ("mx1",), port=25,
         hosts="{name}/mx"),
    Case("mxrogue", "the same; the MX is not in its policy", "enforce",
         "nobody", lab.Mx("mx1"), ("other",), port=25, hosts="{name}/mx",
         why="mx"),
    Case("smtps", "TLS from the start, all is well", "enforce", "@ tls",
         lab.Mx("@", starttls="smtps"), port=465),
    Case("smtpsname", "TLS from the start, certificate of another name",
         "enforce", "nobody", lab.Mx("@", cert="wrong", starttls="smtps"),
         port=465, why="name"),
    Case("smtpsself", "TLS from the start, self-signed", "enforce", "nobody",
         lab.Mx("@", cert="self", starttls="smtps"), port=465,
         why="untrusted"),
    Case("smtpstried", "TLS from the start, self-signed", "testing", "@ tls",
         lab.Mx("@", cert="self", starttls="smtps"), port=465,
         why="untrusted"),
    Case("many", "one message to two domains", "enforce", TLS,
         rcpts=(RCPT, OTHER)),
)


def add(world: lab.Lab, case: Case) -> None:
    """The smart host and its policy."""
    domain = lab.Domain(case.name, (), case.mode, case.patterns)
    owner = domain.full(case.mx.alias or case.mx.host)
    if case.mx.alias:
        world.zones.add(domain.full(case.mx.host), "CNAME", owner + ".")
    world.add_server(domain, case.mx, owner)
    world.sinks[-1].update(port=case.port, login=USER)
    if case.hosts.endswith("/mx"):
        world.zones.add(case.name, "MX",
                        f"10 {domain.full(case.mx.host)}.")
    elif case.hosts:
        world.zones.add(case.name, "A", NOBODY)
    if case.mode:
        world.add_policy(domain)
    if case.each:
        world.add_policy(lab.Domain(owner, (), "enforce", ("@",)))


def route(world: lab.Lab, case: Case) -> tuple[str, str]:
    """The policy domain, and the hosts of route_list."""
    name = world.hosts[case.name] if case.address else case.name
    return name, case.hosts.format(name=name) or f"{name}::{case.port}"


def configure(world: lab.Lab, case: Case, module: str) -> None:
    name, hosts = route(world, case)
    if case.each:
        name = EACH.replace("NAME", name)
    exim.CONFIG.write_text(CONFIG.format(
        name=name, hosts=hosts, user=USER, transport=INCLUDE,
        protocol=case.protocol,
        files=hooks.FILES / exim.WAY.macros,
        macros=hooks.macros(module, "defer")))
    exim.run("exim4", "-bV")


def got(case: Case, marker: str) -> str:
    """Who has it, how, and as which user."""
    seen = []
    for message in sink.messages(marker):
        host = message["label"].removesuffix(case.name).rstrip(".") or "@"
        seen.append(" ".join([host, "tls" if message["tls"] else "clear",
                              *filter(None, [message["login"]])]))
        if len(message["rcpts"]) != len(case.rcpts):
            seen.append("not all recipients")
    return " + ".join(seen) or "nobody"


def row(out: rows.Rows, case: Case) -> None:
    marker = "smart-" + case.key
    expected, seen = case.expected, got(case, marker)
    ours = hooks.said(exim.lines(marker))
    if not exim.WAY.light:
        expected += "; " + case.why
        seen += "; " + ",".join(hooks.classes(ours))
    out.add(case.key, case.mode or "-", case.what, expected, seen,
            " / ".join(ours or exim.lines(marker)[1:2])[:160])


def try_all(world: lab.Lab, module: str, out: rows.Rows) -> None:
    for case in CASES:
        configure(world, case, module)
        exim.inject("smart-" + case.key, *(f"u@{to}" for to in case.rcpts))
        row(out, case)
    named = [record["sni"] for record in sink.messages("smart-cname")]
    if not exim.WAY.light:
        out.add("sni", "", "server name sent where the name is a CNAME",
                f"['smart-cname.{ZONE}']", str(named))


def waiting(world: lab.Lab, module: str, out: rows.Rows,
            running: proc.Process) -> proc.Process:
    """While stsgated is gone mail waits, then has connections of its own."""
    case = CASES[0]
    configure(world, case, module)
    service.stop(running)
    for number in "12":
        exim.inject("smart-waits" + number, f"u@{RCPT}")
    early = [got(case, "smart-waits" + number) for number in "12"]
    out.add("gone", "enforce", "stsgated is gone", "nobody, nobody",
            ", ".join(early), exim.lines("smart-waits1")[-1][:160])
    running = service.resume()
    exim.run("exim4", "-qff")
    used = {record["connection"] for number in "12"
            for record in sink.messages("smart-waits" + number)}
    out.add("waits", "enforce", "both delivered, connections", "2",
            str(len(used)))
    return running


def not_asked(out: rows.Rows) -> None:
    out.add("rcpt", "", "requests for the recipients' own policies", "0",
            str(sum(web.requests(f"mta-sts.{name}")
                    for name in (RCPT, OTHER))))


def main(module: str) -> int:
    world = lab.Lab()
    for case in CASES:
        add(world, case)
    for name in (RCPT, OTHER):
        world.add(lab.Domain(name, (lab.Mx("mx1", starttls="no"),)))
    world.start()
    running = service.start()
    exim.write(exim.Setup())
    out = rows.Rows()
    try_all(world, module, out)
    running = waiting(world, module, out, running)
    not_asked(out)
    out.add("panics", "", "Exim's panic log", "empty", exim.panics())
    service.stop(running)
    return out.end()
