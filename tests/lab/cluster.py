# SPDX-License-Identifier: ISC
"""What three relays share through Redis: one fetch for all, a new policy at
once; and what they do not: a peer's word is checked before it is applied.

Who asked the policy host is nginx's to say, who has the mail the sinks'.
"""
import dataclasses
import re
import threading
import time

import clusterpoison
import clusterworld
import flight
import lab
import proc
import redisproxy
import rows
import seal
import service
import web

DAY = 86400
WEEK = 7 * DAY
SLOW = 3.0    # a policy host takes that long
PATIENCE = 5.0  # half of lookup_timeout
SOON = 5.0    # in which news are everywhere
SKEW = 600    # between clocks


def domain(name: str, mx: tuple[lab.Mx, ...] = clusterworld.PLAIN,
           mode: str = "enforce", **more) -> lab.Domain:
    return lab.Domain(name + ".lab.example", mx, mode, max_age=30 * DAY,
                      **more)


CROWD = domain("crowd")
HANGS = domain("hangs", delay=SLOW)
STRICT = domain("strict", clusterworld.TLS)   # its MX goes out of the policy
MILD = domain("mild", clusterworld.TLS, patterns=("old",))  # and comes into it
LEASED = domain("leased")
LATE = domain("late", mode="testing", delay=1.0)
WEAK = domain("week", mode="testing")
GONE = domain("weekgone", mode="testing")
AHEAD = domain("ahead")
BEHIND = domain("behind")
MIXED = domain("mixed", mode="testing")
ALL = (CROWD, HANGS, STRICT, MILD, LEASED, LATE, WEAK, GONE, AHEAD, BEHIND,
       MIXED)


@dataclasses.dataclass
class Story:
    """The world, the relays and the rows so far."""

    world: clusterworld.World
    relays: tuple[clusterworld.Relay, ...]
    out: rows.Rows

    def restart(self, relay: clusterworld.Relay, ahead: int = 0,
                **changes: str) -> None:
        """With a clock that is so many seconds AHEAD."""
        relay.stop()
        relay.start(self.world.site.url, ahead, **changes)


def crowd(story: Story) -> None:
    """192 askers, one fetch."""
    paths = tuple(relay.place.query for relay in story.relays)
    answers = flight.crowd("policy " + CROWD.name, paths)
    count = clusterworld.fetched(CROWD)
    told = sum("mode=enforce" in answer for answer in answers)
    asked = len(paths) * flight.ASKERS
    story.out.add("crowd", "enforce", f"{asked} ask on {len(paths)} hosts",
                  "1 fetch", f"{count} fetch", answers[0])
    story.out.add("crowd", "enforce", "and all of them are told",
                  f"{asked} told", f"{told} told", "")


def slow_requests(of: lab.Domain) -> int:
    return web.slow_requests("mta-sts." + of.name)


def holder_dies(story: Story) -> None:
    """The host that fetches for all is killed while it does."""
    first, *others = story.relays
    answers: dict[str, tuple[str, float]] = {}

    def ask(relay: clusterworld.Relay) -> None:
        try:
            answers[relay.name] = service.timed(
                "policy " + HANGS.name, path=relay.place.query)
        except OSError:  # the one that is killed
            pass

    threads = [threading.Thread(target=ask, args=(relay,))
               for relay in story.relays]
    threads[0].start()
    proc.until(lambda: slow_requests(HANGS), "the first host fetches")
    for thread in threads[1:]:
        thread.start()
    proc.until(lambda: all(relay.stats()["engine"]["flights"]
                           for relay in others), "the others wait")
    before = slow_requests(HANGS)
    first.kill()
    for thread in threads:
        thread.join()
    told = [answers.get(relay.name, ("nothing", 0.0)) for relay in others]
    good = sum("mode=enforce" in answer for answer, _ in told)
    longest = max(took for _, took in told)
    story.out.add("kill", "enforce", "kill -9 of the one host that fetches",
                  "2 told by a policy", f"{good} told by a policy",
                  f"{longest:.1f} s, {slow_requests(HANGS)} fetches")
    again = slow_requests(HANGS) > before
    story.out.add("kill", "enforce", "fetches until then, and another's later",
                  "1, yes", f"{before}, {'yes' if again else 'no'}", "")
    first.start(story.world.site.url)


def applied(relay: clusterworld.Relay, of: lab.Domain, number: int,
            within: float = SOON) -> str:
    """Does it have that policy in time?"""
    begin = time.monotonic()
    try:
        proc.until(lambda: relay.holds(of) == str(number), "news", within)
    except TimeoutError:
        return f"still id={relay.holds(of)}"
    return f"in {time.monotonic() - begin:.2f} s"


def news(story: Story) -> None:
    """A new policy that one host fetches is in force on all."""
    first, *others = story.relays
    clusterworld.all_listen(story.world.redis, len(story.relays))
    for of, before, changes, after in (
            (STRICT, "mx1 tls", {"patterns": ("old",)}, "nobody"),
            (MILD, "nobody", {"patterns": ("mx1",)}, "mx1 tls")):
        for relay in others:
            story.out.add("news", "enforce", f"the first policy; {relay.name}",
                          before, relay.mail(of, "first"), "")
        story.world.publish(of, 2, **changes)
        first.admin("refresh " + of.name)
        took = clusterworld.each(others, lambda relay: applied(relay, of, 2))
        for relay, when in zip(others, took):
            story.out.add(
                "news", "enforce",
                f"a new id, fetched by {first.name}; {relay.name}",
                after + ", in time", relay.mail(of, "news")
                + (", in time" if when[:2] == "in" else ", late"), when)


def lease_for_ever(story: Story) -> None:
    """A stranger says that he is at it, and never is."""
    story.world.redis("SET", seal.lease_key(LEASED), "stranger")
    answer, took = service.timed("policy " + LEASED.name,
                                 path=story.relays[0].place.query)
    story.out.add("lease", "enforce", "held for ever by a stranger",
                  "a second", "a second" if "mode=enforce" in answer
                  and 0.9 < took < PATIENCE else f"{took:.2f} s",
                  f"{took:.2f} s {answer}")


def evals(story: Story) -> int:
    """How many scripts Redis has run."""
    text = story.world.redis("INFO", "commandstats").decode()
    found = re.search(r"cmdstat_eval:calls=(\d+)", text)
    return int(found[1]) if found else 0


def late_put(story: Story) -> None:
    """What one host has fetched comes to Redis when there is a newer one."""
    first, _, third = story.relays
    first.stop()
    first.start(story.world.site.direct_url)
    asker = threading.Thread(target=third.ask, args=("policy " + LATE.name,))
    asker.start()
    proc.until(lambda: slow_requests(LATE), "the third host fetches")
    redisproxy.tell("hold")
    story.world.publish(LATE, 2, mode="enforce")
    first.ask("policy " + LATE.name)
    clusterworld.stored(story.world.redis, LATE)
    before = evals(story)
    redisproxy.tell("pass")
    proc.until(lambda: evals(story) > before, "a late put")
    asker.join()
    got = seal.number(story.world.redis("GET", seal.policy_key(LATE)))
    story.out.add("late", "enforce", "an older policy, put behind a newer one",
                  "Redis has id 2", f"Redis has id {got}", "")
    story.restart(first)
    proc.until(third.joined, "it has Redis again", 35.0)


def is_new(relay: clusterworld.Relay, of: lab.Domain) -> bool:
    """Does it know the policy as it is today, and is at nothing else?"""
    fetched = relay.holds(of, "fetched")
    return (fetched.isdigit() and int(fetched) > time.time() - DAY
            and not relay.stats()["engine"]["flights"])


def week(story: Story) -> None:
    """One host is away while a policy is made stronger and another one's
    domain goes silent."""
    *there, away = story.relays
    # Signatures of DNS are not as old as that.
    story.restart(away, -WEEK, trust_anchor='""')
    for of in (WEAK, GONE):
        away.ask("policy " + of.name)
    away.stop()
    # They take what it brought, and look again, as it is a week old: a
    # policy that changes meanwhile may wait for the next word of a peer.
    for of in (WEAK, GONE):
        proc.until(lambda of=of: all(is_new(relay, of) for relay in there),
                   "the others have looked themselves")
    clusterworld.all_listen(story.world.redis, len(there))
    for of in (WEAK, GONE):
        story.world.publish(of, 2, mode="enforce")
        there[0].admin("refresh " + of.name)
        applied(there[1], of, 2, proc.DEADLINE)
    story.world.web.withdraw("mta-sts." + GONE.name)
    away.start(story.world.site.url)
    # What is known is answered at once; whether it still holds is looked at.
    took = applied(away, WEAK, 2, proc.DEADLINE)
    story.out.add("week", "enforce", "away when the policy became stricter",
                  "nobody", away.mail(WEAK), took)
    for of, what in ((WEAK, "it comes back with the old policy"),
                     (GONE, "the same, and the policy host says 404")):
        away.mail(of, "again")
        held = [*clusterworld.each(there, lambda relay, of=of:
                                   relay.holds(of)),
                seal.number(story.world.redis("GET", seal.policy_key(of)))]
        story.out.add("week", "enforce", what, "two hosts, Redis: 2 2 2",
                      "two hosts, Redis: " + " ".join(held), "")


def clocks(story: Story) -> None:
    """One host's clock is ten minutes ahead."""
    first, fast, third = story.relays
    story.restart(fast, SKEW)
    fast.ask("policy " + AHEAD.name)
    story.out.add("clocks", "enforce", "fetched by a host 10 min ahead",
                  "nobody, 2 fetches", f"{first.mail(AHEAD)}, "
                  f"{clusterworld.fetched(AHEAD)} fetches",
                  " ".join(first.logged("redis-refused")[-1:]))
    first.ask("policy " + BEHIND.name)
    clusterworld.stored(story.world.redis, BEHIND)
    story.out.add("clocks", "enforce", "taken by a host 10 min ahead",
                  "nobody, 1 fetches", f"{fast.mail(BEHIND)}, "
                  f"{clusterworld.fetched(BEHIND)} fetches",
                  " ".join(fast.logged("policy-taken")[-1:]))
    fast.ask("policy " + MIXED.name)
    third.ask("policy " + MIXED.name)
    story.world.publish(MIXED, 2, mode="enforce")
    third.admin("refresh " + MIXED.name)
    story.out.add("clocks", "enforce", "new id, but Redis has a date ahead",
                  "nobody", third.mail(MIXED), "")
    story.restart(fast)


def main(module: str) -> int:
    proc.hurry()
    world = clusterworld.World((*ALL, *clusterpoison.ALL))
    relays = world.relays(module, **clusterworld.PATIENT)
    story = Story(world, relays, rows.Rows())
    crowd(story)
    holder_dies(story)
    news(story)
    lease_for_ever(story)
    late_put(story)
    clusterpoison.rows(world, relays, story.out)
    clocks(story)
    week(story)
    return story.out.end()
