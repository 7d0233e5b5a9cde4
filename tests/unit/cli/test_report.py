# SPDX-License-Identifier: ISC
"""`report read`: reports as others write them, made here from the RFC."""
from __future__ import annotations

import copy
import email.message
import email.policy
import gzip
import json
import pathlib
import tempfile
import unittest
from typing import Any

from command import main, run, run_json

JSON = dict[str, Any]

STS = {"policy-type": "sts", "policy-string": [
    "version: STSv1", "mode: enforce", "mx: mx.a.example",
    "mx: *.b.example", "max_age: 604800"],
    "policy-domain": "a.example", "mx-host": ["mx.a.example", "*.b.example"]}


def report(*policies: JSON, **more: Any) -> JSON:
    """A report of one day."""
    return {"organization-name": "Sender Ltd",
            "date-range": {"start-datetime": "2026-01-31T00:00:00Z",
                           "end-datetime": "2026-01-31T23:59:59Z"},
            "contact-info": "tls@sender.example",
            "report-id": "2026-01-31T00:00:00Z_a.example",
            "policies": list(policies), **more}


def policy(good: int, bad: int, *details: JSON, told: JSON = STS) -> JSON:
    """What is told under one policy."""
    return {"policy": told,
            "summary": {"total-successful-session-count": good,
                        "total-failure-session-count": bad},
            "failure-details": list(details)}


def failure(result: str, count: int, **more: str) -> JSON:
    """One failure; '_' stands for '-'."""
    return {"result-type": result, "failed-session-count": count,
            **{key.replace("_", "-"): text for key, text in more.items()}}


FAILED = report(policy(
    7, 5,
    failure("starttls-not-supported", 1, receiving_mx_hostname="mx.a.example"),
    failure("certificate-expired", 4, sending_mta_ip="192.0.2.1",
            receiving_ip="2001:db8::25",
            receiving_mx_hostname="mx1.b.example",
            failure_reason_code="X509_V_ERR_CERT_HAS_EXPIRED",
            additional_information="https://sender.example/why")))


def octets(content: JSON) -> bytes:
    return json.dumps(content).encode()


def mail(content: JSON, kind: str = "tlsrpt+gzip", cte: str = "base64",
         eol: Any = email.policy.SMTP) -> bytes:
    """The mail of RFC 8460 section 5.3, by Python's email package."""
    message = email.message.EmailMessage()
    message["From"] = "tls@sender.example"
    message["TLS-Report-Domain"] = "a.example"
    message.set_content("A report is attached.")
    body = octets(content)
    message.add_attachment(
        gzip.compress(body) if kind.endswith("gzip") else body,
        maintype="application", subtype=kind, cte=cte,
        filename="sender.example!a.example!1769817600!1769903999.json.gz")
    message.set_type("multipart/report")
    message.set_param("report-type", "tlsrpt")
    return message.as_bytes(policy=eol)


def read(data: bytes, want: int) -> list[str]:
    """The lines that it prints."""
    code, out, err = run("report", "read", "-", data=data)
    assert (code, err) == (want, ""), (code, out, err)
    return out.splitlines()


class Table(unittest.TestCase):
    def test_failures(self):
        self.assertEqual(read(octets(FAILED), 1), [
            "from       Sender Ltd",
            "contact    tls@sender.example",
            "report     2026-01-31T00:00:00Z_a.example",
            "days       2026-01-31 (UTC)",
            "",
            "sts a.example",
            "  mode       enforce, max_age 604800",
            "  mx         mx.a.example, *.b.example",
            "  sessions   7 succeeded, 5 failed",
            "     failed  result                  MX host        from       to"
            "            reason                       information",
            "          4  certificate-expired     mx1.b.example  192.0.2.1  "
            "2001:db8::25  X509_V_ERR_CERT_HAS_EXPIRED  "
            "https://sender.example/why",
            "          1  starttls-not-supported  mx.a.example   -          -"
            "             -                            -",
            "",
            "in all     1 policy, 7 sessions succeeded, 5 failed"])

    def test_good_day(self):
        """As large receivers send daily: nothing failed, one policy."""
        lines = read(octets(report(policy(43, 0))), 0)
        self.assertIn("  sessions   43 succeeded, 0 failed", lines)
        self.assertEqual(
            lines[-1], "in all     1 policy, 43 sessions succeeded, 0 failed")

    def test_policies_of_each_kind(self):
        """DANE beside no policy, as senders with DANE tell it."""
        tlsa = {"policy-type": "tlsa", "policy-domain": "mx.a.example",
                "policy-string": ["3 1 1 AB", "3 1 1 CD"]}
        none = {"policy-type": "no-policy-found",
                "policy-domain": "a.example"}
        invalid = {"policy-type": "sts", "policy-string": ["mode: enforce"],
                   "policy-domain": "b.example", "mx-host": []}
        lost = {**invalid, "policy-string": []}
        lines = read(octets(report(
            policy(5, 0, told=tlsa), policy(2, 0, told=none),
            policy(0, 3, failure("sts-policy-invalid", 3), told=invalid),
            policy(0, 1, failure("sts-policy-fetch-error", 1), told=lost))),
            1)
        for line in ("tlsa mx.a.example", "  records    3 1 1 AB, 3 1 1 CD",
                     "no-policy-found a.example", "sts b.example",
                     "  mode       not known: the policy is not valid",
                     "  mode       not known: there is no policy",
                     "in all     4 policies, 7 sessions succeeded, 4 failed"):
            self.assertIn(line, lines)

    def test_days(self):
        for end, want in (
                ("2026-02-01T23:59:59Z", "2026-01-31 to 2026-02-01 (UTC)"),
                ("2026-02-01T00:00:00Z",
                 "2026-01-31T00:00:00Z to 2026-02-01T00:00:00Z")):
            content = copy.deepcopy(report(policy(1, 0)))
            content["date-range"]["end-datetime"] = end
            self.assertIn(f"days       {want}", read(octets(content), 0))

    def test_hostile_words(self):
        """run() looks at each octet that comes out."""
        evil = "\x1b]0;x\x07\u202e\x00\x7f\n"
        content = report(policy(0, 1, failure(
            evil, 1, receiving_mx_hostname=evil, failure_reason_code=evil,
            x=evil), told={**STS, "policy-type": evil,
                           "policy-domain": "\xff" * 9999}))
        content["organization-name"] = evil
        content[evil.replace("\x00", "")] = 1
        lines = read(octets(content), 1)
        self.assertIn("from       \\x1b]0;x\\x07\\xe2\\x80\\xae\\x00\\x7f"
                      "\\x0a", lines)
        self.assertTrue(all(len(line) < 4096 for line in lines))
        code, answer = run_json("report", "read", "-", data=octets(content))
        self.assertEqual((code, answer["organization-name"]), (1, evil))


class Forms(unittest.TestCase):
    def test_all_are_the_same(self):
        want = read(octets(FAILED), 1)
        plain = email.policy.default
        for data in (gzip.compress(octets(FAILED)), mail(FAILED),
                     mail(FAILED, eol=plain),
                     mail(FAILED, "tlsrpt+json"),
                     mail(FAILED, "tlsrpt+json", "quoted-printable"),
                     mail(FAILED, "tlsrpt+json", "7bit"),
                     mail(FAILED, "tlsrpt+gzip", "quoted-printable"),
                     b"From x Sat Jan 31 00:00:00 2026\n" +
                     mail(FAILED, eol=plain)):
            self.assertEqual(read(data, 1), want, data)

    def test_report_is_the_body(self):
        body = gzip.compress(octets(FAILED))
        message = email.message.EmailMessage()
        message.set_content(body, maintype="application",
                            subtype="tlsrpt+gzip")
        self.assertEqual(read(message.as_bytes(), 1), read(body, 1))

    def test_forwarded(self):
        """The mail as an attachment of another."""
        outer = email.message.EmailMessage()
        outer.set_content("look")
        outer.add_attachment(email.message_from_bytes(
            mail(FAILED), policy=email.policy.default))
        self.assertEqual(read(outer.as_bytes(), 1), read(octets(FAILED), 1))

    def test_renamed_by_a_gateway(self):
        lines = read(mail(FAILED, "gzip"), 1)
        self.assertIn("-: warning: the report is called application/gzip "
                      "(media-type, RFC 8460 section 5.3)", lines)

    def test_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "mail"
            path.write_bytes(mail(FAILED))
            code, out, _ = run("report", "read", str(path))
        self.assertEqual((code, out.splitlines()),
                         (1, read(octets(FAILED), 1)))

    def test_json(self):
        code, answer = run_json("report", "read", "-", data=mail(FAILED))
        self.assertEqual((code, answer), (1, FAILED))
        code, answer = run_json("report", "read", "-",
                                data=octets(report(policy(1, 0))))
        self.assertEqual((code, answer), (0, report(policy(1, 0))))


class Odd(unittest.TestCase):
    def test_put_right(self):
        """As it stands in the RFC's example and in what follows it."""
        content = copy.deepcopy(FAILED)
        told = content["policies"][0]
        told["policy"]["mx-host"] = "mx.a.example"
        told["summary"]["total-failure-session-count"] = "5"
        del told["policy"]["policy-domain"]
        told["seen"] = "yes"
        notes = [
            'unknown field of policies: "seen" (unknown-field,',
            'there is no "policy-domain" (missing,',
            '"mx-host" is not an array, see EID 6241 (not-an-array,',
            '"total-failure-session-count" is not an integer '
            '(not-an-integer,']
        notes = [f"{note} RFC 8460 section 4.4)" for note in notes]
        lines = read(octets(content), 1)
        self.assertIn("sts -", lines)
        self.assertEqual(lines[-4:], [f"-: warning: {n}" for n in notes])
        code, out, err = run("report", "read", "--json", "-",
                             data=octets(content))
        self.assertEqual(err.splitlines(),
                         [f"stsgate: -: warning: {n}" for n in notes])
        told["policy"]["mx-host"] = ["mx.a.example"]
        told["summary"]["total-failure-session-count"] = 5
        self.assertEqual((code, json.loads(out)), (1, content))


class Broken(unittest.TestCase):
    def test_messages(self):
        form, gz = "RFC 8460 section 4.4", "RFC 8460 section 5.2"
        for data, words in (
                (b"", "it is empty (empty, RFC 8460 section 5)"),
                (b"PK\x03\x04", "it is neither JSON nor gzip nor a mail "
                 "(form, RFC 8460 section 5)"),
                (mail(FAILED, "pdf; x")[:200] + b"\r\n\r\n",
                 "a mail in which no part is application/tlsrpt+gzip or +json "
                 "(no-report, RFC 8460 section 5.3)"),
                (gzip.compress(octets(FAILED))[:-9],
                 f"the gzip in it is broken, or cut short (gzip, {gz})"),
                (gzip.compress(b" " * (21 << 20)),
                 f"it unpacks to more than 20 MiB (unpacked-size, {gz})"),
                (b" " * ((16 << 20) + 1),
                 f"it is larger than 16 MiB (file-size, {gz})"),
                (b"[" + b"{}," * 250001,
                 "it is larger than 20 MiB, or has more than 500000 values "
                 f"(json-size, {gz})"),
                (b"{}", 'it is JSON, but not a TLS report: no "policies" '
                 f"(form, {form})"),
                (octets(report(policy(1, -1))),
                 '"total-failure-session-count" is not a number of sessions '
                 f"(count, {form})")):
            code, out, err = run("report", "read", "-", data=data)
            self.assertEqual((code, out), (2, ""), words)
            self.assertEqual(err, f"stsgate: -: {words}\n")
            code, out, _ = run("report", "read", "--json", "-", data=data)
            self.assertEqual((code, out), (2, ""), words)

    def test_not_json(self):
        code, _, err = run("report", "read", "-", data=b'{"a":\x1b}')
        self.assertEqual(code, 2)
        self.assertRegex(err, r"^stsgate: -: it is not JSON: line 1: .*"
                         r"\(json, RFC 8460 section 4\.4\)\n$")

    def test_no_file(self):
        code, out, err = run("report", "read", "/nonexistent/\x1b")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("/nonexistent/\\x1b: No such file", err)

    def test_words(self):
        for words in (["report"], ["report", "read"], ["report", "x", "-"],
                      ["report", "read", "a", "b"],
                      ["report", "read", "-", "--socket", "x"]):
            self.assertEqual(run(*words)[0], 64, words)


if __name__ == "__main__":
    main()
