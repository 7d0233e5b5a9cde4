# SPDX-License-Identifier: ISC
"""Entries in Redis that nobody should believe: put there by whoever can write
to it, and by one who has the cluster's secret as well.

Every domain is strict and its MX cannot keep to it: whoever believes a word of
what is planted here lets mail go.
"""
import contextlib
import dataclasses
import os
import time
from collections.abc import Callable

import clusterworld
import lab
import proc
import seal

DAY = 86400
HUGE = 10 * 1024 * 1024
OTHER_SECRET = "somebody-elses-secret-of-32-octets-or-more"


def domain(name: str, mode: str = "enforce",
           mx: tuple[lab.Mx, ...] = clusterworld.PLAIN) -> lab.Domain:
    return lab.Domain(name + ".lab.example", mx, mode, max_age=30 * DAY)


OPEN = domain("open", "none")
REPLAY = domain("replay", "none")
FORGED = {"none": domain("forged-none"), "testing": domain("forged-testing"),
          # This one's own policy lets mail go, and the forged one would not.
          "enforce": domain("forged-enforce", mx=clusterworld.TLS)}
VERIFY = domain("verify")


def weak(of: lab.Domain) -> lab.Domain:
    """What the attacker would like it to be."""
    return dataclasses.replace(of, mode="none")


def other_secret(_redis, of: lab.Domain) -> bytes:
    return seal.sealed(OTHER_SECRET, weak(of))


def moved(redis, _of: lab.Domain) -> bytes:
    """As a host has put it, for another domain."""
    return redis("GET", seal.policy_key(OPEN))


def future(_redis, of: lab.Domain) -> bytes:
    return seal.sealed(clusterworld.SECRET, weak(of),
                       times=seal.now(3600, of.max_age))


def huge(_redis, of: lab.Domain) -> bytes:
    return seal.sealed(clusterworld.SECRET, weak(of)) + b"#" * HUGE


def garbage(_redis, _of: lab.Domain) -> bytes:
    return os.urandom(700)


# What is planted, and the word of the log for it.
PLANTS: dict[str, tuple[str, Callable[..., bytes], str]] = {
    "secret": ("sealed with another secret", other_secret, "forged"),
    "moved": ("another domain's entry", moved, "forged"),
    "future": ("fetched in an hour", future, "ahead"),
    "huge": ("10 MiB", huge, "syntax"),
    "garbage": ("octets at random", garbage, "syntax"),
}
PLANTED = {name: domain("plant-" + name) for name in PLANTS}
ALL = (OPEN, REPLAY, VERIFY, *FORGED.values(), *PLANTED.values())


class Poison:
    """Who writes into Redis, and the rows about it."""

    def __init__(self, world, relays, out) -> None:
        self.redis = world.redis
        self.world = world
        self.relays = relays
        self.out = out

    def plant(self, of: lab.Domain, raw: bytes) -> None:
        self.redis("SET", seal.policy_key(of), raw, "PX", str(DAY * 1000))

    def announce(self, of: lab.Domain) -> None:
        clusterworld.all_listen(self.redis, len(self.relays))
        heard = self.redis("PUBLISH", seal.CHANNEL, seal.announcement(of))
        if heard != len(self.relays):
            raise RuntimeError(f"{heard} hosts listen to {seal.CHANNEL}")

    def cold(self, name: str) -> None:
        """A host that has nothing looks into Redis."""
        what, make, reason = PLANTS[name]
        of = PLANTED[name]
        relay = self.relays[1]
        # Of what is refused it logs one a minute.
        relay.stop()
        relay.start(self.world.site.url)
        self.plant(of, make(self.redis, of))
        got = relay.mail(of)
        lines = [line for line in relay.logged("redis-refused",
                                               f"reason={reason}")
                 if f":{of.name}\"" in line]
        self.out.add("poison", "enforce", f"{what}; a host without a policy",
                     f"nobody, 1 fetch, {reason}",
                     f"{got}, {clusterworld.fetched(of)} fetch, "
                     + (reason if lines else "not logged"),
                     " ".join(lines[-1:]))

    def replay(self) -> Callable[[], None]:
        """What a host has put is put again, when there is a newer one. To be
        called when a later announcement is known to have been heard."""
        first = self.relays[0]
        first.ask("policy " + REPLAY.name)
        old = clusterworld.stored(self.redis, REPLAY)
        # Dates are in seconds.
        proc.until(lambda: time.time() > seal.fetched(old) + 1, "a second")
        self.world.publish(REPLAY, 2, mode="enforce")
        first.admin("refresh " + REPLAY.name)
        for relay in self.relays:
            relay.ask("policy " + REPLAY.name)
        before = clusterworld.fetched(REPLAY)
        self.plant(REPLAY, old)
        self.announce(REPLAY)

        def row() -> None:
            more = clusterworld.fetched(REPLAY) - before
            self.out.add("poison", "enforce", "an older policy, replayed",
                         "nobody, 0 fetches", f"{self.relays[1].mail(REPLAY)},"
                         f" {more} fetches", "")
        return row

    def forged(self, mode: str) -> None:
        """By one who has the secret, while hosts have a policy."""
        of = FORGED[mode]
        for relay in self.relays:
            relay.ask("policy " + of.name)
        before = clusterworld.fetched(of)
        self.plant(of, seal.sealed(
            clusterworld.SECRET, dataclasses.replace(
                of, mode=mode, patterns=("evil",)), times=seal.now(2)))
        self.announce(of)
        with contextlib.suppress(TimeoutError):  # then the row says NO
            proc.until(lambda: clusterworld.fetched(of) > before, "a fetch")
        fetched = "fetched" if clusterworld.fetched(of) > before \
            else "not fetched"
        want = "mx1 tls" if of.mx == clusterworld.TLS else "nobody"
        for relay in self.relays[:2]:
            self.out.add("forged", "enforce", f"the right secret, mode {mode};"
                         f" {relay.name}", f"{want}, fetched",
                         f"{relay.mail(of)}, {fetched}",
                         " ".join(relay.logged("peer-differs",
                                               f"domain={of.name}")[-1:]))

    def verify(self) -> None:
        """A host that takes nobody's word for long."""
        relay = self.relays[2]
        relay.stop()
        relay.start(self.world.site.url, redis_trust='"verify"')
        self.plant(VERIFY, seal.sealed(clusterworld.SECRET, weak(VERIFY)))
        first = relay.holds(VERIFY, "mode")
        with contextlib.suppress(TimeoutError):
            proc.until(lambda: relay.holds(VERIFY, "mode") == "enforce",
                       "its own fetch")
        self.out.add("verify", "enforce", "mode none by the right secret, no "
                     "policy yet", "none, then nobody, 1 fetch",
                     f"{first}, then {relay.mail(VERIFY)}, "
                     f"{clusterworld.fetched(VERIFY)} fetch", "")
        relay.stop()
        relay.start(self.world.site.url)


def rows(world, relays, out) -> None:
    """All of them."""
    poison = Poison(world, relays, out)
    relays[0].ask("policy " + OPEN.name)
    clusterworld.stored(world.redis, OPEN)
    for name in PLANTS:
        poison.cold(name)
    replayed = poison.replay()
    for mode in FORGED:
        poison.forged(mode)
    replayed()
    poison.verify()
