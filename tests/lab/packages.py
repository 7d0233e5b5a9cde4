# SPDX-License-Identifier: ISC
"""Our Debian packages on a Debian that boots: installed, the lines of the
READMEs pasted, upgraded, removed, purged; the mail servers before, between and
after.

A row of mail is five messages (stock.MAILS): got and expected are in their
order. What a unit is, systemd says itself; what a process may, the kernel.
"""
import re
import threading

import lab
import machine
import packmail
import pki
import proc
import rows
import service
import stock
import zones

UNITS = ("stsgated.service", "stsgated.socket", "stsgated-admin.socket")
OURS = ("stsgate", "exim4-stsgate")
CONF = "/etc/stsgate/stsgate.conf"
STORE = "/var/lib/stsgate"
# What dpkg and systemd's own tools say while they set a package up.
DPKG = re.compile(r"(Setting up|Removing|Purging configuration files for|"
                  r"Preparing to unpack|Unpacking|Selecting|Processing) ")
TOOLS = re.compile(r"Created symlink |Removed |Creating (user|group) |\(Read")
NEWER = """
mkdir /newer
for name in {names}; do
	dpkg-deb -R /debs/${{name}}_*.deb /newer/$name
	sed -i -e 's/^Version: .*/&+newer/' -e \
	    's/stsgate (= [^)]*/&+newer/' /newer/$name/DEBIAN/control
	dpkg-deb -b /newer/$name /newer/$name.deb
done
"""


class Shown:
    """Rows of one release."""

    def __init__(self, out: rows.Rows, site: machine.Machine) -> None:
        self.out = out
        self.site = site
        self.release = site.says("sh", "-c",
                                 ". /etc/os-release; echo $VERSION_ID")

    def add(self, case: str, what: str, expected: str, got: str,
            why: str = "") -> None:
        self.out.add(case, self.release, what, expected, got, why)

    def mail(self, case: str, what: str, expected: str) -> None:
        run = f"{case}-{self.out.count}"
        self.add(case, what, expected, stock.mail(self.site, run),
                 self.site.paniclog()[:160] or "no panic")


def printed(said: str) -> str:
    """What our packages' scripts print between what dpkg says."""
    ours, found = False, []
    for line in filter(str.strip, said.splitlines()):
        if DPKG.match(line):
            ours = "stsgate" in line
        elif ours and not TOOLS.match(line):
            found.append(line)
    return " / ".join(found) or "nothing"


def install(show: Shown) -> None:
    """The packages as they come: the service runs, Exim does not notice."""
    site = show.site
    before = site.unit("exim4", "MainPID"), stock.configured(site)
    said = site.apt("install", *site.debs(*OURS))
    show.add("install", "apt install: what our scripts print", "nothing",
             printed(said))
    show.add("install", "Exim: not restarted, not configured", "the same",
             "the same" if before == (site.unit("exim4", "MainPID"),
                                      stock.configured(site)) else "other")
    for unit in UNITS:
        show.add("install", unit, "enabled, active", ", ".join((
            site.says("systemctl", "is-enabled", unit),
            site.says("systemctl", "is-active", unit))))
    show.add("install", "systemd-analyze verify", "nothing to say",
             site.says("systemd-analyze", "verify", "--man=no", *UNITS)
             or "nothing to say")
    show.add("install", "systemd-analyze security: exposure", "at most 1.2",
             exposure(site))
    show.mail("inert", "our files, not turned on", stock.AS_EVER)


def exposure(site: machine.Machine) -> str:
    done = site.command("systemd-analyze", "security", "--offline=true",
                        "--threshold=12", UNITS[0], check=False)
    return "at most 1.2" if done.returncode == 0 else \
        done.stdout.splitlines()[-1]


def status(site: machine.Machine) -> str:
    """What the kernel lets stsgated do."""
    pid = site.unit(UNITS[0], "MainPID")
    text = site.sh(f"cat /proc/{pid}/status")
    word = {key: value.split()[0] for key, _, value in
            (line.partition(":") for line in text.splitlines()) if value}
    user = site.says("id", "-un", word["Uid"])
    return (f"{user} caps {int(word['CapEff'], 16)} "
            f"nnp {word['NoNewPrivs']} seccomp {word['Seccomp']}")


def modes(site: machine.Machine) -> str:
    return site.says("stat", "-c", "%a %U", str(service.QUERY),
                     str(service.ADMIN))


def configure(site: machine.Machine) -> None:
    """The lab's network is not the world's; all else is as installed."""
    site.trust(pki.DIR / "ca.pem")
    site.run("update-ca-certificates")
    anchor = site.path("/etc/stsgate/anchor")
    anchor.write_text((zones.DIR / "anchor").read_text())
    values = {"allow_addresses": service.DEFAULTS["allow_addresses"],
              "trust_anchor": '"/etc/stsgate/anchor"',
              "report_organization": '"Lab"',
              "report_contact": '"tlsrpt@mta.lab.example"'}
    with open(site.path(CONF), "a", encoding="ascii") as conf:
        conf.writelines(f"{key} = {value}\n" for key, value in values.items())
    site.run("systemctl", "restart", UNITS[0])


def ping(site: machine.Machine) -> str:
    return service.ask("ping", path=site.path(str(service.QUERY)))[:9]


def activation(show: Shown) -> None:
    """systemd holds the sockets, whatever becomes of the service."""
    site = show.site
    show.add("sandbox", "what the kernel says of stsgated",
             "stsgate caps 0 nnp 1 seccomp 2", status(site))
    show.add("sandbox", "sockets: query, admin", "666 root 660 stsgate",
             modes(site))
    site.run("systemctl", "stop", UNITS[0])
    show.add("activation", "service stopped, a question", "STS1 pong",
             ping(site))
    pid = site.unit(UNITS[0], "MainPID")
    site.run("systemctl", "kill", "--signal=KILL", UNITS[0])
    show.add("activation", "kill -9, a question", "STS1 pong", ping(site))
    proc.until(lambda: site.unit(UNITS[0], "MainPID") not in ("0", pid),
               "it is started again")
    path = site.path(CONF)
    good = path.read_text()
    path.write_text(good + "nonsense = 1\n")
    done = site.command("systemctl", "reload", UNITS[0], check=False)
    show.add("reload", "a line of nonsense", "failed, STS1 pong",
             ("failed, " if done.returncode else "done, ") + ping(site))
    path.write_text(good)
    done = site.command("systemctl", "reload", UNITS[0], check=False)
    show.add("reload", "as it was", "exit 0", f"exit {done.returncode}",
             done.stderr)


def recorded(show: Shown) -> None:
    """What Exim's user tells is counted: the service sees who asks."""
    said = show.site.says("stsgate", "report", "show", stock.domain("good"))
    counts = re.findall(r"(\d+) succeeded, (\d+) failed", said)
    show.add("reports", "results that Exim told of the good domain", "some",
             "some" if any(map(int, sum(counts, ()))) else "none", said[:160])


def checked(show: Shown) -> None:
    done = show.site.command("stsgate", "config", "check", "--exim",
                             check=False)
    show.add("on", "stsgate config check --exim", "exit 0",
             f"exit {done.returncode}",
             " / ".join((done.stdout + done.stderr).splitlines())[:160])


class Asking:
    """Questions to the service, one after the other, while the body runs."""

    def __init__(self, site: machine.Machine) -> None:
        self.site = site
        self.over = threading.Event()
        self.answers = self.cut = self.refused = 0
        self.thread = threading.Thread(target=self.ask)

    def ask(self) -> None:
        while not self.over.is_set():
            try:
                self.answers += ping(self.site) == "STS1 pong"
            except (ConnectionResetError, BrokenPipeError):
                self.cut += 1  # the service had taken it, and stopped
            except OSError:
                self.refused += 1

    def __enter__(self) -> "Asking":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join()


def upgrade(show: Shown) -> None:
    """The same again as a newer version: what is known and what was
    configured stay."""
    site = show.site
    site.sh(NEWER.format(names=" ".join(OURS)))
    before = site.unit(UNITS[0], "MainPID"), site.unit("exim4", "MainPID")
    known, conf = site.says("stsgate", "cache", "list"), \
        site.path(CONF).read_text()
    with Asking(site) as asking:
        said = site.apt("install", *(f"/newer/{name}.deb" for name in OURS))
    show.add("upgrade", "connections meanwhile that were refused", "0",
             str(asking.refused), f"{asking.answers} questions answered, "
             f"{asking.cut} taken and cut by the stop")
    show.add("upgrade", "what our scripts print", "nothing", printed(said))
    show.add("upgrade", "stsgated is another, Exim is not", "True False",
             f"{site.unit(UNITS[0], 'MainPID') != before[0]} "
             f"{site.unit('exim4', 'MainPID') != before[1]}")
    show.add("upgrade", "policies in the store", "the same",
             "the same" if stock.domain("good") in known and [
                 word for word in known.split() if ".lab." in word] == [
                     word for word in site.says(
                         "stsgate", "cache", "list").split()
                     if ".lab." in word] else "other")
    show.add("upgrade", "stsgate.conf", "as edited",
             "as edited" if conf == site.path(CONF).read_text() else "other")
    show.mail("upgrade", "lines there", stock.WITH_US)


def autopkgtest(show: Shown, name: str) -> None:
    """What Debian's own machinery would run of ours."""
    script = (stock.README.parents[1] / "packaging/debian/tests" / name)
    done = show.site.command("sh", "-c", script.read_text(), check=False)
    said = (done.stdout + done.stderr).splitlines()
    show.add("autopkg", f"debian/tests/{name}", "exit 0",
             f"exit {done.returncode}", said[-1] if said else "")


def left(site: machine.Machine) -> str:
    """What of ours is anywhere but in documentation."""
    return site.says("find", "/etc", "/usr", "/var", "/run", "-xdev",
                     "-name", "*stsgate*", "-not", "-path", "/etc/exim4/*.rul",
                     "-not", "-path", "/var/cache/*", "-not", "-path",
                     "/var/log/*", "-print") or "nothing"


def gone(show: Shown, take: str) -> None:
    """Removed with the lines still there, then without; then purged."""
    site = show.site
    site.apt("remove", *OURS)
    show.mail("removed", "packages gone, lines there", stock.AS_EVER)
    show.add("removed", "policies", "kept",
             "kept" if site.path(f"{STORE}/stsgate.mdb").exists() else "gone",
             site.says("ls", STORE))
    site.path("/etc/stsgate/anchor").unlink()
    said = site.apt("purge", *OURS)
    show.add("purged", "what our scripts print", "nothing", printed(said))
    show.add("purged", "what of ours is left", "nothing", left(site))
    site.sh(take)
    show.mail("purged", "lines taken out", stock.AS_EVER)
    show.add("purged", "Exim's panic log", "empty",
             site.paniclog()[:160] or "empty")


def exim(show: Shown) -> None:
    site = show.site
    put, take = stock.blocks("Debian, split")
    site.become("light", True)
    show.mail("stock", "as installed: light, split", stock.AS_EVER)
    install(show)
    configure(site)
    site.sh(put)
    show.mail("light", "lines pasted: split", stock.WITH_US)
    checked(show)
    recorded(show)
    activation(show)
    upgrade(show)
    site.become("heavy", True)
    show.mail("heavy", "lines there: split", stock.WITH_US)
    site.sh(take)
    put, take = stock.blocks("Debian, unsplit")
    site.become("light", False)
    show.mail("light", "lines taken out, unsplit", stock.AS_EVER)
    site.sh(put)
    show.mail("light", "lines pasted: unsplit", stock.WITH_US)
    site.become("heavy", False)
    show.mail("heavy", "lines there: unsplit", stock.WITH_US)
    site.sh(take)
    autopkgtest(show, "exim")
    site.answer(dc_use_split_config="false")
    site.sh("sed -i /STSGATE_ENABLE/d /etc/exim4/conf.d/main/000_localmacros")
    site.sh(put)
    gone(show, take)


def main(_module: str) -> int:
    world = lab.Lab()
    for key, mode, mx, *_ in stock.MAILS:
        world.add(lab.Domain(stock.domain(key), (mx,), mode))
    world.zones.add("_smtp._tls." + stock.domain("good"), "TXT",
                    f'"v=TLSRPTv1; rua=mailto:u@{stock.domain("good")}"')
    world.start()
    site = machine.boot()
    try:
        show = Shown(rows.Rows(), site)
        exim(show)
        packmail.show_all(show)
        return show.out.end()
    finally:
        site.stop()
