# SPDX-License-Identifier: ISC
"""The process: its ends, signals, descriptors, configuration, libraries."""
import os
import signal
import socket
import struct
import subprocess
import time

import table
from table import Case, Service

ENFORCE = "policy {0} mode=enforce id=1 state=fresh fetched=1 expires=2 mx="


class Process(Case):
    WAIT = "2"  # none of a busy machine's for the service

    def test_end_of_file(self):
        run = self.table()
        run.greet()
        run.ours.shutdown(1)
        self.assertEqual(run.process.wait(60), 0)

    def test_smtpd_dies_while_it_is_answered(self):
        self.service.said["policy cold.example progress"] = (0.2, "")
        run = self.table()
        run.greet()
        run.ours.sendall(b"table|0.1|1|sts|check|domain|1|cold.example\n")
        run.ours.close()
        self.assertEqual(run.process.wait(60), 0)

    def test_signals_that_kill_nothing(self):
        run = self.table()
        run.greet()
        for name in ("PIPE", "HUP", "INT", "TERM", "QUIT", "ALRM", "USR1",
                     "USR2", "WINCH"):
            run.process.send_signal(getattr(signal, "SIG" + name))
            self.assertEqual(run.check("x.example"),
                             "error|MTA-STS: not-known", name)

    def test_closed_descriptors(self):
        """The service must not be where the log is written."""
        self.service.stop()
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            ["sts", str(self.config)], executable=table.PROGRAM,
            stdin=theirs, preexec_fn=lambda: (os.close(1), os.close(2)))
        theirs.close()
        body = struct.pack("=iQ", table.DOMAIN, 0) + b"x.example\0"
        frame = table.HEADER.pack(
            table.CHECK, table.HEADER.size + len(body), 0, 0, 0) + body
        ours.sendall(frame)
        self.assertEqual(len(ours.recv(100)), 20)
        self.service = Service(self.socket)
        end = time.monotonic() + 60
        while not self.service.asked:
            self.assertLess(time.monotonic(), end)
            ours.sendall(frame)
            self.assertEqual(len(ours.recv(100)), 20)
        ours.close()
        self.assertEqual(process.wait(60), 0)
        for line in self.service.asked:
            self.assertRegex(line, "^STS1 (route|policy) x.example ")

    def test_configuration(self):
        for text, said in (
                ("wait = soon\n", 'line=1 text="wait is 0 to 10 seconds"'),
                ("\nwait = 11", 'line=2 text="wait is 0 to 10 seconds"'),
                ("socket = run\n", 'line=1 text="socket is an absolute path '
                 'of at most 107 octets"'),
                ("colour = blue\n",
                 'line=1 text="no such key: socket and wait are"'),
                ("x" * 2000 + "\n", "want key = value")):
            self.config.write_text(text)
            run = table.Table(str(self.config))
            self.assertEqual(len(run.greet()), 3)
            self.assertIn("config-error file=", run.log())
            self.assertIn(said, run.log())
            self.assertEqual(run.end(), 0)
        for path in ("/nowhere/at.all", None):
            run = table.Table(path)
            self.assertEqual(len(run.greet()), 3)
            self.assertEqual(run.log(), "")
            self.assertEqual(run.end(), 0)

    def test_no_wait_at_all(self):
        self.config.write_text(f'socket = "{self.socket}"\nwait = 0s\n')
        self.service.said["policy cold.example progress"] = (
            ENFORCE.format("cold.example"))
        run = self.table()
        run.greet()
        self.assertEqual(run.check("cold.example"),
                         "error|MTA-STS: not-known")

    def test_libc_only(self):
        if not os.environ.get("STS_SANITIZED"):
            out = subprocess.run(["readelf", "-d", table.PROGRAM], check=True,
                                 capture_output=True, text=True).stdout
            needed = [line.split("[")[1].rstrip("]")
                      for line in out.splitlines() if "(NEEDED)" in line]
            self.assertEqual([x for x in needed if "san" not in x and
                              x not in ("libm.so.6", "libgcc_s.so.1")],
                             ["libc.so.6"])


if __name__ == "__main__":
    table.main()
