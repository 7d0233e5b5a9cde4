# SPDX-License-Identifier: ISC
"""What Debian's own configuration lets one choose: macros, domains to relay
to, a smart host with a password. With the README's lines all of it holds."""
import lab
import sink
import smart
import stockroot

ZONE = "lab.example"
HELO = "own.lab.example"
# A separator of its own, as Exim's lists may have; TLS for everybody.
MACROS = """ROUTER_DNSLOOKUP_IGNORE_TARGET_HOSTS = 0.0.0.0 : {ignored} : ::::1
REMOTE_SMTP_HELO_DATA = {helo}
REMOTE_SMTP_HOSTS_REQUIRE_TLS = *
"""
TWO = (lab.Mx("mx1"), lab.Mx("mx2", 20))
PLAIN = lab.Mx("@", starttls="no")
# key, policy, servers, who has it (with the macros, as without us)
MAILS = (
    ("ignored", "enforce", TWO, "mx2 tls"),
    ("relayed", "enforce", (lab.Mx("mx1", at=f"mx1.own-ignored.{ZONE}"),),
     "tls"),
    ("required", "testing", (lab.Mx("mx1", starttls="no"),), "nobody"),
)
HUB = "hub"
READ = f"read.{ZONE}"  # where a satellite's users read mail; local as well
# Of which user, for each of Debian's types.
RCPTS = {"smarthost": f"u@{smart.RCPT}", "satellite": f"games@{READ}"}
SECOND = "{name}::587:two.{name}::587"
HOSTS = (
    smart.Case("debgood", "all is well", "enforce", smart.TLS),
    smart.Case("debplain", "no STARTTLS", "enforce", "nobody", PLAIN),
    smart.Case("debother", "host not in its policy", "enforce", "nobody",
               patterns=("other",)),
    smart.Case("debnone", "no STARTTLS", "", "@ clear", PLAIN),
    smart.Case("debbackup", "first is gone, second: policy, no STARTTLS", "",
               "nobody", lab.Mx("two", starttls="no"), hosts=SECOND),
    smart.Case("debopen", "first: policy, gone; second: none, no STARTTLS",
               "enforce", "two clear", lab.Mx("two", starttls="no"),
               hosts=SECOND),
    smart.Case("debaddress", "an IP address, no STARTTLS", "", "@ clear",
               PLAIN, address=True),
)
AS_EVER = {"debplain": "@ clear", "debother": smart.TLS,
           "debbackup": "two clear"}


def domain(key: str) -> str:
    return f"own-{key}.{ZONE}"


def add(world: lab.Lab) -> None:
    for key, mode, mx, _ in MAILS:
        listed = tuple(server.at for server in mx if server.at)
        world.add(lab.Domain(domain(key), mx, mode, ("mx1", "mx2"),
                             hosts=listed))
    world.add(lab.Domain(domain(HUB), (lab.Mx("mx1", starttls="no"),)))
    for case in HOSTS:
        smart.add(world, case)
    world.add_policy(lab.Domain(f"two.smart-debbackup.{ZONE}", (), "enforce",
                                ("@",)))
    world.add(lab.Domain(smart.RCPT, (lab.Mx("mx1", starttls="no"),)))


def macros(out, name: str, world: lab.Lab, site: stockroot.Site,
           when: str) -> None:
    """Mail with the macros set, in the split configuration."""
    ignored = world.hosts[f"mx1.{domain('ignored')}"]
    site.answer(dc_relay_domains=domain("relayed"))
    site.macros(MACROS.format(ignored=ignored, helo=HELO))
    for key, _, _, expected in MAILS:
        site.clear()
        marker = f"{name}-{when}-{key}"
        site.inject(marker, f"u@{domain(key)}")
        got = lab.got(domain(key), marker)
        if key == "relayed":  # its server has the other domain's name
            got = " ".join(got.split()[1:]) or got
        out.add(name, when, f"macros and relaying: {key}", expected, got,
                site.paniclog()[:160])
        named = {one["ehlo"] for one in sink.messages(marker)}
        if named - {HELO}:
            out.add(name, when, "HELO", HELO, str(named))
    site.macros("")
    site.answer(dc_relay_domains="")


def hosts(out, name: str, world: lab.Lab, site: stockroot.Site,
          when: str) -> None:
    """Debian's types with a smart host, one smart host after the other. Mail
    of a satellite's users has routers of its own, behind the aliases."""
    answers = site.path(stockroot.ANSWERS)
    before = answers.read_text()
    for kind in RCPTS:
        site.answer(dc_eximconfig_configtype=kind, dc_readhost=READ,
                    dc_other_hostnames=READ)
        for case in HOSTS:
            expected = case.expected if when == "on" else \
                AS_EVER.get(case.key, case.expected)
            got = by_hub(f"{name}-{when}", world, site, case, kind)
            out.add(name, when, f"{kind}: {case.what}", expected, got,
                    site.paniclog()[:160])
    answers.write_text(before)
    site.sh("update-exim4.conf")
    site.password("", "")


def by_hub(run: str, world: lab.Lab, site: stockroot.Site, case: smart.Case,
           kind: str) -> str:
    """Who has one message by that smart host."""
    where, route = smart.route(world, case)
    site.answer(dc_smarthost=route)
    site.password(where, smart.USER)
    site.clear()
    marker = f"{run}-{kind}-{case.key}"
    site.inject(marker, RCPTS[kind])
    return smart.got(case, marker)


def hubbed(out, name: str, site: stockroot.Site) -> None:
    """A route of the administrator's own comes before ours, as before
    Debian's, though the domain has a policy."""
    path = site.path("/etc/exim4/hubbed_hosts")
    path.write_text(f"{domain(HUB)}: mx1.{domain(HUB)}\n")
    site.clear()
    site.inject(f"{name}-{HUB}", f"u@{domain(HUB)}")
    out.add(name, "on", "hubbed_hosts: no STARTTLS", "mx1 clear",
            lab.got(domain(HUB), f"{name}-{HUB}"), site.paniclog()[:160])
    path.unlink()
