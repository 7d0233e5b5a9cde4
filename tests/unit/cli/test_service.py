# SPDX-License-Identifier: ISC
"""The verbs that ask the service: what is asked, told, and the exit code."""
import unittest

from command import Service, main, run, run_json

POLICY = ("STS1 policy a.example mode=enforce id=1 state=fresh fetched=100 "
          "expires=200 mx=mx.a.example,*.b.example")
NONE = "STS1 none a.example state=negative reason=no-record"
TEMP = "STS1 temp a.example reason=dns-bogus detail=a%20b%1b%7f"


def ask(answers, *words, json=True):
    with Service(answers) as service:
        call = run_json if json else run
        return *call(*words, "--socket", service.path), service.asked


class Query(unittest.TestCase):
    question = "STS1 policy a.example progress"
    verdict = "STS1 verdict a.example mx.a.example progress"

    def test_policy(self):
        code, answer, asked = ask({self.question: POLICY}, "query",
                                  "A.Example.")
        self.assertEqual(asked, [self.question])
        self.assertEqual(code, 0)
        self.assertEqual(answer, {
            "kind": "policy", "domain": "a.example", "mode": "enforce",
            "id": "1", "state": "fresh", "fetched": 100, "expires": 200,
            "mx": ["mx.a.example", "*.b.example"]})

    def test_policy_as_text(self):
        code, out, _, _ = ask({self.question: POLICY}, "query", "a.example",
                              json=False)
        self.assertEqual(code, 0)
        self.assertTrue(out.startswith("a.example: policy\n"))
        self.assertIn("expires: 1970-01-01 00:03:20 UTC\n", out)
        self.assertIn("*.b.example\n", out)

    def test_policy_without_mx(self):
        line = ("STS1 policy a.example mode=none id=1 state=fresh fetched=1 "
                "expires=2 mx=")
        code, answer, _ = ask({self.question: line}, "query", "a.example")
        self.assertEqual((code, answer["mx"]), (0, []))

    def test_none(self):
        code, answer, _ = ask({self.question: NONE}, "query", "a.example")
        self.assertEqual((code, answer["kind"]), (1, "none"))

    def test_interim_lines(self):
        code, answer, _ = ask(
            {self.question: "STS1 wait\nSTS1 wait\n" + NONE}, "query",
            "a.example")
        self.assertEqual((code, answer["reason"]), (1, "no-record"))

    def test_temporary(self):
        code, answer, _ = ask({self.question: TEMP}, "query", "a.example")
        self.assertEqual((code, answer["detail"]), (2, "a b\x1b\x7f"))
        code, out, _, _ = ask({self.question: TEMP}, "query", "a.example",
                              json=False)
        self.assertEqual(code, 2)
        self.assertIn("a b\\x1b\\x7f", out)

    def test_mx(self):
        for line, code, allowed in (
                ("STS1 match a.example mode=enforce host=h id=1", 0, True),
                ("STS1 mismatch a.example mode=enforce host=h id=1", 1, False),
                ("STS1 mismatch a.example mode=testing host=h id=1", 0, True),
                (NONE, 0, True)):
            got, answer, asked = ask({self.verdict: line}, "query",
                                     "a.example", "--mx", "mx.a.example")
            self.assertEqual(asked, [self.verdict])
            self.assertEqual((got, answer["allowed"]), (code, allowed), line)
        code, answer, _ = ask({self.verdict: TEMP}, "query", "a.example",
                              "--mx", "mx.a.example")
        self.assertEqual(code, 2)
        self.assertNotIn("allowed", answer)

    def test_what_is_no_answer_is_temporary(self):
        for line in ("", "STS1", "STS1 nun a.example", "STS2 " + NONE[5:],
                     "STS1 wait", "STS1 ok", "STS1 policy a.example",
                     "STS1 json {}", "STS1 yes", "\x1b[2J",
                     "STS1 match a.example mode=enforce host=h id=1",
                     "STS1 error internal text=x"):
            code, _, _, _ = ask({self.question: line}, "query", "a.example",
                                json=False)
            self.assertEqual(code, 2, line)
        for line in (POLICY, "STS1 ok", ""):
            code, _, _, _ = ask({self.verdict: line}, "query", "a.example",
                                "--mx", "mx.a.example", json=False)
            self.assertEqual(code, 2, line)

    def test_what_has_no_policy_is_asked_as_given(self):
        line = "STS1 none [192.0.2.1] state=unsupported reason=address"
        code, answer, asked = ask(
            {"STS1 policy [192.0.2.1] progress": line}, "query",
            "[192.0.2.1]")
        self.assertEqual((code, answer["domain"]), (1, "[192.0.2.1]"))
        self.assertEqual(len(asked), 1)

    def test_override(self):
        by = " override=enforce origin=/etc/a%20b.conf:12"
        line = POLICY + by + " domain-mode=testing"
        code, answer, _ = ask({self.question: line}, "query", "a.example")
        self.assertEqual((code, answer["override"], answer["origin"],
                          answer["domain-mode"]),
                         (0, "enforce", "/etc/a b.conf:12", "testing"))
        _, out, _, _ = ask({self.question: line}, "query", "a.example",
                           json=False)
        self.assertTrue(out.endswith(
            "\n  enforce, by override at /etc/a b.conf:12; "
            "the domain itself says testing\n"), out)
        self.assertNotIn("origin", out)
        for line, code, said in (
                ("STS1 none a.example state=override reason=override-off "
                 "override=off origin=f:1", 1, "off, by override at f:1\n"),
                ("STS1 temp a.example reason=override-no-policy detail=x" + by,
                 2, "enforce, by override at /etc/a b.conf:12\n")):
            got, out, _, _ = ask({self.question: line}, "query", "a.example",
                                 json=False)
            self.assertEqual(got, code)
            self.assertTrue(out.endswith("\n  " + said), out)
        code, out, _, _ = ask(
            {self.verdict: "STS1 mismatch a.example mode=enforce host=h id=1"
             + by}, "query", "a.example", "--mx", "mx.a.example", json=False)
        self.assertEqual(code, 1)
        self.assertTrue(out.endswith("a b.conf:12\nmail must not go there\n"))

    def test_idn(self):
        _, _, asked = ask({}, "query", "Bücher.example")
        self.assertEqual(asked, ["STS1 policy xn--bcher-kva.example progress"])

    def test_no_line_can_be_put_in(self):
        _, _, asked = ask({}, "query", "a.example", "--mx",
                          "x\nSTS1 purge a.example")
        self.assertEqual(asked, ["STS1 verdict a.example "
                                 "x%0ASTS1%20purge%20a.example progress"])

    def test_no_service(self):
        for words in (["query", "a.example"], ["stats"], ["cache", "list"],
                      ["cache", "purge", "a.example"]):
            code, answer = run_json(*words, "--socket", "/nonexistent/sock")
            self.assertEqual((code, answer["kind"]), (2, "temp"), words)
            code, out, err = run(*words, "--socket", "/nonexistent/sock")
            self.assertEqual((code, out), (2, ""), words)
            self.assertIn("does not answer: No such file", err)


class Cache(unittest.TestCase):
    def test_list_takes_all_parts(self):
        answers = {
            "STS1 list": 'STS1 json {"policies":[{"domain":"a.example",'
                         '"mode":"enforce"},{"domain":"b.example"}],'
                         '"more":true}',
            "STS1 list after=b.example": 'STS1 json {"policies":[{"domain":'
                                         '"c.example"}],"more":false}'}
        code, answer, asked = ask(answers, "cache", "list")
        self.assertEqual(code, 0)
        self.assertEqual([p["domain"] for p in answer["policies"]],
                         ["a.example", "b.example", "c.example"])
        self.assertEqual(asked, list(answers))
        code, out, _, _ = ask(answers, "cache", "list", json=False)
        self.assertEqual((code, out.count("\n")), (0, 3))
        self.assertTrue(out.startswith("a.example "))

    def test_list_tells_overrides(self):
        line = ('STS1 json {"policies":[{"domain":"a.example","expires":100,'
                '"override":"testing","origin":"f:3"},{"domain":"b.example",'
                '"expires":100}],"more":false}')
        _, out, _, _ = ask({"STS1 list": line}, "cache", "list", json=False)
        first, second = out.splitlines()
        self.assertTrue(first.endswith(" UTC testing, by override at f:3"))
        self.assertTrue(second.endswith(" UTC"))

    def test_list_that_does_not_end(self):
        part = 'STS1 json {"policies":[{"domain":"a.example"}],"more":true}'
        code, _, err, asked = ask(
            {"STS1 list": part, "STS1 list after=a.example": part}, "cache",
            "list", json=False)
        self.assertEqual((code, len(asked)), (2, 2))
        self.assertIn("unexpected", err)

    def test_list_that_is_none(self):
        for line in ("STS1 json {}", "STS1 json [", "STS1 ok"):
            code, _, _, _ = ask({"STS1 list": line}, "cache", "list",
                                json=False)
            self.assertEqual(code, 2, line)

    def test_show(self):
        question = "STS1 show a.example"
        line = 'STS1 json {"domain":"a.example","detail":"\\u001b[2J",' \
               '"mx":["m.example"],"busy":false}'
        code, answer, asked = ask({question: line}, "cache", "show",
                                  "a.example")
        self.assertEqual((code, asked), (0, [question]))
        self.assertEqual(answer["detail"], "\x1b[2J")
        code, out, _, _ = ask({question: line}, "cache", "show", "a.example",
                              json=False)
        self.assertEqual(out, "domain: a.example\ndetail: \\x1b[2J\nmx:\n"
                              "  m.example\nbusy: no\n")
        code, answer, _ = ask(
            {question: "STS1 error not-found text=not%20held"}, "cache",
            "show", "a.example")
        self.assertEqual((code, answer), (1, {
            "kind": "error", "code": "not-found", "text": "not held"}))

    def test_refresh(self):
        question = "STS1 refresh a.example progress"
        for line, code in ((POLICY, 0), (NONE, 1), (TEMP, 2), ("STS1 ok", 2)):
            got, _, _, asked = ask({question: line}, "cache", "refresh",
                                   "a.example", json=False)
            self.assertEqual((got, asked), (code, [question]), line)

    def test_purge(self):
        question = "STS1 purge a.example"
        for line, code in (("STS1 ok", 0), ("STS1 yes", 2), (
                "STS1 error not-found text=x", 1), (
                "STS1 error domain text=x", 64)):
            got, _, _, asked = ask({question: line}, "cache", "purge",
                                   "a.example", json=False)
            self.assertEqual((got, asked), (code, [question]), line)

    def test_counters_are_no_times(self):
        line = 'STS1 json {"engine":{"fetched":5},"expires":5}'
        _, out, _, _ = ask({"STS1 stats": line}, "stats", json=False)
        self.assertIn("\n  fetched: 5\n", "\n" + out)
        self.assertIn("\nexpires: 1970-01-01 00:00:05 UTC\n", out)

    def test_stats(self):
        code, answer, asked = ask({"STS1 stats": 'STS1 json {"asked":3}'},
                                  "stats")
        self.assertEqual((code, answer, asked), (0, {"asked": 3},
                                                 ["STS1 stats"]))

    def test_reload(self):
        code, out, _, asked = ask({"STS1 reload": "STS1 ok"}, "reload",
                                  json=False)
        self.assertEqual((code, out, asked), (0, "ok\n", ["STS1 reload"]))
        code, answer, _ = ask(
            {"STS1 reload": "STS1 error config text=f:3:%20what"}, "reload")
        self.assertEqual((code, answer["text"]), (1, "f:3: what"))


class Cluster(unittest.TestCase):
    question = "STS1 cluster"
    counts = ('"commands":1,"gets":9,"hits":3,"misses":6,"failed":2,'
              '"refused":1,"puts":7,"puts_older":4,"dropped":5,"leases":6,'
              '"leases_held":1,"announced":8,"heard":2,"connects":3,'
              '"losses":2,"waiting":0,"keys":1700,"evicted":11')

    def answer(self, level, state, leases):
        return (f'STS1 json {{"level":"{level}","round_trip_us":1203,"engine":'
                '{"hits":100,"taken":5,"fetched":7,"extended":2,"differs":1,'
                '"lease_waited":4,"lease_overdue":3},"shared":{'
                f'"state":"{state}","place":"redis://r.example:6379",'
                f'{self.counts}}},"leases":{leases}}}')

    def test_shared(self):
        leases = ('[{"domain":"a.example","holder":"one\\u001b",'
                  '"left_ms":59000},{"domain":"b.example","holder":"two","left_ms":100}]')
        line = self.answer("shared", "ok", leases)
        code, out, _, asked = ask({self.question: line}, "cluster",
                                  json=False)
        self.assertEqual((code, asked), (0, [self.question]))
        self.assertEqual(out.splitlines(), [
            "level       shared",
            "redis       redis://r.example:6379",
            "round trip  1.203 ms, 0 waiting",
            "connected   3 times, lost 2 times",
            "keys        1700, evicted 11",
            "answers     100 known here, 5 taken from another host, "
            "7 fetched",
            "peers       2 lives extended, 1 differed, 8 announced, 2 heard",
            "looks       9, of them 3 found, 2 late, 1 not to be trusted",
            "puts        7, of them 4 older than what was there, 5 dropped",
            "leases      6, left to another host 4, in vain 3",
            "held now    a.example by one\\x1b, for 59 s at most",
            "            b.example by two, for 0 s at most"])

    def test_cut_off(self):
        line = self.answer("local", "local only: refused", "null")
        code, out, _, _ = ask({self.question: line}, "cluster", json=False)
        self.assertEqual(code, 1)
        self.assertIn("level       local only: refused\n", out)
        self.assertIn("held now    not known\n", out)
        line = self.answer("shared", "ok", "[]")
        _, out, _, _ = ask({self.question: line}, "cluster", json=False)
        self.assertIn("held now    none\n", out)

    def test_json_and_alone(self):
        line = self.answer("local", "x", "null")
        code, answer, _ = ask({self.question: line}, "cluster")
        self.assertEqual((code, answer["leases"]), (1, None))
        alone = 'STS1 json {"level":"alone"}'
        code, out, _, _ = ask({self.question: alone}, "cluster", json=False)
        self.assertEqual((code, out), (
            1, "level       alone: stsgate.conf names no redis\n"))
        code, _, _, _ = ask({self.question: "STS1 json {}"}, "cluster",
                            json=False)
        self.assertEqual(code, 2)


if __name__ == "__main__":
    main()
