# SPDX-License-Identifier: ISC
"""stsgated as the lab runs it, and questions to it (docs/protocol.md)."""
import dataclasses
import pathlib
import signal
import socket
import subprocess
import time

import netns
import proc
import zones

BUILD = pathlib.Path("/build")
CONFIG = pathlib.Path("/etc/stsgate/stsgate.conf")
STORE = pathlib.Path("/var/lib/stsgate")
QUERY = pathlib.Path("/run/stsgate/query.sock")
ADMIN = pathlib.Path("/run/stsgate/admin.sock")
LOG = pathlib.Path("/run/lab/logs/stsgated.log")
USER = "stsgate"


@dataclasses.dataclass(frozen=True)
class Place:
    """Where the lab finds what one stsgated has at the paths above."""

    config: pathlib.Path = CONFIG
    query: pathlib.Path = QUERY
    admin: pathlib.Path = ADMIN
    name: str = "stsgated"  # of its log


HERE = Place()
DEFAULTS = {
    "query_socket": f'"{QUERY}"',
    "admin_socket": f'"{ADMIN}"',
    "store": f'"{STORE}"',
    "user": f'"{USER}"',
    "resolver": '"forward"',
    "forwarders": f'{{"{zones.UNBOUND}"}}',
    "trust_anchor": f'"{zones.DIR}/anchor"',
    "ca_file": '"/etc/ssl/certs/ca-certificates.crt"',
    "allow_addresses": f'{{"{netns.NET4}", "{netns.NET6}"}}',
    "log": '"stderr"',
    "log_level": '"info"',
}


def binary(name: str) -> str:
    """A program or module of the build, wherever CMake puts it."""
    found = [path for path in BUILD.rglob(name)
             if path.is_file() and "CMakeFiles" not in path.parts]
    if not found:
        raise RuntimeError(f"{name} is not built")
    return str(found[0])


def configure(*, place: Place = HERE, **changes: str) -> None:
    """Write the configuration; values as its syntax has them."""
    place.config.parent.mkdir(parents=True, exist_ok=True)
    values = {**DEFAULTS, **changes}
    place.config.write_text("".join(f"{key} = {value}\n"
                                    for key, value in values.items() if value))


def prepare() -> None:
    """The user and folders that packaging will make."""
    known = pathlib.Path("/etc/passwd").read_text()
    if f"\n{USER}:" not in known:
        proc.run("useradd", "--system", "--home-dir", str(STORE), USER)
    for folder in (STORE, QUERY.parent):
        folder.mkdir(mode=0o755, exist_ok=True)
        proc.run("chown", USER, str(folder))


def start(*before: str, place: Place = HERE, **changes: str) -> proc.Process:
    """stsgated, ready: it answers ping; BEFORE as for resume()."""
    prepare()
    configure(place=place, **changes)
    for path in (place.query, place.admin):
        path.unlink(missing_ok=True)
    return resume(*before, place=place)


def resume(*before: str, place: Place = HERE) -> proc.Process:
    """stsgated with the configuration and store that are there; BEFORE is
    what stands before its name on the command line. It goes before the many
    mail servers, which give it 1.5 s to say something."""
    running = proc.start("nice", "-n", "-10", *before, binary("stsgated"),
                         "-c", str(CONFIG), name=place.name)
    proc.until(lambda: pings(running, place), f"{place.name} answers ping")
    return running


def pings(running: proc.Process, place: Place) -> bool:
    if not running.alive():
        raise RuntimeError("stsgated ended: " + running.log.read_text())
    try:
        return ask("ping", 1.0, place.query).startswith("STS1 pong")
    except OSError:
        return False


def ask(question: str, deadline: float = proc.DEADLINE,
        path: pathlib.Path = QUERY) -> str:
    """The answer line, interim lines left out; "" if there is none."""
    return timed(question, deadline, path)[0]


def timed(question: str, deadline: float = proc.DEADLINE,
          path: pathlib.Path = QUERY) -> tuple[str, float]:
    """The answer and the seconds from connect to its last octet."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(deadline)
        begin = time.perf_counter()
        peer.connect(str(path))
        peer.sendall(f"STS1 {question}\n".encode("ascii"))
        data = b""
        while True:
            part = peer.recv(65536)
            data += part
            for line in data.split(b"\n")[:-1]:
                if line != b"STS1 wait":
                    return (line.decode("ascii"),
                            time.perf_counter() - begin)
            if not part:
                return "", time.perf_counter() - begin


def stop(running: proc.Process) -> int:
    """SIGTERM; the exit status."""
    return running.kill(signal.SIGTERM)


def command(*args: str) -> subprocess.CompletedProcess:
    """The stsgate command."""
    return proc.run(binary("stsgate"), *args, check=False)
