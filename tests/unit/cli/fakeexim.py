# SPDX-License-Identifier: ISC
"""A program that prints what an Exim printed, and the shipped forms as data.

@SOCKET@ in any text is the socket of the Service that the test runs beside.
"""
import os
import pathlib
import pwd
import tempfile
import unittest

from command import Service, run_json

PONG = {"STS1 ping": "STS1 pong 0.1"}
MODULE = "/usr/lib/stsgate/stsgate.so"
TAIL = "{socket=@SOCKET@}{on_unavailable=defer}}"


def call(word="", domain="", tail=TAIL):
    """What a macro of stsgate-macros.conf stands for."""
    words = (f"{{{word}}}" if word else "") + (
        f"{{domain={domain}}}" if domain else "")
    return f"${{dlfunc{{{MODULE}}}{{stsgate}}{words}{tail}"


GUARD = call("guard", tail="}")
IGNORE = "<; 0.0.0.0 ; " + call("ignore")
CONFIG = """# Exim Configuration (4.96)
# 1 "/etc/exim4/exim4.conf"
acl_smtp_rcpt = acl_rcpt

begin acl

  acl_rcpt:
    accept verify = recipient/callout=10s,defer_ok
    accept control = submission
"""
FEATURES = """Exim version 4.96 #2 built 27-May-2026 16:52:26
Support for: crypteq iconv() IPv6 PAM Perl Expand_dlfunc GnuTLS DANE DKIM Event
Lookups (built-in): lsearch wildlsearch dbm dnsdb dsearch
"""
NO_DNS = ("nobody@stsgate.invalid cannot be resolved at this time: "
          "host lookup did not complete\n")

# Exim's own defaults, of what is looked at.
PLAIN = {
    "driver": "smtp", "event_action": "", "connection_max_messages": "500",
    "delay_after_cutoff": True, "fallback_hosts": "", "hosts": "",
    "hosts_avoid_esmtp": "",
    "hosts_avoid_tls": "", "hosts_override": False, "hosts_pipe_connect": "",
    "hosts_require_tls": "", "hosts_try_dane": "*",
    "hosts_verify_avoid_tls": "", "interface": "", "multi_domain": True,
    "retry_include_ip_address": "true", "tls_resumption_hosts": "",
    "tls_sni": "", "tls_try_verify_hosts": "*",
    "tls_verify_cert_hostnames": "*", "tls_verify_certificates": "system",
    "tls_verify_hosts": "",
}
# stsgate-transport.conf, stsgate-smarthost.conf
MX = {**PLAIN, "event_action": call(), "connection_max_messages": "1",
      "delay_after_cutoff": False, "hosts_require_tls": call("require"),
      "interface": call("interface"), "multi_domain": GUARD,
      "retry_include_ip_address": call("retry"), "tls_sni": "$host",
      "tls_verify_cert_hostnames": call("names"),
      "tls_verify_hosts": call("verify")}
HUB = "smtp.example.net"
VIA = {**PLAIN, "event_action": call(domain=HUB),
       "connection_max_messages": "1", "delay_after_cutoff": False,
       "hosts_require_tls": call("require", HUB),
       "multi_domain": call("guard", HUB, "}"),
       "tls_sni": call("sni", HUB), "tls_verify_hosts": call("verify", HUB)}
ROUTER = {"driver": "dnslookup", "domains": "! +local_domains",
          "fail_defer_domains": call("defer"), "ignore_target_hosts": IGNORE,
          "more": False, "transport": "mx"}
LOOKUP = {"driver": "dnslookup", "domains": "! +local_domains",
          "ignore_target_hosts": "", "more": False, "transport": "plain"}
BY_HAND = {"driver": "manualroute", "domains": "! +local_domains",
           "more": False, "route_list": f"* {HUB} byname",
           "transport": "hub"}

# The light form, cut to what tells one macro from another.
ASK = "${readsocket{@SOCKET@}{STS1 stance $domain $host\\n}{12s}{}{gone}}"
LIGHT = {
    "EVENT": "${if eq{$event_name}{smtp:connect}{" + ASK + "}}",
    "REQUIRE": "${if match{" + ASK + "}{none}{}{*}}",
    "VERIFY": "${if eq{" + ASK + "}{none}{}{*}}",
    "DOMAINS": "${if eq{" + ASK + "}{none}{!*}{*}}",
    "INTERFACE": "${if eq{" + ASK + "}{none}{}{<; 0.0.0.0 ; ::}}",
    "RETRY": "${if eq{" + ASK + "}{none}{true}{false}}",
    "IGNORE": "${if eq{" + ASK + "}{none}{}{! ^a ; *}}",
    "DEFER": "${if eq{" + ASK + "}{none}{}{**}}",
    "GUARD": "false", "NAMES": "*",
    "VIA_EVENT": "${if eq{STSGATE_SMARTHOST}{x}{" + ASK + "}}",
    "VIA_REQUIRE": "${if eq{STSGATE_SMARTHOST}{y}{" + ASK + "}{*}}",
    "VIA_VERIFY": "${if eq{STSGATE_SMARTHOST}{z}{" + ASK + "}{*}}",
    "VIA_SNI": "${if eq{STSGATE_SMARTHOST}{" + ASK + "}{}{$host}}",
    "VIA_GUARD": "true",
}
LIGHT_CONFIG = "".join(f"STSGATE_{name} = {value}\n"
                       for name, value in LIGHT.items()) + CONFIG
LIGHT_MX = {**MX, "event_action": LIGHT["EVENT"],
            "hosts_require_tls": LIGHT["REQUIRE"],
            "interface": LIGHT["INTERFACE"], "multi_domain": False,
            "retry_include_ip_address": LIGHT["RETRY"],
            "tls_verify_cert_hostnames": "*",
            "tls_verify_hosts": LIGHT["VERIFY"]}
LIGHT_ROUTER = {**ROUTER, "fail_defer_domains": LIGHT["DEFER"],
                "ignore_target_hosts": "<; " + LIGHT["IGNORE"]}
LIGHT_VIA = {**VIA, "multi_domain": True, **{
    option: LIGHT[name].replace("STSGATE_SMARTHOST", HUB)
    for option, name in (
        ("event_action", "VIA_EVENT"), ("hosts_require_tls", "VIA_REQUIRE"),
        ("tls_verify_hosts", "VIA_VERIFY"), ("tls_sni", "VIA_SNI"))}}


def blocks(kind, named):
    lines = []
    for name, options in named.items():
        lines += ["", f"{name} {kind}:"]
        for option, value in options.items():
            if value is True:
                lines.append(option)
            elif value is False:
                lines.append("no_" + option)
            else:
                lines.append(f"{option} = {value}")
    return "\n".join(lines) + "\n"


SCRIPT = """#!/bin/sh
d='{folder}'
echo "$*" >>"$d/asked"
case "$1" in
-bP) cat "$d/$2" ;;
-bV) cat "$d/features" ;;
-be)
	case "$2" in
	x) cat "$d/broken" >&2; [ -s "$d/broken" ] && exit 1; echo x ;;
	*guard*) cat "$d/guard" ;;
	*) cat "$d/expanded" ;;
	esac ;;
-bt) cat "$d/words" >&2; cat "$d/routed" ;;
esac
exit {code}
"""


class Exim:
    """A folder with such a program; what it prints are files there."""

    def __init__(self, socket, code=0, transports=None, routers=None,
                 **prints):
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        files = {
            "config": CONFIG, "features": FEATURES, "guard": "false\n",
            "expanded": "", "broken": "", "words": "", "routed": NO_DNS,
            "exim_user": f"exim_user = {pwd.getpwuid(os.getuid()).pw_name}\n",
            "transports": blocks("transport", transports),
            "routers": blocks("router", routers), **prints}
        for name, text in files.items():
            (folder / name).write_text(text.replace("@SOCKET@", socket))
        self.path = folder / "exim4"
        self.path.write_text(SCRIPT.format(folder=folder, code=code))
        self.path.chmod(0o755)

    def asked(self):
        return (self.path.parent / "asked").read_text().splitlines()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()


def found_in(answer, key):
    return {(f["rule"], f.get("transport") or f.get("router") or f.get("acl"))
            for f in answer.get(key, [])}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service(dict(PONG))
        cls.service.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.service.__exit__()

    def ask(self, *words, socket=None, transports=None, routers=None,
            transport=None, router=None, **prints):
        """Exit code and the answer; the generic form, with changes."""
        transports = transports or {
            "plain": PLAIN, "mx": {**MX, **(transport or {})}}
        routers = routers or {"world": {**ROUTER, **(router or {})}}
        with Exim(socket or self.service.path, transports=transports,
                           routers=routers, **prints) as exim, \
                tempfile.NamedTemporaryFile() as config:
            return run_json("config", "check", "--exim", "--config",
                            config.name, "--exim-binary", exim.path, *words)

    def check(self, **changes):
        """Exit code, errors and warnings as sets of (rule, name)."""
        code, answer = self.ask(**changes)
        self.assertEqual(answer["valid"], code == 0)
        return code, found_in(answer, "errors"), found_in(answer, "warnings")

    def good(self, what=None, **changes):
        self.assertEqual(self.check(**changes), (0, set(), set()), what)

    def bad(self, *rules, what=None, **changes):
        self.assertEqual(self.check(**changes), (1, set(rules), set()), what)

    def doubtful(self, *rules, what=None, **changes):
        self.assertEqual(self.check(**changes), (0, set(), set(rules)), what)
