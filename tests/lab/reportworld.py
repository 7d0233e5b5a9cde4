# SPDX-License-Identifier: ISC
"""Domains that ask for TLS reports, and a day of mail to them."""
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import pwd
import re
import shutil
import smtplib
import struct
import threading

import cases
import collector
import exim
import hooks
import lab
import pki
import proc
import reportread
import service
import sink

ZONE = "lab.example"
MESSAGES = 3
README = pathlib.Path("/src/exim-dlfunc/README.md")
PRIVATE = "10.9.8.7"  # an address that is not allowed
KEY = exim.ETC / "tlsrpt.key"
VFS_CAP_REVISION_2 = 0x02000000  # of linux/capability.h
CAP_SYS_CHROOT = 18
TASKS = 6
TELLERS = 8
PROBE = "settle.lab.example"  # what the lab itself says in EHLO
# What a report must call each defect (RFC 8460 section 4.3).
DEFECTS = {
    "good": (lab.Mx("mx1", keep=True), "success"),
    "plain": (lab.Mx("mx1", starttls="no", keep=True),
              "starttls-not-supported"),
    "expired": (lab.Mx("mx1", cert="expired", keep=True),
                "certificate-expired"),
    "wrong": (lab.Mx("mx1", cert="wrong", keep=True),
              "certificate-host-mismatch"),
    "self": (lab.Mx("mx1", cert="self", keep=True),
             "certificate-not-trusted"),
    "rogue": (lab.Mx("rogue", keep=True), "validation-failure"),
}
NAMED_NOT = "validation-failure"  # the policy does not name the host
# The other rows of the matrix: what becomes of each of their servers.
MATRIX = {
    "tls454": {"mx1": "starttls-not-supported"},
    "mis20": {"rogue": NAMED_NOT, "mx1": "success"},
    "misall": {"rogue": NAMED_NOT, "rogue2": NAMED_NOT},
    "cnonly": {"mx1": "certificate-host-mismatch"},
    "sanodd": {"mx1": "certificate-host-mismatch"},
    "sanmore": {"mx1": "success"},
    "wild1": {"a.w": "success"},
    "wild2": {"a.b.w": NAMED_NOT},
    "wildcert1": {"a.w": "success"},
    "wildcert2": {"a.b.w": "certificate-host-mismatch"},
    "cname": {"real": "success"},
    "cnameboth": {"real": "success"},
    "forged1": {"evil": "certificate-host-mismatch"},
    "alias": {"rogue": NAMED_NOT},
    "implicit": {"@": "success"},
    "implicit2": {"@": NAMED_NOT},
    "exp20": {"old": "certificate-expired", "mx1": "success"},
    "v6": {"mx1": "success"},
    "v6plain": {"mx1": "starttls-not-supported"},
}
GOOD = DEFECTS["good"][0]
DANE = "tlsafail.dane.example"  # its mail server breaks its own TLSA record


@dataclasses.dataclass(frozen=True)
class Asker:
    """A domain and whom it wants told: MAILS and POSTS reports a day."""

    domain: lab.Domain
    result: str
    rua: str
    mails: int = 0
    posts: int = 0
    # What it counts under, and as what, where that is not RESULT of an sts
    # policy alone.
    policies: tuple[tuple[str, str], ...] = ()
    connects: bool = True  # Exim comes as far as EHLO
    hosts: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.domain.name.partition(".")[0]

    @property
    def name(self) -> str:
        return self.domain.name

    def counts(self, sessions: int) -> str:
        """What a report says of so many, as reportread has it."""
        return reportread.joined({
            kind: reportread.counts(sessions, 0, {}) if result == "success"
            else reportread.counts(0, sessions, {result: sessions})
            for kind, result in self.policies or (("sts", self.result),)})


def own(name: str) -> str:
    """An address at the domain itself, whose mail server has the defect."""
    return f"mailto:rua@{name}"


def url(name: str) -> str:
    return f"https://collect.{ZONE}/{name.partition('.')[0]}"


def asker(key: str, mode: str, kind: str, defect: str, **changes) -> Asker:
    """RUA by its kind."""
    mx, result = DEFECTS[defect]
    name = f"{key}.{ZONE}"
    rua, mails, posts = {
        "mailto": (own(name), 1, 0),
        "https": (url(name), 0, 1),
        "both": (f"{own(name)},{url(name)}", 1, 1),
        "dane": (f"mailto:rua@{DANE}", 1, 0),
        "broken": (f"nonsense:// ,{url(name)}", 0, 1),
        "nonsense": ("nonsense", 0, 0),
        "none": ("", 0, 0)}[kind]
    domain = lab.Domain(name, (mx,), mode, **changes)
    return Asker(domain, result, rua, mails, posts)


def other(key: str, mode: str, mx: lab.Mx,
          *policies: tuple[str, str], **changes) -> Asker:
    """Where not an sts policy alone decides; signed where there is TLSA."""
    name = f"{key}.{'dane.example' if mx.tlsa else ZONE}"
    return Asker(lab.Domain(name, (mx,), mode), "", url(name), 0, 1,
                 policies, **changes)


def row_of(case: cases.Case, mode: str) -> Asker:
    """A row of the matrix, whose domain asks for reports."""
    domain, hosts = case.domain(mode), MATRIX[case.key]
    one = other(domain.name.partition(".")[0], mode, domain.mx[0])
    named_not = NAMED_NOT in hosts.values() and mode == "enforce"
    return dataclasses.replace(one, domain=domain, hosts=hosts,
                               result=[*hosts.values()][0],
                               connects=not named_not)


SELF, PLAIN = DEFECTS["self"][0], DEFECTS["plain"][0]
OTHER = (
    other("open-good", "", GOOD, ("no-policy-found", "success")),
    other("open-self", "", SELF, ("no-policy-found", "success")),
    other("open-plain", "", PLAIN,
          ("no-policy-found", "starttls-not-supported")),
    other("none-good", "none", GOOD, ("no-policy-found", "success")),
    other("tlsa-open", "", dataclasses.replace(SELF, tlsa="match"),
          ("tlsa", "success")),
    other("tlsa-enforce", "enforce", dataclasses.replace(SELF, tlsa="match"),
          ("tlsa", "success")),
    other("tlsa-both", "testing", lab.Mx("rogue", cert="self", tlsa="match"),
          ("sts", "validation-failure"), ("tlsa", "success")),
    other("tlsabad-open", "", dataclasses.replace(GOOD, tlsa="fail"),
          ("tlsa", "validation-failure")),
    other("tlsabad-enforce", "enforce", dataclasses.replace(GOOD, tlsa="fail"),
          ("tlsa", "validation-failure")),
    other("tlsaplain", "testing", dataclasses.replace(PLAIN, tlsa="match"),
          ("tlsa", "starttls-not-supported")),
    other("tlsaforged", "enforce", dataclasses.replace(GOOD, tlsa="forged"),
          ("tlsa", "dnssec-invalid"), connects=False))
KINDS = ("both", "mailto")
DAY = tuple(
    dataclasses.replace(
        asker(f"{defect}-{mode}", mode, KINDS[mode == "testing"], defect),
        connects=(defect, mode) != ("rogue", "enforce"))
    for defect in DEFECTS for mode in ("enforce", "testing")) + (
    asker("post", "enforce", "https", "plain"),
    asker("dane", "enforce", "dane", "good"),
    asker("broken", "testing", "broken", "good"),
    asker("nonsense", "enforce", "nonsense", "plain"),
    asker("silent", "enforce", "none", "plain"),
    *OTHER,
    *(row_of(case, mode) for case in cases.CASES if case.key in MATRIX
      for mode in ("enforce", "testing")))
# Policies that cannot be had.
POLICY = (
    dataclasses.replace(asker("web404", "enforce", "https", "good", web=None),
                        result="sts-policy-fetch-error"),
    dataclasses.replace(
        asker("webold", "enforce", "https", "good", web="expired"),
        result="sts-webpki-invalid"),
    dataclasses.replace(asker("junk", "enforce", "https", "good"),
                        result="sts-policy-invalid"))
# Told by hand, for what becomes of their reports.
LATE = ("again", "gone", "late", "never", "private", "killed")


def late_asker(key: str) -> Asker:
    one = asker(key, "enforce", "https", "good")
    rua = {"late": f"https://late.{ZONE}/late",
           "never": f"https://nobody.{ZONE}/never",
           "private": f"https://private.{ZONE}/private"}
    return dataclasses.replace(one, rua=rua.get(key, one.rua))


LATER = tuple(map(late_asker, LATE))
SUBMITTED = asker("submitted", "enforce", "mailto", "plain")  # another day
ALL = (*DAY, *POLICY, *LATER)


def make_key(world: lab.Lab) -> None:
    """Exim's key for DKIM, where the README has it, and its record."""
    pki.openssl("genrsa", "-out", str(KEY), "2048")
    exim.run("chown", "Debian-exim", "/etc/exim4/tlsrpt.key")
    lines = pki.openssl("rsa", "-in", str(KEY), "-pubout").splitlines()
    data = "".join(lines[1:-1])
    world.zones.add(f"tlsrpt._domainkey.{reportread.SUBMITTER}", "TXT",
                    f'"v=DKIM1; k=rsa; s=tlsrpt; p={data[:200]}" '
                    f'"{data[200:]}"')


def make(more: tuple[Asker, ...] = ()) -> lab.Lab:
    world = lab.Lab()
    for one in (*ALL, SUBMITTED, *more):
        world.add(one.domain)
        if one.rua:
            world.zones.add(f"_smtp._tls.{one.name}", "TXT",
                            f'"v=TLSRPTv1; rua={one.rua}"')
    world.add(lab.Domain(DANE, (dataclasses.replace(GOOD, tlsa="fail"),), ""))
    for host, address in collector.HOSTS.items():
        world.zones.add(host, "A", address)
    world.zones.add(f"nobody.{ZONE}", "A", lab.NOBODY)
    world.zones.add(f"private.{ZONE}", "A", PRIVATE)
    make_key(world)
    world.start()
    world.web.publish(f"mta-sts.junk.{ZONE}", "version: STSv2\r\n")
    collector.answers(again=500, gone=404)
    collector.start(f"collect.{ZONE}")
    return world


def readme() -> list[str]:
    """What exim-dlfunc/README.md says to write: main, router, transport, and
    the router's condition with report_submission."""
    text = README.read_text().split("\n### TLS reports\n", 1)[1]
    text = re.split(r"\n##+ ", text)[0]
    return [re.sub("^    ", "", block, flags=re.M)
            for block in re.findall(r"(?:^    .*\n)+", text, re.M)]


def sendmail() -> str:
    """That of this lab's Exim. In another root the user that stsgated runs as
    has no account yet, and needs a right to get there."""
    if not exim.WAY.other:
        return ""
    user = pwd.getpwnam(service.USER)
    exim.run("useradd", "--system", "--uid", str(user.pw_uid), service.USER)
    chroot = shutil.copy("/usr/sbin/chroot", "/usr/local/sbin/lab-chroot")
    os.setxattr(chroot, "security.capability", struct.pack(
        "<5I", VFS_CAP_REVISION_2 | 1, 1 << CAP_SYS_CHROOT, 0, 0, 0))
    path = pathlib.Path("/usr/local/sbin/lab-sendmail")
    path.write_text(f"#!/bin/sh\nexec {chroot} {exim.ROOT} "
                    "/usr/sbin/exim4 \"$@\"\n")
    path.chmod(0o755)
    return f'"{path}"'


def setup(module: str, smtp: bool = False) -> exim.Setup:
    """Exim as shipped, and the lines for reports; SMTP: handed over so."""
    ours = hooks.ours(module)
    main, router, transport, condition = readme()
    if smtp:
        main = ""
        router = re.sub(r"^ +condition = .*\n", lambda _: condition.replace(
            "tlsrpt@example.com", reportread.CONTACT), router, flags=re.M)
    if not ours.debian:  # Debian's has its own lines for these
        ours = dataclasses.replace(
            ours, main="domainlist local_domains = localhost\n" + main)
    return dataclasses.replace(ours, routers=router, transports=transport)


def deliver(one: Asker) -> None:
    """Messages on the queue, each tried once, whatever was before."""
    keys = []
    for number in range(MESSAGES):
        marker = f"{one.key}-{number}"
        exim.inject(marker, f"u@{one.name}", deliver=False)
        keys.append(exim.message_id(marker))
    for key in keys:
        exim.run("exim4", "-M", key, check=False)


def day_of_mail(world: lab.Lab) -> None:
    with concurrent.futures.ThreadPoolExecutor(TASKS) as pool:
        list(pool.map(deliver, (*DAY, *POLICY)))
    settle(world.sinks[0]["address"])


def settle(address: str) -> None:
    """Until the servers have written of every session there was: they are
    numbered, and the last one is ours, of this time."""
    before = list(over().values()).count(PROBE)
    with smtplib.SMTP(address, 25, PROBE) as peer:
        peer.ehlo()

    def ended() -> bool:
        seen = over()
        return list(seen.values()).count(PROBE) > before and \
            set(seen) == set(range(1, max(seen) + 1))
    proc.until(ended, "all sessions ended")


def over() -> dict[int, str]:
    """The sessions that ended, by number; what was said in EHLO."""
    return {record["connection"]: record["ehlo"]
            for record in sink.records() if record["what"] == "session"}


def sessions(one: Asker) -> list[dict]:
    """Those that came as far as EHLO, as the domain's servers tell."""
    return [record for record in sink.records()
            if record["what"] == "session"
            and record["ehlo"] not in ("", PROBE)
            and ("." + record["label"]).endswith("." + one.name)]


def expected(one: Asker) -> str:
    """What a report must say of the day's mail. A host that is not connected
    to, as an enforced policy does not name it, or as what DNS says of it is
    forged: there each message counts."""
    if one.hosts:
        return of_hosts(one)
    return one.counts(len(sessions(one)) if one.connects else MESSAGES)


def of_hosts(one: Asker) -> str:
    """The same, host by host."""
    seen = collections.Counter(
        record["label"].removesuffix(one.name).rstrip(".") or "@"
        for record in sessions(one))
    results: collections.Counter[str] = collections.Counter()
    for host, result in one.hosts.items():
        kept_away = result == NAMED_NOT and one.domain.mode == "enforce"
        results[result] += MESSAGES if kept_away else seen[host]
    good = results.pop("success", 0)
    return reportread.counts(good, results.total(), +results)


def tell(one: Asker) -> bool:
    """A result by hand: was it acknowledged?"""
    try:
        return service.ask(
            f"result {one.name} result=success action=sent mode=enforce "
            f"host=mx1.{one.name}") == "STS1 ok"
    except OSError:
        return False


def storm(one: Asker, victim: int, strike) -> list[bool]:
    """Many tell at once, and with the VICTIM-th answer strike()."""
    lock = threading.Lock()
    told: list[bool] = []

    def teller() -> None:
        while True:
            good = tell(one)
            with lock:
                told.append(good)
                if good and sum(told) == victim:
                    strike()
            if not good:
                return

    with concurrent.futures.ThreadPoolExecutor(TELLERS) as pool:
        for done in [pool.submit(teller) for _ in range(TELLERS)]:
            done.result()
    return told
