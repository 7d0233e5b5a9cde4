# SPDX-License-Identifier: ISC
"""check: what goes in, what comes out, how it ends; only DNS is there.

What it finds at policy hosts and MX hosts is in tests/lab (domaincheck)."""
import contextlib
import json
import os
import pathlib
import pty
import select
import subprocess
import tempfile
import unittest

from command import STSGATE, main, run
from nameserver import A, MX, TXT, Dns

RECORDS = {
    ("a.example", MX): [b"\0\x0a\3mx1\1a\7example\0"],
    ("a.example", TXT): [b"v=spf1 mx -all"],
    ("_dmarc.a.example", TXT): [b"v=DMARC1; p=reject; rua=mailto:d@a.example"],
    ("mx1.a.example", A): [bytes((192, 0, 2, 1))],
    ("_dmarc.b.example", TXT): [b"v=DMARC1; p=\x1b[31m"],
    ("s1._domainkey.a.example", TXT): [b"v=DKIM1; p="],
    ("c.example", MX): [b"\0\x0a\x03192\x010\x012\x011\0"],
}


class Check(unittest.TestCase):
    def setUp(self):
        self.dns = Dns(RECORDS)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.config = self.folder.name + "/conf"
        pathlib.Path(self.config).write_text(self.dns.config())

    def check(self, *words, data=b""):
        return run("check", "--config", self.config, *words, data=data)

    def found(self, *words):
        code, out, _err = self.check("--json", *words)
        return code, json.loads(out)

    def test_one(self):
        code, found = self.found("A.Example.", "--no-probe")
        self.assertEqual((code, found["verdict"], found["domain"]),
                         (1, "findings", "a.example"))
        codes = {one["code"]: one["severity"] for one in found["findings"]}
        self.assertEqual(codes, {"record-none": "warning",
                                 "tlsrpt-none": "note"})
        self.assertEqual((found["errors"], found["warnings"], found["notes"]),
                         (0, 1, 1))
        self.assertIsNone(found["policy"])
        self.assertIn("v=spf1 mx -all",
                      [fact["seen"] for fact in found["facts"]])

    def test_private_address(self):
        """192.0.2.1 is for documentation: nobody is connected to."""
        _code, found = self.found("a.example")
        self.assertIn("mx-private",
                      [one["code"] for one in found["findings"]])

    def test_mx_with_an_address(self):
        code, found = self.found("c.example")
        self.assertEqual(
            [(one["code"], one["subject"]) for one in found["findings"]
             if one["area"] == "mx"], [("mx-bad-name", "192.0.2.1")])
        self.assertEqual((code, found["unknown"]), (1, 0))

    def test_selector(self):
        _code, found = self.found("--selector", "s1", "--selector", "s2",
                                  "--no-probe", "a.example")
        self.assertEqual([one["code"] for one in found["findings"]
                          if one["area"] == "dkim"],
                         ["dkim-revoked", "dkim-none"])

    def test_could_not_tell(self):
        code, found = self.found("broken.example")
        self.assertEqual((code, found["verdict"], found["errors"]),
                         (2, "unknown", 0))
        code, out, _err = self.check("broken.example")
        self.assertEqual(code, 2)
        self.assertIn("could not tell: ", out)

    def test_text(self):
        """Aligned, wrapped, escaped: run() looks at each octet."""
        code, out, err = self.check("b.example")
        self.assertEqual((code, err), (1, ""))
        self.assertIn(r"\x1b[31m", out)
        self.assertIn("[dmarc-syntax]", out)
        self.assertIn("     mend: ", out)
        self.assertRegex(out, r"\n\d errors?, \d warnings?, \d notes?\n$")

    def test_many(self):
        names = "# ours\n\n a.example \nb.example\n" + "".join(
            f"d{n}.example\n" for n in range(100))
        for jobs in "1", "256":
            code, out, err = self.check("--json", "-f", "-", "--jobs", jobs,
                                        data=names.encode())
            self.assertEqual((code, err), (1, ""))
            domains = [json.loads(line)["domain"]
                       for line in out.splitlines()]
            self.assertEqual(len(domains), 102)
            self.assertEqual(set(domains), {"a.example", "b.example"} | {
                f"d{n}.example" for n in range(100)})

    def test_slow_names(self):
        """A name is slow, and others are quick: it is not given up."""
        names = [f"d{n}.example" for n in range(1024)]
        names[::64] = [f"s{n}.slow.example" for n in range(16)]
        _code, out, _err = self.check(
            "--json", "--no-probe", "-f", "-", data="\n".join(names).encode())
        self.assertEqual([line for line in out.splitlines()
                          if json.loads(line)["unknown"]], [])

    def test_slow_pipe(self):
        """What is under way goes on while nobody writes."""
        with subprocess.Popen(
                [STSGATE, "check", "--config", self.config, "--no-probe",
                 "-f", "-"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE) as child:
            for name in b"a.example", b"b.example":
                child.stdin.write(name + b"\n")
                child.stdin.flush()
                self.assertTrue(select.select([child.stdout], [], [], 10)[0])
                self.assertIn(name, os.read(child.stdout.fileno(), 65536))
            child.stdin.close()
        self.assertEqual(child.returncode, 1)

    def test_no_domain(self):
        code, out, err = self.check("-f", "-", data=b"a b\nno_name!\n")
        self.assertIn("no_name!: not a domain name", err)
        self.assertEqual((code, out.count("\n") > 0), (1, True))
        code, _out, err = self.check("no_name!")
        self.assertEqual(code, 64)
        self.assertIn("not a domain name", err)

    def test_usage(self):
        for words in ((), ("-f", "x", "a.example"), ("--jobs", "0", "a.b"),
                      ("--jobs", "257", "a.b"), ("--jobs", "x", "a.b"),
                      ("--selector", "a b", "a.b")):
            code, out, err = self.check(*words)
            self.assertEqual((code, out), (64, ""), words)
            self.assertNotEqual(err, "")
        code, _out, err = self.check("-f", "/nonexistent")
        self.assertEqual(code, 2)
        self.assertIn("/nonexistent: ", err)
        code, _out, err = run("check", "--config", "/nonexistent", "a.b")
        self.assertEqual(code, 2)
        code, out, _err = run("check", "--help")
        self.assertEqual(code, 0)
        self.assertIn("--selector", out)

    def terminal(self, *words, **more):
        """What a terminal shows; standard error too."""
        ours, theirs = pty.openpty()
        environment = {key: value for key, value in os.environ.items()
                       if key != "NO_COLOR"} | more
        child = subprocess.Popen(
            [STSGATE, "check", "--config", self.config, *words],
            stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
            env=environment)
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):
            while part := os.read(ours, 65536):
                text += part
        os.close(ours)
        child.wait(60)
        return text

    def test_colour_and_progress(self):
        text = self.terminal("a.example", "--no-probe")
        self.assertIn(b"\x1b[33m!!\x1b[0m", text)
        self.assertNotIn(b"under way", text)
        text = self.terminal("a.example", "--no-probe", NO_COLOR="1")
        self.assertNotIn(b"\x1b", text)
        text = self.terminal("a.example", "b.example", "--no-probe")
        self.assertIn(b"1 done, 1 with findings, 1 under way", text)


main()
