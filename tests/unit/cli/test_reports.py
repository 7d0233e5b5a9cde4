# SPDX-License-Identifier: ISC
"""The verbs of reports that ask the service: what is asked and told."""
import datetime
import unittest

from command import Service, main, run, run_json


def ask(answers, *words, json=True):
    with Service(answers) as service:
        call = run_json if json else run
        return *call(*words, "--socket", service.path), service.asked


class Reports(unittest.TestCase):
    day = "2026-11-28"

    def row(self, domain):
        return (f'{{"day":"{self.day}","domain":"{domain}","state":"due",'
                '"next":100,"tries":2,"id":"x","last":"http-500"}')

    def test_list_takes_all_parts(self):
        answers = {
            "STS1 reports": 'STS1 json {"reports":['
                            + self.row("a.example") + '],"more":true}',
            f"STS1 reports after={self.day}/a.example":
                'STS1 json {"reports":[' + self.row("b.example")
                + '],"more":false}'}
        code, out, _, asked = ask(answers, "report", "list", json=False)
        self.assertEqual((code, asked), (0, list(answers)))
        self.assertEqual([line.split() for line in out.splitlines()], [
            [self.day, name, "due", "2", "1970-01-01", "00:01:40", "UTC",
             "http-500"] for name in ("a.example", "b.example")])

    def test_list_that_does_not_go_on(self):
        again = ('STS1 json {"reports":[' + self.row("a.example")
                 + '],"more":true}')
        answers = {"STS1 reports": again,
                   f"STS1 reports after={self.day}/a.example": again}
        code, _, _, _ = ask(answers, "report", "list", json=False)
        self.assertEqual(code, 2)

    def test_show(self):
        question = f"STS1 report a.example day={self.day}"
        line = ('STS1 json {"domain":"a.example","day":"' + self.day + '",'
                '"policies":[{"type":"sts","successful":3,"failed":2,'
                '"details":[{"result":"certificate-expired","mx":"mx\\u001b",'
                '"receiving_ip":"192.0.2.1","sending_ip":"","helo":"",'
                '"reason":"","sessions":2}],"details_count":3}],"dropped":1}')
        code, out, _, asked = ask({question: line}, "report", "show",
                                  "A.example", self.day, json=False)
        self.assertEqual((code, asked), (0, [question]))
        self.assertEqual(out.splitlines(), [
            f"a.example, {self.day} UTC",
            "sts: 3 succeeded, 2 failed",
            "         2  certificate-expired        mx\\x1b 192.0.2.1 -",
            "  and 2 more kinds",
            "dropped: 1"])

    def test_preview_and_send(self):
        question = f"STS1 report-preview a.example day={self.day}"
        code, answer, _ = ask({question: 'STS1 json {"report-id":"x"}'},
                              "report", "preview", "a.example", self.day)
        self.assertEqual((code, answer), (0, {"report-id": "x"}))
        question = f"STS1 report-send a.example day={self.day} progress"
        code, out, _, _ = ask({question: "STS1 ok"}, "report", "send",
                              "a.example", self.day, json=False)
        self.assertEqual((code, out), (0, "sent\n"))
        code, _, _ = ask({question: "STS1 error not-found text=nothing"},
                         "report", "send", "a.example", self.day)
        self.assertEqual(code, 1)
        code, answer, _ = ask({question: "STS1 ok"}, "report", "send",
                              "a.example", self.day)
        self.assertEqual((code, answer), (0, {"kind": "ok"}))

    def test_preview_for_people(self):
        question = f"STS1 report-preview a.example day={self.day}"
        code, out, _, _ = ask(
            {question: 'STS1 json {"report-id":"x","n":"\\u001b"}'},
            "report", "preview", "a.example", self.day, json=False)
        self.assertEqual((code, out), (
            0, '{\n  "report-id": "x",\n  "n": "\\u001B"\n}\n'))

    def test_days(self):
        """Without one it is today, or yesterday for what is to be sent."""
        for verb, ago, more in (("report", 0, ""), ("report-preview", 0, ""),
                                ("report-send", 1, " progress")):
            words = ("report", verb.partition("-")[2] or "show", "a.example")
            for _ in range(2):  # midnight may come in between
                now = datetime.datetime.now(datetime.timezone.utc)
                day = (now - datetime.timedelta(days=ago)).date()
                question = f"STS1 {verb} a.example day={day}{more}"
                answer = "STS1 ok" if more else 'STS1 json {"policies":[]}'
                code, _, _, asked = ask({question: answer}, *words,
                                        json=False)
                if asked == [question]:
                    break
            self.assertEqual((code, asked), (0, [question]))

    def test_list_for_programs(self):
        row = self.row("a.example").replace('"next":100', '"next":0')
        answers = {"STS1 reports": 'STS1 json {"reports":[' + row
                                   + '],"more":false}'}
        code, answer, _ = ask(answers, "report", "list")
        self.assertEqual((code, [one["domain"] for one in answer["reports"]]),
                         (0, ["a.example"]))
        code, out, _, _ = ask(answers, "report", "list", json=False)
        self.assertEqual((code, out.split()), (
            0, [self.day, "a.example", "due", "2", "-", "http-500"]))

    def test_list_that_goes_back(self):
        answers = {
            "STS1 reports": 'STS1 json {"reports":['
                            + self.row("b.example") + '],"more":true}',
            f"STS1 reports after={self.day}/b.example":
                'STS1 json {"reports":[' + self.row("a.example")
                + '],"more":true}',
            f"STS1 reports after={self.day}/a.example":
                'STS1 json {"reports":[],"more":false}'}
        code, _, _, _ = ask(answers, "report", "list", json=False)
        self.assertEqual(code, 2)

    def test_not_understood(self):
        """What is no answer to the question is none."""
        for verb, words, answer in (
                ("reports", ("list",), 'STS1 json {"reports":1}'),
                ("report", ("show", "a.example", self.day), "STS1 json {}"),
                ("report-preview", ("preview", "a.example", self.day),
                 "STS1 ok"),
                ("report-send", ("send", "a.example", self.day),
                 "STS1 json {}")):
            question = "STS1 " + verb
            if verb != "reports":
                question += f" a.example day={self.day}"
            question += " progress" * (verb == "report-send")
            code, out, _, asked = ask({question: answer}, "report", *words,
                                      json=False)
            self.assertEqual((code, out, asked), (2, "", [question]))


if __name__ == "__main__":
    main()
