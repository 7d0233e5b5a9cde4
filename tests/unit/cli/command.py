# SPDX-License-Identifier: ISC
"""Run the command under test, and be the service it asks."""
import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

STSGATE = pathlib.Path(sys.argv[1])
SOURCE = pathlib.Path(sys.argv[2])


def run(*words, data=b""):
    """Exit code, standard output and standard error of one call."""
    done = subprocess.run([STSGATE, *words], input=data, timeout=240,
                          capture_output=True)
    for text in (done.stdout, done.stderr):
        if any(octet < 32 and octet != 10 or octet > 126 for octet in text):
            raise AssertionError(f"{words}: output not escaped: {text!r}")
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def run_json(*words, data=b""):
    """The same with --json: exit code and the one object."""
    code, out, err = run("--json", *words, data=data)
    lines = out.splitlines()
    if len(lines) != 1:
        raise AssertionError(f"{words}: {len(lines)} lines; {err}")
    return code, json.loads(lines[0])


def vectors(name):
    path = SOURCE / "tests" / "vectors" / f"{name}.json"
    content = json.loads(path.read_text())
    assert content["count"] == len(content["vectors"])
    return content["vectors"]


class Service:
    """Answers each question by a table, and remembers what was asked."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name + "/sock"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # Wakes accept(), which closing alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        self.folder.cleanup()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                line = connection.makefile("r").readline().rstrip("\n")
                self.asked.append(line)
                answer = self.answers.get(line, "STS1 error verb text=what")
                # Who only looks whether somebody is there does not wait.
                with contextlib.suppress(BrokenPipeError):
                    connection.sendall(answer.encode("latin-1") + b"\n")


def main():
    unittest.main(argv=sys.argv[:1])
