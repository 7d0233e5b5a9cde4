# SPDX-License-Identifier: ISC
"""OpenSMTPD beside a service that dies in mid-answer, is late or talks
rubbish (fakesvc.py).

The filter asks first, then the table whether mail is to be enforced, and at
delivery where to. "back": killed after so many octets in all, and brought back
where nothing can be found out; "cold": the same, and each asks a second time,
for a look-up. The table's copy of what it was told holds meanwhile.
"""
import collections
import contextlib
import dataclasses
import itertools
import re

import fakesvc
import lab
import proc
import rows
import service
import sink
import smtpd
import smtpdmail

CHUNK = 20  # messages a connection: smtpd hangs up on too many errors
ZONE = smtpdmail.ZONE
GOOD = ("good",)
# Names of one server: smtpd is slow to give up on fifty messages for a name.
PLAIN = tuple("plain" + letter for letter in "abcdefghijklmnop")
ALL = 999999  # octets: nothing is cut
FREE = 300  # places for domains without a policy
STRICT = re.compile(r"plain\w-enforce")
to = smtpdmail.to
NUMBERS = itertools.count()
# Tenths of a second: what the table waits for; what counts as no answer.
BUSY, LATE = 6, 20


def label(kind: str, number: int, servers: tuple[str, ...], mode: str) -> str:
    return f"{kind}{number}-{servers[number % len(servers)]}-{mode}"


@dataclasses.dataclass(frozen=True)
class Cut:
    """Domains of one kind, one for each number of octets; what becomes of
    mail when enough was told."""

    kind: str
    servers: tuple[str, ...]
    mode: str
    full: str
    questions: int  # by filter and table, one message
    taken: int      # how many answers make smtpd take it, told whole
    out: int        # and send it

    @property
    def mx(self) -> str:
        return "good" if self.servers is GOOD else "plain"

    def label(self, octets: int) -> str:
        return label(self.kind, octets, self.servers, self.mode)


CUTS = (Cut("back", PLAIN, "enforce", "nobody", 3, 2, 2),
        Cut("back", GOOD, "enforce", "good tls", 3, 2, 2),
        Cut("back", PLAIN, "none", "plain clear", 3, 2, 2),
        Cut("cold", PLAIN, "enforce", "nobody", 6, 4, 6),
        Cut("cold", GOOD, "enforce", "good tls", 6, 4, 6))


def add(world: lab.Lab) -> None:
    """A server with STARTTLS and one without, below "mx.". MX records lead
    to the one without, whatever the policy; what has none has an address of
    its own each, as smtpd waits between connections to one."""
    below = lab.Domain("mx." + ZONE, ())
    world.add_server(below, lab.Mx(GOOD[0]), below.full(GOOD[0]))
    world.add_server(below, lab.Mx("plain", starttls="no"),
                     below.full("plain"))
    plain = world.sinks[-1]
    for host in PLAIN:
        world.zones.add(below.full(host), "A", plain["address"])
    world.zones.add("*." + ZONE, "MX", f"10 {below.full(PLAIN[0])}.")
    for domain in (*(label("late", tenths, PLAIN, "none")
                     for tenths in (BUSY, LATE)),
                   *(label("back", octets, PLAIN, "none")
                     for octets in (*range(FREE), ALL))):
        address = world.address(False)
        world.zones.add(f"{domain}.{ZONE}", "MX", f"10 {below.full(domain)}.")
        world.zones.add(below.full(domain), "A", address)
        world.sinks.append({**plain, "address": address})


def chunk(domains: list[str]) -> list[str]:
    with smtpd.connect() as client:
        return [smtpd.submit(client, one, to(one)) for one in domains]


def send(domains: list[str]) -> dict[str, str]:
    """A message for each, one after the other: the end of a connection ends
    what others asked on it, too. What smtpd said."""
    parts = [domains[n:n + CHUNK] for n in range(0, len(domains), CHUNK)]
    return dict(zip(domains, sum(map(chunk, parts), [])))


def tried(said: dict[str, str]) -> None:
    """Each that was taken, but those whose server has no TLS for them: smtpd
    takes its time for that."""
    with contextlib.suppress(TimeoutError):  # then a row says NO
        smtpd.tried(*(to(domain) for domain, one in said.items()
                      if not one and not STRICT.search(domain)))


def everything() -> dict[str, str]:
    """Who has the message with which marker, and how."""
    seen = collections.defaultdict(list)
    for one in sink.records():
        if one["what"] == "message":
            seen[one["marker"]].append(
                f"{one['label'].split('.')[0]} "
                f"{'tls' if one['tls'] else 'clear'}")
    return {marker: " + ".join(how) for marker, how in seen.items()}


def strays(cut: Cut, domains: list[str], said: dict[str, str],
           seen: dict[str, str]) -> list[str]:
    """Taken or gone out though too little was told whole, or not though
    enough was; and which answers were never cut."""
    count = fakesvc.wholes()
    found = []
    for domain in domains:
        whole = count[domain]
        got = seen.get(domain, "nobody")
        if (not said[domain]) != (whole >= cut.taken) or \
                got != (cut.full if whole >= cut.out else "nobody"):
            found.append(f"{domain}: {whole} whole, "
                         f"{said[domain] or 'taken'}, {got}")
    never = set(range(cut.questions)) - {count[domain] for domain in domains}
    return found + [f"answer {number} never cut" for number in never]


def cut_row(out: rows.Rows, cut: Cut, most: int, said: dict[str, str],
            seen: dict[str, str]) -> None:
    """451, then taken; nobody gets it until enough was told, then all do."""
    domains = [cut.label(octets) for octets in range(most + 1)]
    stray = strays(cut, domains, said, seen)
    want = f"451, then {cut.full}"
    got = collections.Counter(seen.get(domain, "nobody")
                              for domain in domains if not said[domain])
    out.add(cut.kind, cut.mode,
            f"killed after each of 0..{most} octets; MX {cut.mx}", want,
            f"{len(stray)} stray" if stray else want, "; ".join(stray[:3])
            or f"{sum(got.values())} taken, and who has them: "
            + ", ".join(f"{count} {who}" for who, count in got.items()))


def told(domain: str, questions: int) -> int:
    """All that is told of a domain whose mail goes out, in octets; what the
    filter says of that later makes no difference."""
    with contextlib.suppress(TimeoutError):  # then a row says NO
        proc.until(lambda: len(fakesvc.questions(domain)) >= questions,
                   "all is asked")
    return max((int(words[1]) for words in fakesvc.questions(domain)
                if words[4] != "result"), default=0)


def cuts(out: rows.Rows) -> None:
    """All is told of the first ones: so many octets are to be cut."""
    firsts = {cut: cut.label(ALL) for cut in CUTS}
    tried(send(list(firsts.values())))
    most = {cut: told(one, cut.questions) for cut, one in firsts.items()}
    for cut, one in firsts.items():
        asked = [" ".join((words[4], *words[6:])) for words in
                 fakesvc.questions(one)][:cut.questions]
        out.add("whole", cut.mode, f"all is answered; MX {cut.mx}",
                cut.full, everything().get(one, "nobody"),
                f"{most[cut]} octets told in answer to {', '.join(asked)}")
    said = send([cut.label(n) for cut in CUTS for n in range(most[cut] + 1)])
    tried(said)
    seen = everything()
    for cut in CUTS:
        cut_row(out, cut, most[cut], said, seen)
    waits = {one["rcpt"] for one in smtpd.queue()}
    lost = [domain for domain, one in said.items() if not one
            and domain not in seen and to(domain) not in waits]
    out.add("lost", "", "taken, not gone out, and does not wait", "0",
            str(len(lost)), " ".join(lost[:3]))


def heard(domain: str) -> bool:
    """Have both asked? The filter is first; the table asks for the host, too,
    but of what was not taken it does not."""
    return len(fakesvc.questions(domain)) >= 2


def new() -> str:
    """A domain of which all is told, and whose MX has no TLS."""
    return label("fine", next(NUMBERS), PLAIN, "enforce")


def settle() -> None:
    """Both ask again: a service that broke off is left alone for a while."""
    def fine() -> bool:
        domain = new()
        with smtpd.connect() as client:
            client.ehlo()
            client.mail(smtpd.SENDER)
            client.rcpt(to(domain))
        return heard(domain)

    with contextlib.suppress(TimeoutError):  # then a row says NO
        proc.until(fine, "the service is asked again", pause=0.05)


def one_by_one(domains: list[str]) -> tuple[str, str]:
    """What smtpd said of them and who got one, and if the service was not
    asked about each; and in smtpd's words."""
    said = {}
    for domain in domains:
        settle()
        said[domain] = smtpd.inject(domain, to(domain))
    asked = sum(map(heard, domains))
    seen = everything()
    got = sorted({f"{said[domain][:3] or 'taken'}, "
                  f"{seen.get(domain, 'nobody')}" for domain in domains})
    return (" / ".join(got) + f", {asked} asked" * (asked != len(domains)),
            "; ".join(said.values())[:100])


def garbage(out: rows.Rows) -> None:
    for what, servers in (("plain", PLAIN), ("good", GOOD)):
        domains = [label("garbage", number, servers, "enforce")
                   for number in range(len(fakesvc.GARBAGE))]
        out.add("garbage", "enforce",
                f"{len(domains)} kinds of rubbish answered; MX {what}",
                "451, nobody", *one_by_one(domains))


def lates(tenths: int) -> list[str]:
    return [label("late", tenths, PLAIN, mode) for mode in ("none", "enforce")]


def aliases() -> str:
    """For these the filter asks nothing: it would hold them."""
    return "".join(f"{domain}: {to(domain)}\n" for tenths in (BUSY, LATE)
                   for domain in lates(tenths))


def late(out: rows.Rows, tenths: int, want: tuple[str, str]) -> None:
    """A service that is busy is waited for. What comes later than that comes
    to nobody, though the next question is under way by then."""
    settle()
    said = [smtpd.inject(domain, f"{domain}@localhost")
            for domain in lates(tenths)]
    tried({domain: "" for domain, one in zip(lates(tenths), said) if not one})
    seen = everything()
    for domain, one, expected in zip(lates(tenths), said, want):
        out.add("late", domain.rpartition("-")[2],
                f"answered after {tenths / 10:g} s; MX plain", expected,
                f"{one[:3] or 'taken'}, {seen.get(domain, 'nobody')}", one)


def show(out: rows.Rows) -> None:
    fake = proc.start("/usr/bin/python3", fakesvc.__file__,
                      str(service.QUERY), name="fakesvc")
    proc.until(fakesvc.READY.exists, "the fake service listens")
    settle()
    cuts(out)
    late(out, BUSY, ("taken, plain clear", "taken, nobody"))
    late(out, LATE, ("451, nobody", "451, nobody"))
    garbage(out)
    fake.kill()
    service.QUERY.unlink(missing_ok=True)
