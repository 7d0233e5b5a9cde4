# SPDX-License-Identifier: ISC
"""More machines in a lab: a network and mount namespace each, on one bridge.

The lab itself is the router between them and all that it serves. A machine
has the lab's root, but for the folders and files that are its own.
"""
import pathlib

import proc
import simtime

PREFIX = "198.19.0."
GATE = PREFIX + "254"
BRIDGE = "lan"
DIR = pathlib.Path("/run/lab/nodes")


def lan() -> None:
    """The bridge; once, before the first machine."""
    # Without an address of its own it takes one of a machine's, and another
    # when that is cut off.
    proc.run("ip", "link", "add", BRIDGE, "address", "02:00:00:00:00:01",
             "type", "bridge")
    proc.run("ip", "address", "add", f"{GATE}/16", "dev", BRIDGE)
    proc.run("ip", "link", "set", BRIDGE, "up")


class Node:
    """A machine. OWN maps what it sees at a path to what lies in its DIR."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.address = f"{PREFIX}{number}"
        self.dir = DIR / name
        self.port = "lan-" + name  # of the bridge
        self.dir.mkdir(parents=True)
        self.holder = proc.start("unshare", "--net", "--mount", "sleep",
                                 "infinity", name="node-" + name)
        proc.until(self.apart, f"{name} has namespaces of its own")
        self.plug()

    def apart(self) -> bool:
        """unshare has become sleep."""
        text = pathlib.Path(f"/proc/{self.holder.child.pid}/comm").read_text()
        return text.strip() == "sleep"

    @property
    def enter(self) -> tuple[str, ...]:
        """What to put before a command, so that it runs there; the command
        keeps the process id."""
        return ("nsenter", "-t", str(self.holder.child.pid), "--net",
                "--mount", "--root", "--wd=/")

    def run(self, *command: str) -> str:
        return proc.run(*self.enter, *command).stdout

    def plug(self) -> None:
        proc.run("ip", "link", "add", self.port, "type", "veth", "peer",
                 "name", "eth0", "netns", str(self.holder.child.pid))
        proc.run("ip", "link", "set", self.port, "master", BRIDGE, "up")
        for words in (("link", "set", "lo", "up"),
                      ("address", "add", self.address + "/16", "dev", "eth0"),
                      ("link", "set", "eth0", "up"),
                      ("route", "add", "default", "via", GATE)):
            self.run("ip", *words)

    def own(self, path: str, user: str = "root") -> pathlib.Path:
        """A folder that is this machine's alone; where the lab sees it."""
        ours = self.dir / path[1:].replace("/", "-")
        ours.mkdir(mode=0o755)
        pathlib.Path(path).mkdir(parents=True, exist_ok=True)
        proc.run("chown", user, str(ours))
        self.run("mount", "--bind", str(ours), path)
        return ours

    def own_file(self, path: str, text: str) -> None:
        ours = self.dir / pathlib.Path(path).name
        ours.write_text(text)
        self.run("mount", "--bind", str(ours), path)

    def clock(self, ahead: int) -> tuple[str, ...]:
        """What to put before a command, too, whose clock is so many seconds
        AHEAD."""
        if not ahead:
            return ()
        offset = self.dir / "offset"
        simtime.write(ahead, offset)
        return simtime.clock(offset)

    def cut(self) -> None:
        """The cable is out: what is sent comes to nobody, and no answer says
        so."""
        proc.run("ip", "link", "set", self.port, "nomaster")

    def join(self) -> None:
        proc.run("ip", "link", "set", self.port, "master", BRIDGE)
