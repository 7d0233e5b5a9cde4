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

# stsgate-light-macros.conf
FOLDER = "/usr/share/stsgate/exim"
ACL = f"{FOLDER}/stsgate-light.acl"
NOW = "${length_8:$tod_epoch} $domain"
FREE = f"${{if eq{{$acl_c_stsgate_none}}{{{NOW}}}"
STRICT = rf"{{${{expand:\N${{if or{{{{eq{{$acl_c_stsgate_for}}{{{NOW}}}}}{{!"
EVENTS = ("${extract{x$event_name}{xsmtp:connect=q xsmtp:ehlo=q xtls:cert=c "
          "xmsg:host:defer=c xdane:fail=c}{")
# What is in front of the call in the transport for MX hosts, and behind it.
LIGHT_MORE = {
    "require": (FREE + "{}" + STRICT, r"}}{*}}\N}}}"),
    "verify": (FREE + "{}" + STRICT, r"}}{*}}\N}}}"),
    "interface": (FREE + "{}" + STRICT, r"}}{<; 0.0.0.0 ; ::}}\N}}}"),
    "retry": (FREE + r"{true}{${expand:\N${if ", r"{true}{false}}\N}}}"),
    "event": (EVENTS + FREE + r"{}{${expand:\N${if or{{eq"
              f"{{$acl_c_stsgate_quiet}}{{$value {NOW} $host}}}}{{",
              r"}}{}{MTA-STS: $value}}\N}}}}}")}
NOT_WHOLE = "{stsgate-light.acl is not whole}"
NOBODY = "}{eq{$value}{!*}}}"
LIGHT_THEN = {
    "require": "{}{*}", "verify": "{}{*}", "domains": NOBODY + "{!*}{*}",
    "interface": "{}{<; 0.0.0.0 ; ::}", "retry": "{true}{false}",
    "ignore": "{${if eq{$value}{!*}{}{$value ; *}}}{*}",
    "defer": NOBODY + "{}{*}",
    "guard": "{$value}" + NOT_WHOLE,
    "alias": "{$host}{${if def:value{$value}{$host}}}",
    "event": "{}{MTA-STS: $value}"}


def light(word, domain="", then=None, acl=ACL, deliver="defer"):
    """What one of its macros stands for."""
    of = f"{{{domain}}}{{via}}" if domain else "{$domain}"
    more = acl.replace("light", "light-more")
    text = (f"acl{{{{{acl}}}{{{more}}}{{@SOCKET@}}{{2s}}{{12s}}{{{deliver}}}"
            f"{{{word}}}{of}}}")
    before, behind = LIGHT_MORE.get(word, ("", "")) if not domain else ("", "")
    if before and not then:
        return before + text + behind
    whole = "and{{" if word in ("defer", "domains") else ""
    text = f"${{if {whole}{text}{then or LIGHT_THEN[word]}}}"
    return f"{EVENTS}{text}}}}}" if word == "event" else text


LIGHT_MX = {**MX, "event_action": light("event"),
            "hosts_require_tls": light("require"),
            "interface": light("interface"), "multi_domain": light("guard"),
            "retry_include_ip_address": light("retry"),
            "tls_verify_cert_hostnames": "*",
            "tls_verify_hosts": light("verify")}
LIGHT_ROUTER = {**ROUTER, "fail_defer_domains": light("defer"),
                "ignore_target_hosts": "<; " + light("ignore")}
LIGHT_VIA = {**VIA, "event_action": light("event", HUB),
             "hosts_require_tls": light("require", HUB),
             "multi_domain": light("guard", HUB),
             "tls_sni": light("alias", HUB),
             "tls_verify_hosts": light("verify", HUB)}


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
            "strict_acl_vars": "no_strict_acl_vars\n",
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
