# SPDX-License-Identifier: ISC
"""The mail of RFC 8460 section 5.3, read by Python's email package."""
import email
import email.policy
import email.utils
import re
import sys
import unittest

from report import Report, Result, Sender, make

LINE_MAX = 998  # RFC 5322 section 2.1.1
LONG = ".".join(["a" * 60] * 4)


def parse(report: Report):
    message = email.message_from_bytes(report.mail,
                                       policy=email.policy.default)
    assert not message.defects, message.defects
    return message


class Mail(unittest.TestCase):
    def made(self, *results: Result, sender: Sender = Sender()):
        """A mail whose attachment is the report."""
        report = make(*(results or [Result()]), sender=sender)
        message = parse(report)
        self.assertEqual(message.get_content_type(), "multipart/report")
        self.assertNotIn(b"\r", report.mail)
        self.assertTrue(report.mail.isascii())
        for line in report.mail.split(b"\n"):
            self.assertLessEqual(len(line), LINE_MAX)
        parts = list(message.iter_parts())
        self.assertEqual(len(parts), 2)
        for part in parts:
            self.assertEqual(part.defects, [])
        self.assertEqual(parts[1].get_content(), report.packed)
        return report, message, *parts

    def test_headers(self):
        """RPT-10, RPT-2, RPT-4; APP-9 as far as we go."""
        report, message, _, _ = self.made()
        self.assertEqual(sorted(message.keys()), sorted([
            "Date", "From", "To", "Subject", "Message-ID",
            "TLS-Report-Domain", "TLS-Report-Submitter", "TLS-Required",
            "Auto-Submitted", "MIME-Version", "Content-Type"]))
        self.assertEqual(message["From"], "tls@sender.example")
        self.assertEqual(message["To"], "reports@a.example")
        self.assertEqual(message["TLS-Report-Domain"], "a.example")
        self.assertEqual(message["TLS-Report-Submitter"], "sender.example")
        self.assertEqual(message["TLS-Required"], "No")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(message["MIME-Version"], "1.0")
        self.assertEqual(message["Message-ID"], f"<{report.id}>")
        self.assertEqual(
            message["Subject"], "Report Domain: a.example Submitter: "
            f"sender.example Report-ID: <{report.id}>")
        self.assertEqual(message["Content-Type"].params["report-type"],
                         "tlsrpt")

    def test_date(self):
        for date, text in (
                (1700015400, "Wed, 15 Nov 2023 02:30:00 +0000"),
                (951782399, "Mon, 28 Feb 2000 23:59:59 +0000"),
                (0, "Thu, 01 Jan 1970 00:00:00 +0000")):
            _, message, _, _ = self.made(sender=Sender(date=date))
            self.assertEqual(message["Date"], text)
            self.assertEqual(email.utils.parsedate_to_datetime(
                message["Date"]).timestamp(), date)

    def test_attachment(self):
        """RPT-8 to RPT-10."""
        report, _, _, part = self.made()
        self.assertEqual(part.get_content_type(), "application/tlsrpt+gzip")
        self.assertEqual(part["Content-Transfer-Encoding"], "base64")
        self.assertEqual(part.get_filename(), report.file)
        self.assertRegex(
            report.file, r"^sender\.example!a\.example!1699920000!1700006399"
            r"![A-Za-z0-9]+\.json\.gz$")

    def test_base64_lines(self):
        """76 columns, and the last may be shorter, for any length."""
        for n in range(1, 60, 7):
            report, _, _, _ = self.made(*(
                Result("certificate-expired", mx=f"{i * 7919}.example")
                for i in range(n)))
            body = report.mail.split(b"json.gz\"\n\n")[1].split(b"\n--")[0]
            lines = body.split(b"\n")
            self.assertTrue(all(len(line) == 76 for line in lines[:-1]))
            self.assertTrue(0 < len(lines[-1]) <= 76)

    def test_boundary(self):
        report, message, _, _ = self.made(
            sender=Sender(organization="--" + "=_stsgate-tlsrpt"))
        boundary = message.get_boundary()
        lines = report.mail.decode().split("\n")
        self.assertEqual(
            [line for line in lines if line.startswith("--")],
            [f"--{boundary}", f"--{boundary}", f"--{boundary}--"])
        self.assertIsNone(re.fullmatch(r"[A-Za-z0-9+/=]*", boundary))

    def test_words(self):
        _, _, text, _ = self.made(
            Result(sessions=5), Result("certificate-expired", 2))
        self.assertEqual(text.get_content_type(), "text/plain")
        said = text.get_content()
        for words in ("Sender Ltd", "2023-11-14", "a.example",
                      "sts: 7 sessions, 2 failed", "tls@sender.example"):
            self.assertIn(words, said)

    def test_words_dropped(self):
        _, _, text, _ = self.made(*(Result(policy=f"policy {i}", sessions=3)
                                    for i in range(18)))
        self.assertIn("6 sessions under those are left out",
                      text.get_content())

    def test_organization(self):
        """Any text; it is nowhere but in the words."""
        for name in ("Käsefabrik 北京", "x" * 5000, "a\nBcc: b@c.example\n\n.",
                     "a\r\n--=_stsgate-tlsrpt--\r\nb", "\x01\x1b[31m", "ä" * 3000):
            _, message, text, _ = self.made(sender=Sender(organization=name))
            self.assertNotIn("Bcc", message)
            said = text.get_content()
            self.assertIn(re.sub(r"[\x00-\x1f]", " ", name), said)

    def test_longest(self):
        self.made(sender=Sender(
            contact=f"{'c' * 64}@{LONG}", submitter=LONG, domain=LONG,
            to=f"{'t' * 64}@{LONG}"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
