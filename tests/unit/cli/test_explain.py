# SPDX-License-Identifier: ISC
"""stsgate explain: what is asked, what is shown, and the exit code."""
import json
import unittest

from command import Service, main, run, run_json

QUESTION = "STS1 explain a.example progress"
WITH_HOST = "STS1 explain a.example host=mx.b.example progress"
STEPS = [
    {"step": "cache", "verdict": "skip", "ms": 0,
     "section": "RFC 8461 section 5.1", "text": "nothing is known"},
    {"step": "txt", "verdict": "ok", "ms": 12,
     "section": "RFC 8461 section 3.1", "text": "1 TXT record",
     "notes": [{"verdict": "info", "section": "RFC 8461 section 3.1",
                "text": "v=STSv1; id=1;"}]},
    {"step": "tls", "verdict": "no", "ms": 60000,
     "section": "RFC 8461 section 3.3", "text": "X509_V_ERR",
     "notes": [{"verdict": "no", "section": "RFC 8460 section 4.3",
                "text": "a\u001b[2J\u00e9\u007f"}]},
]


def answer(steps=None, why="for a reason", left_out=0, host="", **of):
    return "STS1 json " + json.dumps(
        {"domain": "a.example", "host": host, "left_out": left_out,
         "steps": STEPS if steps is None else steps, "answer": of,
         "why": why}, separators=(",", ":")).replace(" ", "\\u0020")


def ask(line, *words, question=QUESTION, as_json=False):
    """Exit code, output (or its object) and standard error."""
    with Service({question: line}) as service:
        call = run_json if as_json else run
        result = call("explain", "a.example", "--socket", service.path,
                      *words)
        if service.asked != [question]:
            raise AssertionError(service.asked)
        return result


class Explain(unittest.TestCase):
    def test_lines(self):
        code, out, _ = ask(answer(kind="none"))
        self.assertEqual(code, 1)
        self.assertEqual(out, (
            "a.example\n"
            "   step      time     RFC\n"
            "-- cache        0 ms  8461 5.1 nothing is known\n"
            "ok txt         12 ms  8461 3.1 1 TXT record\n"
            "         v=STSv1; id=1;\n"
            "NO tls      60000 ms  8461 3.3 X509_V_ERR\n"
            "      NO a\\x1b[2J\\xc3\\xa9\\x7f (8460 4.3)\n"
            "\n"
            "for a reason\n"))

    def test_host_and_what_was_left_out(self):
        _, out, _ = ask(answer(kind="none", left_out=7, host="mx.b.example"),
                        "--mx", "mx.b.example", question=WITH_HOST)
        self.assertTrue(out.startswith("a.example, MX mx.b.example\n"))
        self.assertIn("\n      7 more notes left out\n", out)

    def test_the_sentence_is_wrapped(self):
        _, out, _ = ask(answer(kind="none", why="word " * 60))
        lines = out.split("\n\n")[1].splitlines()
        self.assertEqual(" ".join(lines).split(), ["word"] * 60)
        self.assertTrue(all(len(line) < 80 for line in lines))

    def test_exit_as_query(self):
        for of, code in (({"kind": "policy", "mode": "none"}, 0),
                         ({"kind": "policy", "mode": "enforce"}, 0),
                         ({"kind": "none"}, 1), ({"kind": "temp"}, 2),
                         ({"kind": "other"}, 2)):
            got, found = ask(answer(**of), as_json=True)
            self.assertEqual((got, found["answer"]), (code, of), of)

    def test_exit_with_host_as_query(self):
        for of, code in (
                ({"kind": "none"}, 0), ({"kind": "temp"}, 2),
                ({"kind": "policy", "mode": "none"}, 0),
                ({"kind": "policy", "mode": "testing", "match": False}, 0),
                ({"kind": "policy", "mode": "enforce", "match": False}, 1),
                ({"kind": "policy", "mode": "enforce", "match": True}, 0),
                ({"kind": "policy", "mode": "enforce"}, 2)):
            got, _ = ask(answer(**of), "--mx", "mx.b.example",
                         question=WITH_HOST, as_json=True)
            self.assertEqual(got, code, of)

    def test_json_is_the_answer(self):
        _, found = ask(answer(kind="none"), as_json=True)
        self.assertEqual(found["steps"], STEPS)

    def test_waits(self):
        code, _, _ = ask("STS1 wait\nSTS1 wait\n" + answer(kind="policy"))
        self.assertEqual(code, 0)

    def test_what_can_have_no_policy(self):
        line = "STS1 none a.example state=unsupported reason=address"
        self.assertEqual(ask(line)[0], 1)
        self.assertEqual(ask(line, "--mx", "mx.b.example",
                             question=WITH_HOST)[0], 0)

    def test_what_is_no_answer_is_temporary(self):
        for line in ("", "STS1", "STS1 ok", "STS1 json [", "STS1 json []",
                     "STS1 json {}", 'STS1 json {"answer":{"kind":"none"}}',
                     'STS1 json {"steps":[],"answer":{"kind":1}}',
                     "STS1 temp a.example reason=busy", "STS1 match a b",
                     "STS1 error verb text=x"):
            self.assertEqual(ask(line)[0], 2, line)

    def test_odd_steps_are_shown_as_far_as_they_go(self):
        odd = [1, {}, {"step": 2, "ms": "x", "notes": 3, "verdict": None},
               {"step": "s" * 99, "section": "RFC 1 section 2x\u001b",
                "notes": [None, {}]}]
        code, out, _ = ask(answer(odd, kind="none"))
        self.assertEqual(code, 1)
        self.assertIn("RFC 1 section 2x\\x1b", out)

    def test_usage(self):
        for words in (["explain"], ["explain", "a.example", "b.example"],
                      ["explain", "a@b"], ["explain", "a.example", "--exim"]):
            self.assertEqual(run(*words, "--socket", "/nonexistent")[0], 64,
                             words)
        self.assertEqual(run("explain", "a.example", "--socket",
                             "/nonexistent")[0], 2)

    def test_no_line_can_be_put_in(self):
        with Service({}) as service:
            run("explain", "a.example", "--mx", "x\nSTS1 purge a.example",
                "--socket", service.path)
            self.assertEqual(service.asked, [
                "STS1 explain a.example "
                "host=x%0ASTS1%20purge%20a.example progress"])


if __name__ == "__main__":
    main()
