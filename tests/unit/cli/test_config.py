# SPDX-License-Identifier: ISC
"""config check, and the config that says where the service is."""
import os
import tempfile
import unittest

from command import Service, main, run, run_json


class Check(unittest.TestCase):
    def check(self, content, *words):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(content)
            file.flush()
            return run_json("config", "check", "--config", file.name, *words)

    def test_valid(self):
        self.assertEqual(self.check("lookup_timeout = 5s\n"),
                         (0, {"valid": True}))

    def test_invalid(self):
        code, answer = self.check("\nfrobnicate = 1\n")
        self.assertEqual((code, answer["valid"]), (1, False))
        self.assertEqual(answer["errors"][0]["line"], 2)
        self.assertIn("frobnicate", answer["errors"][0]["message"])

    def test_text_names_file_and_line(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("\nfrobnicate = 1\n")
            file.flush()
            code, out, _ = run("config", "check", "--config", file.name)
        self.assertEqual(code, 1)
        self.assertTrue(out.startswith(f"{file.name}:2: "), out)
        self.assertTrue(out.endswith("not valid\n"))

    def test_overrides(self):
        self.assertEqual(self.check('override "a.example" { mode = off }\n'),
                         (0, {"valid": True}))
        code, answer = self.check(
            '\noverride "a.example" {\n mode = on\n}\n'
            'override "b.example" { policy = "/nonexistent" }\n'
            'override "a.example." { mode = off }\n')
        self.assertEqual((code, answer["valid"]), (1, False))
        self.assertEqual([error["line"] for error in answer["errors"]],
                         [3, 5, 6])
        for error, part in zip(answer["errors"], (
                "want off, testing or enforce", "No such file",
                "there is one already, in line 2")):
            self.assertIn(part, error["message"])

    def test_a_policy_names_rule_and_section(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("version: STSv1\nmode: enforce\nmx = a\n")
            file.flush()
            code, answer = self.check(
                f'override "a.example" {{ policy = "{file.name}" }}\n')
        self.assertEqual(code, 1)
        said = " ".join(error["message"] for error in answer["errors"])
        self.assertIn(f'"{file.name}":3: ', said)
        self.assertIn("(RFC 8461 section 3.2)", said)

    @unittest.skipIf(os.environ.get("STS_REDIS") == "OFF", "has no Redis")
    def test_files_of_secrets(self):
        config = ("redis = \"redis://r.example\"\n"
                  "redis_secret_file = \"{}\"\n")
        with tempfile.NamedTemporaryFile("w") as file:
            code, answer = self.check(config.format(file.name))
            self.assertEqual((code, answer["errors"][0]["line"]), (1, 2))
            self.assertIn("too short", answer["errors"][0]["message"])
            file.write("x" * 32)
            file.flush()
            self.assertEqual(self.check(config.format(file.name)),
                             (0, {"valid": True}))
        code, answer = self.check(config.format("/nonexistent"))
        self.assertEqual((code, answer["errors"][0]["line"]), (1, 2))

    def test_missing_file(self):
        code, answer = run_json("config", "check", "--config", "/nonexistent")
        self.assertIn(code, (1, 2))
        self.assertFalse(answer["valid"])


class Where(unittest.TestCase):
    def test_sockets_are_the_configs(self):
        answers = {"STS1 stats": 'STS1 json {"x":1}',
                   "STS1 policy a.example progress":
                       "STS1 none a.example state=negative reason=no-record"}
        with Service(answers) as service, \
                tempfile.NamedTemporaryFile("w") as file:
            file.write(f'query_socket = "{service.path}"\n'
                       f'admin_socket = "{service.path}.none"\n')
            file.flush()
            code, _, _ = run("query", "a.example", "--config", file.name)
            self.assertEqual(code, 1)
            code, _, err = run("stats", "--config", file.name)
            self.assertEqual(code, 2)
            self.assertIn(service.path + ".none", err)
            code, _, _ = run("stats", "--config", file.name, "--socket",
                             service.path)
            self.assertEqual(code, 0)

    def test_no_verdict_by_a_broken_config(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("frobnicate = 1\n")
            file.flush()
            code, out, err = run("query", "a.example", "--config", file.name)
        self.assertEqual((code, out), (2, ""))
        self.assertIn("frobnicate", err)


if __name__ == "__main__":
    main()
