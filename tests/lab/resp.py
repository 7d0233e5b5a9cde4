# SPDX-License-Identifier: ISC
"""A client for Redis in a few lines: what is there, seen past stsgated."""
import socket

Answer = bytes | int | list | None


class Error(Exception):
    """Redis says no."""


class Redis:
    """One connection; call it with a command's words."""

    def __init__(self, address: str, port: int = 6379) -> None:
        self.peer = socket.create_connection((address, port), 5.0)
        self.lines = self.peer.makefile("rb")

    def __call__(self, *words: str | bytes) -> Answer:
        parts = [word.encode() if isinstance(word, str) else word
                 for word in words]
        self.peer.sendall(b"".join(
            [b"*%d\r\n" % len(parts)]
            + [b"$%d\r\n%s\r\n" % (len(part), part) for part in parts]))
        return self.answer()

    def answer(self) -> Answer:
        line = self.lines.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis is gone")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise Error(rest.decode())
        if kind == b"+":
            return rest
        number = int(rest)
        if kind == b":":
            return number
        if number < 0:
            return None
        if kind == b"*":
            return [self.answer() for _ in range(number)]
        return self.lines.read(number + 2)[:-2]

    def close(self) -> None:
        self.lines.close()
        self.peer.close()


def alive(address: str, port: int = 6379) -> bool:
    """Does it answer a PING, or that it wants a password?"""
    try:
        redis = Redis(address, port)
        try:
            return redis("PING") == b"PONG"
        finally:
            redis.close()
    except Error:
        return True
    except OSError:
        return False
