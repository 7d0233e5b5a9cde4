# SPDX-License-Identifier: ISC
"""The last attempt of a message (RFC 8461 section 5, APP-3).

For Exim and stsgated hours go by (simtime.py) till the retry time is over.
Mail is then returned by the very run that was refused, so the service must
have looked for a new policy before it answers. That it asked is seen in the
log of the lab's resolver; what was delivered and returned, in mailboxes.
"""
import contextlib
import dataclasses

import exim
import hooks
import lab
import pki
import proc
import rows
import service
import simtime
import zones

# Less than a day: else the daily refresh brings new policies anyway.
RETRY = "* * F,4h,2h"
OVER = 5  # hours
PLAIN = (lab.Mx("mx1", starttls="no"),)


def domain(name: str, mx: tuple[lab.Mx, ...], pattern: str) -> lab.Domain:
    return lab.Domain(f"{name}.lab.example", mx, patterns=(pattern,),
                      max_age=90 * 86400)


MX = domain("newmx", (lab.Mx("mx1"),), "old")
MODE = domain("newmode", PLAIN, "mx1")
SAME = domain("samemx", (lab.Mx("mx1"),), "old")
SAME_TLS = domain("sametls", PLAIN, "mx1")
# Their MX host has no address; no mail was ever refused for their policies.
FIRST = domain("first", (), "gone")
FIRST_TLS = dataclasses.replace(
    FIRST, name="firsttls.lab.example", hosts=(MODE.full("mx1"),))
CUT = domain("cutoff", (lab.Mx("mx1", cert="expired"),), "mx1")
CUT_BARE = domain("cutbare", CUT.mx, "mx1")
KEPT = domain("kept", PLAIN, "mx1")
FIRSTS = (FIRST, FIRST_TLS)
# A smart host; nobody listens at its address when it is tried first.
HUB = domain("hub", (), "@")
REFUSED = (MX, MODE, SAME, SAME_TLS, CUT, CUT_BARE)


def txt(of: lab.Domain) -> str:
    return "_mta-sts." + of.name


def marker(of: lab.Domain, number: int = 1) -> str:
    return f"bounce-{of.name.partition('.')[0]}-{number}"


def queue(of: lab.Domain, number: int = 1) -> None:
    """Hand a message over, as Exim's clock is now."""
    key = marker(of, number)
    exim.run(*simtime.clock(), "exim4", "-odq", "-i", "-f", exim.SENDER,
             f"u@{of.name}", text=exim.MESSAGE.format(
                 sender=exim.SENDER, to=f"u@{of.name}", marker=key))


def run_queue() -> None:
    """One queue run; it has ended when this returns."""
    exim.run(*simtime.clock(), "exim4", "-q")


def outcome(of: lab.Domain, number: int = 1) -> str:
    """Delivered, returned to the sender, or still there."""
    got = lab.got(of.name, marker(of, number))
    if got != "nobody":
        return got
    with contextlib.suppress(TimeoutError):
        if any(line.startswith("** u@")
               for line in exim.lines(marker(of, number))):
            proc.until(lambda: f"u@{of.name}" in exim.bounces(),
                       "the sender has it back")
            return "returned"
    return "waits"


def why(of: lab.Domain, number: int = 1) -> str:
    return " / ".join(line for line in exim.lines(marker(of, number))[-4:]
                      if line[:2] in ("**", "=>", "==", "st"))


def without(setup: exim.Setup, option: str) -> exim.Setup:
    """The same, but for one option of the transport."""
    text = (hooks.FILES / "stsgate-transport.conf").read_text()
    kept = [line for line in text.splitlines() if not line.startswith(option)]
    assert len(kept) + 1 == len(text.splitlines())
    return dataclasses.replace(setup, transport="\n".join(kept))


def by_hub(module: str) -> exim.Setup:
    """All mail by way of the smart host, as exim-dlfunc/README.md says."""
    return dataclasses.replace(
        hooks.ours(module), retry=RETRY, main=simtime.EXIM, router="",
        macros=f"STSGATE_SMARTHOST = {HUB.name}\n{hooks.ours(module).macros}",
        transport=f".include {hooks.FILES}/stsgate-smarthost.conf")


def write_hub(module: str) -> None:
    exim.write(by_hub(module), keep=True)
    text = exim.CONFIG.read_text()
    exim.CONFIG.write_text(text.replace(
        "driver = dnslookup",
        f"driver = manualroute\n  route_list = * {HUB.name} byname"))


def repair(host: str) -> None:
    """A good certificate in place of the expired one."""
    good = pki.leaf("good", host)
    good.rename(good.with_name(f"expired-{host}.pem"))


class Bounce:
    """A lab, and the rows of its story."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.world = lab.Lab()
        for each in (*REFUSED, *FIRSTS, KEPT, HUB):
            self.world.add(each)
        self.world.zones.add(HUB.name, "1 A", lab.NOBODY)
        for each in FIRSTS:
            self.world.zones.add(each.name, "1 MX", f"10 gone.{each.name}.")
        self.world.start()
        self.running = simtime.start()
        self.out = rows.Rows()
        self.setup = dataclasses.replace(
            hooks.ours(module), retry=RETRY, main=simtime.EXIM)
        exim.write(self.setup)

    def row(self, of: lab.Domain, what: str, expected: str,
            seen: str = "", number: int = 1) -> None:
        self.out.add(of.name.partition(".")[0], "enforce", what, expected,
                     outcome(of, number) + seen, why(of, number))

    def first_attempts(self) -> None:
        for each in (*REFUSED, *FIRSTS):
            queue(each)
        run_queue()
        for each in REFUSED:
            self.row(each, "first attempt: refused", "waits")
        for each in FIRSTS:
            self.row(each, "first attempt: the MX has no address", "waits")
            self.out.add(each.name.partition(".")[0], "enforce",
                         "and nothing was refused", "0 lines",
                         f"{len(hooks.counted(each.name))} lines")

    def news(self) -> None:
        """What the domains publish between two attempts."""
        self.world.publish(MX, 2, patterns=("mx1",))
        self.world.publish(MODE, 2, mode="testing")
        host = MX.full("mx1")
        self.world.publish(FIRST, 2, patterns=(), hosts=(host,))
        self.move(FIRST, host)
        self.world.publish(FIRST_TLS, 2, mode="testing")
        self.move(FIRST_TLS, MODE.full("mx1"))

    def move(self, of: lab.Domain, host: str) -> None:
        self.world.zones.replace(of.name, f"10 {host}.")
        proc.until(lambda: host in zones.lookup(of.name, "MX"), "the new MX")

    def last_attempts(self) -> None:
        names = {each: txt(each) for each in (SAME, SAME_TLS)}
        before = {each: zones.asked(name, "TXT")
                  for each, name in names.items()}
        run_queue()
        self.row(MX, "last one: a new policy names the MX", "mx1 tls")
        self.row(MODE, "last one: a new policy is testing", "mx1 clear")
        self.row(FIRST, "last one, another MX, never refused: a new one",
                 "mx1.newmx.lab.example tls")
        self.row(FIRST_TLS, "last one, no STARTTLS, never refused: a new one",
                 "mx1.newmode.lab.example clear")
        for each, name in names.items():
            asked = zones.asked(name, "TXT") - before[each]
            self.row(each, "last one: no new policy; and DNS was asked",
                     "returned, asked", ", asked" if asked else "")

    def after_cutoff(self) -> None:
        """A host whose retry time is over, and who has been repaired."""
        for each in (CUT, CUT_BARE):
            self.row(each, "last one: expired certificate", "returned")
            repair(each.full("mx1"))
        simtime.step(1)
        queue(CUT, 2)
        run_queue()
        self.row(CUT, "repaired; next message, an hour later", "mx1 tls",
                 number=2)
        exim.write(without(self.setup, "delay_after_cutoff"), keep=True)
        queue(CUT_BARE, 2)
        run_queue()
        self.row(CUT_BARE, "the same without delay_after_cutoff = false",
                 "returned", number=2)

    def kept(self) -> None:
        """That mail was refused is known after kill -9, too."""
        exim.write(self.setup, keep=True)
        queue(KEPT)
        run_queue()
        self.row(KEPT, "first attempt: refused", "waits")
        self.running.kill()
        simtime.step(OVER)
        self.running = simtime.resume()
        self.world.publish(KEPT, 2, mode="testing")
        run_queue()
        self.row(KEPT, "last one, after kill -9: a new policy", "mx1 clear")

    def smart_host(self) -> None:
        """The first host that a policy refuses may be the last attempt's."""
        write_hub(self.module)
        queue(HUB)
        run_queue()
        self.row(HUB, "smart host, first attempt: nobody listens", "waits")
        simtime.step(OVER)
        self.world.publish(HUB, 2, mode="testing")
        host = KEPT.full("mx1")
        address = self.world.hosts[host]
        self.world.zones.replace(HUB.name, address)
        proc.until(lambda: address in zones.lookup(HUB.name, "A"),
                   "the new address")
        run_queue()
        self.row(HUB, "last one, no STARTTLS, never refused: a new policy",
                 f"{host} clear")


def main(module: str) -> int:
    bounce = Bounce(module)
    bounce.first_attempts()
    simtime.step(OVER)
    bounce.news()
    bounce.last_attempts()
    bounce.after_cutoff()
    bounce.kept()
    bounce.smart_host()
    service.stop(bounce.running)
    return bounce.out.end()
