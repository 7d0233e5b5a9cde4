# SPDX-License-Identifier: ISC
"""A name server for the command under test."""
import socket
import struct
import threading
import time

A, MX, TXT = 1, 15, 16
SLOW = 1.3  # seconds


class Dns:
    """Answers by RECORDS, below broken.example with SERVFAIL, to all else
    NXDOMAIN; below dead.example not at all, and below slow.example late."""

    def __init__(self, records):
        self.records = records
        self.known = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            name = name_at(query)[0]
            if name.endswith("slow.example"):
                # It is known then, whoever asked again meanwhile.
                until = self.known.setdefault(
                    query[12:], time.monotonic() + SLOW)
                threading.Timer(
                    max(0, until - time.monotonic()), self.socket.sendto,
                    (answer(self.records, query), peer)).start()
            elif not name.endswith("dead.example"):
                self.socket.sendto(answer(self.records, query), peer)

    def config(self, timeout="3s"):
        """What a configuration file has to ask it."""
        return ('resolver = "forward"\n'
                f'forwarders = {{"127.0.0.1@{self.port}"}}\n'
                f'trust_anchor = ""\ndns_timeout = "{timeout}"\n')


def name_at(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += query[at] + 1
    return ".".join(labels), at + 1


def answer(records, query):
    name, end = name_at(query)
    kind = struct.unpack(">H", query[end:end + 2])[0]
    found = records.get((name, kind), [])
    rcode = 2 if name.endswith("broken.example") else 0 if found else 3
    packet = query[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, len(found),
                                     0, 0) + query[12:end + 4]
    for data in found:
        if kind == TXT:
            data = bytes((len(data),)) + data
        packet += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60,
                                            len(data)) + data
    return packet
