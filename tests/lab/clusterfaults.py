# SPDX-License-Identifier: ISC
"""Redis fails in every way that it can, while mail goes on.

Each time: what the hosts know is enforced, what they do not know they find out
by themselves, a hit takes no longer, and what one fetches the others take
again as soon as Redis is back.
"""
import contextlib
import dataclasses
import signal
from collections.abc import Callable

import clustertls
import clusterworld
import lab
import nodes
import proc
import redisnodes
import redisproxy
import rows
import service

DAY = 86400
SLOWER = 3    # of tens of microseconds; a wait would be hundreds of times
ROUNDS = 5    # of looks at how fast it is, as long as it is not
QUICK = 0.7   # the soonest, for a domain that nobody knows
# No longer than these: a host without questions to Redis pings it every 10 s;
# between two tries to reach it are 30 s at most, and one may be on its way.
NOTICED = 60.0
BACK = 90.0
PASSWORD = "another-password"


@dataclasses.dataclass(frozen=True)
class Fault:
    """How Redis fails, and how it is mended. LOST: the hosts lose it."""

    name: str
    what: str
    strike: Callable[[clusterworld.World], None]
    mend: Callable[[clusterworld.World], None]
    lost: bool = True

    def domain(self, kind: str) -> lab.Domain:
        weak = kind in ("known", "bare")
        return lab.Domain(f"{kind}-{self.name}.lab.example",
                          clusterworld.PLAIN if weak else clusterworld.TLS,
                          "" if kind == "bare" else "enforce",
                          max_age=30 * DAY)


def stop(world: clusterworld.World) -> None:
    world.site.primary.kill()


def stop_for_good(world: clusterworld.World) -> None:
    stop(world)
    redisnodes.hurry()


def start(world: clusterworld.World) -> None:
    world.site.primary.start()


def freeze(world: clusterworld.World) -> None:
    server = world.site.primary.running
    assert server
    server.send(signal.SIGSTOP)
    proc.until(server.stopped, "Redis is stopped")


def thaw(world: clusterworld.World) -> None:
    world.site.primary.running.send(signal.SIGCONT)


def command(*words: str) -> Callable[[clusterworld.World], None]:
    """As its administrator would say it."""
    def say(world: clusterworld.World) -> None:
        redis = world.site.primary.client()
        redis(*words)
        redis.close()
    return say


def lock(world: clusterworld.World) -> None:
    """The password is another one, and who is in is out."""
    redis = world.site.primary.client()
    redis("CONFIG", "SET", "requirepass", PASSWORD)
    redis("CLIENT", "KILL", "TYPE", "normal")
    redis.close()


def unlock(world: clusterworld.World) -> None:
    redis = world.site.primary.client()
    redis("AUTH", PASSWORD)
    redis("CONFIG", "SET", "requirepass", "")
    redis.close()


def through(mode: str) -> Callable[[clusterworld.World], None]:
    return lambda _world: (redisproxy.tell(mode), None)[1]


def cable(join: bool) -> Callable[[clusterworld.World], None]:
    def move(world: clusterworld.World) -> None:
        (world.site.proxy.join if join else world.site.proxy.cut)()
    return move


FAULTS = (
    Fault("stopped", "Redis stopped", stop, start),
    Fault("hung", "Redis hangs (SIGSTOP)", freeze, thaw),
    Fault("reset", "connections reset", through("cut"), through("pass")),
    Fault("cable", "no network to it", cable(False), cable(True)),
    Fault("flushed", "FLUSHALL", command("FLUSHALL"), lambda _: None, False),
    Fault("password", "another password", lock, unlock),
    Fault("full", "full (maxmemory, noeviction)",
          command("CONFIG", "SET", "maxmemory", "1"),
          command("CONFIG", "SET", "maxmemory", "0"), False),
    Fault("errors", "every command is an error", through("error"),
          through("pass"), False),
    Fault("garbage", "octets at random for answers", through("garbage"),
          through("pass")),
    Fault("late", "answers 30 s late", through("late"), through("pass")),
)
FAILOVER = Fault("failover", "Sentinel makes the replica primary",
                 stop_for_good, lambda _: None)
KINDS = ("known", "cold", "bare", "back")


def domains() -> tuple[lab.Domain, ...]:
    return tuple(fault.domain(kind) for fault in (*FAULTS, FAILOVER)
                 for kind in KINDS)


class Faults:
    """The relays, and the rows so far."""

    def __init__(self, world: clusterworld.World,
                 relays: tuple[clusterworld.Relay, ...],
                 out: rows.Rows) -> None:
        self.world = world
        self.relays = relays
        self.out = out

    def anew(self, url: str) -> None:
        """Services that have lost nothing yet: who loses Redis again and again
        tries less and less often."""
        for relay in self.relays:
            relay.stop()
        clusterworld.each(self.relays, lambda relay: relay.start(url))

    def show(self, fault: Fault) -> None:
        known, cold, bare, back = (fault.domain(kind) for kind in KINDS)
        clusterworld.each(self.relays,
                          lambda relay: relay.ask("policy " + known.name))
        for relay in self.relays:
            relay.forget()
        usual = self.relays[0].fastest(known)
        fault.strike(self.world)
        self.decisions(fault, known, cold, bare)
        self.speed(fault, known, usual)
        if fault.lost:
            self.seen("redis-lost", NOTICED)
        fault.mend(self.world)
        if fault.lost:
            self.seen("redis-back", BACK)
        self.shared(fault, back)

    def seen(self, event: str, deadline: float) -> None:
        """All hosts have logged it of what they ask by; else a row says NO
        later."""
        with contextlib.suppress(TimeoutError):
            proc.until(lambda: all(relay.logged("link=data", event)
                                   for relay in self.relays), event, deadline)

    def decisions(self, fault: Fault, known: lab.Domain, cold: lab.Domain,
                  bare: lab.Domain) -> None:
        """No weaker than before, and no later."""
        got = clusterworld.each(self.relays, lambda relay: relay.mail(known))
        self.out.add(fault.name, "enforce", f"{fault.what}; known, 3 hosts",
                     "nobody", " / ".join(sorted(set(got))), "")
        asked = clusterworld.each(self.relays, lambda relay: service.timed(
            "policy " + cold.name, path=relay.place.query))
        told = sum("mode=enforce" in answer for answer, _ in asked)
        soonest, *_, longest = sorted(took for _, took in asked)
        self.out.add(fault.name, "enforce", "a cold domain, 3 hosts ask",
                     "3 told, at once", f"{told} told, "
                     + ("at once" if soonest < QUICK else f"{soonest:.1f} s"),
                     f"{soonest * 1e3:.0f} to {longest * 1e3:.0f} ms")
        self.out.add(fault.name, "enforce", "and mail to it", "mx1 tls",
                     self.relays[1].mail(cold), "")
        self.out.add(fault.name, "", "and to one without a policy",
                     "mx1 clear", self.relays[2].mail(bare), "")

    def speed(self, fault: Fault, known: lab.Domain, usual: float) -> None:
        """What is measured is the fastest: the machine has other work."""
        now = usual * 9
        for _ in range(ROUNDS):
            now = min(now, self.relays[0].fastest(known))
            if now < SLOWER * usual:
                break
        self.out.add(fault.name, "enforce", "how long a hit takes", "as ever",
                     "as ever" if now < SLOWER * usual
                     else f"{now / usual:.1f} times",
                     f"{usual * 1e6:.0f} us before, {now * 1e6:.0f} us now")

    def shared(self, fault: Fault, back: lab.Domain) -> None:
        """What one fetches the others take."""
        first, *others = self.relays
        first.ask("policy " + back.name)
        redis = self.world.site.serving.client()
        clusterworld.stored(redis, back)
        redis.close()
        for relay in others:
            relay.ask("policy " + back.name)
        self.out.add(fault.name, "enforce", "mended: one fetches for all",
                     "1 fetch", f"{clusterworld.fetched(back)} fetch", "")
        self.told(fault)

    def told(self, fault: Fault) -> None:
        """Each host says it once, both times."""
        want = 1 if fault.lost else 0
        counts = {tuple(len(relay.logged("link=data", event))
                        for event in ("redis-lost", "redis-back"))
                  for relay in self.relays}
        self.out.add(fault.name, "", "the hosts' logs tell of it",
                     f"{want} lost, {want} back each", " / ".join(
                         f"{lost} lost, {back} back each"
                         for lost, back in sorted(counts)),
                     " ".join((self.relays[0].logged("redis-lost")
                               + self.relays[0].logged("redis-error"))[:1]))


def failover(faults: Faults) -> None:
    """The hosts ask Sentinel, and follow."""
    site = faults.world.site
    site.start_sentinels()
    faults.anew(site.sentinel_url)
    old = redisnodes.primary()

    def mend(_world: clusterworld.World) -> None:
        proc.until(lambda: redisnodes.primary() != old, "a new primary")
        site.serving = site.replica
    faults.show(dataclasses.replace(FAILOVER, mend=mend))


def main(module: str) -> int:
    proc.hurry()
    world = clusterworld.World(
        (*domains(), *clustertls.ALL),
        {clustertls.NAME: f"{nodes.PREFIX}{clustertls.NUMBER}"})
    relays = world.relays(module, **clusterworld.BRISK)
    faults = Faults(world, relays, rows.Rows())
    for fault in FAULTS:
        faults.anew(world.site.url)
        faults.show(fault)
    failover(faults)
    clustertls.show(world, faults.relays, faults.out)
    return faults.out.end()
