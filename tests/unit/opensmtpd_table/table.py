# SPDX-License-Identifier: ISC
"""table-stsgate under test: smtpd's side of it, and a service for it."""
import contextlib
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = ""
HEADER = struct.Struct("=IHHII")
OPEN, CLOSE, UPDATE, CHECK, LOOKUP, FETCH = range(2, 8)
DOMAIN, RELAYHOST = 0x2, 0x200


class Service:
    """Answers as `said` has it, question to answer; "" is silence, a number
    so many seconds of work before the answer "after" it."""

    def __init__(self, path):
        self.path, self.said, self.asked = path, {}, []
        self.stuck = False
        self.connections = []
        self.start()

    def start(self):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen(16)
        threading.Thread(target=self.accept, args=(self.server,),
                         daemon=True).start()

    def accept(self, server):
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,),
                             daemon=True).start()

    def serve(self, connection):
        try:
            for line in connection.makefile("rb"):
                question = line.decode().rstrip("\n")
                self.asked.append(question)
                if not self.stuck:
                    self.answer(connection, question)
        except OSError:
            return

    def answer(self, connection, question):
        said = self.said.get(question.removeprefix("STS1 "),
                             "temp - reason=not-known")
        if isinstance(said, tuple):
            end = time.monotonic() + said[0]
            while time.monotonic() < end:
                connection.sendall(b"STS1 wait\n")
                time.sleep(min(0.3, max(0, end - time.monotonic())))
            said = said[1]
        if said:
            if isinstance(said, str):
                said = b"STS1 " + said.replace(
                    "+300", str(int(time.time()) + 300)).encode() + b"\n"
            connection.sendall(said)

    def stop(self):
        os.unlink(self.path)
        for one in (self.server, *self.connections):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        self.connections = []


class Table:
    """The program as smtpd starts it: one socket for both directions."""

    def __init__(self, config=None, both=True):
        self.ours, theirs = socket.socketpair()
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["sts", *([config] if config else [])], executable=PROGRAM,
            stdin=theirs, stdout=theirs if both else subprocess.DEVNULL,
            stderr=self.errors)
        theirs.close()
        self.ours.settimeout(60)
        self.buffer = b""
        self.number = 0

    def line(self):
        while b"\n" not in self.buffer:
            got = self.ours.recv(65536)
            if not got:
                raise EOFError(self.log())
            self.buffer += got
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode()

    def greet(self):
        self.ours.sendall(b"config|smtpd-version|7.6.0p1\n"
                          b"config|protocol|0.1\nconfig|tablename|sts\n"
                          b"config|ready\n")
        return [self.line() for _ in range(3)]

    def ask(self, op, service, key):
        self.number += 1
        self.ours.sendall(f"table|0.1|1795473304.077176|sts|{op}|{service}|"
                          f"{self.number:08x}|{key}\n".encode())
        head = f"{op}-result|{self.number:08x}|"
        line = self.line()
        if not line.startswith(head):
            raise AssertionError(line)
        return line.removeprefix(head)

    def check(self, domain):
        return self.ask("check", "domain", domain)

    def lookup(self, domain):
        return self.ask("lookup", "relayhost", domain)

    def send(self, kind, body=b"", length=None):
        length = HEADER.size + len(body) if length is None else length
        self.ours.sendall(HEADER.pack(kind, length, 0, 0, 77) + body)

    def frame(self):
        while len(self.buffer) < HEADER.size or \
                len(self.buffer) < HEADER.unpack_from(self.buffer)[1]:
            got = self.ours.recv(65536)
            if not got:
                raise EOFError(self.log())
            self.buffer += got
        kind, length, flags, peer, pid = HEADER.unpack_from(self.buffer)
        body = self.buffer[HEADER.size:length]
        self.buffer = self.buffer[length:]
        if (kind, flags, peer, pid) != (0, 0, 0, self.process.pid):
            raise AssertionError((kind, flags, peer, pid))
        return body

    def silent(self, seconds=0.2):
        """Nothing is said, and the program lives."""
        ready, _, _ = select.select([self.ours], [], [], seconds)
        return not ready and not self.buffer and self.process.poll() is None

    def log(self):
        self.errors.seek(0)
        return self.errors.read().decode()

    def end(self):
        self.ours.close()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            raise
        finally:
            self.errors.close()


class Case(unittest.TestCase):
    WAIT = "0.4"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.socket = str(self.folder / "query.sock")
        self.config = self.folder / "opensmtpd.conf"
        self.config.write_text(
            f"# a test's\nsocket = {self.socket}\nwait = {self.WAIT}\n")
        self.service = Service(self.socket)
        self.addCleanup(self.drop)
        self.log_wanted = ""

    def drop(self):
        if os.path.exists(self.socket):
            self.service.stop()

    def table(self, **more):
        table = Table(str(self.config), **more)

        def ended():
            self.assertEqual(table.end(), 0)
        self.addCleanup(ended)
        return table

    def route(self, domain, host, how="now"):
        self.service.said[f"route {domain} {how}"] = (
            f"route {domain} mode=enforce id=1 host={host} until=+300")

    def logged(self, table, *words):
        """These lines, without the time and the number, and no others."""
        lines = [line.partition(": ")[2].partition(" waited=")[0]
                 for line in table.log().splitlines()]
        self.assertEqual(lines, list(words))


def main():
    """What the program waits for is the service that runs in this process:
    both before what else the machine does."""
    global PROGRAM
    with contextlib.suppress(PermissionError):
        os.nice(-15)
    PROGRAM = sys.argv.pop(1)
    unittest.main()
