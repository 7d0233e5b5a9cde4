# SPDX-License-Identifier: ISC
"""`stsgate config check --exim` against real Exims with real mistakes.

Got is its exit status, the rules it names, and in brackets those that it only
warns of. The form as it is shipped comes first and last, with none.
"""
import dataclasses
import json
import pathlib
import signal
from collections.abc import Callable

import exim
import hooks
import lab
import proc
import rows
import service

DOMAIN = "good.check.example"
WRAPPER = pathlib.Path("/run/lab/exim-elsewhere")
LIBRARY = "/lib/x86_64-linux-gnu/libc.so.6"
# Folders with a file of the ACL that is wrong.
ACLS = pathlib.Path("/run/lab/acls")
TEXT, PRIVATE, OPEN = ACLS / "text", ACLS / "private", ACLS / "open"
CUT = ACLS / "cut"
HUB = """hub:
  driver = manualroute
  domains = hub.example
  route_list = * relay.example
  transport = mx
"""
FIRST = """first:
  driver = dnslookup
  domains = ! localhost
  transport = bare
  no_more
"""
VIA = """begin transports
hub:
  driver = smtp
  .include {}/stsgate-smarthost.conf
""".format(hooks.FILES)
BARE = "bare:\n  driver = smtp\n"
ROUTERS, TRANSPORTS = "begin routers\n", "begin transports\n"
ROUTER = f".include {hooks.FILES}/stsgate-router.conf"
TRANSPORT = f".include {hooks.FILES}/stsgate-transport.conf"
EVERY = ("connection_max_messages delay_after_cutoff event_action interface "
         "multi_domain retry_include_ip_address tls_sni "
         "tls_verify_cert_hostnames tls_verify_hosts")
# There Exim itself checks the name in the certificate, by its default.
EVERY_LIGHT = EVERY.replace("tls_verify_cert_hostnames ", "")


def binary() -> str:
    """Exim; of the other release, a program that starts it in its root."""
    if not exim.WAY.other:
        return "/usr/sbin/exim4"
    WRAPPER.write_text(
        f"#!/bin/sh\nexec chroot {exim.ROOT} /usr/sbin/exim4 \"$@\"\n")
    WRAPPER.chmod(0o755)
    return str(WRAPPER)


def ask(*words: str, before: tuple[str, ...] = ()) -> tuple[str, str]:
    """What it came to, and what it said."""
    done = proc.run(*before, service.binary("stsgate"), "--json", "config",
                    "check", "--exim-binary", binary(), *words, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return f"{done.returncode}", (done.stdout + done.stderr).strip()
    found = answer.get("errors", []) + answer.get("warnings", [])
    names = [sorted({one["rule"] for one in answer.get(key, [])})
             for key in ("errors", "warnings")]
    got = " ".join([str(done.returncode), *names[0]])
    if names[1]:
        got += f" ({' '.join(names[1])})"
    if "tried" in answer:
        got += f", {answer['tried']['policy']}"
    said = [one["message"] for one in found] + [done.stderr.strip()]
    return got, " / ".join(filter(None, said))


def make_acls() -> None:
    for folder, text, mode in ((TEXT, "root:x:0:0\n", 0o644),
                               (PRIVATE, "", 0o600), (OPEN, "", 0o666)):
        folder.mkdir(parents=True)
        for name in (hooks.ACL, hooks.MORE):
            path = folder / name
            path.write_text(text or (hooks.FILES / name).read_text())
            path.chmod(mode)
    CUT.mkdir()
    whole = (hooks.FILES / hooks.ACL).read_text()
    (CUT / hooks.ACL).write_text(whole[:whole.rindex("accept") + 6])
    (CUT / hooks.MORE).write_text((hooks.FILES / hooks.MORE).read_text())


def replace(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        if old not in text:
            raise LookupError(f"{old}: not in the configuration")
        return text.replace(old, new)
    return edit


def after(line: str, more: str) -> Callable[[str], str]:
    return replace(line + "\n", f"{line}\n{more}\n")


def defined(name: str, value: str) -> Callable[[str], str]:
    """Another value of a macro that the lab defines."""
    def edit(text: str) -> str:
        lines = [f"{name} = {value}" if line.startswith(name + " = ")
                 else line for line in text.splitlines(keepends=False)]
        return "\n".join(lines) + "\n"
    return edit


def fixed(text: str) -> str:
    """An address of one's own: the include pasted, one line changed."""
    shipped = hooks.options(exim.WAY.light) | {
        "interface": "interface = 10.99.0.1"}
    return text.replace(TRANSPORT, "\n".join(shipped.values()))


def some(text: str) -> str:
    """One hook of them all."""
    return text.replace(
        TRANSPORT, hooks.options(exim.WAY.light)["hosts_require_tls"])


def early(text: str) -> str:
    """A router of one's own in front, to a transport without us."""
    return text.replace(ROUTERS, ROUTERS + FIRST).replace(
        TRANSPORTS, TRANSPORTS + BARE)


def smarthost(text: str) -> str:
    """A smart host beside the MX hosts, as the README says."""
    return "STSGATE_SMARTHOST = relay.example\n" + text.replace(
        ROUTERS, ROUTERS + HUB.replace("= mx", "= hub")).replace(
            TRANSPORTS, VIA)


def exchanged(text: str) -> str:
    """The smart host's include in the transport for MX hosts."""
    return "STSGATE_SMARTHOST = relay.example\n" + text.replace(
        TRANSPORT, TRANSPORT.replace("transport.", "smarthost."))


@dataclasses.dataclass(frozen=True)
class Case:
    """One mistake in the configuration as text."""

    key: str
    what: str
    edit: Callable[[str], str]
    expected: str
    words: tuple[str, ...] = ()
    says: str = ""       # must be in a message
    heavy: bool = False  # it is about the module
    light: bool = False


CASES = (
    Case("shipped", "as it is shipped", lambda text: text, "0"),
    Case("try", "--try of a domain with a policy", lambda text: text,
         "0, enforce", ("--try", DOMAIN)),
    Case("none", "the transport's include forgotten",
         replace(TRANSPORT, ""), "1 no-transport unprotected"),
    Case("router", "the router's include forgotten", replace(ROUTER, ""),
         "1 ignore_target_hosts"),
    Case("some", "one hook alone", some, "1 " + EVERY, heavy=True),
    Case("some", "one hook alone", some, "1 " + EVERY_LIGHT, light=True),
    Case("twice", "an option set twice",
         after(TRANSPORT, "  tls_sni = $host"), "1 configuration",
         says="set for the second time"),
    Case("syntax", "an option that there is not",
         after(TRANSPORT, "  tls_snow = $host"), "1 configuration",
         says='/etc/exim4/exim4.conf: option "tls_snow" unknown'),
    Case("list", "a list that there is not",
         replace("domains = ! localhost", "domains = ! +nowhere"),
         "1 routing", says='domain list "+nowhere"'),
    Case("cutthru", "cutthrough delivery",
         after("rcpt:", "  warn control = cutthrough_delivery"),
         "1 cutthrough_delivery"),
    Case("cutif", "the same on a condition",
         after("rcpt:", "  warn control = ${if eq{$domain}{a.example}"
               "{cutthrough_delivery}{submission}}"),
         "1 cutthrough_delivery"),
    Case("hold", "a callout with hold",
         after("rcpt:", "  require verify = recipient/callout=10s,hold"),
         "1 hold"),
    Case("callout", "a callout without",
         after("rcpt:", "  require verify = recipient/callout=10s"), "0"),
    Case("avoid", "hosts_avoid_tls",
         after(TRANSPORT, "  hosts_avoid_tls = 10.0.0.0/8"),
         "1 hosts_avoid_tls"),
    Case("verify", "hosts_verify_avoid_tls",
         after(TRANSPORT, "  hosts_verify_avoid_tls = *"),
         "1 hosts_verify_avoid_tls"),
    Case("resume", "tls_resumption_hosts",
         after(TRANSPORT, "  tls_resumption_hosts = *"),
         "1 tls_resumption_hosts"),
    Case("try-vrfy", "tls_try_verify_hosts emptied",
         after(TRANSPORT, "  tls_try_verify_hosts ="),
         "0 (tls_try_verify_hosts)"),
    Case("fixed", "a fixed source address", fixed, "0 (interface)"),
    Case("smart", "a smart host by the transport for MX hosts",
         after(ROUTERS[:-1], HUB[:-1]), "1 smart-host-form"),
    Case("hosts", "the same, hosts in the transport",
         after(TRANSPORT, "  hosts = relay.example"), "1 hosts"),
    Case("hub", "a smart host, as the README says", smarthost, "0"),
    Case("hub-mx", "the smart host's include for MX hosts", exchanged,
         "1 mx-form"),
    Case("early", "a router in front that takes the mail", early,
         "1 never-reached unprotected"),
    Case("astray", "the same, and --try", early,
         "1 never-reached try unprotected, enforce", ("--try", DOMAIN)),
    Case("socket", "the socket is elsewhere",
         defined("STSGATE_SOCKET", "/run/stsgate/gone.sock"), "1 socket",
         says="no such socket"),
    Case("spelt", "on_unavailable misspelt",
         defined("STSGATE_ON_UNAVAILABLE", "delivr"), "1 argument",
         says="on_unavailable=delivr", heavy=True),
    Case("module", "no module",
         defined("STSGATE_MODULE", "/nonexistent.so"), "1 module",
         says="No such file", heavy=True),
    Case("library", "a module that is another's",
         defined("STSGATE_MODULE", LIBRARY), "1 module",
         says="undefined symbol: stsgate", heavy=True),
    Case("text", "a module that is no library",
         defined("STSGATE_MODULE", "/etc/passwd"), "1 module",
         says="no library for this machine", heavy=True),
    Case("spelt", "on_unavailable misspelt",
         defined("STSGATE_ON_UNAVAILABLE", "delivr"), "1 argument",
         says='"delivr"', light=True),
    Case("acl", "no file of the ACL",
         defined("STSGATE_FILES", "/nonexistent"), "1 acl-file",
         says="there is no such file", light=True),
    Case("acl-text", "a file that is no ACL",
         defined("STSGATE_FILES", str(TEXT)), "1 acl-file",
         says="not as stsgate has it", light=True),
    Case("acl-cut", "an ACL cut behind its last \"accept\"",
         defined("STSGATE_FILES", str(CUT)), "1 acl-file",
         says="not as stsgate has it", light=True),
    Case("acl-mode", "an ACL for root alone",
         defined("STSGATE_FILES", str(PRIVATE)), "1 acl-file",
         says="Exim's user may not read it", light=True),
    Case("acl-own", "an ACL that others can write",
         defined("STSGATE_FILES", str(OPEN)), "1 acl-file-owner", light=True),
    Case("strict", "strict_acl_vars",
         lambda text: "strict_acl_vars\n" + text, "1 strict_acl_vars",
         light=True),
    Case("dlfunc", "the module's macros in a light Exim",
         replace("stsgate-light-macros.conf", "stsgate-macros.conf"),
         "1 dlfunc", light=True),
    Case("again", "as it is shipped", lambda text: text, "0"),
)


def holds(case: Case) -> bool:
    return not (exim.WAY.light and case.heavy) and \
        not (case.light and not exim.WAY.light)


def configured(out: rows.Rows, module: str) -> None:
    """Every mistake in the lab's own configuration."""
    make_acls()
    shipped = hooks.ours(module)
    for case in filter(holds, CASES):
        exim.write(shipped)
        exim.CONFIG.write_text(case.edit(exim.CONFIG.read_text()))
        got, said = ask(*case.words)
        if case.says not in said:
            got += f" without {case.says}"
        out.add(case.key, exim.WAY.name, case.what, case.expected, got,
                said[:240])


DROPINS = (
    ("shipped", "the drop-ins as they are shipped", "", "0"),
    ("off", "the drop-ins, not turned on", None, "1 inert unprotected "
     "(unprotected)"),
    ("source", "a fixed source address", "REMOTE_SMTP_INTERFACE = 10.99.0.1",
     "0 (interface)"),
    ("tls", "hosts that need TLS anyway",
     "REMOTE_SMTP_HOSTS_REQUIRE_TLS = 10.0.0.0/8", "0"),
    ("again", "the drop-ins as they are shipped", "", "0"),
)


def debian(out: rows.Rows, module: str) -> None:
    """Debian's configuration with the drop-ins, and its macros."""
    shipped = hooks.ours(module)
    for key, what, more, expected in DROPINS:
        main = "" if more is None else f"{shipped.main}\n{more}"
        exim.write(dataclasses.replace(shipped, main=main))
        got, said = ask()
        out.add(key, exim.WAY.name, what, expected, got, said[:240])
    exim.write(shipped)
    answers = exim.ETC / "update-exim4.conf.conf"
    answers.write_text(answers.read_text().replace(
        "configtype='internet'", "configtype='satellite'").replace(
            "smarthost=''", "smarthost='relay.example::587'"))
    exim.run("update-exim4.conf")
    got, said = ask()
    out.add("hub", exim.WAY.name, "all by a smart host", "0", got, said[:240])
    (exim.ETC / "conf.d/router/490_stsgate").unlink()
    exim.run("update-exim4.conf")
    got, said = ask()
    out.add("users", exim.WAY.name, "the same without router/490_stsgate",
            "1 unprotected", got, said[:240])


def others(out: rows.Rows, module: str, running: proc.Process) -> None:
    """What is not in the configuration: who asks, and who answers."""
    exim.write(hooks.ours(module))
    way = exim.WAY.name
    got, said = ask(before=("setpriv", "--reuid=65534", "--clear-groups"))
    out.add("user", way, "asked by a user who is nobody", "2", got, said[:240])
    service.QUERY.chmod(0o600)
    got, said = ask()
    out.add("mode", way, "a socket for root alone", "1 socket", got, said)
    service.QUERY.chmod(0o666)
    running.send(signal.SIGSTOP)
    proc.until(running.stopped, "stsgated is stopped")
    got, said = ask()
    out.add("hung", way, "a service that hangs", "1 socket", got, said)
    running.send(signal.SIGCONT)
    service.stop(running)
    got, said = ask()
    out.add("gone", way, "no service", "1 socket", got, said)


def main(module: str) -> int:
    world = lab.Lab()
    world.add(lab.Domain(DOMAIN, (lab.Mx("mx1"),), "enforce"))
    world.start()
    running = service.start()
    out = rows.Rows()
    if exim.WAY.debian:
        debian(out, module)
    else:
        configured(out, module)
    others(out, module, running)
    return out.end()
