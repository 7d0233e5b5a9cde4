# SPDX-License-Identifier: ISC
"""What sharing by Redis costs, and what Redis away does to hits."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import hits

WAIT_SECONDS = 40  # longer than the longest back-off
DELIVERIES = 1000
GET_GOAL = 1.3
HITS_GOAL = 0.95
WHAT = {"slow": "stopped", "down": "killed", "garbage": "talking rubbish"}


class Redis:
    """A server of our own, asked by itself for what it has done."""

    def __init__(self, folder):
        self.path = folder / "redis.sock"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path,
             "--save", "", "--appendonly", "no", "--dir", folder],
            stdout=subprocess.DEVNULL)
        end = time.monotonic() + WAIT_SECONDS
        while not self.path.exists():
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit("redis-server does not start")
            time.sleep(0.01)

    def command(self, *words):
        """The answer, a line or a bulk string, as text."""
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(self.path))
            peer.sendall("".join(
                [f"*{len(words)}\r\n",
                 *(f"${len(word)}\r\n{word}\r\n" for word in words)]
            ).encode("ascii"))
            with peer.makefile("rb") as reader:
                head = reader.readline()
                if head[:1] == b"$":
                    return reader.read(int(head[1:])).decode("ascii")
                return head.decode("ascii").strip()

    def commands(self):
        """How many it has done so far for those who connected."""
        stats = self.command("INFO", "stats")
        line = next(line for line in stats.splitlines()
                    if line.startswith("total_commands_processed:"))
        return int(line.partition(":")[2])

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait()


@contextlib.contextmanager
def redis(folder):
    server = Redis(folder)
    try:
        yield server
    finally:
        server.stop()


def shared_get(build, folder):
    with redis(folder) as server:
        done = subprocess.run(
            [build / "tests/bench/bench_shared", server.path], check=True,
            stdout=subprocess.PIPE, text=True)
    got = json.loads(done.stdout)
    yield "cluster_get", {
        "value": got["got_us"], "unit": "us",
        "against": f"bare GET, {got['bare_us']:.2f} us",
        "ratio": got["ratio"], "goal": GET_GOAL,
        "met": got["ratio"] <= GET_GOAL}
    yield "cluster_octets", told(
        got["octets"], "octets", "a policy in Redis")


def told(value, unit, against):
    return {"value": value, "unit": unit, "against": against, "ratio": 0,
            "goal": None, "met": None}


def lines(server, folder):
    """What stsgate.conf says of it."""
    secret = folder / "secret"
    secret.write_text("0123456789abcdef" * 3)
    secret.chmod(0o600)
    return (f'redis = "unix:{server.path}"\n'
            f'redis_secret_file = "{secret}"\n')


def level(folder):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(folder / "admin.sock"))
        peer.sendall(b"STS1 cluster\n")
        with peer.makefile("rb") as reader:
            line = reader.readline().decode("ascii")
    return json.loads(line.partition(" json ")[2])["level"]


def wait_level(folder, wanted):
    end = time.monotonic() + WAIT_SECONDS
    while level(folder) != wanted:
        if time.monotonic() > end:
            raise SystemExit(f"the service is not {wanted}")
        time.sleep(0.05)


def rate(build, query):
    return hits.load(build, query, 16, 1, hits.MILLISECONDS)[0]["per_second"]


def hits_row(up, away, what):
    ratios = [a / b for a, b in zip(away, up)]
    middle = statistics.median(ratios)
    return {
        "value": statistics.median(away), "unit": "per second",
        "against": f"Redis up, {statistics.median(up):,.0f} per second; "
                   f"now {what}",
        "ratio": round(middle, 3), "goal": HITS_GOAL,
        "met": middle >= HITS_GOAL}


class Garbage:
    """In the place of a Redis: octets at random for each command."""

    def __init__(self, path):
        path.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, __file__, path], stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def stop(self):
        self.process.kill()
        self.process.wait()


def answer(peer):
    with peer, contextlib.suppress(OSError):
        while peer.recv(65536):
            peer.sendall(os.urandom(64))


def talk_garbage(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        while True:
            threading.Thread(target=answer, args=listener.accept()[:1],
                             daemon=True).start()


def hits_without(build, folder, rounds, key):
    """Redis up and not, in turns: stopped (slow), killed (down), or something
    else in its place (garbage)."""
    up, away = [], []
    server = Redis(folder)
    try:
        with hits.service(build, folder, lines(server, folder)) as query:
            for _ in range(rounds):
                wait_level(folder, "shared")
                up.append(rate(build, query))
                if key == "slow":
                    server.process.send_signal(signal.SIGSTOP)
                    time.sleep(0.05)
                else:
                    server.stop()
                    if key == "garbage":
                        garbage = Garbage(server.path)
                    wait_level(folder, "local")
                away.append(rate(build, query))
                if key == "garbage":
                    garbage.stop()
                if key == "slow":
                    server.process.send_signal(signal.SIGCONT)
                else:
                    server.path.unlink(missing_ok=True)
                    server = Redis(folder)
    finally:
        server.stop()
    return hits_row(up, away, WHAT[key])


def commands(build, folder):
    """Of DELIVERIES questions for a policy that is known."""
    with redis(folder) as server:
        with hits.service(build, folder, lines(server, folder)) as query:
            wait_level(folder, "shared")
            before = server.commands()
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(query))
                with peer.makefile("rb") as reader:
                    for _ in range(DELIVERIES):
                        peer.sendall(f"{hits.QUESTION}\n".encode("ascii"))
                        reader.readline()
            spent = server.commands() - before - 1
    return told(spent, "commands", f"{DELIVERIES:,} deliveries to a domain "
                "that is known")


def bench(build, rounds):
    if not (build / "tests/bench/bench_shared").exists():
        raise SystemExit("this build has no Redis")
    with tempfile.TemporaryDirectory(prefix="sts-bench-") as name:
        folder = pathlib.Path(name)
        yield from shared_get(build, folder)
        for key in WHAT:
            part = folder / key
            part.mkdir()
            yield f"cluster_hits_{key}", hits_without(
                build, part, max(3, rounds // 4), key)
        part = folder / "commands"
        part.mkdir()
        yield "cluster_commands", commands(build, part)


if __name__ == "__main__":
    talk_garbage(sys.argv[1])
