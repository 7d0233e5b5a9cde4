# SPDX-License-Identifier: ISC
"""What lies in Redis, made by another hand: from seal.h and entry.h of the
sources, so that their octets are held against a second reading of the text.

Good enough for a peer, and for one who would like to be one.
"""
import dataclasses
import hashlib
import hmac
import time

import lab

PREFIX = "stsgate:1:"
CHANNEL = PREFIX + "changed"
WEEK = 604800


@dataclasses.dataclass(frozen=True)
class Times:
    """Seconds of the wall clock."""

    fetched: int
    checked: int
    expiry: int


def now(ahead: int = 0, life: int = WEEK) -> Times:
    """Of what was fetched now, or will be so many seconds AHEAD."""
    at = int(time.time()) + ahead
    return Times(at, at, at + life)


def entry(of: lab.Domain, number: int, times: Times) -> bytes:
    """The stored form of OF's policy, by the id NUMBER."""
    text = lab.policy_text(of)
    head = (f"stsgate-policy 1\ndomain {of.name}\nid {number}\n"
            f"fetched {times.fetched}\nexpires {times.fetched + of.max_age}\n"
            f"refresh {times.fetched + 3600}\ntxt {times.checked + 60}\n"
            f"used {times.checked}\nlost 0\ntext {len(text)}\n\n")
    return (head + text).encode()


def seal(secret: str, name: str, times: Times, value: bytes) -> bytes:
    """VALUE as the item NAME of the policies, signed."""
    stamp = f"{times.fetched:013} {times.checked:013} {times.expiry:013}"
    signed = (f"S1 policy {len(name)} {name} {stamp} {len(value)}\n"
              .encode() + value)
    key = hashlib.sha256(secret.encode()).digest()
    mac = hmac.new(key, signed, hashlib.sha256).hexdigest()
    return f"S1 {stamp} {mac}\n".encode() + value


def sealed(secret: str, of: lab.Domain, number: int = 1,
           times: Times | None = None) -> bytes:
    """OF's policy as a peer with SECRET would have put it."""
    when = times or now(life=of.max_age)
    return seal(secret, of.name, when, entry(of, number, when))


def policy_key(of: lab.Domain) -> str:
    return f"{PREFIX}p:{of.name}"


def announcement(of: lab.Domain) -> str:
    """What is told on CHANNEL; by a process that is none of the cluster's."""
    return f"{'0' * 32} p:{of.name}"


def lease_key(of: lab.Domain) -> str:
    return f"{PREFIX}l:{of.name}"


def fetched(raw: bytes) -> int:
    """When, as a sealed item says."""
    return int(raw.split()[1]) if raw else 0


def number(raw: bytes | None) -> str:
    """The id that a sealed policy tells, whoever sealed it."""
    if raw is None:
        return "nothing"
    lines = raw.decode("latin-1").splitlines()
    return next((line[3:] for line in lines if line[:3] == "id "), "rubbish")
