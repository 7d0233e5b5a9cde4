# SPDX-License-Identifier: ISC
"""Enter a lab: own namespaces, own root, addresses that lead nowhere.

Everything a lab makes (network, mounts, processes, files) hangs on its
namespaces, and they on one process: when that ends, however it ends, the
kernel takes all of it away. Nothing is left to be cleaned up.
"""
import os
import pathlib
import subprocess
import sys

import ways

TOP = pathlib.Path(__file__).resolve().parents[2]
NET4 = "198.18.0.0/16"
NET6 = "2001:db8::/64"
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
       "HOME": "/root", "PYTHONDONTWRITEBYTECODE": "1"}
OTHER = "STSGATE_LAB_OTHER"
LAB_FAILED = 70  # exit status: it is not about what was tested
SHARED = ("proc", "dev", "src", "build", "run/lab", "run/stsgate",
          "etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def enter(tree: pathlib.Path, build: pathlib.Path, mount: pathlib.Path,
          module: str, args: list[str], way: ways.Way,
          other: pathlib.Path | None = None) -> None:
    """Replace this process by MODULE of this folder inside a lab; with OTHER,
    the root of another release, below ways.ELSEWHERE."""
    mount.mkdir(mode=0o700, exist_ok=True)
    os.environ[ways.VARIABLE] = way.name
    os.environ[OTHER] = str(other or "")
    os.execvp("unshare", [
        "unshare", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork",
        "--kill-child=KILL", sys.executable, "-B", __file__,
        str(tree), str(build), str(mount), module, *args])


def network() -> None:
    """All of 198.18.0.0/16 and the first of 2001:db8::/64 are this machine."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", "198.18.0.1/16", "dev", "lo")
    with open("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "w",
              encoding="ascii") as switch:
        switch.write("0")
    for last in range(1, 33):
        run("ip", "address", "add", f"2001:db8::{last:x}/64", "dev", "lo",
            "nodad")


def compile_c(source: pathlib.Path, target: pathlib.Path) -> None:
    """A shared object of the lab's own, by the host's compiler."""
    run("cc", "-std=gnu17", "-O1", "-shared", "-fPIC", "-o", str(target),
        str(source))


def bind(source: pathlib.Path, target: pathlib.Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    run("mount", "--bind", str(source), str(target))
    run("mount", "-o", "remount,ro,bind", str(target))


def devices(root: pathlib.Path) -> None:
    """Only the plain devices, so that /dev/log is the lab's to make."""
    dev = root / "dev"
    run("mount", "-t", "tmpfs", "-o", "mode=755", "lab", str(dev))
    for name in DEVICES:
        (dev / name).touch()
        run("mount", "--bind", f"/dev/{name}", str(dev / name))
    (dev / "shm").mkdir(mode=0o1777)
    os.chmod(dev / "shm", 0o1777)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (dev / name).symlink_to(f"/proc/self/fd/{number}")
    (dev / "fd").symlink_to("/proc/self/fd")


def overlay(tree: pathlib.Path, changes: pathlib.Path,
            target: pathlib.Path) -> None:
    """At TARGET: TREE with its CHANGES."""
    for path in (changes / "upper", changes / "work", target):
        path.mkdir(mode=0o755, parents=True)
    run("mount", "-t", "overlay", "overlay", "-o",
        f"lowerdir={tree},upperdir={changes}/upper,workdir={changes}/work",
        str(target))


def mounts(tree: pathlib.Path, build: pathlib.Path,
           mount: pathlib.Path) -> pathlib.Path:
    """The root of a lab, whose changes live in memory."""
    run("mount", "-t", "tmpfs", "-o", "mode=755", "lab", str(mount))
    root = mount / "root"
    overlay(tree, mount / "changes", root)
    run("mount", "-t", "proc", "proc", str(root / "proc"))
    devices(root)
    bind(TOP, root / "src")
    if build.is_dir():
        bind(build, root / "build")
    for name in ("lab", "stsgate"):
        (root / "run" / name).mkdir(mode=0o755)
    other = os.environ.get(OTHER)
    if other:
        elsewhere = root / ways.ELSEWHERE.name
        overlay(pathlib.Path(other), mount / "changes-other", elsewhere)
        share(root, elsewhere)
    return root


def share(root: pathlib.Path, other: pathlib.Path) -> None:
    """What both releases see of a lab: one DNS, one set of authorities, one
    service, one lab."""
    for name in SHARED:
        ours, theirs = root / name, other / name
        if not ours.exists():
            continue
        if ours.is_dir():
            theirs.mkdir(parents=True, exist_ok=True)
        else:
            theirs.touch()
        run("mount", "--rbind", str(ours), str(theirs))


def main() -> None:
    tree, build, mount = map(pathlib.Path, sys.argv[1:4])
    root = mounts(tree, build, mount)
    network()
    for source in TOP.glob("tests/lab/*.c"):
        compile_c(source, root / "run/lab" / (source.stem + ".so"))
    os.chroot(root)
    os.chdir("/")
    # dash as the first process collects what others leave behind.
    os.execve("/bin/sh", [
        "sh", "-c", 'exec 3>&-; "$@"; exit $?', "sh", "/usr/bin/python3",
        "/src/tests/lab/" + sys.argv[4] + ".py", *sys.argv[5:]],
        {**ENV, ways.VARIABLE: ways.current().name})


if __name__ == "__main__":
    try:
        main()
    except (OSError, subprocess.CalledProcessError) as trouble:
        print(f"no lab: {trouble}", file=sys.stderr)
        sys.exit(LAB_FAILED)
