# SPDX-License-Identifier: ISC
"""The text protocol of OpenSMTPD 7.6 and later."""
import pathlib
import time

import table
from table import Case

GOLDEN = pathlib.Path(__file__).with_name("text.transcript")


class Text(Case):
    def test_golden_transcript(self):
        run = self.table()
        answers = 0
        for line in GOLDEN.read_text().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "service":
                question, _, said = rest.partition(" = ")
                self.service.said[question] = said
            elif kind == ">":
                run.ours.sendall(rest.encode() + b"\n")
            elif kind == "<":
                self.assertEqual(run.line(), rest)
                answers += 1
        self.assertGreater(answers, 20)
        self.assertTrue(run.silent())
        self.logged(run)

    def test_octet_by_octet(self):
        self.route("good.example", "mx.good.example")
        run = self.table()
        for octet in (b"config|ready\n"
                      b"table|0.1|1|sts|check|domain|1|good.example\n"):
            run.ours.sendall(bytes((octet,)))
        self.assertEqual([run.line() for _ in range(4)][-1],
                         "check-result|1|found")

    def test_many_in_one_piece(self):
        self.route("good.example", "mx.good.example")
        run = self.table()
        run.greet()
        run.ours.sendall(b"".join(
            b"table|0.1|1|sts|check|domain|%d|good.example\n" % i
            for i in range(2000)))
        for i in range(2000):
            self.assertEqual(run.line(), f"check-result|{i}|found")

    def test_long_lines(self):
        self.route("good.example", "mx.good.example")
        run = self.table()
        run.greet()
        for size in (1024, 1025, 16383, 16384, 16385, 65536, 300000):
            text = run.check("a" * size)
            self.assertIn(text, ("error|not a domain",
                                 "error|MTA-STS: not-known"), size)
            self.assertEqual(run.check("good.example"), "found", size)
        run.ours.sendall(b"x" * 100000 + b"\n")
        # Its end is no line of its own, wherever the room ended.
        whole = b"table|0.1|1|sts|check|domain|1|good.example\n"
        run.ours.sendall(b"x" * 16384 + whole + b"x" * 16383 + b"\n")
        self.assertTrue(run.silent(0.1))
        self.assertEqual(run.check("good.example"), "found")

    def test_nul_and_hostile_octets(self):
        self.route("good.example", "mx.good.example")
        run = self.table()
        run.greet()
        run.ours.sendall(b"table|0.1|1|sts|check|domain|1|good\0.example\n")
        self.assertEqual(run.line(), "check-result|1|error|not a domain")
        run.ours.sendall(
            b"table|0.1|1|sts|check|domain|1\0|good.example\n"
            b"\0\0\0\n" b"|||||||||||\n" b"table|\0|||check|domain|\n"
            b"table|0.1|1|sts|check|domain|" + b"9" * 65 + b"|good.example\n"
            b"table|0.1|1|sts|che\x80ck|domain|5|good.example\n")
        self.assertTrue(run.silent())
        self.assertEqual(run.check("good.example"), "found")

    def test_truncated_at_every_octet(self):
        whole = b"table|0.1|1|sts|check|domain|1|good.example"
        for n in range(0, len(whole), 7):
            run = self.table()
            run.ours.sendall(b"config|ready\n" + whole[:n])
            for _ in range(3):
                run.line()
            self.assertTrue(run.silent(0.02))

    def test_answers_cannot_hold_lines(self):
        """Whatever the service says, smtpd gets one line of ours."""
        run = self.table()
        run.greet()
        for number, value in enumerate((
                "mx%0Alookup-result|1|found", "mx%00.example", "-x.example",
                "a..example", ".", "a" * 64 + ".example", "mx.example.",
                "user@mx.example", "[192.0.2.1]", "mx.example:26",
                "%FFmx.example", "a." * 127 + "example", "x" * 3000)):
            name = f"host{number}.example"
            self.route(name, value)
            self.assertEqual(
                run.lookup(name),
                f"found|smtp+tls://no-host.{name}.stsgate.invalid", value)
            name = f"why{number}.example"
            self.service.said[f"route {name} now"] = (
                f"blocked {name} mode=enforce id=1 reason={value} "
                "until=+300")
            self.assertRegex(
                run.lookup(name),
                r"^found\|smtp\+tls://[a-z-]+\.why\d+\.example\."
                r"stsgate\.invalid$", value)
        long = ".".join(["a" * 60] * 4)
        self.service.said[f"route {long} now"] = (
            f"blocked {long} mode=enforce id=1 reason=unreachable until=+300")
        self.assertEqual(run.lookup(long),
                         "found|smtp+tls://unreachable.stsgate.invalid")

    def test_names_that_smtpd_takes(self):
        """Both versions on Linux refuse a relay host of 65 octets."""
        run = self.table()
        run.greet()
        for octets, want in ((64, "mx"), (65, "mx-name-too-long.")):
            host = "m" * (octets - 8) + ".example"
            self.route("good.example", host)
            self.assertEqual(
                run.lookup("good.example"), "found|smtp+tls://" +
                (host if want == "mx" else want +
                 "good.example.stsgate.invalid"))
            name = "b" * (octets - 36) + ".example"
            self.service.said[f"route {name} now"] = (
                f"blocked {name} mode=enforce id=1 reason=unreachable "
                "until=+300")
            self.assertEqual(
                run.lookup(name), "found|smtp+tls://unreachable." +
                (name + "." if want == "mx" else "") + "stsgate.invalid")

    def test_known_answers_are_quick(self):
        """Not the figure of the bench, but no wait hides in it."""
        self.route("good.example", "mx.good.example")
        run = self.table()
        run.greet()
        run.check("good.example")
        spent = []
        for _ in range(200):
            start = time.monotonic()
            run.check("good.example")
            spent.append(time.monotonic() - start)
        self.assertLess(min(spent), 0.01)  # a wait would be in each


class Held(Case):
    """An attempt for which no MX qualifies is told, once; a question that is
    no attempt is not."""

    def held(self):
        return [question for question in list(self.service.asked)
                if question.startswith("STS1 held ")]

    def test_each_attempt_once(self):
        self.service.said.update({
            "route bad.example now": "blocked bad.example mode=enforce id=1 "
            "reason=certificate-expired detail=x until=+300",
            "held bad.example progress": "ok"})
        self.route("good.example", "mx.good.example")
        run = self.table()
        run.greet()
        self.assertEqual(run.check("bad.example"), "found")
        for domain in ("good.example", "bad.example", "bad.example"):
            self.assertIn("found|smtp+tls://", run.lookup(domain))
        end = time.monotonic() + 60
        while len(self.held()) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        self.assertTrue(run.silent())
        self.assertEqual(self.held(), ["STS1 held bad.example progress"] * 2)

    def test_smtpd_does_not_wait(self):
        self.service.said.update({
            "route bad.example now": "blocked bad.example mode=enforce id=1 "
            "reason=certificate-expired detail=x until=+300",
            "held bad.example progress": ""})
        run = self.table()
        run.greet()
        begin = time.monotonic()
        for _ in range(20):
            self.assertIn("found|", run.lookup("bad.example"))
        self.assertLess(time.monotonic() - begin, 20 * float(self.WAIT) / 2)


if __name__ == "__main__":
    table.main()
