# SPDX-License-Identifier: ISC
"""The binary protocol of OpenSMTPD 6.8, octet by octet."""
import random
import struct

import table
from table import CHECK, CLOSE, DOMAIN, FETCH, HEADER, LOOKUP, OPEN, \
    RELAYHOST, UPDATE, Case

VALUE = b"smtp+tls://mx.good.example\0"


def question(service, key, params=()):
    texts = b"".join(text + b"\0" for pair in params for text in pair)
    return struct.pack("=i", service) + struct.pack("@N", len(params)) + \
        texts + key


def found(number, text=b""):
    return struct.pack("=i", number) + text


class Imsg(Case):
    def setUp(self):
        super().setUp()
        self.route("good.example", "mx.good.example")
        self.service.said["route plain.example now"] = (
            "none plain.example state=negative reason=no-record")
        self.service.said["route sad.example now"] = (
            "temp sad.example reason=dns-bogus")
        self.run_ = self.table(both=False)
        self.run_.send(OPEN, struct.pack("=I2048s", 2, b"sts"))
        self.assertEqual(self.run_.frame(), b"")

    def ask(self, kind, body):
        self.run_.send(kind, body)
        return self.run_.frame()

    def test_requests(self):
        ask = self.ask
        self.assertEqual(ask(UPDATE, b""), found(1))
        for key, want in ((b"good.example", 1), (b"plain.example", 0),
                          (b"sad.example", -1)):
            self.assertEqual(ask(CHECK, question(DOMAIN, key + b"\0")),
                             found(want), key)
        self.assertEqual(
            ask(LOOKUP, question(RELAYHOST, b"good.example\0")),
            found(1, VALUE))
        self.assertEqual(
            ask(LOOKUP, question(RELAYHOST, b"sad.example\0")),
            found(1, b"smtp+tls://dns-bogus.sad.example.stsgate.invalid\0"))
        self.assertEqual(ask(FETCH, struct.pack("=i", DOMAIN) + bytes(8)),
                         found(-1))
        self.assertEqual(ask(99, b""), found(-1))
        self.assertEqual(ask(CHECK, question(0x8, b"192.0.2.1\0")), found(-1))
        self.assertEqual(
            ask(CHECK, question(DOMAIN, b"good.example\0",
                                ((b"name", b"value"), (b"", b"")))), found(1))
        self.assertTrue(self.run_.silent())
        self.logged(self.run_)

    def test_close_is_the_end(self):
        self.run_.send(CLOSE)
        self.assertEqual(self.run_.process.wait(10), 0)

    def test_octet_by_octet_and_in_one_piece(self):
        body = question(DOMAIN, b"good.example\0")
        frame = HEADER.pack(CHECK, HEADER.size + len(body), 0, 0, 1) + body
        for octet in frame:
            self.run_.ours.sendall(bytes((octet,)))
        self.assertEqual(self.run_.frame(), found(1))
        self.run_.ours.sendall(frame * 500)
        for _ in range(500):
            self.assertEqual(self.run_.frame(), found(1))

    def test_bodies_cut_short_and_wrong(self):
        body = question(DOMAIN, b"good.example\0")
        for n in range(len(body)):
            self.assertEqual(self.ask(CHECK, body[:n]), found(-1), n)
        for wrong in (body + b"x", body + b"\0", question(DOMAIN, b"\0"),
                      question(DOMAIN, b"a" * 1025 + b"\0"),
                      question(DOMAIN, b"a" * 16000 + b"\0"),
                      struct.pack("=iQ", DOMAIN, 2**64 - 1) + b"\0" * 5000,
                      struct.pack("=iQ", DOMAIN, 1) + b"name\0"):
            self.assertEqual(self.ask(CHECK, wrong), found(-1))
        self.assertEqual(self.ask(CHECK, body), found(1))

    def test_frames_that_make_no_sense(self):
        for length in (0, 15, 16385, 65535):
            self.run_.send(CHECK, length=length)
            self.assertTrue(self.run_.silent(0.1))
            self.assertEqual(
                self.ask(CHECK, question(DOMAIN, b"good.example\0")),
                found(1))
        self.assertEqual(self.ask(OPEN, b""), b"")
        self.run_.send(0)
        self.run_.send(1)
        self.assertTrue(self.run_.silent(0.1))

    def test_flags_of_a_descriptor(self):
        body = question(DOMAIN, b"good.example\0")
        self.run_.ours.sendall(
            HEADER.pack(CHECK, HEADER.size + len(body), 1, 9, 9) + body)
        self.assertEqual(self.run_.frame(), found(1))


class Garbage(Case):
    def test_random_octets(self):
        chance = random.Random(8461)
        for first in b"\0\2c\xff":
            run = self.table()
            for _ in range(20):
                run.ours.setblocking(False)
                try:
                    run.ours.recv(1 << 20)
                except BlockingIOError:
                    pass
                run.ours.setblocking(True)
                # No frame of type 3, which is the end.
                junk = chance.randbytes(5000).replace(b"\3", b"\4")
                run.ours.sendall(bytes((first,)) + junk)
            self.assertIsNone(run.process.poll())


if __name__ == "__main__":
    table.main()
