# SPDX-License-Identifier: ISC
"""The part of packages.py with OpenSMTPD in place of Exim."""
import machine
import packages
import proc
import smtpd
import stock

CONF = "/etc/smtpd.conf"
NAMES = ("stsgate", "opensmtpd-filter-stsgate")


def greets() -> bool:
    try:
        with smtpd.connect(5.0):
            return True
    except OSError:
        return False


def restart(site: machine.Machine) -> None:
    site.run("systemctl", "restart", "opensmtpd")
    proc.until(greets, "smtpd greets")


def sent(site: machine.Machine, run: str) -> str:
    """All messages handed over and tried once; who has them."""
    rcpts = {key: f"{run}@{stock.domain(key)}" for key, *_ in stock.MAILS}
    for key, rcpt in rcpts.items():
        smtpd.hand_over(f"{run}-{key}", rcpt)
    proc.LOGS.mkdir(parents=True, exist_ok=True)

    def over() -> bool:
        (proc.LOGS / "smtpd.log").write_text(site.run(
            "journalctl", "-u", "opensmtpd", "-o", "cat", "--no-pager"))
        done = smtpd.deliveries()
        return all(done[to] for to in rcpts.values())

    proc.until(over, "each message was tried", 60.0, 0.2)
    return stock.got(run)


def mail(show: "packages.Shown", case: str, what: str, expected: str) -> None:
    run = f"{case}-{show.out.count}"
    show.add(case, what, expected, sent(show.site, run))


def show_all(show: "packages.Shown") -> None:
    """As installed, with the README's lines, with them taken out again and
    our packages purged."""
    site = show.site
    site.apt("install", "opensmtpd")
    proc.until(greets, "smtpd greets")
    stock_conf = site.path(CONF).read_text()
    mail(show, "stock", "as installed: opensmtpd", stock.AS_EVER)
    before = site.unit("opensmtpd", "MainPID")
    said = site.apt("install", *site.debs(*NAMES))
    show.add("install", "apt install: what our scripts print", "nothing",
             packages.printed(said))
    show.add("install", "smtpd: not restarted", before,
             site.unit("opensmtpd", "MainPID"))
    packages.configure(site)
    mail(show, "inert", "our programs, no lines", stock.AS_EVER)
    site.path(CONF).write_text(smtpd.blocks()[0])
    show.add("smtpd", "smtpd -n", "configuration OK",
             site.says("smtpd", "-n"))
    restart(site)
    mail(show, "smtpd", "lines pasted", stock.WITH_US)
    packages.autopkgtest(show, "opensmtpd")
    site.path(CONF).write_text(stock_conf)
    restart(site)
    site.run("smtpctl", "remove", "all")
    site.path("/etc/stsgate/anchor").unlink()
    said = site.apt("purge", *NAMES)
    show.add("purged", "what our scripts print", "nothing",
             packages.printed(said))
    show.add("purged", "what of ours is left", "nothing", packages.left(site))
    restart(site)
    mail(show, "purged", "lines taken out", stock.AS_EVER)
