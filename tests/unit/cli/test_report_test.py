# SPDX-License-Identifier: ISC
"""`report test`: mails that are signed here, by openssl and a canonicalization
of our own from RFC 6376, and the two signatures of RFC 8463 appendix A."""
import base64
import hashlib
import itertools
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

from command import Service, main, run, run_json

DOMAIN = "sender.example"
HEAD = (f"From: TLS <tlsrpt@{DOMAIN}>",
        "To: rua@b.example",
        "Subject: Report Domain: b.example  Submitter:\r\n\tsender.example",
        "TLS-Report-Domain: b.example",
        f"TLS-Report-Submitter: {DOMAIN}")
BODY = "A  report \t\r\n\r\n is here.\r\n\r\n\r\n"
SIGNED = "From:To:Subject:TLS-Report-Domain:TLS-Report-Submitter"
ALL = ["domain", "form", "fields", "body", "key", "service", "signature"]
FORMS = ("simple", "relaxed")
# RFC 8463 appendix A, with the one field that makes a report of it.
RFC8463 = """TLS-Report-Submitter: football.example.com
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
RFC8463_KEYS = (
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs"
    "5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/"
    "BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kry"
    "OTIKT+l/K4w3QIDAQAB")


class Key:
    """A key of openssl's and its record."""

    def __init__(self, folder, kind, *how):
        self.kind = kind
        self.path = f"{folder}/{kind}{''.join(how)[-4:]}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", kind, *how,
                        "-out", self.path], check=True, capture_output=True)
        der = subprocess.run(
            ["openssl", "pkey", "-in", self.path, "-pubout", "-outform",
             "DER"], check=True, capture_output=True).stdout
        self.data = base64.b64encode(
            der if kind == "RSA" else der[-32:]).decode()

    def record(self, more="s=tlsrpt; "):
        return f"v=DKIM1; k={self.kind.lower()}; {more}p={self.data}"

    def sign(self, data):
        """As the algorithms of RFC 6376 and RFC 8463 do."""
        with tempfile.NamedTemporaryFile() as file:
            if self.kind == "RSA":
                words = ["dgst", "-sha256", "-sign", self.path, file.name]
            else:
                data = hashlib.sha256(data).digest()
                words = ["pkeyutl", "-sign", "-inkey", self.path, "-rawin",
                         "-in", file.name]
            file.write(data)
            file.flush()
            return subprocess.run(["openssl", *words], check=True,
                                  capture_output=True).stdout


def relaxed(field):
    name, value = field.split(":", 1)
    value = re.sub(r"[ \t]+", " ", value.replace("\r\n", "")).strip()
    return name.strip().lower() + ":" + value


def body_hash(body, form):
    if form == "relaxed":
        body = "".join(re.sub(r"[ \t]+", " ", line).rstrip(" ") + "\r\n"
                       for line in body.split("\r\n"))
    body = re.sub(r"(\r\n)+\Z", "", body) + "\r\n"
    if form == "relaxed" and body == "\r\n":
        body = ""
    return base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()


def signed(key, *, forms=("relaxed", "relaxed"), head=HEAD, body=BODY,
           fields=SIGNED, domain=DOMAIN, more="", change=str):
    """A mail and, in front, its signature; CHANGE is done to the text of that
    before it is signed."""
    algorithm = {"RSA": "rsa", "ED25519": "ed25519"}[key.kind]
    own = change(
        f"DKIM-Signature: v=1; a={algorithm}-sha256;\r\n"
        f" c={'/'.join(forms)}; d={domain}; s=tlsrpt;{more}\r\n"
        f"\th={fields};  bh={body_hash(body, forms[1])};\r\n b=")
    left = list(head)
    picked = []
    for name in fields.split(":"):
        found = [one for one in left
                 if one.split(":")[0].lower() == name.strip().lower()]
        if found:
            picked.append(found[-1])
            left.reverse()
            left.remove(found[-1])
            left.reverse()
    text = [*picked, own]
    if forms[0] == "relaxed":
        text = [relaxed(one) for one in text]
    b = base64.b64encode(key.sign("\r\n".join(text).encode())).decode()
    own += "\r\n ".join(b[at:at + 60] for at in range(0, len(b), 60))
    return "\r\n".join((own, *head, "", body))


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.rsa = Key(cls.folder.name, "RSA", "-pkeyopt",
                      "rsa_keygen_bits:2048")
        cls.ed = Key(cls.folder.name, "ED25519")

    def wrong(self, mail, record, code):
        """What is not right."""
        file = pathlib.Path(self.folder.name, "record")
        file.write_text(record)
        octets = mail if isinstance(mail, bytes) else mail.encode()
        got, answer = run_json("report", "test", "-", "--key", str(file),
                               data=octets)
        self.assertEqual(got, code, answer)
        self.assertEqual(answer["good"], code == 0)
        self.last = answer["checks"]
        if code == 0:
            self.assertEqual([one["what"] for one in self.last], ALL)
        return [one["what"] for one in self.last if not one["ok"]]

    def good(self, mail, record):
        self.assertEqual(self.wrong(mail, record, 0), [])

    def bad(self, mail, record, *what):
        self.assertEqual(self.wrong(mail, record, 1), list(what))


class Good(Case):
    def test_all_forms(self):
        for key, head, body, lf in itertools.product(
                (self.rsa, self.ed), FORMS, FORMS, (False, True)):
            mail = signed(key, forms=(head, body))
            with self.subTest(key=key.kind, head=head, body=body, lf=lf):
                self.good(mail.replace("\r\n", "\n") if lf else mail,
                          key.record())

    def test_bodies(self):
        for body in ("", "\r\n", "\r\n\r\n", "x", "x\r\n", " \r\n", "x \t\r\n",
                     "\r\nx\r\n", "x\r\n\r\ny", " x  y\r\n"):
            for form in FORMS:
                with self.subTest(body=body, form=form):
                    self.good(signed(self.ed, body=body,
                                     forms=("relaxed", form)),
                              self.ed.record())

    def test_fields(self):
        twice = (*HEAD, "To: c@b.example", "X:  y")
        for fields in (SIGNED + ":To:To:To:Nothing:X", "x : " + SIGNED,
                       SIGNED.lower() + ":From"):
            for form in FORMS:
                with self.subTest(fields=fields, form=form):
                    self.good(signed(self.ed, head=twice, fields=fields,
                                     forms=(form, form)), self.ed.record())

    def test_as_it_was_stored(self):
        mail = signed(self.ed).replace("\r\n", "\n")
        self.good("From tlsrpt@a Sun Nov 29 00:00:00 2026\n" + mail,
                  self.ed.record())
        self.good("Received: by x\n" + mail, self.ed.record())

    def test_another_one(self):
        """One that is right is enough."""
        mail = signed(self.ed)
        wrong = mail.split("\r\nFrom:")[0].replace(" b=", " b=AAAA")
        file = pathlib.Path(self.folder.name, "record")
        file.write_text(self.ed.record())
        code, _ = run_json("report", "test", "-", "--key", str(file),
                           data=(wrong + "\r\n" + mail).encode())
        self.assertEqual(code, 0)

    def test_rfc8463(self):
        for number, record in enumerate(RFC8463_KEYS):
            wrong = self.wrong(RFC8463, record, 1)
            self.assertEqual(sorted(wrong), ["fields", "fields", "signature"])
            self.assertEqual([one["ok"] for one in self.last
                              if one["what"] == "signature"],
                             [number == 0, number == 1])


class Changed(Case):
    def test_relaxed(self):
        mail, record = signed(self.ed), self.ed.record()
        self.bad(mail.replace("is here", "is there"), record, "body")
        self.bad(mail + "more\r\n", record, "body")
        self.bad(mail.replace("From: TLS", "From: TLX"), record, "signature")
        self.bad(mail.replace("Domain: b.example\r\nTLS",
                              "Domain: c.example\r\nTLS"), record,
                 "signature")
        self.bad(mail.replace("s=tlsrpt;", "s=tlsrpt; t=1;"), record,
                 "signature")
        self.bad(re.sub(r" b=(.)", lambda found: " b=" + (
            "A" if found[1] != "A" else "B"), mail), record, "signature")
        self.good(mail + "\r\n\r\n", record)
        self.good(mail.replace("A  report \t", "A report"), record)
        self.good(mail.replace("TLS-Report-Domain: b",
                               "tls-report-domain :   b"), record)
        self.good(mail.replace("Submitter:\r\n\ts", "Submitter: s"), record)

    def test_simple(self):
        mail = signed(self.ed, forms=("simple", "simple"))
        record = self.ed.record()
        self.bad(mail.replace("A  report", "A report"), record, "body")
        self.bad(mail.replace("TLS-Report-Domain: b",
                              "tls-report-domain: b"), record, "signature")
        self.good(mail + "\r\n", record)

    def test_one_more_field(self):
        more = "From: evil@b.example\r\n"
        self.good(more + signed(self.ed), self.ed.record())
        self.bad(more + signed(self.ed, fields=SIGNED + ":From"),
                 self.ed.record(), "signature")


class Signature(Case):
    def test_what_is_not_taken(self):
        record = self.ed.record()
        for more in (" l=3;", " x=1000;", " c=x/simple;", " v=1;", " bh=x;",
                     " x=soon;"):
            with self.subTest(more=more):
                self.bad(signed(self.ed, more=more), record, "form")
        for old, new in (("ed25519-sha256", "rsa-sha1"), ("v=1", "v=2"),
                         ("s=tlsrpt;", ""), ("bh=", "bx=")):
            with self.subTest(new=new):
                self.bad(signed(self.ed, change=lambda text, o=old, n=new:
                                text.replace(o, n)), record, "form")
        self.bad(signed(self.ed, fields="To:Subject"), record, "form")

    def test_fields(self):
        self.bad(signed(self.ed, fields="From:To:TLS-Report-Domain"),
                 self.ed.record(), "fields")
        self.assertIn("TLS-Report-Submitter", self.last[2]["text"])

    def test_whose(self):
        self.bad(signed(self.ed, domain="other.example"), self.ed.record(),
                 "domain")
        self.assertIn("1 of others", self.last[0]["text"])
        self.good(signed(self.ed, domain="Sender.Example"),
                  self.ed.record())
        self.bad("\r\n".join((*HEAD, "", BODY)), self.ed.record(), "domain")
        self.bad(signed(self.ed, head=HEAD[:-1]), self.ed.record(), "report")

    def test_too_long(self):
        self.bad(signed(self.ed, fields=SIGNED + ":a" * 5000),
                 self.ed.record(), "form")
        self.bad("X: y\r\n" * 50000 + signed(self.ed), self.ed.record(),
                 "form")


class Record(Case):
    def test_service(self):
        mail = signed(self.ed)
        for more, named in (("s=tlsrpt; ", True), ("s=email:tlsrpt;", True),
                            ("s=*; ", False), ("", False)):
            with self.subTest(more=more):
                self.good(mail, self.ed.record(more))
                self.assertEqual("may ignore" in self.last[5]["text"],
                                 not named)
        self.bad(mail, self.ed.record("s=email; "), "key")

    def test_what_is_not_taken(self):
        mail, data = signed(self.ed), self.ed.data
        for record in ("", "v=DKIM1", "v=DKIM1; p=", f"v=DKIM2; p={data}",
                       f"k=dsa; p={data}", f"h=sha1; k=ed25519; p={data}",
                       f"k=ed25519; p={data}; p={data}"):
            with self.subTest(record=record):
                self.bad(mail, record, "key")
        for record in (self.rsa.record(), f"k=ed25519; p={data[:-4]}",
                       "k=rsa; p=AAAA", f"k=rsa; p={data}"):
            with self.subTest(record=record):
                self.bad(mail, record, "signature")
        other = Key(self.folder.name, "RSA", "-pkeyopt",
                    "rsa_keygen_bits:1016")
        self.bad(signed(other), other.record(), "signature")
        self.assertIn("too short", self.last[-1]["text"])
        self.bad(signed(self.rsa), other.record(), "signature")

    def test_no_file(self):
        code, _, err = run("report", "test", "-", "--key", "/nowhere/key",
                           data=signed(self.ed).encode())
        self.assertEqual(code, 2, err)


class Hostile(Case):
    def test_octets(self):
        """Nothing that is changed holds, or it is not signed."""
        mail = bytearray(signed(self.ed).encode())
        rng = random.Random(6376)
        for _ in range(300):
            other = mail[:]
            for _ in range(rng.randrange(1, 4)):
                at = rng.randrange(len(other))
                other[at:at + rng.randrange(3)] = rng.randbytes(
                    rng.randrange(3))
            file = pathlib.Path(self.folder.name, "record")
            file.write_text(self.ed.record())
            code, _ = run_json("report", "test", "-", "--key", str(file),
                               data=bytes(other))
            self.assertIn(code, (0, 1), bytes(other))


class Text(Case):
    def test_lines(self):
        file = pathlib.Path(self.folder.name, "record")
        file.write_text(self.ed.record())
        code, out, err = run("report", "test", "-", "--key", str(file),
                             data=signed(self.ed).encode())
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines(), [
            "ok domain     signed by sender.example, who submits it",
            "ok form       selector tlsrpt, ed25519-sha256",
            "ok fields     From, TLS-Report-Domain and TLS-Report-Submitter "
            "are signed",
            "ok body       it is as it was signed",
            "ok key        tlsrpt._domainkey.sender.example",
            "ok service    s=tlsrpt",
            "ok signature  it is by that key"])

    def test_usage(self):
        for words in ((), ("x", "--send", "a@b.example"), ("x", "y")):
            self.assertEqual(run("report", "test", *words)[0], 64)
        self.assertEqual(run("report", "test", "/nowhere/mail")[0], 2)
        self.assertEqual(run("report", "read", "x", "--key", "y")[0], 64)

    def test_send(self):
        question = "STS1 report-test a+b@b.example progress"
        for answer, code in (("STS1 ok", 0), ("STS1 error refused text=no", 2),
                             ("STS1 temp - reason=report-test", 2)):
            with Service({question: answer}) as service:
                got, out, _ = run("report", "test", "--send", "a+b@b.example",
                                  "--socket", service.path)
                self.assertEqual((got, service.asked), (code, [question]))
                self.assertEqual("has taken it" in out, code == 0)


if __name__ == "__main__":
    main()
