# SPDX-License-Identifier: ISC
"""Every vector through lint and match (TXT-, POL-, RPT-, MX-)."""
import base64
import json
import tempfile
import unittest

from command import main, run, run_json, vectors


class Vectors(unittest.TestCase):
    def check(self, vector, code, answer, fields):
        """One answer against its vector: value, findings, exit code."""
        name = vector["id"]
        valid = vector["want"] == "valid"
        self.assertEqual(code, 0 if valid else 1, name)
        self.assertIs(answer["valid"], valid, name)
        found = {key: value for key, value in answer.items()
                 if key not in ("valid", "errors", "warnings", "more")}
        self.assertEqual(found, fields if valid else {}, name)
        self.assertEqual("errors" in answer, not valid, name)
        if vector["strict"] != vector["want"]:
            self.assertTrue("warnings" in answer or "errors" in answer, name)
        elif valid:
            self.assertNotIn("warnings", answer, name)
        for finding in answer.get("errors", []) + answer.get("warnings", []):
            self.assertIsInstance(finding["line"], int, name)
            self.assertTrue(finding["rule"], name)
            self.assertTrue(finding["section"].startswith("RFC 846"), name)
        for finding in answer.get("warnings", []):
            self.assertGreater(finding["line"], 0, name)

    def test_records(self):
        for vector in vectors("records"):
            data = json.dumps(vector["rrset"]).encode()
            code, answer = run_json("lint", "record", "-", data=data)
            self.check(vector, code, answer, {"id": vector.get("id_value")})

    def test_tlsrpt_records(self):
        for vector in vectors("tlsrpt_records"):
            data = json.dumps(vector["rrset"]).encode()
            code, answer = run_json("lint", "tlsrpt", "-", data=data)
            self.check(vector, code, answer, {"rua": vector.get("rua")})

    def test_policies(self):
        for vector in vectors("policies"):
            data = base64.b64decode(vector["body_b64"]) \
                if "body_b64" in vector else vector["body"].encode()
            with tempfile.NamedTemporaryFile() as body:
                body.write(data)
                body.flush()
                code, answer = run_json("lint", "policy", body.name)
            self.check(vector, code, answer, vector.get("policy"))

    def test_mxmatch(self):
        for vector in vectors("mxmatch"):
            words = [vector["host"], *vector["patterns"]]
            code, answer = run_json("match", "--", *words)
            self.assertEqual(code, 0 if vector["match"] else 1, vector["id"])
            self.assertIs(answer["match"], vector["match"], vector["id"])
            self.assertEqual(run("match", *words)[0], code)


class Text(unittest.TestCase):
    def test_policy(self):
        body = b"version: STSv1\nmode: testing\n\nmx: a.example\nmax_age: 5\n"
        code, out, err = run("lint", "policy", "-", data=body)
        self.assertEqual((code, err), (0, ""))
        self.assertTrue(out.startswith("-:3: warning: "), out)
        self.assertIn("(blank-line, RFC 8461 section 3.2)\n", out)
        for word in ("valid\n", "mode: testing", "max_age: 5", "a.example"):
            self.assertIn(word, out)

    def test_invalid_policy_is_escaped(self):
        body = b"mode: \x1b[2J\xff\n"
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            code, out, _ = run("lint", "policy", file.name)
        self.assertEqual(code, 1)
        self.assertIn(f"{file.name}:1: warning: ", out)
        self.assertIn("\\x1b[2J\\xff", out)
        self.assertIn(f"{file.name}: error: there is no valid mode", out)
        self.assertTrue(out.endswith("not valid\n"))

    def test_record_names_the_rr(self):
        data = b'[["x"], ["v=STSv1; id=a", "b "]]'
        code, out, _ = run("lint", "record", "-", data=data)
        self.assertEqual(code, 0)
        self.assertIn("-:2: warning: ", out)
        self.assertIn("id: ab", out)

    def test_nul_and_unicode_in_json(self):
        for data in (b'[["v=STSv1; id=a\\u0000"]]',
                     '[["v=STSv1; id=é"]]'.encode()):
            self.assertEqual(run("lint", "record", "-", data=data)[0], 1)


class Usage(unittest.TestCase):
    def test_not_the_form(self):
        for data in (b"", b"{", b"{}", b'["a"]', b"[[1]]", b"[[]] x",
                     b'[["\xff"]]'):
            code, out, err = run("lint", "record", "-", "--json", data=data)
            self.assertEqual((code, out), (64, ""), data)
            self.assertTrue(err.startswith("stsgate: "), data)

    def test_no_such_file(self):
        for kind in ("record", "policy", "tlsrpt"):
            code, out, err = run("lint", kind, "/nonexistent/\x1b")
            self.assertEqual((code, out), (2, ""))
            self.assertIn("/nonexistent/\\x1b: No such file", err)
        self.assertEqual(run("lint", "policy", "/")[0], 2)

    def test_wrong_words(self):
        for words in ([], ["frob"], ["lint"], ["lint", "x", "-"],
                      ["lint", "policy"], ["lint", "policy", "a", "b"],
                      ["match"], ["query"], ["query", "a@b"],
                      ["query", "a.example", "--mx"], ["cache"],
                      ["cache", "list", "x"], ["stats", "x"],
                      ["match", "a", "--socket", "x"],
                      ["stats", "--mx", "x"], ["stats", "--frob"]):
            code, out, err = run(*words)
            self.assertEqual((code, out), (64, ""), words)
            self.assertTrue(err, words)

    def test_second_word(self):
        for words in ["lint"], ["lint", "example.com"]:
            self.assertEqual(run(*words), (64, "", "stsgate: lint: want "
                             "record, policy, tlsrpt; see stsgate --help\n"))

    def test_help_and_version(self):
        code, out, _ = run("--help")
        self.assertEqual(code, 0)
        for word in ("query", "lint", "match", "cache", "stats", "config",
                     "--json", "--socket", "64"):
            self.assertIn(word, out)
        self.assertRegex(run("--version")[1], r"^stsgate \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    main()
