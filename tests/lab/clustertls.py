# SPDX-License-Identifier: ISC
"""A Redis that trusts nobody either: an ACL user with the rules of the manual,
and TLS with certificates of both sides."""
import contextlib
import dataclasses
import pathlib
import re

import clusterworld
import lab
import pki
import proc
import redisnodes
import resp
import rows

MANUAL = pathlib.Path("/src/docs/cluster.md")
RULE = re.compile(r"^\s*(?:ACL SETUSER|user) stsgate (.*)$", re.M)
NAME = "redis.lab.example"  # of the machine, and in its certificate
NUMBER = 14
PORT = 6380
PASSWORD = "a-password-of-the-relays"
PASSWORD_FILE = "/etc/stsgate/redis.password"
KEY_FILE = "/etc/stsgate/redis.key"
STRICT = lab.Domain("acl.lab.example", clusterworld.TLS)
SECURE = lab.Domain("tls.lab.example", clusterworld.TLS)
ALL = (STRICT, SECURE)
USERS = """user default off
user lab on nopass ~* &* +@all
user stsgate {rules}
"""
CERTS = """tls-port {port}
tls-cert-file {cert}
tls-key-file {key}
tls-ca-cert-file {ca}
"""


def rules() -> str:
    """The manual's, with our password."""
    found = RULE.search(MANUAL.read_text()) if MANUAL.exists() else None
    if not found:
        raise LookupError(f"no rules of a user stsgate in {MANUAL}")
    words = [word for word in found[1].split() if word[0] not in "><#"]
    return " ".join(["on", f">{PASSWORD}", *words])


@dataclasses.dataclass
class Guarded:
    """That Redis, two relays and the rows so far."""

    world: clusterworld.World
    relays: tuple[clusterworld.Relay, ...]
    out: rows.Rows
    server: redisnodes.Server

    def admin(self) -> resp.Redis:
        redis = self.server.client()
        redis("AUTH", "lab", "any")
        return redis

    def start(self, url: str, join: bool = True, **changes: str) -> None:
        for relay in self.relays:
            relay.stop()
            relay.secret(PASSWORD, PASSWORD_FILE)
            relay.start(url, join=join, redis_user='"stsgate"',
                        redis_password_file=f'"{PASSWORD_FILE}"', **changes)

    def shares(self, case: str, of: lab.Domain) -> None:
        """One fetch for both, and news at once."""
        first, second = self.relays
        first.ask("policy " + of.name)
        redis = self.admin()
        clusterworld.stored(redis, of)
        second.ask("policy " + of.name)
        self.out.add(case, "enforce", "one fetches for both", "1 fetch",
                     f"{clusterworld.fetched(of)} fetch", "")
        self.world.publish(of, 2, mode="testing")
        clusterworld.all_listen(redis, len(self.relays))
        redis.close()
        first.admin("refresh " + of.name)
        with contextlib.suppress(TimeoutError):  # then the row says NO
            proc.until(lambda: second.holds(of) == "2", "news")
        self.out.add(case, "testing", "and news come to the other one", "id=2",
                     f"id={second.holds(of)}", "")


def acl(guarded: Guarded) -> None:
    guarded.start(f"redis://{guarded.server.address}")
    guarded.shares("acl", STRICT)
    for question in ("cluster", "purge " + STRICT.name):
        guarded.relays[0].admin(question)
    redis = guarded.admin()
    denied = [entry[entry.index(b"object") + 1].decode()
              for entry in redis("ACL", "LOG")]
    guarded.out.add("acl", "", "what Redis denied it", "nothing",
                    " ".join(denied) or "nothing", rules())
    redis("AUTH", "stsgate", PASSWORD)
    for words in (("FLUSHALL",), ("CONFIG", "GET", "*"), ("KEYS", "*"),
                  ("GETRANGE", "another", "0", "9"),
                  ("PUBLISH", "another", "x")):
        guarded.out.add("acl", "", f"the user may not: {' '.join(words)}",
                        "NOPERM", refusal(redis, *words), "")
    redis.close()


def refusal(redis: resp.Redis, *words: str) -> str:
    try:
        return str(redis(*words))
    except resp.Error as error:
        return str(error).split()[0]


def tls(guarded: Guarded) -> None:
    for relay in guarded.relays:
        relay.secret(pki.KEY.read_text(), KEY_FILE)
    files = {f"redis_{kind}_file": f'"{path}"' for kind, path in (
        ("ca", pki.DIR / "ca.pem"), ("cert", pki.leaf("good", "relay")),
        ("key", KEY_FILE))}
    guarded.start(f"rediss://{NAME}:{PORT}", **files)
    guarded.shares("tls", SECURE)
    redis = guarded.admin()
    clients = redis("CLIENT", "LIST").decode().splitlines()
    ports = {re.search(r" laddr=\S*:(\d+) ", line)[1] for line in clients
             if " user=stsgate " in line}
    guarded.out.add("tls", "", "the port that they came to", str(PORT),
                    " ".join(ports) or "none", "")
    redis.close()
    ours = {"redis_ca_file": files["redis_ca_file"]}
    for what, host, known in (
            ("its certificate is for another name", guarded.server.address,
             files),
            ("its CA is not ours", NAME,
             {**files, "redis_ca_file": f'"{pki.leaf("self", "other")}"'}),
            ("we show it no certificate", NAME, ours)):
        never(guarded, what, f"rediss://{host}:{PORT}", known)


def never(guarded: Guarded, what: str, url: str,
          files: dict[str, str]) -> None:
    """With such files there is no connection."""
    first = guarded.relays[0]
    first.forget()
    guarded.start(url, False, **files)
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: first.logged("redis-lost"), "no")
    guarded.out.add("tls", "", what, "lost",
                    "lost" if first.logged("redis-lost")
                    and not first.joined() else "not lost",
                    " ".join(first.logged("redis-lost")[:1]))


def show(world: clusterworld.World,
         relays: tuple[clusterworld.Relay, ...], out: rows.Rows) -> None:
    """On a machine of its own."""
    certs = CERTS.format(port=PORT, cert=pki.leaf("good", NAME), key=pki.KEY,
                         ca=pki.DIR / "ca.pem")
    server = redisnodes.Server("redis3", NUMBER,
                               USERS.format(rules=rules()) + certs)
    server.start()
    guarded = Guarded(world, relays[:2], out, server)
    for relay in guarded.relays:
        relay.changes = clusterworld.PATIENT
    acl(guarded)
    tls(guarded)
