# SPDX-License-Identifier: ISC
"""The matrix as data: what receiving servers do, and who must get the mail.

An outcome names the server and how ("mx1 tls", "mx2 clear", "nobody"). `open`
holds without a policy, under mode none and under mode testing; `enforce` under
enforce. `why` is what the log must say under testing, and under enforce where
something was refused: a key of exim.WHY.

The rows of enforce are APP-1, those of testing APP-2; with two MX hosts the
next one gets the mail (APP-4, MX-3). A certificate is MX-4, no MX record MX-6,
a CNAME MX-8 (for a domain DOM-4), TLSA beside a policy APP-5 and APP-6.
"""
import dataclasses

from lab import Domain, Mx

MODES = ("enforce", "testing", "none", "")


@dataclasses.dataclass(frozen=True)
class Case:
    """One behaviour of the receiving side, tried under every mode."""

    key: str
    what: str
    mx: tuple[Mx, ...]
    open: str = "mx1 tls"
    enforce: str = "nobody"
    why: str = ""
    patterns: tuple[str, ...] = ("mx1",)
    implicit: bool = False
    zone: str = "lab.example"
    web: str | None = "good"
    txt: str = ""
    modes: tuple[str, ...] = MODES
    leads: str = ""

    def domain(self, mode: str) -> Domain:
        return Domain(f"{self.key}-{mode or 'nopolicy'}.{self.zone}",
                      self.mx, mode, self.patterns, self.implicit, self.web,
                      txt=self.txt, leads=self.leads)

    def expected(self, mode: str) -> str:
        return self.enforce if mode == "enforce" else self.open

    def says(self, mode: str) -> str:
        """What the log must say, "" for nothing."""
        return self.why if mode in ("enforce", "testing") else ""


ONE = (Mx("mx1"),)
ROGUE = (Mx("rogue"), Mx("mx1", 20))
DANE = {"zone": "dane.example", "enforce": "mx1 tls"}
NOT_THERE = {"open": "mx1 clear", "enforce": "mx1 clear",
             "modes": ("enforce",)}
PLAIN = (Mx("mx1", starttls="no"),)

CASES = (
    Case("good", "all is well", ONE, enforce="mx1 tls"),
    Case("plain", "no STARTTLS", PLAIN, open="mx1 clear", why="starttls"),
    Case("tls454", "454 to STARTTLS", (Mx("mx1", starttls="454"),),
         open="mx1 clear", why="starttls"),
    Case("mis20", "MX10 not in policy, MX20 is", ROGUE,
         open="rogue tls", enforce="mx1 tls", why="mx"),
    Case("misall", "no MX in policy", (Mx("rogue"), Mx("rogue2", 20)),
         open="rogue tls", why="mx"),
    Case("wrongname", "certificate of another name",
         (Mx("mx1", cert="wrong"),), why="name"),
    Case("selfsigned", "self-signed certificate",
         (Mx("mx1", cert="self"),), why="untrusted"),
    Case("expired", "expired certificate",
         (Mx("mx1", cert="expired"),), why="expired"),
    Case("cnonly", "name in the CN only", (Mx("mx1", cert="cn"),),
         why="name"),
    Case("sanodd", "certificate of x:mx1, x mx1 and x;mx1",
         (Mx("mx1", names=("x:mx1", "x mx1", "x;mx1")),), why="name"),
    Case("sanmore", "certificate of mx1 and of odd names",
         (Mx("mx1", names=("x;y", "x y", "mx1", "z::;;")),),
         enforce="mx1 tls", modes=("enforce", "testing")),
    Case("wild1", "policy *.w, MX a.w", (Mx("a.w"),), open="a.w tls",
         enforce="a.w tls", patterns=("*.w",)),
    Case("wild2", "policy *.w, MX a.b.w", (Mx("a.b.w"),), open="a.b.w tls",
         why="mx", patterns=("*.w",)),
    Case("wildcert1", "certificate *.w, MX a.w", (Mx("a.w", names=("*.w",)),),
         open="a.w tls", enforce="a.w tls", patterns=("a.w",)),
    Case("wildcert2", "certificate *.w, MX a.b.w",
         (Mx("a.b.w", names=("*.w",)),), open="a.b.w tls", why="name",
         patterns=("a.b.w",)),
    Case("cname", "MX is a CNAME, certificate of the MX name",
         (Mx("mx1", alias="real", names=("mx1",)),), open="real tls",
         enforce="real tls"),
    Case("cnameboth", "MX is a CNAME, certificate of both",
         (Mx("mx1", alias="real", names=("mx1", "real")),),
         open="real tls", enforce="real tls"),
    Case("forged1", "MX is a CNAME to evil with its own certificate",
         (Mx("mx1", 20, alias="evil", names=("evil",)),), open="evil tls",
         why="name"),
    Case("forged2", "MX10 evil, MX20 listed name CNAME evil",
         (Mx("evil", names=("evil",)), Mx("mx1", 20, alias="evil")),
         open="evil tls", why="mx"),
    Case("alias", "domain is a CNAME to one whose policy is of mode none",
         (Mx("rogue"),), open="rogue tls", why="mx", leads="evil"),
    Case("implicit", "no MX record, an address", (Mx("@"),), open="@ tls",
         enforce="@ tls", patterns=("@",), implicit=True),
    Case("implicit2", "no MX record, name not in policy", (Mx("@"),),
         open="@ tls", why="mx", patterns=("mx1",), implicit=True),
    Case("exp20", "MX10 expired, MX20 good",
         (Mx("old", cert="expired"), Mx("mx1", 20)), open="old tls",
         enforce="mx1 tls", why="expired", patterns=("old", "mx1")),
    Case("v6", "all is well, IPv6 only", (Mx("mx1", v6=True),),
         enforce="mx1 tls"),
    Case("v6plain", "no STARTTLS, IPv6 only",
         (Mx("mx1", v6=True, starttls="no"),), open="mx1 clear",
         why="starttls"),
    Case("daneok", "TLSA matches, self-signed of another name",
         (Mx("mx1", cert="self", names=("other",), tlsa="match"),), **DANE),
    Case("danebad", "TLSA fails, certificate good",
         (Mx("mx1", tlsa="fail"),), open="nobody", zone="dane.example"),
    Case("webself", "no STARTTLS; policy host self-signed", PLAIN,
         web="self", **NOT_THERE),
    Case("webwrong", "no STARTTLS; policy host of another name", PLAIN,
         web="wrong", **NOT_THERE),
    Case("webold", "no STARTTLS; policy host expired", PLAIN,
         web="expired", **NOT_THERE),
    Case("webcn", "no STARTTLS; policy host's name in the CN only", PLAIN,
         web="cn", **NOT_THERE),
    Case("txtbogus", "all is well; TXT record forged (DNSSEC)", ONE,
         txt="bogus.example", modes=("enforce",), why="deferred"),
    Case("txtdead", "no STARTTLS; name server of the TXT record is dead",
         PLAIN, txt="dead.example", **NOT_THERE),
    Case("web404", "no STARTTLS; policy host says 404", PLAIN,
         web=None, **NOT_THERE),
)
