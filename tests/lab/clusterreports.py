# SPDX-License-Identifier: ISC
"""TLS reports of two relays that share a Redis: one for both, whoever is
killed when.

Each row is a day of its own (simtime.py; Redis bears no such clock, so the
leases in it are made as much older). What both relays were told and have
acknowledged is compared with what arrived, at a mail server and at an HTTPS
server. A report may come twice when its sender was killed before he could
write down that it is sent: then it is the same, to the octet, so that a
receiver can tell (RFC 8460 section 5.3).
"""
import contextlib
import datetime
import json
import pathlib

import clusterworld
import collector
import exim
import proc
import reportread

import reportworld
import rows
import service
import simtime

TRAPS = pathlib.Path("/run/lab/outgoing")
SENDMAIL = "/src/tests/lab/outgoing"
MINUTE = 1 / 60
STEP = 1 / 4  # hours, between two looks
LOOKS = 60
PATIENCE = 2.0
SENDER = pathlib.Path(SENDMAIL).name  # as /proc has it
# What each relay is told of a domain, and so what its report must say.
TOLD = ({"success": 3, "starttls-not-supported": 2},
        {"success": 4, "starttls-not-supported": 1, "certificate-expired": 2})
SUM = reportread.counts(7, 5, {"starttls-not-supported": 3,
                               "certificate-expired": 2})
WAYS = {"once": "both", "building": "mailto", "marking": "mailto",
        "posting": "https", "emptied": "mailto", "unmarked": "mailto",
        "later": "mailto"}
ALL = {key: reportworld.asker(key, "testing", kind, "good",
                              max_age=30 * 86400)
       for key, kind in WAYS.items()}


class World(clusterworld.World):
    """Whose domains ask for reports."""

    def start(self) -> None:
        for one in ALL.values():
            self.zones.add(f"_smtp._tls.{one.name}", "TXT",
                           f'"v=TLSRPTv1; rua={one.rua}"')
        reportworld.make_key(self)
        super().start()


class Story:
    """Two relays, the hours that go by, and the rows."""

    def __init__(self, module: str) -> None:
        self.world = World(tuple(one.domain for one in ALL.values()),
                           collector.HOSTS)
        self.redis = self.world.site.primary
        self.out = rows.Rows()
        self.day = ""
        service.prepare()
        exim.write(reportworld.setup(module))
        self.relays = tuple(clusterworld.Relay(number) for number in (1, 2))
        for relay in self.relays:
            relay.before = simtime.clock()
            relay.start(
                self.world.site.direct_url, helo_name=f'"{relay.name}.lab"',
                report_organization=f'"{reportread.ORGANIZATION}"',
                report_contact=f'"{reportread.CONTACT}"',
                report_sendmail=f'"{SENDMAIL}"')

    def rows_of(self, relay: clusterworld.Relay) -> dict[str, str]:
        """By domain the state of the day's report; the relay looks at its
        clock when it is asked."""
        line = relay.admin("reports")
        if " json " not in line:
            return {}
        return {one["domain"]: one["state"]
                for one in json.loads(line.split(" ", 2)[2])["reports"]
                if one["day"] == self.day}

    def age(self, hours: float) -> None:
        """The leases in Redis end as much earlier."""
        redis = self.redis.client()
        for key in redis("KEYS", "stsgate:1:l:*"):
            left = redis("PTTL", key) - round(hours * 3600000)
            redis("PEXPIRE", key, str(max(left, 1)))
        redis.close()

    def step(self, hours: float) -> None:
        self.age(hours)
        simtime.step(hours)
        for relay in self.relays:
            relay.stats()

    def until(self, condition, what: str, hours: float = MINUTE,
              patience: float = 0.3) -> bool:
        """Time goes by until it is so; False: it was not in time. PATIENCE:
        seconds of ours in which all comes to its end that has begun; for who
        sends no time goes by at all, as another host would take over."""
        for _ in range(LOOKS):
            with contextlib.suppress(TimeoutError):
                proc.until(condition, what, patience, 0.02)
                return True
            with contextlib.suppress(TimeoutError):
                proc.until(lambda: condition() or not sends(), what,
                           pause=0.02)
            if condition():
                return True
            self.step(hours)
        return False

    def kill(self, relay: clusterworld.Relay) -> None:
        relay.kill()
        relay.resume()


def sends() -> bool:
    """Does a relay's sendmail run?"""
    for path in pathlib.Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if path.read_text().strip() == SENDER:
                return True
    return False


def now() -> datetime.datetime:
    ahead = int(simtime.OFFSET.read_text())
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
        seconds=ahead)


def until_hour(story: Story, hour: float, day: int = 0) -> None:
    """On to that hour of the day, or of one later."""
    then = now().replace(hour=0, minute=0, second=0, microsecond=0)
    then += datetime.timedelta(days=day, hours=hour)
    story.step((then - now()).total_seconds() / 3600)


def tell(relay: clusterworld.Relay, name: str, results: dict) -> int:
    """How many are acknowledged."""
    good = 0
    relay.ask("policy " + name)
    for result, count in results.items():
        action = "sent" if result == "success" else "would-refuse"
        for _ in range(count):
            good += relay.ask(f"result {name} result={result} action={action} "
                              f"mode=testing host=mx1.{name}") == "STS1 ok"
    return good


def parts(story: Story, name: str) -> list[bytes]:
    """What Redis has of the day's report."""
    redis = story.redis.client()
    found = redis("HKEYS", f"stsgate:1:r:{story.day}/{name}")
    redis.close()
    return found


def shared(story: Story, name: str) -> bool:
    """Has Redis what both have counted?"""
    return len(parts(story, name)) >= len(story.relays)


def known_again(story: Story, name: str) -> None:
    """Redis, come back empty, has been told that the report is sent: who has
    sent it looks once a minute, and the other one does not wait for long."""
    proc.until(lambda: all(relay.joined() for relay in story.relays),
               "both have Redis")
    story.until(lambda: b"closed" in parts(story, name),
                "Redis knows that it is sent")


def day_of(story: Story, name: str) -> None:
    """Both relays are told, and it is five past midnight."""
    until_hour(story, 12, 1)
    story.day = now().date().isoformat()
    good = sum(tell(relay, name, told)
               for relay, told in zip(story.relays, TOLD))
    if good != sum(sum(told.values()) for told in TOLD):
        raise RuntimeError(f"{name}: {good} acknowledged")


def midnight(story: Story, name: str) -> None:
    until_hour(story, 1 / 12, 1)
    story.until(lambda: shared(story, name), "Redis has both parts")


def trap(name: str, when: str) -> pathlib.Path:
    path = TRAPS / f"{name}.{when}"
    path.touch()
    return path


def caught(story: Story, name: str) -> clusterworld.Relay:
    """The relay whose sendmail is in the trap; the first, if nobody's is, and
    then the row says NO."""
    path = TRAPS / f"{name}.reached"
    until_hour(story, 4.75)
    if not story.until(path.exists, "a report goes out", STEP, PATIENCE):
        return story.relays[0]
    pid = int(path.read_text())
    return next(relay for relay in story.relays
                if relay.running and relay.running.child.pid == pid)


def night(story: Story, name: str) -> str:
    """Both say that it is sent; what they say if not."""
    if now().hour < 5:
        until_hour(story, 5)

    def states() -> set[str]:
        return {story.rows_of(relay).get(name, "not there")
                for relay in story.relays}
    story.until(lambda: states() == {"sent"}, "the report is sent", STEP,
                PATIENCE)
    return " ".join(sorted(states()))


def tell_row(story: Story, key: str, what: str, copies: int,
             why: str = "") -> None:
    """After the night: COPIES arrived at each destination, all the same, and
    with the sum of what both were told."""
    one = ALL[key]
    states = night(story, one.name)
    story.step(6)
    states = states if states != "sent" else night(story, one.name)
    got = [report for report in reportread.arrived()
           if (report.domain, report.day) == (one.name, story.day)]
    same = {report.octets for report in got}
    idents = {report.ident for report in got}
    said = sorted({report.counts() for report in got})
    ways = (sum(report.mail for report in got),
            sum(not report.mail for report in got))
    wrong = [f"{report.where}: {' '.join(report.wrong)}" for report in got
             if report.wrong]
    want = (one.mails * copies, one.posts * copies)
    story.out.add(
        key, one.rua.partition(":")[0], what,
        f"{want[0]} mail, {want[1]} post, 1 id, same; {SUM}",
        f"{ways[0]} mail, {ways[1]} post, {len(idents)} id, "
        f"{'same' if len(same) == 1 else 'other'}; {' / '.join(said)}"
        + "".join(wrong), f"{states} {why}".strip())


def once(story: Story) -> None:
    """Both are killed as soon as they have acknowledged the last result."""
    name = ALL["once"].name
    day_of(story, name)
    for relay in story.relays:
        story.kill(relay)
    midnight(story, name)
    tell_row(story, "once", "kill -9 of both behind the last result", 1)


def building(story: Story) -> None:
    name = ALL["building"].name
    day_of(story, name)
    midnight(story, name)
    path = trap(name, "before")
    relay = caught(story, name)
    relay.kill()
    path.unlink()
    relay.resume()
    tell_row(story, "building", "kill -9 of the sender before it is sent", 1,
             f"{relay.name} was killed")


def marking(story: Story) -> None:
    name = ALL["marking"].name
    day_of(story, name)
    midnight(story, name)
    path = trap(name, "after")
    relay = caught(story, name)
    relay.kill()
    path.unlink()
    relay.resume()
    tell_row(story, "marking", "kill -9 of the sender when it is sent", 2,
             f"{relay.name} was killed")


def posting(story: Story) -> None:
    """The same, where the server has it and has not said so."""
    name = ALL["posting"].name
    day_of(story, name)
    midnight(story, name)
    collector.answers(posting=collector.SILENT)
    until_hour(story, 4.75)
    story.until(lambda: collector.records("/posting"), "a post", STEP,
                PATIENCE)
    busy = [relay for relay in story.relays
            if not relay.logged("report-sent", f"domain={name}")]
    for relay in busy:
        relay.kill()
    collector.answers()
    for relay in busy:
        relay.resume()
    tell_row(story, "posting", "kill -9 of both when it is posted", 2)


def emptied(story: Story) -> None:
    """Redis comes back with nothing before it is sent."""
    name = ALL["emptied"].name
    day_of(story, name)
    midnight(story, name)
    path = trap(name, "before")
    relay = caught(story, name)
    story.redis.kill()
    story.redis.start()
    proc.until(relay.joined, "it has Redis again")
    path.unlink()
    proc.until(lambda: story.rows_of(relay).get(name) == "sent", "it is sent")
    known_again(story, name)
    tell_row(story, "emptied", "kill -9 of Redis before it is sent", 1,
             f"{relay.name} sent")


def unmarked(story: Story) -> None:
    """There is no Redis when it is to be told that it was sent."""
    name = ALL["unmarked"].name
    day_of(story, name)
    midnight(story, name)
    path = trap(name, "after")
    relay = caught(story, name)
    story.redis.kill()
    path.unlink()
    proc.until(lambda: story.rows_of(relay).get(name) == "sent", "it is sent")
    story.redis.start()
    known_again(story, name)
    tell_row(story, "unmarked", "kill -9 of Redis when it is sent", 1,
             f"{relay.name} sent")


def later(story: Story) -> None:
    """One has sent it; the other looks when Redis has come back empty."""
    name = ALL["later"].name
    day_of(story, name)
    midnight(story, name)
    first = story.relays[0]
    first.admin(f"report-send {name} day={story.day}")
    story.redis.kill()
    story.redis.start()
    known_again(story, name)
    tell_row(story, "later", "kill -9 of Redis when one of both knows", 1)


def main(module: str) -> int:
    proc.hurry()
    simtime.write(0)
    TRAPS.mkdir()
    TRAPS.chmod(0o777)
    collector.answers()
    story = Story(module)
    collector.start(f"collect.{reportworld.ZONE}")
    for part in (once, building, marking, posting, emptied, unmarked, later):
        part(story)
    story.out.add("panics", "", "Exim's panic log", "empty", exim.panics())
    return story.out.end()
