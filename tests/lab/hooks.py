# SPDX-License-Identifier: ISC
"""stsgate's part of Exim's configuration, and its lines in Exim's log."""
import pathlib
import re

import exim
import nonesvc
import proc
import service

FILES = pathlib.Path("/src/exim-dlfunc")
ACL = "stsgate-light.acl"
MORE = "stsgate-light-more.acl"
# What the log says, by the words used in cases.py.
WHY = {
    "starttls": r"result=starttls-not-supported",
    "expired": r"result=certificate-expired",
    "name": r"result=certificate-host-mismatch",
    "untrusted": r"result=certificate-not-trusted",
    "mx": r"detail=\"?mta-sts-mx-mismatch",
}
# What a light Exim says of a host when the policy is not known; in the router
# it can say nothing, stsgated's log does.
UNKNOWN = "MTA-STS: policy not known at the moment"
BOGUS = "dns-bogus domain={} "
RULE = re.compile(r'domain=\S+ mx=\S+ .*mode=\S+ .*rule="')
OURS = re.compile(r'domain=\S+ mx="\S+" mode=\S+ result=')


def macros(module: str, on_unavailable: str) -> str:
    """What is defined before the file of macros: what the lab has elsewhere."""
    broken = module and exim.WAY.light
    files = (f"STSGATE_FILES = {FILES}",) if exim.WAY.light else ()
    return "\n".join((
        *files,
        f"STSGATE_MODULE = {module or service.binary('stsgate.so')}",
        f"STSGATE_SOCKET = {nonesvc.start() if broken else service.QUERY}",
        f"STSGATE_ON_UNAVAILABLE = {on_unavailable}"))


def ours(module: str, on_unavailable: str = "defer") -> exim.Setup:
    """stsgate's part as it is shipped, in the way of this lab."""
    before = macros(module, on_unavailable)
    if exim.WAY.debian:
        return exim.Setup(
            debian=True, macros=f"{before}\nSTSGATE_FILES = {FILES}",
            main="STSGATE_ENABLE = yes")
    return exim.Setup(
        macros=f"{before}\n.include {FILES}/{exim.WAY.macros}",
        router=f".include {FILES}/stsgate-router.conf",
        transport=f".include {FILES}/stsgate-transport.conf")


def options(light: bool) -> dict[str, str]:
    """The transport's options as they are shipped, each a line."""
    kept, found = [True], {}
    for line in (FILES / "stsgate-transport.conf").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word in (".ifdef", ".ifndef"):
            there = rest == ("STSGATE_LASK" if light else "STSGATE_EVENT")
            kept.append(kept[-1] and there == (word == ".ifdef"))
        elif word == ".else":
            kept[-1] = kept[-2] and not kept[-1]
        elif word == ".endif":
            kept.pop()
        elif kept[-1] and " = " in line:
            found[word] = line
    return found


def bare(module: str, names: tuple[str, ...]) -> exim.Setup:
    """Nothing for the router, and of the transport's options only these."""
    kept = [line for name, line in options(exim.WAY.light).items()
            if name in names]
    return exim.Setup(macros=f"{macros(module, 'defer')}\n"
                      f".include {FILES}/{exim.WAY.macros}",
                      transport="\n".join(kept))


def naive() -> exim.Setup:
    """The policy in Exim's own words: TLS and a good certificate for domains
    with "enforce" in the name, and nothing against sharing a connection."""
    demand = "${if match{$domain}{-enforce}{*}}"
    return exim.Setup(transport=f"  hosts_require_tls = {demand}\n"
                                f"  tls_verify_hosts = {demand}")


def counted(domain: str) -> list[str]:
    """What stsgated's own log says of refusals for a domain."""
    return [line for line in proc.lines(service.LOG)
            if re.search(r"\b(refused|would-refuse) ", line)
            and f" domain={domain} " in line]


def unknown(domain: str, lines: list[str]) -> list[str]:
    """What says that a light Exim had no answer about a domain."""
    logged = proc.lines(service.LOG)
    return [line for line in lines if UNKNOWN in line] + [
        line for line in logged if BOGUS.format(domain) in line + " "]


def said(lines: list[str]) -> list[str]:
    """The lines that the module wrote."""
    return [line for line in lines if line.startswith("stsgate: ")]


def classes(lines: list[str], whole: re.Pattern = RULE) -> list[str]:
    """Which reasons they name, each once; a line without one is "unclear"."""
    found = []
    for line in lines:
        if line.startswith("stsgate: deferred domain="):
            found.append("deferred")
            continue
        names = [name for name, pattern in WHY.items()
                 if re.search(pattern, line) and whole.search(line)]
        found += names or ["unclear"]
    return sorted(set(found))
