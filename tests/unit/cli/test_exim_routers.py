# SPDX-License-Identifier: ISC
"""config check --exim: where mail goes, and by which transport."""
from command import main
from fakeexim import (BY_HAND, CONFIG, HUB, LOOKUP, MX, PLAIN, ROUTER, VIA,
                      Case, call)

REPORTS = ("${if and{{eq{$sender_host_address}{}}"
           "{eq{$sender_ident}{stsgate}}}}")
SUBMITTED = ("${if and{{match_ip{$sender_host_address}"
             "{<; 127.0.0.0/8 ; ::1}}"
             "{eqi{$sender_address}{tlsrpt@example.com}}}}")


class Router(Case):
    def test_without_the_match(self):
        for wrong in ("", "<; 0.0.0.0", "0.0.0.0 : " + call("ignore"),
                      "<; 0.0.0.0 ; " + call("verify"),
                      "<; " + call("ignore") + " x"):
            self.bad(("ignore_target_hosts", "world"), what=wrong,
                     router={"ignore_target_hosts": wrong})
        for right in ("<; " + call("ignore"),
                      "<; " + call("ignore") + " ; 10.0.0.1",
                      "<; ${reduce{1 ; 2}{}{$value}}" + call("ignore")):
            self.good(router={"ignore_target_hosts": right}, what=right)
        for right in ("*", call("defer")):
            self.good(router={"fail_defer_domains": right}, what=right)
        for wrong in ("", call(), "! " + call("defer"), "+local_domains"):
            self.bad(("fail_defer_domains", "world"), what=wrong,
                     router={"fail_defer_domains": wrong})

    def test_ways_past_it(self):
        self.doubtful(("pass_on_timeout", "world"),
                      router={"pass_on_timeout": True})
        self.good(router={"pass_on_timeout": False})
        self.doubtful(("fallback_hosts", "world"),
                      router={"fallback_hosts": "b.example"})

    def with_other(self, other, before=False):
        two = [("world", ROUTER), ("other", {**LOOKUP, **other})]
        return {"routers": dict(reversed(two) if before else two)}

    def test_unprotected(self):
        self.good(**self.with_other({}))
        self.bad(("unprotected", "other"), ("never-reached", "world"),
                 **self.with_other({}, before=True))
        self.bad(("unprotected", "other"), ("never-reached", "world"),
                 **self.with_other({"domains": ""}, before=True))
        self.bad(("unprotected", "other"),
                 **self.with_other({"domains": "! +other"}))
        self.doubtful(("unprotected", "other"), **self.with_other(
            {"domains": "a.example : b.example"}, before=True))
        self.good(**self.with_other(
            {"domains": "! +local_domains : a.example"}))
        self.doubtful(("unprotected", "other"), **self.with_other(
            {"senders": "a@b.example"}, before=True))
        self.good(**self.with_other({"verify_only": True}, before=True))
        for right in (REPORTS, SUBMITTED):
            self.good(**self.with_other({"condition": right}, before=True))
        for wrong in (REPORTS.replace("and{", "or{"),
                      REPORTS.replace("{stsgate}", "{daemon}"),
                      SUBMITTED.replace("; ::1", "; 0.0.0.0/0"),
                      SUBMITTED.replace("tlsrpt@", "${local_part}@"),
                      SUBMITTED.replace("tlsrpt@", "")[:-4]):
            self.doubtful(("unprotected", "other"), what=wrong,
                          **self.with_other({"condition": wrong},
                                            before=True))
        self.good(**self.with_other({"driver": "accept", "domains":
                                     "+local_domains"}, before=True))

    def test_a_copy_does_not_end_the_way(self):
        routers = {"copy": {**ROUTER, "unseen": True}, "other": LOOKUP}
        self.bad(("unprotected", "other"), routers=routers)

    def test_never_reached(self):
        hub = {"hub": {**BY_HAND, "transport": "plain"}, "world": ROUTER}
        self.bad(("never-reached", "world"), routers=hub)
        listed = {**hub["hub"], "more": True, "route_list": "a.example b"}
        self.good(routers={**hub, "hub": listed})

    def test_many_lists_are_not_judged(self):
        lists = " : ".join(f"+list{n}" for n in range(20))
        self.good(routers={"here": {"driver": "accept", "domains": lists},
                           "world": ROUTER})

    def test_transport(self):
        code, errors, warnings = self.check(
            **self.with_other({"transport": "gone", "domains": "! +other"}))
        self.assertEqual((code, errors, warnings),
                         (1, {("transport", "other")}, set()))
        self.doubtful(("transport", "other"), **self.with_other(
            {"transport": "${if eq{1}{1}{mx}}", "domains": "! +other"}))


class SmartHost(Case):
    def hub(self, transport=None, router=None):
        return {"transports": {"hub": {**VIA, **(transport or {})}},
                "routers": {"hub": {**BY_HAND, **(router or {})}}}

    def test_as_it_is_shipped(self):
        self.good(**self.hub())

    def test_each_option(self):
        for option, value in (
                ("event_action", ""), ("hosts_require_tls", ""),
                ("tls_verify_hosts", ""), ("multi_domain", True),
                ("tls_sni", ""), ("connection_max_messages", "500"),
                ("delay_after_cutoff", True), ("hosts_avoid_tls", "*"),
                ("tls_verify_cert_hostnames", "")):
            self.bad((option, "hub"), what=(option, value),
                     **self.hub({option: value}))

    def test_forms(self):
        self.bad(("smart-host-form", "hub"), transports={"hub": MX},
                 routers={"hub": BY_HAND})
        self.bad(("mx-form", "world"), transports={"mx": VIA})
        self.bad(("domain", "hub"), **self.hub(
            {"hosts_require_tls": call("require")}))
        self.good(transports={"hub": PLAIN, "mx": MX},
                  routers={"part": {**BY_HAND, "domains": "a.example"},
                           "world": ROUTER})

    def test_name(self):
        self.doubtful(("smart-host-name", "hub"), **self.hub(
            router={"route_list": "* 192.0.2.1"}))
        for right in (f"* {HUB.upper()}::587", "* $data",
                      f"a.example {HUB} ; b.example {HUB}"):
            self.good(**self.hub(router={"route_list": right}), what=right)

    def test_by_another_transport(self):
        """As hub_user_smarthost of Debian's 500_exim4-config_hubuser."""
        transports = {"hub": VIA, "plain": PLAIN}
        asks = {**BY_HAND, "domains": "! +local_domains : "
                + call("domains", HUB)}
        rest = {**BY_HAND, "transport": "plain"}
        users = {"domains": "read.example", "check_local_user": True,
                 "more": True}
        routers = {"asks": asks, "rest": rest,
                   "users": {**BY_HAND, **users},
                   "other": {**rest, **users}}
        self.good(transports=transports, routers=routers)
        del routers["users"]
        self.bad(("unprotected", "other"), transports=transports,
                 routers=routers)
        routers["other"]["route_list"] = "* elsewhere.example byname"
        self.good(transports=transports, routers=routers)

    def test_hubbed_hosts_that_there_are_none_of(self):
        """A router of Debian's leads to the transport for MX hosts."""
        hubbed = {"driver": "manualroute", "transport": "mx", "more": True,
                  "domains": "${if exists{/etc/exim4/hubbed_hosts}"
                             "{partial-lsearch;/etc/exim4/hubbed_hosts}fail}",
                  "route_data": "${lookup{$domain}partial-lsearch{/etc/x}}"}
        routers = {"hubbed": hubbed, "world": ROUTER}
        self.good(routers=routers,
                  expanded='Failed: "if" failed and "fail" requested\n')
        self.bad(("smart-host-form", "hubbed"), routers=routers,
                 expanded="partial-lsearch;/etc/exim4/hubbed_hosts\n")


class Acl(Case):
    def test_connections_of_a_callout(self):
        for line in ("accept control = cutthrough_delivery",
                     "accept control=cutthrough_delivery/defer=pass",
                     "accept control = ${if eq{$domain}{a.example}"
                     "{cutthrough_delivery}{submission}}"):
            self.bad(("cutthrough_delivery", "acl_rcpt"),
                     config=CONFIG + line + "\n", what=line)
        for line in ("require verify = recipient/callout=10s,hold",
                     "require verify = recipient/callout = hold",
                     "verify = sender/callout=hold/defer_ok",
                     "verify = recipient/callout=30s, hold, random/x",
                     "verify = recipient/CALLOUT=30s,Hold",
                     "verify = recipient/callout_defer_ok/callout=hold",
                     "verify = recipient/callout=10s,${if exists{/etc/x}"
                     "{hold}{random}}",
                     "verify = ${if eq{1}{$acl_m1}{recipient/callout=hold}"
                     "{recipient}}"):
            self.bad(("hold", "acl_rcpt"), config=CONFIG + line + "\n",
                     what=line)
        for line in ("verify = recipient/callout=10s,defer_ok/hold",
                     "verify = recipient/callout=30s,${if eq{a}{b}"
                     "{no_cache}{random}}/hold",
                     "accept control = submission/sender_retain",
                     "warn set acl_m_callout = hold",
                     "message = do not hold the line, cutthrough_delivery"):
            self.good(config=CONFIG + line + "\n", what=line)

    def test_in_a_file_of_its_own(self):
        for line in ("acl_smtp_rcpt = /etc/exim4/acl", "accept acl=/etc/acl"):
            path = line.partition("=")[2].strip()
            self.doubtful(("acl-file", path), config=CONFIG + line + "\n",
                          what=line)
        for line in ("acl_smtp_data = check_data", "accept acl = check_more",
                     "warn set acl_m1 = /etc/exim4/acl"):
            self.good(config=CONFIG + line + "\n", what=line)

    def test_names_the_acl(self):
        second = CONFIG + "\n  acl_data:\n    warn\n    control = " \
                          "cutthrough_delivery\n"
        self.bad(("cutthrough_delivery", "acl_data"), config=second)


if __name__ == "__main__":
    main()
