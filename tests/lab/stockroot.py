# SPDX-License-Identifier: ISC
"""Exim as Debian's packages install it: another daemon, other answers to
debconf, our files where a package puts them."""
import pathlib
import re
import shutil

import exim
import proc
import service
import ways

DAEMONS = ("heavy", "light")
SOURCE = pathlib.Path("/src/exim-dlfunc")
MODULE = "/usr/lib/stsgate/stsgate.so"
SHARED = "/usr/share/stsgate"
ACL = f"{SHARED}/exim/stsgate-light.acl"
DROP_INS = ("main/15_stsgate", "router/190_stsgate", "router/490_stsgate",
            "transport/35_stsgate")
ANSWERS = "/etc/exim4/update-exim4.conf.conf"


def releases() -> dict[str, pathlib.Path]:
    """Debian's releases by number, and where their file systems are."""
    found = {}
    for root in (pathlib.Path("/"), ways.ELSEWHERE):
        text = (root / "etc/os-release").read_text()
        found[re.search(r'^VERSION_ID="(\d+)"', text, re.M).group(1)] = root
    return dict(sorted(found.items()))


class Site:
    """The root file system of a release."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root

    def path(self, name: str) -> pathlib.Path:
        return self.root / name.lstrip("/")

    def run(self, *command: str, text: str = "") -> str:
        chroot = () if self.root == pathlib.Path("/") else (
            "chroot", str(self.root))
        return proc.run(*chroot, *command, text=text).stdout

    def sh(self, script: str) -> str:
        return self.run("sh", "-e", "-c", script)

    def become(self, daemon: str, split: bool) -> None:
        """That daemon's package; an internet site, split or not."""
        package = f"exim4-daemon-{daemon}"
        if not self.sh(f"dpkg-query -W -f '${{Status}}' {package} "
                       "2>&1 || :").endswith(" installed"):
            self.sh("dpkg --force-depends --remove exim4-daemon-heavy\n"
                    f"dpkg --install /debs/{package}_*.deb")
        self.path("/etc/exim4/exim4.conf").unlink(missing_ok=True)
        self.answer(dc_eximconfig_configtype="internet",
                    dc_use_split_config="true" if split else "false")
        self.sh("DEBIAN_FRONTEND=noninteractive dpkg-reconfigure exim4-config")

    def answer(self, **answers: str) -> None:
        """Other answers to Debian's questions."""
        path = self.path(ANSWERS)
        text = path.read_text()
        for key, value in answers.items():
            text = re.sub(f"^{key}=.*", f"{key}='{value}'", text, flags=re.M)
        path.write_text(text)
        self.sh("update-exim4.conf")

    def macros(self, text: str) -> None:
        """Where an administrator of the split configuration has his own."""
        path = self.path("/etc/exim4/conf.d/main/001_own")
        path.write_text(text)
        self.sh("update-exim4.conf")
        if not text:
            path.unlink()

    def password(self, host: str, user: str) -> None:
        """For a smart host; the user's name is the password as well."""
        path = self.path("/etc/exim4/passwd.client")
        path.write_text(f"{host}:{user}:{user}\n" if host else "")

    def install(self, module: str) -> None:
        """Our files, as a package has them."""
        files = {MODULE: pathlib.Path(module or service.binary("stsgate.so"))}
        for path in (*SOURCE.glob("*.conf"), *SOURCE.glob("*.acl")):
            files[f"{SHARED}/exim/{path.name}"] = path
        for name in DROP_INS:
            files["/etc/exim4/conf.d/" + name] = SOURCE / "debian" / name
        for name, source in files.items():
            self.path(name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, self.path(name))

    def remove(self, conffiles: bool) -> None:
        """They go; conffiles stay where a package is not purged."""
        self.path(MODULE).unlink(missing_ok=True)
        shutil.rmtree(self.path(SHARED), ignore_errors=True)
        for name in DROP_INS if conffiles else ():
            self.path("/etc/exim4/conf.d/" + name).unlink()

    def clear(self) -> None:
        """No message waits, no host is put off."""
        for folder in ("input", "msglog", "db"):
            shutil.rmtree(self.path(f"/var/spool/exim4/{folder}"),
                          ignore_errors=True)

    def inject(self, marker: str, rcpt: str) -> None:
        self.run("exim4", "-odf", "-i", "-f", exim.SENDER, rcpt,
                 text=exim.MESSAGE.format(sender=exim.SENDER, to=rcpt,
                                          marker=marker))

    def log(self, name: str) -> list[str]:
        return proc.lines(self.path(f"/var/log/exim4/{name}"))

    def forget_panics(self) -> None:
        self.path("/var/log/exim4/paniclog").unlink(missing_ok=True)

    def paniclog(self) -> str:
        return " / ".join(self.log("paniclog"))

    def arrows(self, marker: str) -> list[str]:
        """The lines that say where a message went."""
        lines = self.log("mainlog")
        key = next((line.split(" <= ")[0].split()[-1] for line in lines
                    if f" id={marker}@lab" in line), "?")
        return [line for line in lines if f"{key} => " in line]
