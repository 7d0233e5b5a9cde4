# SPDX-License-Identifier: ISC
"""A service that answers a light Exim (docs/protocol.md) and fails as told.

Which question fails, and how, is in the first label of the domain asked about:
    cut17-stance-none.x       17 octets of the answer to stance, then the end
    junk3-hosts-enforce.x     JUNK[3] instead of the answer to hosts
    late0-stance-enforce.x    the answer comes after LATE seconds
    fine0-none-testing.x      behaves, with a policy of mode testing
    ...-tell.x                who asks so is told that a success is to be told
A question with "now" is answered the same, or, at a socket with another name
(wait-cut3.sock), by "wait", which fails by that name; wait-turns0.sock is late
for every second one.
The policy of LABEL.x is the host LABEL.mx.x, where stance fails *.mx.x: who was
told the very name does not ask for it. Every question is noted in ASKED.
"""
import asyncio
import itertools
import pathlib
import re
import sys

DIR = pathlib.Path("/run/lab/light")
FINE = DIR / "fine.sock"
READY = DIR / "ready"
ASKED = DIR / "asked"
LATE = 4.0
TURNS = itertools.cycle((0.0, LATE))
WAIT = b"STS1 wait\n"
LABEL = re.compile(r"^(cut|junk|late|fine)(\d+)-([a-z]+)-([a-z]+)(-tell)?$")


def other(whole: bytes) -> bytes:
    """The same words about another domain."""
    return re.sub(rb"(cut|junk)\d+", rb"fine0", whole)


def swapped(whole: bytes) -> bytes:
    """The answer to another verb."""
    words = whole.split()
    if words[1] == b"stance":
        return b" ".join((b"STS1 hosts", words[2], *words[4:])) + b"\n"
    return b" ".join((b"STS1 stance", *words[2:3], b"-", *words[3:])) + b"\n"


JUNK = (
    lambda w: b"", lambda w: b"\n", lambda w: w[:-1] + b" \n",
    lambda w: w + w, lambda w: b"STS1 wait\n" + w, lambda w: b"\n" + w,
    lambda w: w[:-1] + b"\r\n", lambda w: w[:-1] + b"\0\n",
    lambda w: b"\0" + w, lambda w: bytes(range(256)) + b"\n",
    lambda w: b"\xff\xfe" * 4096, lambda w: b"A" * 65535 + b"\n",
    lambda w: w[:-1] + b"A" * 65536 + b"\n", lambda w: w + b"A" * 65536,
    other, swapped, lambda w: b"STS2" + w[4:], lambda w: w.lower(),
    lambda w: w.upper(), lambda w: w[:-1] + b";\n", lambda w: b" " + w,
    lambda w: w[:-1] + w, lambda w: w[:-1] + b"\n\n",
    lambda w: b"STS1 none\n", lambda w: b"none\n", lambda w: b"*\n",
    lambda w: b"STS1 error internal text=x\n",
    lambda w: b"STS1 temp x reason=busy\n", lambda w: b"STS1 yes\nSTS1 yes\n",
    lambda w: b"STS1 stance  none\n", lambda w: b"STS1 hosts  none\n",
    lambda w: w[:-1] + b" tell tell\n", lambda w: w[:-1] + b"  tell\n",
    lambda w: w + b"tell\n", lambda w: b"STS1 tell\n",
    lambda w: w[:-1] + b"\n tell\n",
    lambda w: b"gone", lambda w: b"gone\n", lambda w: b"lost",
)
GONE, LOST = len(JUNK) - 3, len(JUNK) - 1


def fits(label: str, host: str) -> bool:
    return host.lower().startswith(label + ".mx.")


def word(label: str, mode: str, host: str) -> str:
    if mode == "none":
        return mode
    return mode + ("" if fits(label, host) else "-mismatch")


def answer(words: list[str], label: str, mode: str,
           tell: bool = False) -> bytes:
    """A whole right answer."""
    verb = words[1]
    if verb == "covers":
        star = "*." + words[2].partition(".")[2]
        names = words[3].split(",")
        text = "yes" if words[2] in names or star in names else "no"
    elif verb == "stance":
        text = " ".join((*words[1:], word(label, mode, words[3])))
    elif verb == "hosts":
        zone = words[2].partition(".")[2]
        first = "*" if "-stance-" in label else label
        text = " ".join((*words[1:], f"only {first}.mx.{zone}"
                         if mode == "enforce" else mode))
    else:
        text = "ok"
    if tell and verb in ("stance", "hosts"):
        text += " tell"
    return f"STS1 {text}\n".encode("latin-1")


async def failing(writer, whole: bytes, kind: str, number: int) -> None:
    """Write WHOLE, or what is to come instead of it."""
    if kind == "cut":
        whole = whole[:number]
    elif kind == "junk":
        whole = JUNK[number](whole)
    elif kind == "late":
        await asyncio.sleep(LATE)
    elif kind == "turns":
        await asyncio.sleep(next(TURNS))
    writer.write(whole)
    await writer.drain()


async def reply(writer, line: str, wait: tuple[str, int]) -> None:
    words = line.split()
    tell = words[-1] == "tell"
    if tell:
        words.pop()
    if words[-1] == "now":
        words.pop()
        if wait[0] != "fine":
            await failing(writer, WAIT, *wait)
            return
    label = words[2].partition(".")[0].lower() if len(words) > 2 else ""
    found = LABEL.match(label)
    kind, number, verb, mode, wants = found.groups() if found else \
        ("fine", "0", "", "none", "")
    if verb != words[1]:
        kind = "fine"
    await failing(writer, answer(words, label, mode, tell and bool(wants)),
                  kind, int(number))


def server(wait: tuple[str, int]):
    async def serve(reader, writer) -> None:
        try:
            line = (await reader.read(1 << 20)).decode("latin-1")
            with open(ASKED, "a", encoding="ascii") as out:
                out.write(repr(line) + "\n")
            if len(line.split()) > 1:
                await reply(writer, line, wait)
        except ConnectionError:
            pass
        writer.close()
    return serve


def waits() -> list[tuple[str, int]]:
    """The ways in which "wait" fails, and the whole of it."""
    return ([("cut", n) for n in range(len(WAIT) + 1)]
            + [("junk", n) for n in range(len(JUNK))]
            + [("late", 0), ("turns", 0)])


def socket_of(wait: tuple[str, int]) -> pathlib.Path:
    return DIR / f"wait-{wait[0]}{wait[1]}.sock"


SLOW = socket_of(("cut", len(WAIT)))  # says it, and then the answer


async def main() -> None:
    for path, wait in ((FINE, ("fine", 0)),
                       *((socket_of(wait), wait) for wait in waits())):
        await asyncio.start_unix_server(server(wait), str(path), backlog=256)
        path.chmod(0o666)
    READY.touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
