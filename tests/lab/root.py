# SPDX-License-Identifier: ISC
"""Build and cache the root file systems that a lab runs in.

One tarball a release: the host's own, which holds all that a lab needs, and
the other of Debian 12 and 13, which holds an Exim. Both by apt as the host has
it set up, for the other release with the names of the suites replaced. The
unpacked tree beside a tarball is the lower layer of every lab's overlay and is
never written to.
"""
import concurrent.futures
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MTA = ("exim4-daemon-heavy", "ca-certificates", "libidn12", "ed")
HOST = (
    *MTA, "unbound", "nsd", "nginx-light",
    "python3-aiosmtpd", "openssl", "iproute2",
    "ldnsutils", "libevent-core-2.1-7", "libidn2-0", "liblmdb0", "libjansson4",
    "libconfuse2", "zlib1g", "libunbound8", "redis-server", "redis-sentinel",
    "postfix-mta-sts-resolver", "python3-uvloop", "libfaketime",
    "python3-dkim",
)
# Packages that conflict with an installed one: left in /debs of the root, for
# a lab that installs them. The libraries they need are in the lists above.
SHELF = ("exim4-daemon-light", "opensmtpd", "opensmtpd-filter-dkimsign",
         "libopensmtpd0")
# Names that changed with the 64-bit time of Debian 13.
BY_SUITE = {
    "bookworm": ("libcurl4", "libssl3", "libhiredis0.14"),
    "trixie": ("libcurl4t64", "libssl3t64", "libhiredis1.1.0"),
}
RENAMED = {"trixie": {
    "libevent-core-2.1-7": "libevent-core-2.1-7t64",
    "libopensmtpd0": "libopensmtpd0t64"}}
NO_START = "#!/bin/sh\nexit 101\n"


def suite() -> str:
    """The host's release; the programs under test are built for it."""
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME" and value.strip('"') in BY_SUITE:
            return value.strip('"')
    raise SystemExit("the lab needs Debian 12 or 13")


def other() -> str:
    """The release that the host is not."""
    return next(name for name in BY_SUITE if name != suite())


def named(names: tuple[str, ...], release: str) -> list[str]:
    """As RELEASE calls these packages."""
    changed = RENAMED.get(release, {})
    return [changed.get(name, name) for name in names]


def packages(release: str) -> list[str]:
    """The programs under test run in the root of the host's release alone."""
    if release != suite():
        return sorted(MTA)
    return sorted(named(HOST, release) + list(BY_SUITE[release]))


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


def renamed(text: str, release: str) -> str:
    """Lines of the host's release, for RELEASE: the suites' names alone."""
    own = rf"\b{suite()}(?=\s|-updates\b|-security\b|$)"
    return "\n".join(
        re.sub(own, release, line)
        if re.match(r"deb |Suites:", line) else line
        for line in text.splitlines())


def sources(release: str, into: pathlib.Path) -> list[str]:
    """Copy what apt of the host says about Debian; third parties not."""
    etc = pathlib.Path("/etc/apt")
    parts = sorted(etc.glob("sources.list.d/*"))
    found = []
    for path in [etc / "sources.list", *parts]:
        read = {".list": one_line, ".sources": deb822}.get(path.suffix)
        text = read(path, suite()) if read and path.exists() else ""
        if text:
            copy = into / f"{len(found)}{path.suffix}"
            copy.write_text(renamed(text, release) + "\n")
            found.append(str(copy))
    if not found:
        raise OSError(f"apt has no sources of Debian {suite()}")
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


def auth() -> list[str]:
    """What the host's apt shows to its sources."""
    if not any(pathlib.Path("/etc/apt").glob("auth.conf*")):
        return []
    return ['--setup-hook=cp -a /etc/apt/auth.conf* "$1/etc/apt/"']


def hooks(release: str) -> list[str]:
    """No service starts at installation; the shelf is filled; nothing of the
    host's apt stays."""
    setup = [
        'printf "%s" \'' + NO_START + '\' >"$1/usr/sbin/policy-rc.d"',
        'chmod 755 "$1/usr/sbin/policy-rc.d"',
    ]
    made = [f"--essential-hook={hook}" for hook in setup]
    made += auth()
    made.append('--customize-hook=mkdir "$1/debs" && cd "$1/debs" && APT_CONFIG='
                '"$MMDEBSTRAP_APT_CONFIG" apt-get -qq '
                '-o APT::Sandbox::User=root download '
                + " ".join(named(SHELF, release)))
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
            "--format=tar", "--aptopt=" + apt_options(work), *hooks(release),
            "--dpkgopt=path-exclude=/usr/share/doc/*",
            "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--include=" + ",".join(packages(release)),
            release, str(part), *sources(release, work),
        ]
        status = subprocess.call(
            command, stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                 "LC_ALL": "C.UTF-8"})
    if status != 0:
        part.unlink(missing_ok=True)
        raise OSError(f"mmdebstrap of Debian {release}: exit {status}")
    part.rename(tarball)


def unpack(tarball: pathlib.Path, tree: pathlib.Path) -> None:
    part = tree.with_name("part-" + tree.name)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o755)
    subprocess.run(["tar", "--numeric-owner", "--xattrs", "-xpf",
                    str(tarball), "-C", str(part)], check=True)
    part.rename(tree)


def prune(cache: pathlib.Path, release: str, kept: pathlib.Path) -> None:
    """One root a release; older ones go, except those that a lab is on."""
    for old in cache.glob(f"root-{release}-*.tar"):
        if old == kept:
            continue
        with contextlib.suppress(BlockingIOError), \
                locked(cache, old.stem, fcntl.LOCK_EX | fcntl.LOCK_NB):
            old.unlink()
            shutil.rmtree(old.with_suffix(""), ignore_errors=True)
            (cache / (old.stem + ".lock")).unlink()


@contextlib.contextmanager
def locked(cache: pathlib.Path, name: str, how: int = fcntl.LOCK_EX):
    with open(cache / (name + ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, how)
        yield


def hold(tree: pathlib.Path) -> None:
    """Keep TREE for this process and those it becomes or starts."""
    lock = os.open(tree.with_name(tree.name + ".lock"),
                   os.O_RDWR | os.O_CREAT, 0o644)
    os.set_inheritable(lock, True)
    fcntl.flock(lock, fcntl.LOCK_SH)


def ensure(release: str = "") -> pathlib.Path:
    """The unpacked root of RELEASE, or of the host's; made first where it is
    not there, once for labs that start side by side. It stays while this
    process lives."""
    release = release or suite()
    text = "\n".join([release, *packages(release), *SHELF, NO_START])
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    cache = cache_dir()
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    tree = cache / f"root-{release}-{key}"
    tarball = tree.with_suffix(".tar")
    with locked(cache, release):
        if not tarball.exists():
            print(f"building the lab's root ({release})", file=sys.stderr)
            build(release, tarball)
            shutil.rmtree(tree, ignore_errors=True)
        if not tree.exists():
            unpack(tarball, tree)
        hold(tree)
        prune(cache, release, tarball)
    return tree


def both() -> dict[str, pathlib.Path | Exception]:
    """Both roots, made side by side; for each a tree or what was wrong."""
    def one(release: str) -> pathlib.Path | Exception:
        try:
            return ensure(release)
        except (OSError, subprocess.CalledProcessError) as wrong:
            return RuntimeError(str(wrong))

    names = (suite(), other())
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(one, names)))


def version(tree: pathlib.Path, package: str) -> str:
    """Of a package on the shelf, or installed."""
    for path in tree.glob(f"debs/{package}_*"):
        return path.name.split("_")[1]
    found = re.search(rf"^Package: {package}$.*?^Version: (\S+)$",
                      (tree / "var/lib/dpkg/status").read_text(), re.M | re.S)
    return found[1] if found else "?"
