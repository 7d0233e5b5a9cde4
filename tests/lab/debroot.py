# SPDX-License-Identifier: ISC
"""Bare Debian systems on disk: one that builds our packages, one that they are
installed on.

Both begin as what debootstrap gives and exim4-daemon-light, which is what
Debian installs when a mail server is wanted. The host's apt names the sources.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile

import netns
import root

MTA = "exim4-daemon-light"
# Beside what debian/control asks for; fakeroot is not needed, lintian is.
TOOLS = ("build-essential", "lintian")
INIT = ("systemd-sysv", "dbus")
# What is installed later, when there is no network.
LATER = ("exim4-daemon-heavy", "opensmtpd")
QUIET = "DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends"
BUILDER = "builder"
NO_START = "usr/sbin/policy-rc.d"
ENTER = """
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
exec chroot "$@"
"""


def within(tree: pathlib.Path, script: str, *, user: str = "root") -> None:
    """Run SCRIPT by a shell in TREE, on the host's network."""
    switch = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"]
    subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL",
         "sh", "-euc", ENTER, "sh", str(tree), *switch,
         "sh", "-euxc", script],
        check=True, stdin=subprocess.DEVNULL, env=netns.ENV)


def bare(release: str, tree: pathlib.Path) -> None:
    """That release, with apt ready to install more."""
    with tempfile.TemporaryDirectory(dir=tree.parent) as name:
        work = pathlib.Path(name)
        os.chmod(work, 0o755)
        subprocess.run([
            "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
            "--format=directory", "--aptopt=" + root.apt_options(work),
            "--dpkgopt=force-unsafe-io",
            *root.auth(), "--include=" + MTA,
            release, str(tree), *root.sources(release, work)],
            check=True, stdin=subprocess.DEVNULL, env=netns.ENV)
    for name in ("resolv.conf", "hosts"):
        shutil.copyfile("/etc/" + name, tree / "etc" / name)
    no_start = tree / NO_START
    no_start.write_text(root.NO_START)
    no_start.chmod(0o755)
    within(tree, "apt-get -q update")


def build(tree: pathlib.Path, debs: pathlib.Path, script: str,
          tools: tuple[str, ...] = ()) -> None:
    """In a copy of TREE, with all that a build needs, SCRIPT by a user who is
    nobody; what it leaves in ~/out goes to DEBS."""
    own = tree.with_name(tree.name + "-build")
    subprocess.run(["cp", "-a", str(tree), str(own)], check=True)
    home = own / "home" / BUILDER
    within(own, f"useradd --create-home {BUILDER}")
    (home / "stsgate").mkdir()
    archive = subprocess.Popen(
        [netns.TOP / "packaging/archive", "stsgate"], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", str(home)], check=True,
                   stdin=archive.stdout)
    if archive.wait() != 0:
        raise OSError("packaging/archive failed")
    within(own, f"cd /home/{BUILDER}/stsgate\n{QUIET} install "
           f"{' '.join((*TOOLS, *tools))}\n"
           f"{QUIET} build-dep ./packaging\n"
           f"mkdir ../out\nchown -R {BUILDER}: ..")
    within(own, f"export HOME=/home/{BUILDER}; cd ~/stsgate\n" + script,
           user=BUILDER)
    shutil.copytree(home / "out", debs, dirs_exist_ok=True)
    shutil.rmtree(own)


def machine(tree: pathlib.Path, debs: pathlib.Path) -> None:
    """Make TREE a system that boots, and leave in apt's cache what our
    packages and the other mail servers need."""
    shutil.copytree(debs, tree / "debs")
    fetch = f"{QUIET} --download-only install"
    within(tree, "\n".join((
        f"{QUIET} install {' '.join(INIT)}",
        f"{fetch} /debs/stsgate_*.deb /debs/exim4-stsgate_*.deb",
        *(f"{fetch} {name}" for name in LATER),
        f"cd /var/cache/apt/archives; apt-get -q download {MTA}",
        f"{fetch} opensmtpd /debs/stsgate_*.deb "
        "/debs/opensmtpd-filter-stsgate_*.deb")))
    (tree / NO_START).unlink()
