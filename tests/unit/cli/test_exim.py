# SPDX-License-Identifier: ISC
"""config check --exim against what exim -bP prints (exim.md 8)."""
import os
import pathlib
import tempfile
import unittest

from command import main, run, run_json

DLFUNC = "${dlfunc{/usr/lib/exim4/stsgate.so}{stsgate}}"
NAMES = ("${dlfunc{/usr/lib/exim4/stsgate.so}{stsgate}{names}"
         "{socket=/run/stsgate/query.sock}{on_unavailable=defer}}")

CONFIG = """# Exim Configuration (4.96)
# 1 "/etc/exim4/exim4.conf"
acl_smtp_rcpt = acl_rcpt

begin acl

  acl_rcpt:
    accept verify = recipient/callout=10s,defer_ok
    accept control = submission
"""

TRANSPORT = {
    "driver": "smtp",
    "event_action": DLFUNC,
    "connection_max_messages": "1",
    "delay_after_cutoff": False,
    "hosts_avoid_tls": "",
    "hosts_require_tls": DLFUNC,
    "hosts_try_dane": "*",
    "interface": "<; 0.0.0.0 ; ::",
    "multi_domain": "${dlfunc{/usr/lib/exim4/stsgate.so}{stsgate}{guard}}",
    "retry_include_ip_address":
        "${dlfunc{/usr/lib/exim4/stsgate.so}{stsgate}{retry}}",
    "tls_resumption_hosts": "",
    "tls_sni": "$host",
    "tls_verify_cert_hostnames": NAMES,
    "tls_verify_certificates": "system",
    "tls_verify_hosts": DLFUNC,
}

PLAIN = {
    "driver": "smtp", "event_action": "", "multi_domain": True,
    "hosts_require_tls": "", "tls_verify_hosts": "",
    "hosts_avoid_tls": "*", "tls_verify_cert_hostnames": "",
}

DEFER = "${dlfunc{/usr/lib/exim4/stsgate.so}{stsgate}{defer}{socket=/s}}"

ROUTER = {
    "driver": "dnslookup",
    "fail_defer_domains": "*",
    "ignore_target_hosts": "<; 0.0.0.0 ; " + DLFUNC,
    "transport": "mx",
}


def block(name, kind, options):
    lines = ["", f"{name} {kind}:"]
    for option, value in options.items():
        if value is True:
            lines.append(option)
        elif value is False:
            lines.append("no_" + option)
        else:
            lines.append(f"{option} = {value}")
    return "\n".join(lines) + "\n"


class Exim:
    """A folder with a program that prints what -bP is asked for."""

    def __init__(self, config=CONFIG, transport=None, router=None, code=0):
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        transports = block("plain", "transport", PLAIN) + block(
            "mx", "transport", {**TRANSPORT, **(transport or {})}) + block(
            "last", "transport", PLAIN)
        routers = block("mx_router", "router", {**ROUTER, **(router or {})})
        for name, text in (("config", config), ("transports", transports),
                           ("routers", routers)):
            (folder / name).write_text(text)
        self.path = folder / "exim4"
        self.path.write_text("#!/bin/sh\n[ \"$1\" = -bP ] || exit 1\n"
                             f"cat '{folder}'/\"$2\" && exit {code}\n")
        self.path.chmod(0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()


def check(**changes):
    """Exit code, and the set of (rule, name) that were found."""
    with Exim(**changes) as exim, tempfile.NamedTemporaryFile() as config:
        code, answer = run_json("config", "check", "--exim", "--config",
                                config.name, "--exim-binary", exim.path)
    found = {(f["rule"], f.get("transport") or f.get("router")) for f in answer.get("errors", [])}
    return code, found


class Check(unittest.TestCase):
    def test_as_it_should_be(self):
        self.assertEqual(check(), (0, set()))

    def test_each_option_of_the_transport(self):
        for option, value in (
                ("event_action", ""), ("event_action", "${acl{x}}"),
                ("event_action", "${if eq{$event_name}{tcp:connect}{"
                 + DLFUNC + "}}"),
                ("event_action", "${acl{x}}" + DLFUNC),
                ("hosts_require_tls", ""), ("tls_verify_hosts", ""),
                ("multi_domain", True), ("tls_sni", ""),
                ("tls_sni", "$domain"), ("connection_max_messages", "500"),
                ("delay_after_cutoff", True), ("interface", ""),
                ("hosts_avoid_tls", "10.0.0.0/8"),
                ("tls_verify_cert_hostnames", ""),
                ("tls_verify_cert_hostnames", "*"),
                ("tls_verify_cert_hostnames", DLFUNC),
                ("tls_verify_cert_hostnames", ": " + NAMES),
                ("tls_verify_cert_hostnames", NAMES + " : !*"),
                ("tls_verify_cert_hostnames", NAMES + "}"),
                ("tls_verify_cert_hostnames", NAMES[:-1]),
                ("tls_verify_cert_hostnames",
                 NAMES.replace("names", "verify")),
                ("tls_verify_cert_hostnames",
                 NAMES.replace("{stsgate}", "{other}")),
                ("tls_verify_cert_hostnames",
                 NAMES.replace("/usr", "${env{X}}")),
                ("tls_verify_certificates", ""), ("hosts_try_dane", ""),
                ("retry_include_ip_address", True),
                ("tls_resumption_hosts", "*")):
            self.assertEqual(check(transport={option: value}),
                             (1, {(option, "mx")}), (option, value))

    def test_what_may_be(self):
        for option, value in (("multi_domain", False),
                              ("hosts_require_tls", "*"),
                              ("tls_verify_hosts", "*"),
                              ("interface", "<; 192.0.2.1"),
                              ("tls_verify_certificates", "/etc/ca.pem")):
            self.assertEqual(check(transport={option: value}), (0, set()),
                             option)

    def test_readsocket_is_stsgate_too(self):
        form = "${readsocket{/run/stsgate/query.sock}{STS1 x}{2s}{}{*}}"
        self.assertEqual(check(transport={
            "event_action": form, "hosts_require_tls": form,
            "tls_verify_hosts": form, "multi_domain": False}), (0, set()))

    def test_connections_of_a_callout(self):
        for line in ("accept control = cutthrough_delivery",
                     "accept control=cutthrough_delivery/defer=pass"):
            self.assertEqual(check(config=CONFIG + line + "\n"),
                             (1, {("cutthrough_delivery", None)}), line)
        for line in ("require verify = recipient/callout=10s,hold",
                     "require verify = recipient/callout = hold",
                     "verify = sender/callout=hold/defer_ok",
                     "verify = recipient/callout=30s, hold, random/x"):
            self.assertEqual(check(config=CONFIG + line + "\n"),
                             (1, {("hold", None)}), line)
        for line in ("verify = recipient/callout=10s,defer_ok/hold",
                     "message = do not hold the line, cutthrough_delivery"):
            self.assertEqual(check(config=CONFIG + line + "\n"), (0, set()),
                             line)

    def test_router_without_the_match(self):
        self.assertEqual(
            check(router={"ignore_target_hosts": "<; 0.0.0.0"}),
            (1, {("ignore_target_hosts", "mx_router")}))
        self.assertEqual(check(router={"fail_defer_domains": ""}),
                         (1, {("fail_defer_domains", "mx_router")}))
        for right in ("*", DEFER):
            self.assertEqual(check(router={"fail_defer_domains": right}),
                             (0, set()))
        for wrong in (DLFUNC, "! " + DEFER, "+local_domains"):
            self.assertEqual(check(router={"fail_defer_domains": wrong}),
                             (1, {("fail_defer_domains", "mx_router")}))
        for other in ({"driver": "manualroute"}, {"transport": "plain"}):
            self.assertEqual(
                check(router={"ignore_target_hosts": "", **other}),
                (0, set()))

    def test_nothing_asks_stsgate(self):
        self.assertEqual(check(transport=PLAIN), (1, {("no-transport", None)}))

    def test_text_names_option_transport_and_why(self):
        with Exim(transport={"hosts_avoid_tls": "*"}) as exim:
            code, out, _ = run("config", "check", "--exim", "--exim-binary",
                               exim.path)
        self.assertEqual(code, 1)
        self.assertIn("exim: transport mx: hosts_avoid_tls: must be empty",
                      out)

    def test_own_events_beside(self):
        self.assertEqual(check(transport={
            "event_action": DLFUNC + "${if eq{$event_name}{x}{y}}"}),
            (0, set()))

    def test_exim_that_fails_is_not_valid(self):
        self.assertEqual(check(code=1), (2, set()))
        code, _, err = run("config", "check", "--exim", "--exim-binary",
                           "/nonexistent/exim")
        self.assertEqual(code, 2)
        self.assertIn("/nonexistent/exim", err)

    def test_found_on_the_path(self):
        with Exim() as exim:
            path = os.environ["PATH"]
            os.environ["PATH"] = f"{exim.folder.name}:{path}"
            try:
                code, _ = run_json("config", "check", "--exim")
            finally:
                os.environ["PATH"] = path
        self.assertEqual(code, 0)


if __name__ == "__main__":
    main()
