# SPDX-License-Identifier: ISC
"""Build and cache the root file system that a lab runs in.

One tarball a package list, built from the host's own release by apt as the
host has it set up; the unpacked tree beside it is the lower layer of every
lab's overlay and is never written to.
"""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

KEEP = 2
EXIM = (
    "exim4-daemon-heavy", "unbound", "nsd", "nginx-light",
    "python3-aiosmtpd", "openssl", "ca-certificates", "iproute2",
    "ldnsutils", "libevent-core-2.1-7", "libidn2-0", "liblmdb0", "libjansson4",
    "libconfuse2", "zlib1g", "libunbound8",
)
# Names that changed with the 64-bit time of Debian 13.
BY_SUITE = {
    "bookworm": ("libcurl4", "libssl3"),
    "trixie": ("libcurl4t64", "libssl3t64"),
}
RENAMED = {"trixie": {
    "libevent-core-2.1-7": "libevent-core-2.1-7t64"}}
NO_START = "#!/bin/sh\nexit 101\n"


def suite() -> str:
    """The host's release; the programs under test are built for it."""
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME" and value.strip('"') in BY_SUITE:
            return value.strip('"')
    raise SystemExit("the lab needs Debian 12 or 13")


def packages(release: str) -> list[str]:
    renamed = RENAMED.get(release, {})
    names = [renamed.get(name, name) for name in EXIM]
    return sorted(names + list(BY_SUITE[release]))


def cache_dir() -> pathlib.Path:
    return pathlib.Path(os.environ.get("STSGATE_CACHE", "/var/cache/stsgate"))


def is_debian(suites: list[str], components: list[str], release: str) -> bool:
    own = {release, release + "-updates", release + "-security"}
    return bool(suites) and set(suites) <= own and "main" in components


def one_line(path: pathlib.Path, release: str) -> str:
    """The distribution's own lines of a sources.list."""
    kept = []
    for line in path.read_text().splitlines():
        words = line.partition("]")[2] if "[" in line else line[4:]
        words = words.split()
        if line.startswith("deb ") and len(words) > 2 and is_debian(
                [words[1]], words[2:], release):
            kept.append(line)
    return "\n".join(kept)


def deb822(path: pathlib.Path, release: str) -> str:
    """The distribution's own stanzas of a .sources file."""
    kept = []
    for stanza in path.read_text().split("\n\n"):
        lines = [x for x in stanza.splitlines() if x and x[0] != "#"]
        keys = dict(x.partition(":")[::2] for x in lines if ":" in x)
        if is_debian(keys.get("Suites", "").split(),
                     keys.get("Components", "").split(), release):
            kept.append("\n".join(lines))
    return "\n\n".join(kept)


def sources(release: str, into: pathlib.Path) -> list[str]:
    """Copy what apt of the host says about the release; third parties not."""
    etc = pathlib.Path("/etc/apt")
    parts = sorted(etc.glob("sources.list.d/*"))
    found = []
    for path in [etc / "sources.list", *parts]:
        read = {".list": one_line, ".sources": deb822}.get(path.suffix)
        text = read(path, release) if read and path.exists() else ""
        if text:
            copy = into / f"{len(found)}{path.suffix}"
            copy.write_text(text + "\n")
            found.append(str(copy))
    if not found:
        raise SystemExit(f"apt has no sources of Debian {release}")
    return found


def apt_options(into: pathlib.Path) -> str:
    """Proxy, dates and the like, as the host's apt has them."""
    dump = subprocess.run(["apt-config", "dump", "Acquire"], check=True,
                          capture_output=True, text=True).stdout
    path = into / "apt.conf"
    path.write_text("".join(
        line + "\n" for line in dump.splitlines()
        if "::IndexTargets" not in line and line != 'Acquire "";'))
    return str(path)


def hooks() -> list[str]:
    """No service starts at installation; nothing of the host's apt stays."""
    setup = [
        'printf "%s" \'' + NO_START + '\' >"$1/usr/sbin/policy-rc.d"',
        'chmod 755 "$1/usr/sbin/policy-rc.d"',
    ]
    made = [f"--essential-hook={hook}" for hook in setup]
    if any(pathlib.Path("/etc/apt").glob("auth.conf*")):
        made.append('--setup-hook=cp -a /etc/apt/auth.conf* "$1/etc/apt/"')
    made.append('--customize-hook=rm -rf "$1"/etc/apt/auth.conf*'
                ' "$1"/etc/apt/sources.list* "$1"/etc/apt/apt.conf.d/99*')
    return made


def build(release: str, tarball: pathlib.Path) -> None:
    """mmdebstrap into TARBALL, whole or not at all."""
    part = tarball.with_name("part-" + tarball.name)
    with tempfile.TemporaryDirectory(dir=tarball.parent) as name:
        work = pathlib.Path(name)
        os.chmod(work, 0o755)
        command = [
            "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
            "--format=tar", "--aptopt=" + apt_options(work), *hooks(),
            "--dpkgopt=path-exclude=/usr/share/doc/*",
            "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--include=" + ",".join(packages(release)),
            release, str(part), *sources(release, work),
        ]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL,
                       env={**os.environ, "PATH": "/usr/sbin:/usr/bin:"
                            "/sbin:/bin", "LC_ALL": "C.UTF-8"})
    part.rename(tarball)


def unpack(tarball: pathlib.Path, tree: pathlib.Path) -> None:
    part = tree.with_name("part-" + tree.name)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o755)
    subprocess.run(["tar", "--numeric-owner", "--xattrs", "-xpf",
                    str(tarball), "-C", str(part)], check=True)
    part.rename(tree)


def prune(cache: pathlib.Path) -> None:
    """Keep the newest tarballs; older ones go with their trees."""
    tarballs = sorted(cache.glob("root-*.tar"),
                      key=lambda path: path.stat().st_mtime)
    for old in tarballs[:-KEEP]:
        old.unlink()
        shutil.rmtree(old.with_suffix(""), ignore_errors=True)


@contextlib.contextmanager
def locked(cache: pathlib.Path):
    """Labs that start side by side build the root once."""
    with open(cache / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure() -> pathlib.Path:
    """The unpacked root; built or unpacked first where it is not there."""
    release = suite()
    text = "\n".join([release, *packages(release), NO_START])
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    cache = cache_dir()
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    tarball = cache / f"root-{key}.tar"
    tree = cache / f"root-{key}"
    with locked(cache):
        if not tarball.exists():
            print(f"building the lab's root ({release})", file=sys.stderr)
            build(release, tarball)
            shutil.rmtree(tree, ignore_errors=True)
            prune(cache)
        if not tree.exists():
            unpack(tarball, tree)
    return tree
