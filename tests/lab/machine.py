# SPDX-License-Identifier: ISC
"""A Debian system that boots in a lab, with systemd as its first process: its
files are an overlay over /build/root, its network is the lab's."""
import contextlib
import os
import pathlib
import shlex
import shutil
import subprocess

import netns
import proc
import stockroot

TREE = pathlib.Path("/build/root")
DEBS = pathlib.Path("/debs")
ROOT = pathlib.Path("/run/machine")
GROUPS = ROOT / "cgroup"
PATIENCE = 120.0
AUTHORITY = "usr/local/share/ca-certificates/lab.crt"
# $1: the root; $2: a control group of our own.
BOOT = """
echo $$ >"$2/cgroup.procs"
exec unshare --mount --pid --ipc --uts --cgroup --fork --kill-child=KILL \\
    sh -euc '
mount -t proc proc "$1/proc"
mount -t sysfs sysfs "$1/sys"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$1/dev/pts"
mount -t tmpfs -o mode=755 run "$1/run"
mount -t tmpfs -o mode=1777 tmp "$1/tmp"
hostname mta.lab.example
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
    chroot "$1" /lib/systemd/systemd --log-target=console' sh "$1"
"""


class Machine(stockroot.Site):
    """It; made by boot()."""

    def __init__(self, process: proc.Process, pid: int,
                 group: pathlib.Path) -> None:
        super().__init__(pathlib.Path(f"/proc/{pid}/root"))
        self.process = process
        self.pid = pid
        self.group = group

    def command(self, *command: str, text: str = "", check: bool = True,
                deadline: float = PATIENCE) -> subprocess.CompletedProcess:
        """A program of it, as root would start it there."""
        return proc.run(
            "nsenter", "--target", str(self.pid), "--mount", "--pid", "--ipc",
            "--uts", "--cgroup", "--root", "env", "-i", "--chdir=/",
            "PATH=" + netns.ENV["PATH"], "LC_ALL=C.UTF-8", "HOME=/root",
            "DEBIAN_FRONTEND=noninteractive", *command,
            text=text, check=check, deadline=deadline)

    def run(self, *command: str, text: str = "") -> str:
        return self.command(*command, text=text).stdout

    def says(self, *command: str) -> str:
        """In one line, whatever the exit status."""
        done = self.command(*command, check=False)
        return " ".join((done.stdout + done.stderr).split())

    def apt(self, *words: str) -> str:
        """apt-get, which has all in its cache; what it said."""
        return self.sh("apt-get -qy --no-install-recommends "
                       f"{shlex.join(words)} </dev/null 2>&1")

    def debs(self, *names: str) -> tuple[str, ...]:
        """Where our packages lie there."""
        found = [str(DEBS / path.name) for name in names
                 for path in (TREE / "debs").glob(f"{name}_*.deb")]
        assert len(found) == len(names), names
        return tuple(found)

    def become(self, daemon: str, split: bool) -> None:
        """As for a Site; the other daemon is in apt's cache."""
        self.apt("install", f"exim4-daemon-{daemon}")
        self.answer(dc_eximconfig_configtype="internet",
                    dc_use_split_config="true" if split else "false")
        self.sh("systemctl reset-failed exim4; dpkg-reconfigure exim4-config")

    def unit(self, name: str, key: str) -> str:
        return self.says("systemctl", "show", "--value", f"-p{key}", name)

    def trust(self, authority: pathlib.Path) -> None:
        """As an administrator adds one; later installations find it."""
        path = self.path(AUTHORITY)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(authority, path)

    def stop(self) -> None:
        """At once; its control groups go with it."""
        self.process.kill()
        proc.until(lambda: not pathlib.Path(f"/proc/{self.pid}").exists(),
                   "the machine is off")
        for path, _, _ in os.walk(self.group, topdown=False):
            proc.until(lambda p=path: gone(p), f"{path} is empty")


def gone(path: str) -> bool:
    with contextlib.suppress(OSError):
        os.rmdir(path)
    return not os.path.exists(path)


def child(process: proc.Process) -> int:
    """The process that unshare(1) has made, 0 if none yet."""
    pid = process.child.pid
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return int((text.split() or ["0"])[0])


def prepare(root: pathlib.Path) -> None:
    """The overlay, and what the lab and it share."""
    proc.run("mount", "-t", "tmpfs", "-o", "mode=755", "machine", str(ROOT))
    netns.overlay(TREE, ROOT / "changes", root)
    netns.devices(root)
    (root / "dev/pts").mkdir()
    (root / "dev/ptmx").symlink_to("pts/ptmx")
    (root / "etc/resolv.conf").write_text(
        pathlib.Path("/etc/resolv.conf").read_text())
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/mailname").write_text("mta.lab.example\n")
    GROUPS.mkdir()
    proc.run("mount", "-t", "cgroup2", "cgroup2", str(GROUPS))


def boot() -> Machine:
    """One that says it is up."""
    ROOT.mkdir()
    root = ROOT / "root"
    prepare(root)
    group = GROUPS / f"stsgate-lab-{os.urandom(6).hex()}"
    group.mkdir()
    process = proc.start("sh", "-euc", BOOT, "sh", str(root), str(group),
                         name="machine")
    pid = proc.until(lambda: child(process), "the first process")
    made = Machine(process, pid, group)
    proc.until(lambda: made.says("systemctl", "is-system-running")
               in ("running", "degraded"), "the machine is up", PATIENCE, 0.1)
    return made
