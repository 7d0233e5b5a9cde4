# SPDX-License-Identifier: ISC
"""Domains with a defect each, for domaincheck.py.

A domain is sound but for what its defect changes; `codes` are all that is not
a note in what `stsgate check` finds there.
"""
import base64
import dataclasses
import datetime
import json
import pathlib
from collections.abc import Callable

import cases
import lab
import pki

VECTORS = pathlib.Path("/src/tests/vectors")
ZONE = "lab.example"
WEEK = 604800
PRIVATE = "192.168.1.1"
# What the matrix does under enforce, and what is found there.
MATRIX = {
    "plain": "mx-no-starttls", "tls454": "mx-no-starttls",
    "mis20": "mx-not-in-policy", "misall": "mx-not-in-policy",
    "wrongname": "mx-certificate-name",
    "selfsigned": "mx-certificate-untrusted",
    "expired": "mx-certificate-expired", "cnonly": "mx-certificate-name",
    "sanodd": "mx-certificate-name", "wild2": "mx-not-in-policy",
    "wildcert2": "mx-certificate-name", "cname": "mx-cname",
    "cnameboth": "mx-cname", "forged1": "mx-certificate-name mx-cname",
    "forged2": "mx-certificate-name mx-cname mx-not-in-policy",
    "alias": "mx-not-in-policy", "implicit2": "mx-not-in-policy",
    "exp20": "mx-certificate-expired", "v6plain": "mx-no-starttls",
    "daneok": "dane-sts-conflict mx-certificate-untrusted",
    "danebad": "dane-mismatch", "webself": "policy-certificate-untrusted",
    "webwrong": "policy-certificate-name",
    "webold": "policy-certificate-expired",
    "webcn": "policy-certificate-name", "txtbogus": "record-forged",
    "txtdead": "mx-no-starttls record-dns", "web404": "policy-status",
}


@dataclasses.dataclass(frozen=True)
class Defect:
    """One domain; EDIT makes records beside those of the domain."""

    key: str
    what: str
    codes: str = ""
    domain: lab.Domain | None = None  # None: a sound one
    spf: tuple[str, ...] = ("v=spf1 mx -all",)
    dmarc: tuple[str, ...] = ("v=DMARC1; p=reject; rua=mailto:d@lab.example",)
    tlsrpt: tuple[str, ...] = ("v=TLSRPTv1; rua=mailto:t@lab.example",)
    dkim: tuple[str, ...] = ()
    edit: Callable[[lab.Lab, str], None] | None = None
    exit: int = 1

    @property
    def name(self) -> str:
        return self.domain.name if self.domain else f"ck-{self.key}.{ZONE}"


def sound(key: str, *mx: lab.Mx, **more) -> lab.Domain:
    return lab.Domain(f"ck-{key}.{ZONE}", mx or (lab.Mx("mx1"),),
                      **{"max_age": WEEK, **more})


def records(kind: str, data: str, prefix: str = ""):
    """A record more, below or at the domain."""
    def edit(world: lab.Lab, name: str) -> None:
        world.zones.add(prefix + name, kind, data.format(name=name))
    return edit


def without_record(key: str, what: str, codes: str, *texts: str) -> Defect:
    """The policy is there, the record is as told."""
    def edit(world: lab.Lab, name: str) -> None:
        host = "mta-sts." + name
        text = lab.policy_text(sound(key))
        world.zones.add(host, "A", world.web.add(host, text))
        for record in texts:
            world.zones.add("_mta-sts." + name, "TXT", quoted(record))
    return Defect(key, what, codes, sound(key, mode=""), edit=edit)


def with_policy(key: str, what: str, codes: str, *lines: str) -> Defect:
    """The record is there, the policy has these lines."""
    def edit(world: lab.Lab, name: str) -> None:
        host = "mta-sts." + name
        text = "".join(line.format(name=name) + "\r\n" for line in lines)
        world.zones.add(host, "A", world.web.add(host, text))
        world.zones.add("_mta-sts." + name, "TXT", '"v=STSv1; id=1;"')
    return Defect(key, what, codes, sound(key, mode=""), edit=edit)


def quoted(text: str) -> str:
    """Character-strings of a TXT record, as a zone file has them."""
    octets = text.encode("utf-8")
    parts = [octets[n:n + 255] for n in range(0, len(octets), 255)] or [b""]
    return " ".join('"' + "".join(f"\\{c:03d}" for c in part) + '"'
                    for part in parts)


# An RSA key of 512 bits, as far as its form goes.
RSA = base64.b64encode(bytes.fromhex(
    "305c300d06092a864886f70d0101010500034b003048024100") + b"\xb1" * 64
    + bytes.fromhex("0203010001")).decode()
ED = base64.b64encode(bytes(32)).decode()
POLICY = ("version: STSv1", "mode: enforce", "mx: mx1.{name}",
          f"max_age: {WEEK}")
LOOKS = "v=spf1 " + " ".join(f"include:i{n}.lab.example"
                             for n in range(11)) + " -all"

OTHERS = (
    Defect("sound", "all is well", exit=0),
    Defect("dkim", "all is well, and a DKIM key", dkim=(
        f"v=DKIM1; k=ed25519; p={ED}",), exit=0),
    Defect("twomx", "all is well, two MX", domain=sound(
        "twomx", lab.Mx("mx1"), lab.Mx("mx2", 20),
        patterns=("mx1", "mx2")), exit=0),
    Defect("unused", "a pattern that no MX needs", domain=sound(
        "unused", patterns=("mx1", "old")), exit=0),
    without_record("norec", "no record at _mta-sts", "record-none"),
    without_record("tworec", "two records", "record-too-many-records",
                   "v=STSv1; id=1;", "v=STSv1; id=2;"),
    without_record("badid", "an id that is none", "record-id-value",
                   "v=STSv1; id=2026-01-01;"),
    without_record("noid", "no id", "record-id-missing", "v=STSv1;"),
    without_record("notsts", "some other TXT record", "record-no-record",
                   "google-site-verification=x"),
    with_policy("nomode", "policy without mode", "policy-mode-missing",
                *POLICY[:1], *POLICY[2:]),
    with_policy("nover", "policy without version", "policy-version-missing",
                *POLICY[1:]),
    with_policy("noage", "policy without max_age", "policy-max_age-missing",
                *POLICY[:3]),
    with_policy("nomx", "policy without mx", "policy-mx-missing",
                *POLICY[:2], *POLICY[3:]),
    with_policy("blank", "an empty line", "policy-blank-line", *POLICY[:2],
                "", *POLICY[2:]),
    with_policy("short", "max_age of an hour", "policy-max_age-short",
                *POLICY[:3], "max_age: 3600"),
    with_policy("long", "max_age of two years", "policy-max_age-clamped",
                *POLICY[:3], "max_age: 63115200"),
    with_policy("badmx", "an mx that is none", "policy-mx-value", *POLICY,
                "mx: *mx.{name}"),
    Defect("nohost", "policy host without address", "policy-host-none",
           sound("nohost", mode=""),
           edit=records("TXT", '"v=STSv1; id=1;"', "_mta-sts.")),
    Defect("websoon", "policy host's certificate ends in days",
           "policy-certificate-soon", sound("websoon", web="soon")),
    Defect("soon", "MX certificate ends in days", "mx-certificate-soon",
           sound("soon", lab.Mx("mx1", cert="soon"))),
    Defect("gone", "nobody listens at the MX", "mx-unreachable",
           sound("gone", lab.Mx("mx1", gone=True))),
    Defect("noaddr", "MX without address", "mx-no-address", sound(
        "noaddr", lab.Mx("mx1"), lab.Mx("mx2", 20, at="nx.lab.example"),
        hosts=("nx.lab.example",))),
    Defect("private", "MX with a private address", "mx-private",
           sound("private"), edit=records("A", PRIVATE, "mx1.")),
    Defect("addrmx", "an MX record with an address", "mx-bad-name",
           sound("addrmx"), edit=records("MX", "5 198.18.0.1.")),
    Defect("nullmix", "null MX beside another", "mx-null-mixed",
           sound("nullmix"), edit=records("MX", "0 .")),
    Defect("nomail", "neither MX nor address", "mx-none record-none",
           lab.Domain(f"ck-nomail.{ZONE}", (), mode="")),
    Defect("testing", "no STARTTLS under testing", "mx-no-starttls",
           sound("testing", lab.Mx("mx1", starttls="no"), mode="testing")),
    Defect("testrpt", "testing, and nobody hears of it", "tlsrpt-none",
           sound("testrpt", mode="testing"), tlsrpt=()),
    Defect("badrpt", "a TLS-RPT record without rua", "tlsrpt-rua-missing",
           tlsrpt=("v=TLSRPTv1;",)),
    Defect("mailrpt", "a mailto without an address", "tlsrpt-rua-value",
           tlsrpt=("v=TLSRPTv1; rua=mailto:nobody",)),
    Defect("ftprpt", "reports by ftp", "tlsrpt-scheme",
           tlsrpt=("v=TLSRPTv1; rua=ftp://lab.example/",)),
    Defect("nospf", "no SPF", "spf-none", spf=()),
    Defect("twospf", "two SPF records", "spf-many",
           spf=("v=spf1 -all", "v=spf1 mx -all")),
    Defect("badspf", "an SPF term that is none", "spf-syntax",
           spf=("v=spf1 ip4:198.18.0.300 -all",)),
    Defect("allspf", "SPF lets all", "spf-all", spf=("v=spf1 +all",)),
    Defect("longspf", "SPF with eleven looks", "spf-lookups", spf=(LOOKS,)),
    Defect("nodmarc", "no DMARC", "dmarc-none", dmarc=()),
    Defect("twodmarc", "two DMARC records", "dmarc-many",
           dmarc=("v=DMARC1; p=none", "v=DMARC1; p=reject")),
    Defect("baddmarc", "a DMARC policy that is none", "dmarc-syntax",
           dmarc=("v=DMARC1; p=deny",)),
    Defect("revoked", "a DKIM key that is revoked", "dkim-revoked",
           dkim=("v=DKIM1; p=",)),
    Defect("weakkey", "a DKIM key of 512 bits", "dkim-weak",
           dkim=(f"v=DKIM1; p={RSA}",)),
    Defect("badkey", "a DKIM key that is none", "dkim-syntax",
           dkim=("v=DKIM1; p=!!!",)),
    Defect("unusable", "a TLSA record for the web", "dane-unusable",
           dataclasses.replace(sound("unusable"),
                               name="ck-unusable.dane.example"),
           edit=records("TLSA", "1 1 1 " + "00" * 32, "_25._tcp.mx1.")),
)


def matrix() -> list[Defect]:
    """Every row of the matrix, with enforce."""
    found = []
    for case in cases.CASES:
        domain = dataclasses.replace(case.domain("enforce"), max_age=WEEK)
        codes = MATRIX.get(case.key, "")
        found.append(Defect(case.key, case.what, codes, domain,
                            exit=1 if codes else 0))
    return found


def period() -> tuple[str, str]:
    now = datetime.datetime.now(datetime.timezone.utc)
    ends = now + datetime.timedelta(days=5)
    begins = now - datetime.timedelta(days=60)
    return tuple(f"{when:%Y%m%d%H%M%S}Z" for when in (begins, ends))


def add(world: lab.Lab, defect: Defect) -> None:
    name = defect.name
    domain = defect.domain or sound(defect.key)
    world.add(domain)
    for text in defect.spf:
        world.zones.add(domain.owner, "TXT", quoted(text))
    for prefix, texts in (("_dmarc.", defect.dmarc),
                          ("_smtp._tls.", defect.tlsrpt),
                          ("s1._domainkey.", defect.dkim)):
        for text in texts:
            world.zones.add(prefix + name, "TXT", quoted(text))
    if defect.edit:
        defect.edit(world, name)


def vectors(name: str) -> list[dict]:
    text = (VECTORS / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text)["vectors"]


def prepare() -> None:
    """A kind of certificate more."""
    pki.PERIODS["soon"] = period()
