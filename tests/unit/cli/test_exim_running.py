# SPDX-License-Identifier: ISC
"""config check --exim: what Exim and the service answer when asked."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import fakeexim
from command import STSGATE, Service, main, run, run_json
from fakeexim import CONFIG, MX, PONG, ROUTER, Case, call, found_in


class Ability(Case):
    def test_module(self):
        for said, words in (
                ('dlopen "/x" failed: /x: cannot open shared object file: '
                 "No such file or directory", "there is no such file"),
                ('dlopen "/x" failed: /x: wrong ELF class: ELFCLASS32',
                 "no library for this machine"),
                ('dlopen "/x" failed: /x: file too short',
                 "no library for this machine"),
                ('dlopen "/x" failed: /x: Permission denied',
                 "may not read it"),
                ('dlsym "stsgate" in "/x" failed: /x: undefined symbol: '
                 "stsgate", "not stsgate's"), ("what?", "cannot load it")):
            code, answer = self.ask(guard=f"Failed: {said}\n")
            self.assertEqual((code, found_in(answer, "errors")),
                             (1, {("module", None)}), said)
            self.assertIn(words, answer["errors"][0]["message"])
            self.assertIn(said.split(":")[0],
                          answer["errors"][0]["message"])
        self.bad(("module", None), guard="true\n")

    def test_light_daemon(self):
        code, answer = self.ask(
            guard='Failed: "${dlfunc" encountered, but this facility is not '
                  "included in this binary\n",
            features=fakeexim.FEATURES.replace("Expand_dlfunc ", ""))
        self.assertEqual((code, found_in(answer, "errors")),
                         (1, {("dlfunc", None)}))
        self.assertIn("stsgate-light-macros.conf",
                      answer["errors"][0]["instead"])

    def test_module_that_others_can_write(self):
        with tempfile.NamedTemporaryFile() as module:
            changed = {option: value.replace(fakeexim.MODULE, module.name)
                       if isinstance(value, str) else value
                       for option, value in MX.items()}
            router = {option: value.replace(fakeexim.MODULE, module.name)
                      if isinstance(value, str) else value
                      for option, value in ROUTER.items()}
            os.chmod(module.name, 0o666)
            both = {"transports": {"mx": changed},
                    "routers": {"world": router}}
            self.bad(("module-owner", None), **both)
            os.chmod(module.name, 0o644)
            if os.getuid() == 0:
                self.good(**both)

    def test_what_exim_was_built_with(self):
        features = fakeexim.FEATURES
        self.bad(("events", None), features=features.replace(" Event", ""))
        self.doubtful(("dane", None),
                      features=features.replace(" DANE", ""))
        self.doubtful(("dnsdb", None),
                      features=features.replace(" dnsdb", ""))

    def test_arguments(self):
        wrong = MX["event_action"].replace("defer}", "delver}")
        code, answer = self.ask(transport={"event_action": wrong})
        self.assertEqual((code, found_in(answer, "errors")),
                         (1, {("argument", "mx")}))
        self.assertIn("on_unavailable=delver",
                      answer["errors"][0]["message"])
        self.bad(("argument", "mx"),
                 transport={"hosts_require_tls": call("requires")})
        self.bad(("argument", "world"), router={
            "ignore_target_hosts": "<; " + call("ignore").replace(
                "{on_", "{on-")})

    def test_arguments_that_differ(self):
        deliver = MX["event_action"].replace("=defer", "=deliver")
        self.doubtful(("on_unavailable", None),
                      transport={"event_action": deliver})
        with Service(dict(PONG)) as other:
            self.doubtful(("sockets", None), transport={
                "event_action": call().replace("@SOCKET@", other.path)})
        every = {option: value.replace("=defer", "=deliver")
                 if isinstance(value, str) else value
                 for option, value in MX.items()}
        router = {option: value.replace("=defer", "=deliver")
                  if isinstance(value, str) else value
                  for option, value in ROUTER.items()}
        self.good(transport=every, router=router)


class Socket(Case):
    def message(self, socket, **prints):
        code, answer = self.ask(socket=socket, **prints)
        self.assertEqual((code, found_in(answer, "errors")),
                         (1, {("socket", None)}))
        return answer["errors"][0]["message"]

    def test_missing_and_dead(self):
        self.assertIn("no such socket", self.message("/nonexistent/sock"))
        with Service({}) as service:
            self.assertIn("does not answer", self.message(service.path))
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "file").touch()
            self.assertIn("nobody listens",
                          self.message(folder + "/file"))

    @unittest.skipIf(os.getuid() != 0, "needs another user")
    def test_of_the_user_exim_delivers_as(self):
        user = "exim_user = nobody\n"
        self.assertIn("may not connect",
                      self.message(self.service.path, exim_user=user))
        os.chmod(self.service.folder.name, 0o755)
        os.chmod(self.service.path, 0o666)
        try:
            self.good(exim_user=user)
        finally:
            os.chmod(self.service.folder.name, 0o700)
        self.assertIn("user is not known", self.message(
            self.service.path, exim_user="exim_user = no-such-user\n"))


class Try(Case):
    POLICY = "STS1 policy a.example mode=enforce id=1 state=fresh " \
             "fetched=1 expires=2 mx=mx.a.example"
    ROUTED = "R: world for postmaster@a.example\npostmaster@a.example\n" \
             "  router = world, transport = %s\n  host mx.a.example [::1]\n"

    def attempt(self, answer, transport):
        question = "STS1 policy a.example progress"
        with Service({**PONG, question: answer}) as service:
            code, got = self.ask("--try", "A.example", socket=service.path,
                                 routed=self.ROUTED % transport)
        return code, found_in(got, "errors"), got["tried"]

    def test_outcomes(self):
        none = "STS1 none a.example state=negative reason=no-record"
        temp = "STS1 temp a.example reason=busy"
        for answer, transport, code, asks, policy in (
                (self.POLICY, "mx", 0, True, "enforce"),
                (self.POLICY, "plain", 1, False, "enforce"),
                (self.POLICY.replace("enforce", "testing"), "plain", 1,
                 False, "testing"),
                (self.POLICY.replace("enforce", "none"), "plain", 0, False,
                 "none"),
                (none, "plain", 0, False, "none"),
                (temp, "mx", 1, True, "unknown")):
            self.assertEqual(
                self.attempt(answer, transport),
                (code, {("try", None)} if code else set(),
                 {"domain": "a.example", "router": "world",
                  "transport": transport, "asks": asks, "policy": policy}))

    def test_not_routed(self):
        code, got = self.ask("--try", "a.example", routed="R: debug\n"
                             "postmaster@a.example is undeliverable: No\n")
        self.assertEqual((code, found_in(got, "errors")),
                         (1, {("try", None)}))
        self.assertIn("undeliverable: No", got["errors"][0]["message"])

    def test_not_a_domain(self):
        for wrong in ("a@b.example", "-bP", "a b", ""):
            with fakeexim.Exim(self.service.path, transports={"mx": MX},
                               routers={"world": ROUTER}) as exim:
                code, _, err = run("config", "check", "--exim-binary",
                                   exim.path, "--try", wrong)
                self.assertEqual(code, 64, wrong)
                self.assertIn("not a mail domain", err)
                self.assertFalse([x for x in exim.asked() if wrong and
                                  x.startswith("-bt") and wrong in x])

    def test_text(self):
        question = "STS1 policy a.example progress"
        with Service({**PONG, question: self.POLICY}) as service, \
                fakeexim.Exim(service.path, transports={"mx": MX},
                              routers={"world": ROUTER},
                              routed=self.ROUTED % "mx") as exim:
            code, out, _ = run("config", "check", "--exim-binary", exim.path,
                               "--try", "a.example")
        self.assertEqual((code, out), (
            0, "tried a.example: router world, transport mx, which asks "
               "stsgate; policy: enforce\nvalid\n"))


class Whole(Case):
    def test_configuration_that_exim_does_not_take(self):
        said = ("2026-11-24 03:45:57 Exim configuration error in line 31 of "
                "/etc/exim4/exim4.conf:\n"
                '  "tls_sni" option set for the second time\n')
        code, answer = self.ask(broken=said)
        self.assertEqual(code, 1)
        self.assertEqual(answer["errors"], [{
            "rule": "configuration", "message":
            "configuration error in line 31 of /etc/exim4/exim4.conf: "
            '"tls_sni" option set for the second time', "instead":
            "one of the two: keep that of stsgate's file"}])
        self.assertEqual(self.check(broken="exim: permission denied\n"),
                         (2, set(), set()))

    def test_routing(self):
        code, answer = self.ask(
            words='LOG: MAIN PANIC\n  unknown named domain list "+no"\n')
        self.assertEqual((code, found_in(answer, "errors")),
                         (1, {("routing", None)}))
        self.assertIn('unknown named domain list "+no"',
                      answer["errors"][0]["message"])
        self.bad(("module", None), guard="Failed: x\n",
                 words='LOG: MAIN PANIC\n  x\n')
        self.good(words="LOG: MAIN\n  stsgate: deferred domain=x\n")

    def test_text(self):
        with fakeexim.Exim(
                self.service.path, routers={"world": ROUTER},
                transports={"mx": {**MX, "hosts_avoid_tls": "*",
                                   "interface": "192.0.2.1"}}) as exim:
            code, out, _ = run("config", "check", "--exim", "--exim-binary",
                               exim.path)
        self.assertEqual(code, 1)
        self.assertIn("exim: transport mx: hosts_avoid_tls: must be empty",
                      out)
        self.assertIn("; instead: leave hosts_avoid_tls at its default\n",
                      out)
        self.assertIn("exim: warning: transport mx: interface: an address",
                      out)

    def test_not_shown_to_this_user(self):
        with fakeexim.Exim(
                self.service.path, transports={"mx": MX},
                routers={"world": ROUTER},
                config="STSGATE_X = <value not displayable>\n") as exim:
            code, _, err = run("config", "check", "--exim-binary", exim.path)
        self.assertEqual(code, 2)
        self.assertIn("as root", err)

    def test_exim_that_fails_is_not_valid(self):
        self.assertEqual(self.check(code=1), (2, set(), set()))
        code, _, err = run("config", "check", "--exim", "--exim-binary",
                           "/nonexistent/exim")
        self.assertEqual(code, 2)
        self.assertIn("/nonexistent/exim", err)

    def test_hanging_exim(self):
        for command in ("sleep 1000 & wait", "exec >&- 2>&-; sleep 1000"):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "exim")
                path.write_text(f"#!/bin/sh\n{command}\n")
                path.chmod(0o755)
                code, _, err = run("config", "check", "--exim-binary", path)
            self.assertEqual(code, 2)
            self.assertIn("hangs", err)

    def test_endless_output(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "exim")
            path.write_text("#!/bin/sh\nexec yes\n")
            path.chmod(0o755)
            code, _, err = run("config", "check", "--exim-binary", path)
        self.assertEqual(code, 2)
        self.assertIn("prints more", err)

    def test_output_that_is_cut_or_garbage(self):
        """It may be judged or not; it is never more than that."""
        whole = fakeexim.blocks("transport", {"mx": MX})
        routers = fakeexim.blocks("router", {"world": ROUTER})
        garbage = "".join(chr(n) for n in range(1, 256)) * 9
        for n in range(0, len(whole), 61):
            code, answer = self.ask(**{"transports": {"mx": MX}, **{
                "config": CONFIG[:n] + garbage[:n % 300]}})
            self.assertIn(code, (0, 1, 2), n)
            with fakeexim.Exim(self.service.path, transports={}, routers={}
                               ) as exim:
                folder = exim.path.parent
                (folder / "transports").write_text(whole[:n] + "{" * (n % 5))
                (folder / "routers").write_text(
                    routers[:n % len(routers)] + garbage[:n % 7])
                code, _, _ = run("config", "check", "--exim-binary",
                                 exim.path)
            self.assertIn(code, (0, 1, 2), n)

    def test_environment_is_that_of_a_delivery(self):
        with fakeexim.Exim(self.service.path, transports={"mx": MX},
                           routers={"world": ROUTER}) as exim:
            text = exim.path.read_text()
            exim.path.write_text(text.replace(
                "echo", "cat /proc/$$/environ >>\"$d/environ\"; echo", 1))
            code, _, err = run("config", "check", "--exim-binary", exim.path)
            environ = (exim.path.parent / "environ").read_bytes()
        self.assertEqual((code, err, environ), (0, "", b""))

    def test_beside_faults_of_the_service_s_own_file(self):
        """Those have no rule."""
        with tempfile.NamedTemporaryFile("w") as config:
            config.write("nonsense = 1\n")
            config.flush()
            code, answer = self.ask("--config", config.name)
        self.assertEqual((code, [sorted(e) for e in answer["errors"]]),
                         (1, [["line", "message"]]))

    def test_started_by_who_ignores_the_end_of_children(self):
        with fakeexim.Exim(self.service.path, transports={"mx": MX},
                           routers={"world": ROUTER}) as exim:
            done = subprocess.run(
                ["env", "--ignore-signal=CHLD", STSGATE, "config", "check",
                 "--exim-binary", exim.path],
                capture_output=True, timeout=240)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, b"valid\n", b""))

    def test_help(self):
        for words in (("config", "check", "--help"),
                      ("config", "check", "--exim", "--help")):
            code, out, _ = run(*words)
            self.assertEqual(code, 0)
            self.assertIn("--try DOMAIN", out)
            self.assertIn("cutthrough", out)
        self.assertNotIn("cutthrough", run("--help")[1])

    def test_found_on_the_path(self):
        with fakeexim.Exim(self.service.path, transports={"mx": MX},
                           routers={"world": ROUTER}) as exim:
            path = os.environ["PATH"]
            os.environ["PATH"] = f"{exim.folder.name}:{path}"
            try:
                code, _ = run_json("config", "check", "--exim")
            finally:
                os.environ["PATH"] = path
        self.assertEqual(code, 0)


if __name__ == "__main__":
    main()
