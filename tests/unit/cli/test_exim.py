# SPDX-License-Identifier: ISC
"""config check --exim: the options of transports (exim.md 8)."""
import os
import pathlib
import tempfile
import unittest

import fakeexim
from command import SOURCE, main
from fakeexim import (BY_HAND, CONFIG, HUB, LIGHT_MX, LIGHT_ROUTER, LIGHT_VIA,
                      LOOKUP, MX, PLAIN, ROUTER, Case, call, light)

ASK_MX = call()


class Transport(Case):
    def test_as_it_is_shipped(self):
        self.good()

    def test_each_option(self):
        names = call("names")
        for option, value in (
                ("event_action", ""), ("event_action", "${acl{x}}"),
                ("event_action", "${if eq{$event_name}{tcp:connect}{"
                 + ASK_MX + "}}"),
                ("event_action", "${acl{x}}" + ASK_MX),
                ("event_action", call("verify")),
                ("hosts_require_tls", ""),
                ("hosts_require_tls", "! 10.0.0.0/8 : " + call("require")),
                ("hosts_require_tls", "/etc/stsgate/hosts"),
                ("hosts_require_tls", call("ignore")),
                ("hosts_require_tls", call("require") + "}"),
                ("hosts_require_tls", "${if eq{" + call("require")
                 + "}{}{*}{}}"),
                ("tls_verify_hosts", ""),
                ("tls_verify_hosts", call("require")),
                ("tls_verify_hosts",
                 "${readsocket{@SOCKET@}{STS1 verdict a b\\n}{2s}{}{*}}"),
                ("multi_domain", True), ("multi_domain", "${if bool{x}}"),
                ("tls_sni", ""), ("tls_sni", "$domain"),
                ("connection_max_messages", "500"),
                ("delay_after_cutoff", True), ("interface", ""),
                ("hosts", "smtp.example.net"),
                ("hosts_avoid_tls", "10.0.0.0/8"),
                ("hosts_avoid_esmtp", "*"), ("hosts_verify_avoid_tls", "*"),
                ("hosts_pipe_connect", "*"), ("hosts_override", True),
                ("tls_verify_cert_hostnames", ""),
                ("tls_verify_cert_hostnames", "*"),
                ("tls_verify_cert_hostnames", ASK_MX),
                ("tls_verify_cert_hostnames", ": " + names),
                ("tls_verify_cert_hostnames", names + " : !*"),
                ("tls_verify_cert_hostnames", names + "}"),
                ("tls_verify_cert_hostnames", names[:-1]),
                ("tls_verify_cert_hostnames",
                 names.replace("names", "verify")),
                ("tls_verify_cert_hostnames",
                 names.replace("{stsgate}", "{other}")),
                ("tls_verify_cert_hostnames",
                 names.replace("/usr", "${env{X}}")),
                ("tls_verify_certificates", ""), ("hosts_try_dane", ""),
                ("retry_include_ip_address", "true"),
                ("tls_resumption_hosts", "*")):
            self.bad((option, "mx"), transport={option: value},
                     what=(option, value))

    def test_what_may_be(self):
        for option, value in (
                ("multi_domain", False), ("hosts_require_tls", "*"),
                ("hosts_require_tls", ASK_MX), ("tls_verify_hosts", "*"),
                ("hosts_require_tls", call("require") + " : 10.0.0.1"),
                ("hosts_require_tls", "${if eq{" + call("require")
                 + "}{}{10.0.0.0/8}{*}}"),
                ("tls_sni", call("sni")),
                ("event_action",
                 ASK_MX + "${if eq{$event_name}{x}{y}}"),
                ("tls_verify_certificates", "/etc/ca.pem")):
            self.good(transport={option: value}, what=(option, value))

    def test_what_only_has_a_price(self):
        for option, value in (("interface", "192.0.2.1"),
                              ("interface", "<; 192.0.2.1 ; 2001:db8::1"),
                              ("tls_try_verify_hosts", ""),
                              ("fallback_hosts", "b.example")):
            self.doubtful((option, "mx"), transport={option: value},
                          what=(option, value))
        self.bad(("interface", "mx"),
                 transport={"interface": call("retry")})

    def test_options_that_an_exim_does_not_have(self):
        old = {name: value for name, value in MX.items()
               if name not in ("hosts_pipe_connect", "tls_resumption_hosts")}
        self.good(transports={"mx": old})

    def test_nothing_asks(self):
        transports = {"mx": PLAIN}
        self.bad(("no-transport", None), ("unprotected", "world"),
                 transports=transports)
        code, answer = self.ask(
            transports=transports, config="STSGATE_EVENT = x\n" + CONFIG)
        self.assertIn("the macros of stsgate are there",
                      answer["errors"][0]["message"])
        # Another module of that Exim, and a word that only looks like ours.
        self.bad(("no-transport", None), ("unprotected", "world"),
                 transports={"mx": {
                     **PLAIN, "event_action":
                     "${dlfunc{/usr/lib/stsgate.so}{other}}"}})

    def test_unused(self):
        self.doubtful(("unused", "spare"),
                      transports={"mx": MX, "spare": MX})

    def test_two_forms_mixed(self):
        self.bad(("mixed-forms", "mx"),
                 transport={"hosts_require_tls": light("require")})


class DropIn(Case):
    def config(self, text="", made=True):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        place = pathlib.Path(folder.name) / "conf.d" / "main"
        place.mkdir(parents=True)
        if made:
            (place / "15_stsgate").touch()
        return f"CONFDIR = {folder.name}\n{text}{CONFIG}"

    def test_inert(self):
        plain = {"transports": {"mx": PLAIN}}
        self.bad(("inert", None), ("unprotected", "world"),
                 config=self.config(), **plain)
        self.bad(("no-transport", None), ("unprotected", "world"),
                 config=self.config(made=False), **plain)
        _, answer = self.ask(config=self.config("STSGATE_ENABLE = yes\n"),
                             **plain)
        self.assertEqual(answer["errors"][0]["rule"], "inert")
        self.assertIn("not read", answer["errors"][0]["message"])
        self.good(config=self.config("STSGATE_ENABLE = yes\n"))

    def stock(self, asks, ours=None):
        """190_stsgate before the routers of Debian's configuration."""
        one = "${if eq{" + asks + "}{*}{+relay_to_domains}{!*}}"
        mine = {**(ours or ROUTER), "transport": "mx"}
        return {
            "stsgate_relay": {**mine, "domains": f"! +local_domains : {one}"},
            "stsgate": {**mine, "domains": f"! +local_domains : {asks}"},
            "relay": {**LOOKUP,
                      "domains": "! +local_domains : +relay_to_domains"},
            "dnslookup": LOOKUP}

    def test_routers_that_ask_first(self):
        self.good(routers=self.stock(call("domains")))
        self.good(routers=self.stock(light("domains"), LIGHT_ROUTER),
                  transports={"mx": LIGHT_MX, "plain": PLAIN})

    def test_routers_that_ask_something_else(self):
        self.assertIn(("unprotected", "dnslookup"), self.check(
            routers=self.stock(call("ignore")))[1])

    def test_routers_that_ask_too_late(self):
        routers = self.stock(call("domains"))
        last_first = dict(reversed(list(routers.items())))
        code, errors, _ = self.check(routers=last_first)
        self.assertEqual((code, errors), (1, {
            ("unprotected", "dnslookup"), ("never-reached", "stsgate"),
            ("never-reached", "stsgate_relay")}))


class Light(Case):
    def light(self, transport=None, router=None):
        return {"transports": {"mx": {**LIGHT_MX, **(transport or {})}},
                "routers": {"world": {**LIGHT_ROUTER, **(router or {})}},
                "features": fakeexim.FEATURES.replace("Expand_dlfunc ", "")}

    def test_as_it_is_shipped(self):
        self.good(**self.light())

    def test_size(self):
        """The file has the size that it says it has."""
        text = (SOURCE / "exim-dlfunc/stsgate-light.acl").read_bytes()
        self.assertIn(b"{size}", text)
        self.assertIn(b"}{%d}{" % len(text), text)

    def test_options(self):
        """Answers of other words, used otherwise, or on a condition."""
        event = light("event")
        for option, value in (
                ("hosts_require_tls", light("verify")),
                ("hosts_require_tls", light("require", then="{*}{}")),
                ("hosts_require_tls", light("require", then="{}{}")),
                ("hosts_require_tls", light("require") + "}"),
                ("hosts_require_tls", light("require")[:-1]),
                ("hosts_require_tls", "! a : " + light("require")),
                ("hosts_require_tls", light("require", acl="/a/other.acl")),
                ("hosts_require_tls",
                 light("require", acl="${env{X}}/stsgate-light.acl")),
                ("hosts_require_tls", event),
                ("event_action", "${if eq{a}{b}{" + event + "}}"),
                ("event_action", event.replace("smtp:connect", "x")),
                ("event_action", event.replace("MTA-STS: ", "")),
                ("event_action", light("verify")),
                ("event_action",
                 light("event").replace(fakeexim.EVENTS, "")[:-2]),
                ("event_action", event.replace("_none", "_for")),
                ("hosts_require_tls",
                 light("require").replace("_for}", "_none}")),
                ("hosts_require_tls",
                 light("require").replace("light-more", "light")),
                ("event_action", event.replace("{event}", "{verify}").replace(
                    fakeexim.LIGHT_THEN["event"], "{}{*}")),
                ("multi_domain", True),
                ("multi_domain", light("guard", then="{true}"
                                       + fakeexim.NOT_WHOLE)),
                ("tls_verify_cert_hostnames", ""),
                ("tls_verify_cert_hostnames", call("names")),
                ("interface", ""), ("interface", light("retry")),
                ("retry_include_ip_address", "true")):
            code, errors, _ = self.check(**self.light({option: value}))
            self.assertEqual(code, 1, value)
            self.assertIn((option, "mx"), errors, value)

    def test_what_may_be(self):
        for option, value in (
                ("multi_domain", False), ("hosts_require_tls", "*"),
                ("hosts_require_tls", "${if eq{" + light("require")
                 + "}{}{10.0.0.0/8}{*}}"),
                ("event_action", light("event") + "${if eq{a}{b}{c}}")):
            self.good(what=(option, value), **self.light({option: value}))

    def test_router(self):
        for wrong in (": " + light("ignore"), "<; " + light("defer"),
                      "<; " + light("ignore", then="{}{*}")):
            self.bad(("ignore_target_hosts", "world"), what=wrong,
                     **self.light(router={"ignore_target_hosts": wrong}))
        self.bad(("fail_defer_domains", "world"), **self.light(
            router={"fail_defer_domains": light("ignore")}))

    def test_address_in_place_of_the_question(self):
        """As the drop-ins have it for REMOTE_SMTP_INTERFACE."""
        self.doubtful(("interface", "mx"),
                      **self.light({"interface": "192.0.2.1"}))

    def test_smart_host(self):
        hub = {"hub": BY_HAND}
        self.good(transports={"hub": LIGHT_VIA}, routers=hub)
        self.bad(("smart-host-form", "hub"), routers=hub,
                 transports={"hub": LIGHT_MX})
        self.bad(("mx-form", "world"), transports={"mx": LIGHT_VIA},
                 routers={"world": LIGHT_ROUTER})
        self.bad(("domain", "hub"), routers=hub, transports={
            "hub": {**LIGHT_VIA, "hosts_require_tls": light("require")}})
        self.bad(("tls_sni", "hub"), routers=hub, transports={
            "hub": {**LIGHT_VIA, "tls_sni": light("verify", HUB)}})

    def test_words_that_are_none(self):
        for value in (light("require").replace("{require}", "{requires}"),
                      light("require", deliver="delivr")):
            code, answer = self.ask(
                **self.light({"hosts_require_tls": value}))
            self.assertEqual(code, 1)
            self.assertIn(("argument", "mx"),
                          fakeexim.found_in(answer, "errors"), value)
        self.assertEqual(answer["errors"][-1]["instead"],
                         "STSGATE_ON_UNAVAILABLE = defer, or deliver")
        self.doubtful(("on_unavailable", None), **self.light(
            {"hosts_require_tls": light("require", deliver="deliver")}))

    def test_file(self):
        def said(**prints):
            code, answer = self.ask(**self.light(), **prints)
            self.assertEqual(code, 1)
            self.assertEqual(len(answer["errors"]), 2)  # both files
            self.assertEqual(len({e["rule"] for e in answer["errors"]}), 1)
            return answer["errors"][0]
        failed = {"guard": f'Failed: ERROR from acl "{fakeexim.ACL}"\n',
                  "words": "LOG: MAIN PANIC\n  x\n"}
        gone = said(**failed)
        self.assertEqual(gone["rule"], "acl-file")
        self.assertIn("there is no such file", gone["message"])
        self.assertEqual(said(guard="\n")["rule"], "acl-file")
        self.assertEqual(said(strict_acl_vars="strict_acl_vars\n",
                              **failed)["rule"], "strict_acl_vars")

    def at(self, path):
        """The form with another file."""
        other = [{option: value.replace(fakeexim.FOLDER, str(path.parent))
                  if isinstance(value, str) else value
                  for option, value in block.items()}
                 for block in (LIGHT_MX, LIGHT_ROUTER)]
        return {"transports": {"mx": other[0]},
                "routers": {"world": other[1]}}

    @unittest.skipIf(os.getuid() != 0, "needs another user")
    def test_rights_to_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            path = pathlib.Path(folder, "stsgate-light.acl")
            path.touch()
            pathlib.Path(folder, "stsgate-light-more.acl").touch()
            self.good(**self.at(path))
            path.chmod(0o666)
            self.bad(("acl-file-owner", None), **self.at(path))
            path.chmod(0o600)
            self.good(**self.at(path))
            code, answer = self.ask(exim_user="exim_user = nobody\n",
                                    **self.at(path))
            self.assertEqual(code, 1)
            self.assertIn(("acl-file", None),
                          fakeexim.found_in(answer, "errors"))


if __name__ == "__main__":
    main()
