# SPDX-License-Identifier: ISC
"""A service that answers like stsgated (docs/protocol.md) and then fails.

What it does is in the domain that is asked about:
    cut17-enforce.x   tells 17 octets about this domain, then it is dead
    back17-enforce.x  the same, then it is back and can find nothing out
    cold17-enforce.x  the same, and it has nothing at hand before either
    late6-none.x      answers after 0.6 s
    garbage3-none.x   answers GARBAGE[3]
    enforce.x         behaves; so do testing.x and none.x
MX hosts below "mx." are in every policy. The route for a-good-enforce.x is
good.mx.lab.example.
"""
import asyncio
import collections
import pathlib
import re
import sys
import time

import proc

GARBAGE = (
    b"\n", b"STS1\n", b"STS1 \n", b"STS1 nones\n", b"STS2 none x\n",
    b"sts1 none x state=negative reason=no-record\n",
    b"STS1 none", b"STS1 none \0\n", b"HTTP/1.1 200 OK\r\n\r\n",
    b"\xff\xfe\0\0" * 64 + b"\n", b"A" * 200000, b"A" * 200000 + b"\n",
    b"STS1 policy\n", b"STS1 match\n", b"STS1 usable mx=\n",
    b"STS1 error internal text=x\n", b"STS1 temp x reason=x\n",
    b"STS1 wait\n", b"STS1 wait\nSTS1 wait\nSTS1 non\n",
    b"\nSTS1 none x state=negative reason=no-record\n",
    b"STS1 route\n", b"STS1 blocked x reason=x until=4000000000\n",
    b"STS1 route x mode=testing id=1 host=plain.mx.lab.example until=9\n",
)
KIND = re.compile(r"^(cut|back|cold|late|garbage)(\d+)-")
MORTAL = ("cut", "back", "cold")
READY = pathlib.Path("/run/lab/fake.ready")
SENT = pathlib.Path("/run/lab/fake.sent")
HOST = re.compile(r"^([a-z0-9-]+)\.mx\.")


def domain_of(words: list[str]) -> str:
    """Whom a question is about; a host's label is that of its domain."""
    name = words[2] if len(words) > 2 else ""
    found = HOST.match(name)
    return found.group(1) + "." if found else name


def route(words: list[str]) -> str:
    """To which host mail may go."""
    *_, server, mode = ("", *words[2].split(".")[0].split("-"))
    host = server + ".mx.lab.example"
    if mode == "enforce":
        return (f"route {words[2]} mode=enforce id=1 host={host}"
                f" until={int(time.time()) + 300}")
    if mode != "none":
        return unknown(words)
    return (f"none {words[2]} state=negative reason=no-record"
            + f" mx={host}" * ("mx" in words))


def unknown(words: list[str]) -> str:
    """What a service says that has nothing at hand and no DNS."""
    reason = "not-known" if "now" in words else "dns-servfail"
    return "ok" if words[1] == "result" else f"temp {words[2]} reason={reason}"


def answer(words: list[str]) -> str:
    """A whole right answer."""
    verb, args = words[1], words[2:]
    domain = args[0] if args else ""
    label = domain.split(".")[0].split("-")[-1]
    if verb == "ping":
        return "pong 0"
    if verb in ("refused", "result", "doubt"):
        return "ok"
    if verb == "route":
        return route(words)
    if verb == "covers":
        star = "*." + args[0].partition(".")[2]
        names = args[1].split(",")
        return "yes" if args[0] in names or star in names else "no"
    if label not in ("enforce", "testing"):
        return f"none {domain} state=negative reason=no-record"
    head = f"{domain} mode={label}"
    host = domain.split(".")[0] + ".mx.lab.example"
    if verb == "usable":
        return f"usable {head} id=1 mx={host}"
    if verb == "verdict":
        fits = args[1].endswith(".mx.lab.example")
        return f"{'match' if fits else 'mismatch'} {head} host={args[1]} id=1"
    return (f"policy {head} id=1 state=fresh fetched=1700000000"
            f" expires=4000000000 mx={host}")


class Fake:
    """What was told about each domain, in octets."""

    def __init__(self) -> None:
        self.sent: dict[str, int] = collections.Counter()
        self.back: set[str] = set()

    def text(self, words: list[str], kind: str, label: str) -> bytes:
        """What there is to tell."""
        cold = kind == "cold" and "now" in words
        data = unknown(words) if cold or label in self.back else answer(words)
        wait = "STS1 wait\n" * (words[-1] == "progress")
        return f"{wait}STS1 {data}\n".encode("ascii")

    def octets(self, line: str) -> tuple[bytes, bool]:
        """What to write, and whether the service dies after it."""
        words = line.split()
        label = domain_of(words).split(".")[0]
        found = KIND.match(label)
        kind, number = found.groups() if found else ("", "0")
        if kind == "garbage":
            self.note(label, 0, "other", line)
            return GARBAGE[int(number)], False
        data = self.text(words, kind, label)
        if kind not in MORTAL or label in self.back:
            fate = "other" if label in self.back else "whole"
            self.note(label, len(data), fate, line)
            return data, False
        room, size = int(number) - self.sent[label], len(data)
        data = data[:max(room, 0)]
        self.note(label, len(data), "whole" if len(data) == size else "part",
                  line)
        if room <= size and kind != "cut":
            self.back.add(label)
        return data, room <= size

    def note(self, label: str, octets: int, fate: str, line: str) -> None:
        self.sent[label] += octets
        with open(SENT, "a", encoding="ascii") as out:
            out.write(f"{label or '-'} {self.sent[label]} {fate}"
                      f" {line.strip()}\n")

    async def serve(self, reader, writer) -> None:
        try:
            while line := await reader.readline():
                text = line.decode("ascii", "replace")
                data, dead = self.octets(text)
                if late := re.search(r" late(\d+)-", text):
                    await asyncio.sleep(int(late[1]) / 10)
                writer.write(data)
                await writer.drain()
                if dead:
                    break
        except ConnectionError:
            pass
        writer.close()


async def main(path: str) -> None:
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).unlink(missing_ok=True)
    await asyncio.start_unix_server(Fake().serve, path)
    pathlib.Path(path).chmod(0o666)
    READY.touch()
    await asyncio.Event().wait()


def asked() -> list[list[str]]:
    """Each question, in words: the label of the domain it is about, how many
    octets were told of that by then, if the answer was told whole, in part or
    is another one, the question."""
    return [line.split() for line in proc.lines(SENT)]


def questions(label: str) -> list[list[str]]:
    """Those about one domain."""
    return [words for words in asked() if words[0] == label]


def wholes() -> dict[str, int]:
    """How many answers, by label, were told whole before one that was not."""
    count: dict[str, int] = collections.Counter()
    over = set()
    for label, _, fate, *_ in asked():
        if fate != "whole":
            over.add(label)
        count[label] += label not in over
    return count


def told(label: str) -> int:
    """How many octets were told about the domain with that label."""
    return max((int(words[1]) for words in questions(label)), default=0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
