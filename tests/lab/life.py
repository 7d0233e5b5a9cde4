# SPDX-License-Identifier: ISC
"""The life of a policy, told by mail: days go by for stsgated (simtime.py).

Every domain has one MX. It is refused by the first policy, or the first one
names it: what the sink gets after a step shows which policy was in force then.
The last column is the line of stsgated's log that the step must have made.
"""
import contextlib
import json

import exim
import hooks
import lab
import proc
import rows
import service
import simtime
import zones

DAY = 24
PLAIN = (lab.Mx("mx1", starttls="no"),)
TLS = (lab.Mx("mx1"),)


def domain(name: str, mx: tuple[lab.Mx, ...], pattern: str) -> lab.Domain:
    return lab.Domain(f"{name}.lab.example", mx, patterns=(pattern,),
                      max_age=10 * DAY * 3600)


NEW = domain("newid", TLS, "old")         # refused, its MX is not named
DOWN = domain("webdown", PLAIN, "mx1")    # refused, it has no STARTTLS
GONE = domain("txtgone", PLAIN, "mx1")
BODY = domain("body", TLS, "old")
LOST = domain("lost", PLAIN, "mx1")
RETIRED = domain("retired", PLAIN, "mx1")
ALL = (NEW, DOWN, GONE, BODY, LOST, RETIRED)


def txt(of: lab.Domain) -> str:
    return "_mta-sts." + of.name


class Life:
    """A lab, and the rows of its story."""

    def __init__(self, module: str) -> None:
        self.world = lab.Lab()
        for each in ALL:
            self.world.add(each)
        self.world.start()
        self.out = rows.Rows()
        self.running = simtime.start(log_level='"debug"')
        self.hours = 0.0
        self.tried: dict[str, int] = {}
        self.told = 0
        exim.write(hooks.ours(module))

    def no_txt(self, of: lab.Domain) -> None:
        self.world.zones.remove(txt(of))
        # A name server that cannot answer has no answer either.
        proc.until(lambda: "NXDOMAIN" in zones.lookup(txt(of), "TXT"),
                   "no record")

    def step(self, hours: float) -> None:
        """Time goes by for stsgated; log lines of before do not count."""
        self.told = len(log())
        self.hours += hours
        simtime.step(hours)

    def mail(self, of: lab.Domain, what: str, expected: str,
             event: str = "") -> None:
        """A new message: who got it, and was the event logged?"""
        key = of.name.partition(".")[0]
        number = self.tried[key] = self.tried.get(key, 0) + 1
        marker = f"life-{key}-{number}"
        exim.inject(marker, f"u@{of.name}", deliver=False)
        exim.run("exim4", "-M", exim.message_id(marker))
        line = self.event(of, event)
        got = lab.got(of.name, marker)
        if event and not line:
            got += f", not logged: {event}"
        self.out.add(key, "enforce" if number == 1 else f"+{self.hours:g} h",
                     what, expected, got, line)

    def event(self, of: lab.Domain, event: str) -> str:
        """The line of that event since the last step."""
        found: list[str] = []

        def look() -> bool:
            found[:] = [line for line in log()[self.told:]
                        if f"domain={of.name} " in line + " "
                        and all(word in line for word in event.split())]
            return bool(found)

        with contextlib.suppress(TimeoutError):  # then the row says NO
            if event:
                proc.until(look, event)
        return found[-1] if found else ""


def log() -> list[str]:
    return proc.lines(service.LOG)


def clocks(life: Life) -> None:
    """stsgated itself says how long it believes to have run."""
    text = service.ask("stats", path=service.ADMIN).split(" ", 2)[2]
    hours = json.loads(text)["uptime"] / 3600
    life.out.add("clock", "", "what stsgated takes for its uptime",
                 f"{life.hours:.0f} h", f"{hours:.0f} h")


def main(module: str) -> int:
    life = Life(module)
    for each in ALL:
        life.mail(each, "the MX breaks the policy", "nobody", "policy-new")
    life.world.publish(NEW, 2, patterns=("mx1",))
    life.world.publish(DOWN, 2, mode="testing")
    life.world.publish(BODY, patterns=("mx1",))
    life.world.publish(RETIRED, 2, mode="none")
    life.world.web.stop()
    life.step(2)
    life.mail(DOWN, "new id, but HTTPS is down: the old one holds", "nobody",
              "refresh-failed id=2")
    life.world.web.resume()
    life.mail(NEW, "new id, and the policy names the MX", "mx1 tls",
              "policy-changed id=2")
    life.mail(BODY, "policy names the MX, under the same id", "nobody")
    life.mail(RETIRED, "new id, mode none", "mx1 clear",
              "policy-downgrade mode=none")
    life.no_txt(RETIRED)
    life.no_txt(GONE)
    life.no_txt(LOST)
    life.world.web.withdraw("mta-sts." + LOST.name)
    life.step(2)
    life.mail(RETIRED, "and then its record is gone", "mx1 clear",
              "policy-removed")
    life.step(1.5 * DAY)
    life.mail(BODY, "the daily refresh took it", "mx1 tls",
              "policy-changed id=1")
    life.mail(GONE, "no record, the policy host still answers", "nobody",
              "policy-refreshed")
    life.mail(LOST, "neither record nor policy any more", "nobody",
              "refresh-failed")
    life.step(7 * DAY)
    life.mail(LOST, "the same, shortly before max_age", "nobody")
    life.step(2 * DAY)
    life.mail(LOST, "max_age is over", "mx1 clear", "policy-lost mode=enforce")
    life.mail(GONE, "no record, renewed over HTTPS meanwhile", "nobody")
    clocks(life)
    service.stop(life.running)
    return life.out.end()
