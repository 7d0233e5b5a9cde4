# SPDX-License-Identifier: ISC
"""A service that answers like stsgated (docs/protocol.md) and then fails.

What it does is in the domain that is asked about:
    cut17-enforce.x   tells 17 octets about this domain, then it is dead
    garbage3-none.x   answers GARBAGE[3]
    enforce.x         behaves; so do testing.x and none.x
MX hosts below "mx." are in every policy.
"""
import asyncio
import collections
import pathlib
import re
import sys

GARBAGE = (
    b"\n", b"STS1\n", b"STS1 \n", b"STS1 nones\n", b"STS2 none x\n",
    b"sts1 none x state=negative reason=no-record\n",
    b"STS1 none", b"STS1 none \0\n", b"HTTP/1.1 200 OK\r\n\r\n",
    b"\xff\xfe\0\0" * 64 + b"\n", b"A" * 200000, b"A" * 200000 + b"\n",
    b"STS1 policy\n", b"STS1 match\n", b"STS1 usable mx=\n",
    b"STS1 error internal text=x\n", b"STS1 temp x reason=x\n",
    b"STS1 wait\n", b"STS1 wait\nSTS1 wait\nSTS1 non\n",
    b"\nSTS1 none x state=negative reason=no-record\n",
)
KIND = re.compile(r"^(?:cut(\d+)|garbage(\d+))-")
READY = pathlib.Path("/run/lab/fake.ready")
SENT = pathlib.Path("/run/lab/fake.sent")
HOST = re.compile(r"^([a-z0-9-]+)\.mx\.")


def domain_of(words: list[str]) -> str:
    """Whom a question is about; a host's label is that of its domain."""
    name = words[2] if len(words) > 2 else ""
    found = HOST.match(name)
    return found.group(1) + "." if found else name


def answer(words: list[str]) -> str:
    """A whole right answer."""
    verb, args = words[1], words[2:]
    domain = args[0] if args else ""
    label = domain.split(".")[0].split("-")[-1]
    if verb == "ping":
        return "pong 0"
    if verb in ("refused", "result"):
        return "ok"
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

    def octets(self, line: str) -> tuple[bytes, bool]:
        """What to write, and whether the service dies after it."""
        words = line.split()
        domain = domain_of(words)
        label = domain.split(".")[0]
        found = KIND.match(label)
        if found and found.group(2):
            return GARBAGE[int(found.group(2))], False
        data = f"STS1 {answer(words)}\n".encode("ascii")
        if words[-1] == "progress":
            data = b"STS1 wait\n" + data
        room = int(found.group(1)) - self.sent[label] if found else len(data)
        data = data[:max(room, 0)]
        self.sent[label] += len(data)
        with open(SENT, "a", encoding="ascii") as out:
            out.write(f"{label or '-'} {self.sent[label]}"
                      f" {line.strip()}\n")
        return data, bool(found) and room <= len(data)

    async def serve(self, reader, writer) -> None:
        try:
            while line := await reader.readline():
                data, dead = self.octets(line.decode("ascii", "replace"))
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


def told(label: str) -> int:
    """How many octets were told about the domain with that label."""
    lines = SENT.read_text().splitlines() if SENT.exists() else []
    counts = [int(line.split()[1]) for line in lines
              if line.split()[0] == label]
    return max(counts, default=0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
