# SPDX-License-Identifier: ISC
"""In which ways a lab runs a mail server: package, release, form of
configuration."""
import dataclasses
import os
import pathlib

VARIABLE = "STSGATE_LAB_WAY"
ELSEWHERE = pathlib.Path("/other")


@dataclasses.dataclass(frozen=True)
class Way:
    """One of them; ROOT is where that server's files begin in a lab."""

    name: str
    what: str
    package: str = "exim4-daemon-heavy"
    macros: str = "stsgate-macros.conf"
    debian: bool = False  # Debian's configuration with the drop-in files
    other: bool = False   # that of the release that the host is not

    @property
    def light(self) -> bool:
        return self.package.endswith("-light")

    @property
    def root(self) -> pathlib.Path:
        return ELSEWHERE if self.other else pathlib.Path("/")


WAYS = {way.name: way for way in (
    Way("heavy", "stsgate.so, files to include"),
    Way("dropins", "stsgate.so, Debian's configuration with drop-ins",
        debian=True),
    Way("light", "${readsocket}, files to include", "exim4-daemon-light",
        "stsgate-light-macros.conf"),
    Way("other", "the same stsgate.so, files to include", other=True),
)}
SMTPD = {way.name: way for way in (
    Way("smtpd", "filter-stsgate, table-stsgate", "opensmtpd"),
    Way("smtpd-other", "the same two programs", "opensmtpd", other=True),
)}
ALL = {**WAYS, **SMTPD}
RELEASES = ("bookworm", "trixie")


def by_name(name: str, suite: str, smtpd: bool = False) -> Way:
    """A way by its name, or by the release whose server it runs; without a
    name that of the host."""
    if name in ("", *RELEASES):
        one, two = SMTPD if smtpd else ("heavy", "other")
        name = one if name in ("", suite) else two
    return ALL[name]


def current() -> Way:
    """The way of the lab that this runs in."""
    return ALL[os.environ.get(VARIABLE, "heavy")]
