# SPDX-License-Identifier: ISC
"""Between the relays and Redis: passes all on, or does what it is told.

    pass      what either side says goes to the other
    hold      what clients say goes on when the next thing is told
    hang      what clients say is read and goes nowhere
    cut       connections are reset, and so are new ones
    error     each command is answered with an error
    garbage   each answer is octets at random
    late      each answer comes 30 s late

It counts, too: the commands that came. Told through a socket of its own.
"""
import asyncio
import os
import pathlib
import re
import socket
import sys

LATE = 30.0
COMMAND = re.compile(rb"(?:\A|(?<=\r\n))\*\d+\r\n(?=\$)")
ERROR = b"-LAB it is out of order\r\n"
CONTROL = pathlib.Path("/run/lab/redisproxy.sock")


class Proxy:
    """All connections, and what is done to them."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.upstream = upstream
        self.mode = "pass"
        self.commands = 0
        self.writers: set[asyncio.StreamWriter] = set()
        self.told = asyncio.Condition()

    async def serve(self, reader, writer) -> None:
        if self.mode == "cut":
            writer.transport.abort()
            return
        try:
            up_reader, up = await asyncio.open_connection(*self.upstream)
        except OSError:
            writer.transport.abort()
            return
        self.writers |= {writer, up}
        await asyncio.gather(self.ask(reader, writer, up),
                             self.answer(up_reader, writer))
        up.close()
        self.writers -= {writer, up}

    async def ask(self, reader, writer, up) -> None:
        """From the client."""
        try:
            while data := await reader.read(65536):
                count = len(COMMAND.findall(data))
                self.commands += count
                async with self.told:
                    await self.told.wait_for(lambda: self.mode != "hold")
                if self.mode == "error":
                    writer.write(ERROR * count)
                elif self.mode != "hang":
                    up.write(data)
                    await up.drain()
        except OSError:
            pass
        up.close()

    async def answer(self, reader, writer) -> None:
        """From Redis."""
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(65536):
                if self.mode == "late":
                    loop.call_later(LATE, writer.write, data)
                elif self.mode == "garbage":
                    writer.write(os.urandom(64))
                elif self.mode != "hang":
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass
        if self.mode != "late":
            writer.close()

    async def control(self, reader, writer) -> None:
        while line := await reader.readline():
            self.mode = line.decode().strip() or self.mode
            async with self.told:
                self.told.notify_all()
            if self.mode == "cut":
                for one in self.writers:
                    one.transport.abort()
            writer.write(b"%d\n" % self.commands)
        writer.close()


async def main(address: str, upstream: str) -> None:
    proxy = Proxy((upstream, 6379))
    await asyncio.start_server(proxy.serve, address, 6379)
    await asyncio.start_unix_server(proxy.control, CONTROL)
    await asyncio.Event().wait()


def tell(mode: str = "") -> int:
    """What it is to do from now on; how many commands came until now."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(60.0)
        peer.connect(str(CONTROL))
        peer.sendall(mode.encode() + b"\n")
        return int(peer.makefile().readline())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
