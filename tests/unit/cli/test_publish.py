# SPDX-License-Identifier: ISC
"""publish: what it prints is what lint and senders take."""
import json
import pathlib
import re
import tempfile
import unittest

from command import main, run, run_json
from nameserver import MX, Dns

HOSTS = ["mx1.example.com", "*.mail.example.com"]
SERVERS = {"nginx", "apache", "caddy"}
ADDRESS = b"\0\x05\x03192\x010\x012\x011\0"
LIVE = {
    ("a.example", MX): [b"\0\x0a\3mx1\1a\7example\0",
                        b"\0\x14\3mx2\1a\7example\0",
                        b"\0\x1e\3MX1\1a\7example\0"],
    ("b.example", MX): [b"\0\x0a\2mx\1b\7example\0", ADDRESS],
    ("c.example", MX): [ADDRESS],
}


def publish(*words, code=0):
    got, answer = run_json("publish", *words)
    assert got == code, got
    return answer


def made(*words):
    hosts = [word for host in HOSTS for word in ("--mx", host)]
    return publish("example.com", *hosts, *words)


def lint(what, text):
    """What our own lint says of it; nothing may be odd."""
    code, answer = run_json("lint", what, "-", data=text.encode())
    assert code == 0 and answer["valid"], answer
    assert not {"errors", "warnings"} & set(answer), answer
    return answer


def record_set(record):
    return json.dumps([[record["value"][at:at + 255] for at in
                        range(0, len(record["value"]), 255)]])


def zone_strings(out, name):
    """The character-strings of a record, as they stand in a zone file."""
    line = next(line for line in out.splitlines()
                if line.strip().startswith(name))
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    return [text.replace("\\", "") for text in quoted]


class Texts(unittest.TestCase):
    def test_policy(self):
        answer = made()
        policy = lint("policy", answer["policy"])
        self.assertEqual((policy["mode"], policy["mx"], policy["max_age"]),
                         ("testing", HOSTS, 86400))
        for mode, age in ("enforce", 2592000), ("none", 86400):
            policy = lint("policy", made("--mode", mode)["policy"])
            self.assertEqual((policy["mode"], policy["max_age"]), (mode, age))
        policy = lint("policy", made("--max-age", "31557600")["policy"])
        self.assertEqual(policy["max_age"], 31557600)

    def test_short_age(self):
        for mode, age, warned in (
                ("enforce", "60", True), ("enforce", "604799", True),
                ("enforce", "604800", False), ("testing", "60", True),
                ("testing", "86400", False), ("none", "60", False)):
            code, out, err = run("publish", "example.com", "--mx", HOSTS[0],
                                 "--mode", mode, "--max-age", age)
            self.assertEqual((code, "max_age: " + age in out), (0, True))
            self.assertEqual("weeks or more" in err, warned, (mode, age))
        self.assertEqual(run("publish", "example.com", "--mx", HOSTS[0],
                             "--mode", "enforce")[2], "")

    def test_none_needs_no_host(self):
        policy = publish("example.com", "--mode", "none")["policy"]
        self.assertEqual(policy,
                         "version: STSv1\nmode: none\nmax_age: 86400\n")

    def test_records(self):
        sts, rpt = made("--id", "a1")["records"]
        self.assertEqual((sts["name"], sts["type"], rpt["name"]), (
            "_mta-sts.example.com", "TXT", "_smtp._tls.example.com"))
        self.assertEqual(lint("record", record_set(sts))["id"], "a1")
        self.assertEqual(lint("tlsrpt", record_set(rpt))["rua"],
                         ["mailto:postmaster@example.com"])
        first, _ = made()["records"]
        self.assertRegex(lint("record", record_set(first))["id"],
                         r"\A20\d{12}\Z")

    def test_destinations(self):
        rua = ["mailto:a@example.com", "https://r.example.com/v1"]
        _, rpt = made("--rua", rua[0], "--rua", rua[1])["records"]
        self.assertEqual(lint("tlsrpt", record_set(rpt))["rua"], rua)

    def test_a_long_record_is_cut_in_strings(self):
        rua = "https://r.example.com/" + "a" * 300
        _, out, _ = run("publish", "example.com", "--mx", HOSTS[0], "--rua",
                        rua)
        strings = zone_strings(out, "_smtp._tls.")
        self.assertEqual([len(text) > 255 for text in strings], [False] * 2)
        self.assertEqual("".join(strings), "v=TLSRPTv1; rua=" + rua)

    def test_names(self):
        answer = publish("Bücher.Example.", "--mx", "MX.Bücher.example",
                         "--mx", "mx.xn--bcher-kva.example")
        self.assertEqual(answer["domain"], "xn--bcher-kva.example")
        self.assertIn("mx: mx.xn--bcher-kva.example\nmax_age",
                      answer["policy"])
        self.assertEqual(
            answer["url"], "https://mta-sts.xn--bcher-kva.example"
            "/.well-known/mta-sts.txt")

    def test_servers(self):
        answer = made()
        self.assertEqual(set(answer["server"]), SERVERS)
        for block in answer["server"].values():
            self.assertIn("mta-sts.example.com", block)
            self.assertIn("text/plain", block)
            self.assertEqual(block.count("{"), block.count("}"))

    def test_order(self):
        steps = made()["order"]
        policy = next(i for i, step in enumerate(steps)
                      if "policy file" in step)
        record = next(i for i, step in enumerate(steps) if "records" in step)
        self.assertLess(policy, record)
        self.assertIn("--mode enforce", steps[-1])
        self.assertFalse(any("enforce" in step for step in
                             made("--mode", "enforce")["order"]))
        self.assertIn("max_age of the old",
                      made("--mode", "none")["order"][1])
        self.assertFalse([step for step in steps if "DOMAIN" in step])

    def test_text_is_the_same(self):
        _, out, _ = run("publish", "example.com", "--mx", HOSTS[0], "--id",
                        "a")
        answer = publish("example.com", "--mx", HOSTS[0], "--id", "a")
        lines = {line.strip() for line in out.splitlines()}
        for text in answer["policy"], *answer["server"].values():
            self.assertEqual(
                {line.strip() for line in text.splitlines()} - lines, set())
        self.assertEqual(zone_strings(out, "_mta-sts."),
                         [answer["records"][0]["value"]])


class Live(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.config = folder.name + "/conf"
        pathlib.Path(self.config).write_text(Dns(LIVE).config())

    def publish(self, domain):
        code, out, err = run("publish", "--config", self.config, domain)
        return code, re.findall("mx: (.*)", out), err

    def test_two_records_of_one_host(self):
        self.assertEqual(self.publish("a.example"),
                         (0, ["mx1.a.example", "mx2.a.example"], ""))

    def test_a_record_with_an_address(self):
        code, hosts, err = self.publish("b.example")
        self.assertEqual((code, hosts), (0, ["mx.b.example"]))
        self.assertIn("name no host", err)
        code, hosts, err = self.publish("c.example")
        self.assertEqual((code, hosts), (1, []))
        self.assertIn("no MX record that names a host", err)


class Wrong(unittest.TestCase):
    def test_usage(self):
        for words, said in (
                (["192.0.2.1"], "domain"), (["a b"], "domain"),
                (["a_b.example"], "domain"), (["$(id).example"], "domain"),
                (["example.com", "--mode", "Enforce"], "3.2"),
                (["example.com", "--max-age", "31557601"], "--max-age"),
                (["example.com", "--max-age", "-1"], "--max-age"),
                (["example.com", "--max-age", "1d"], "--max-age"),
                (["example.com", "--max-age", ""], "--max-age"),
                (["example.com", "--id", "a" * 33], "3.1"),
                (["example.com", "--id", "a;b"], "3.1"),
                (["example.com", "--id", ""], "3.1"),
                (["example.com", "--mx", "192.0.2.1"], "--mx"),
                (["example.com", "--mx", "a.*.example"], "--mx"),
                (["example.com", "--mx", "*."], "--mx"),
                (["example.com", "--mx", "mx\nmode: none"], "--mx"),
                (["example.com", "--rua", "mailto:a,b@c"], "--rua"),
                (["example.com", "--rua", "http://a.example"], "--rua"),
                (["example.com", "--rua", "mailto:a@b; x=y"], "--rua"),
                (["example.com", "--rua", ""], "--rua")):
            if "--mx" not in words:
                words = [*words, "--mx", HOSTS[0]]
            code, out, err = run("publish", *words)
            self.assertEqual((code, out), (64, ""), words)
            self.assertIn(said, err, words)

    def test_too_many(self):
        words = [word for i in range(65) for word in ("--mx", f"mx{i}.a")]
        self.assertEqual(run("publish", "example.com", *words)[0], 64)
        words = words[:128]
        self.assertEqual(publish("example.com", *words)["policy"].count("mx:"),
                         64)


if __name__ == "__main__":
    main()
