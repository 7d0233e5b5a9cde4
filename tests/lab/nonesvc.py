# SPDX-License-Identifier: ISC
"""A service that answers "no policy" to everything, for --broken where there
is no module to be broken."""
import asyncio
import pathlib
import sys

import proc

SOCKET = pathlib.Path("/run/lab/none.sock")
READY = pathlib.Path("/run/lab/none.ready")


async def serve(reader, writer) -> None:
    while line := await reader.readline():
        words = line.decode("latin-1").split()[1:]
        if words[0] == "ping":
            words = ["pong", "0"]
        elif words[0] in ("stance", "hosts"):
            words = [word for word in words
                     if word not in ("now", "tell")] + ["none"]
        elif words[0] == "route":
            words = ["none", words[1], "state=negative", "reason=no-record"]
        else:
            words = ["ok"]
        writer.write(f"STS1 {' '.join(words)}\n".encode("latin-1"))
    writer.close()


async def main(path: pathlib.Path) -> None:
    await asyncio.start_unix_server(serve, path)
    path.chmod(0o666)
    READY.touch()
    await asyncio.Event().wait()


def run(path: pathlib.Path) -> proc.Process:
    """It answers at that path."""
    READY.unlink(missing_ok=True)
    running = proc.start(sys.executable, __file__, str(path), name="nonesvc")
    proc.until(READY.exists, "the service that knows none listens")
    return running


def start(path: pathlib.Path = SOCKET) -> pathlib.Path:
    """Where it answers."""
    if not READY.exists():
        run(path)
    return path


if __name__ == "__main__":
    asyncio.run(main(pathlib.Path(sys.argv[1])))
