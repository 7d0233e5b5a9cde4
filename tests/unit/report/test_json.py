# SPDX-License-Identifier: ISC
"""The JSON of RFC 8460 section 4.4, read by others."""
import json
import pathlib
import sys
import unittest

import jsonschema

from report import DAY, POLICY, Report, Result, Sender, make

SCHEMA = json.loads(
    (pathlib.Path(__file__).parent / "tlsrpt.schema.json").read_text())
FAILURES = SCHEMA["definitions"]["detail"]["properties"]["result-type"]["enum"]


def is_character(code: int) -> bool:
    """What RFC 7493 section 2.1 lets a string hold."""
    return not (0xd800 <= code <= 0xdfff or 0xfdd0 <= code <= 0xfdef
                or code & 0xfffe == 0xfffe)


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *strings(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


class Json(unittest.TestCase):
    def made(self, *results: Result, sender: Sender = Sender()) -> Report:
        """A report that the schema takes, and whose sums agree."""
        report = make(*results, sender=sender)
        jsonschema.Draft7Validator.check_schema(SCHEMA)
        jsonschema.Draft7Validator(SCHEMA).validate(report.json)
        self.assertNotIn(b"null", report.text)
        for text in strings(report.json):
            self.assertTrue(all(is_character(ord(c)) for c in text))
        for entry in report.json["policies"]:
            self.assertEqual(
                sum(d["failed-session-count"]
                    for d in entry["failure-details"]),
                entry["summary"]["total-failure-session-count"])
        return report

    def only(self, *results: Result):
        entries = self.made(*results).json["policies"]
        self.assertEqual(len(entries), 1)
        return entries[0]

    def test_envelope(self):
        """RPT-6: the whole UTC day."""
        made = self.made(Result(sessions=3))
        self.assertEqual(made.json["organization-name"], "Sender Ltd")
        self.assertEqual(made.json["contact-info"], "tls@sender.example")
        self.assertEqual(made.json["report-id"], made.id)
        self.assertEqual(made.json["date-range"], {
            "start-datetime": "2023-11-14T00:00:00Z",
            "end-datetime": "2023-11-14T23:59:59Z"})

    def test_no_result(self):
        self.assertEqual(self.made().json["policies"], [])

    def test_sts(self):
        entry = self.only(
            Result(sessions=7),
            Result("certificate-expired", 2, mx="mx.a.example",
                   sending_ip="192.0.2.1", receiving_ip="2001:db8::1",
                   helo="mx", reason="X509_V_ERR_CERT_HAS_EXPIRED"))
        self.assertEqual(entry["policy"], {
            "policy-type": "sts", "policy-string": POLICY.splitlines(),
            "policy-domain": "a.example",
            "mx-host": ["mx.a.example", "*.b.example"]})
        self.assertEqual(entry["summary"], {
            "total-successful-session-count": 7,
            "total-failure-session-count": 2})
        self.assertEqual(entry["failure-details"], [{
            "result-type": "certificate-expired",
            "sending-mta-ip": "192.0.2.1",
            "receiving-mx-hostname": "mx.a.example",
            "receiving-mx-helo": "mx", "receiving-ip": "2001:db8::1",
            "failed-session-count": 2,
            "failure-reason-code": "X509_V_ERR_CERT_HAS_EXPIRED"}])

    def test_every_result(self):
        entry = self.only(*(Result(name, i + 1)
                            for i, name in enumerate(FAILURES)))
        self.assertEqual(
            {d["result-type"]: d["failed-session-count"]
             for d in entry["failure-details"]},
            {name: i + 1 for i, name in enumerate(FAILURES)})

    def test_unknown_left_out(self):
        entry = self.only(Result("sts-policy-fetch-error", policy="",
                                 reason="http-404"))
        self.assertEqual(entry["policy"], {
            "policy-type": "sts", "policy-string": [],
            "policy-domain": "a.example", "mx-host": []})
        self.assertEqual(entry["failure-details"], [{
            "result-type": "sts-policy-fetch-error",
            "failed-session-count": 1, "failure-reason-code": "http-404"}])

    def test_verbatim(self):
        """Errors and all, one element a line."""
        policy = "version: STSv1\n mode:testing \n\n???\r\nmx: a.b\nmax_age: 1"
        entry = self.only(Result(policy=policy))
        self.assertEqual(entry["policy"]["policy-string"], [
            "version: STSv1", " mode:testing ", "", "???", "mx: a.b",
            "max_age: 1"])
        self.assertEqual(entry["policy"]["mx-host"], ["a.b"])

    def test_no_policy_parses(self):
        entry = self.only(Result("sts-policy-invalid",
                                 policy="mx: a.b\nversion: x\n"))
        self.assertEqual(entry["policy"]["policy-string"],
                         ["mx: a.b", "version: x"])
        self.assertEqual(entry["policy"]["mx-host"], [])

    def test_two_policies(self):
        newer = POLICY.replace("testing", "enforce")
        entries = self.made(Result(sessions=3), Result(
            "validation-failure", 2, policy=newer)).json["policies"]
        self.assertEqual(
            sorted((e["policy"]["policy-string"][1],
                    *e["summary"].values()) for e in entries),
            [("mode: enforce", 0, 2), ("mode: testing", 3, 0)])

    def test_other_types(self):
        """RPT-13: mode none, and no policy at all; RPT-14: DANE's domain is
        the host."""
        none = "version: STSv1\nmode: none\nmax_age: 86400\n"
        entries = self.made(
            Result(type="tlsa", policy="mx.a.example\n3 1 1 AB\n3 1 1 CD\n"),
            Result("dnssec-invalid", type="tlsa", policy="mx.b.example\n"),
            Result(type="tlsa", policy=""),
            Result(type="no-policy-found", policy="", sessions=2),
            Result(policy=none, sessions=4)).json["policies"]
        self.assertEqual([e["policy"] for e in entries], [
            {"policy-type": "tlsa", "policy-domain": "a.example",
             "policy-string": []},
            {"policy-type": "tlsa", "policy-domain": "mx.a.example",
             "policy-string": ["3 1 1 AB", "3 1 1 CD"]},
            {"policy-type": "tlsa", "policy-domain": "mx.b.example",
             "policy-string": []},
            {"policy-type": "no-policy-found",
             "policy-domain": "a.example"}])
        self.assertEqual(
            entries[3]["summary"]["total-successful-session-count"], 6)

    def test_hostile(self):
        """Octets that are no JSON, and no UTF-8, in each text."""
        every = bytes(range(256)) * 40
        self.made(Result("validation-failure", policy=every, mx=every,
                         sending_ip=every, receiving_ip=every, helo=every,
                         reason=every),
                  sender=Sender(organization="\u00e4\u0001\"\\\n\U0001f4e7"))

    def test_hostile_lines(self):
        lines = {b"\x01\x7f\t": "\x01\x7f\t", b"\0": "\0",
                 "\u00e4\u4e2d\U0001f4e7".encode(): "\u00e4\u4e2d\U0001f4e7",
                 b"\xff": "\ufffd", b"a\xc3": "a\ufffd",
                 b"\xc0\x80": "\ufffd\ufffd", b"\xed\xa0\x80": "\ufffd" * 3,
                 b"\xef\xbf\xbe": "\ufffd", b"\xf4\x90\x80\x80": "\ufffd" * 4,
                 b"\xe2\x82": "\ufffd\ufffd", b"a\rb": "a\rb",
                 "x\u00e4".encode() * 10240: "x\u00e4" * 10240,
                 b"\"\\/</script>": "\"\\/</script>"}
        for raw, shown in lines.items():
            entry = self.only(Result("sts-policy-invalid", policy=raw))
            self.assertEqual(entry["policy"]["policy-string"], [shown])

    def test_dropped_details(self):
        """Those without room are in one more, so that the sums agree."""
        entry = self.only(*(Result("certificate-expired", 2, mx=f"mx{i}")
                            for i in range(230)))
        self.assertEqual(len(entry["failure-details"]), 201)
        self.assertEqual(entry["summary"]["total-failure-session-count"], 460)
        self.assertEqual(entry["failure-details"][-1], {
            "result-type": "validation-failure", "failed-session-count": 60,
            "failure-reason-code": "details-dropped"})

    def test_same_each_time(self):
        """RPT-7: a later try has the same report, to the octet, whatever
        order the results came in."""
        results = [Result("certificate-expired", i + 1, mx=f"mx{i}")
                   for i in range(20)]
        one, two = make(*results), make(*reversed(results))
        self.assertEqual(one.packed, two.packed)
        self.assertEqual((one.id, one.file), (two.id, two.file))

    def test_largest_policy(self):
        policy = "version: STSv1\nmode: enforce\nmax_age: 1\n"
        policy += "".join(f"mx: m{i}.example\n" for i in range(3400))
        entry = self.only(Result(policy=policy))
        self.assertEqual(len(entry["policy"]["mx-host"]), 3400)
        self.assertEqual(entry["policy"]["policy-string"],
                         policy.splitlines())


class Schema(unittest.TestCase):
    """The schema refuses what a report must not be."""

    def test_refusals(self):
        good = make(Result("certificate-expired", mx="a")).json
        validator = jsonschema.Draft7Validator(SCHEMA)
        entry = good["policies"][0]
        for place, key, value in (
                (good, "contact-info", None), (good, "policies", None),
                (good, "extra", "x"), (entry, "failure-details", None),
                (entry["policy"], "mx-host", "a"),
                (entry["policy"], "policy-type", "tlsa"),
                (entry["failure-details"][0], "receiving-ip", ""),
                (entry["failure-details"][0], "result-type", "success")):
            before = dict(place)
            place[key] = value
            self.assertFalse(validator.is_valid(good), key)
            place.clear()
            place.update(before)
        self.assertTrue(validator.is_valid(good))


if __name__ == "__main__":
    assert DAY * 86400 == 1699920000
    unittest.main(argv=sys.argv[:1], verbosity=1)
