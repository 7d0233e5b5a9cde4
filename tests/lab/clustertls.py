# SPDX-License-Identifier: ISC
"""A Redis that trusts nobody either: an ACL user with the rules of the manual,
and TLS with certificates of both sides, where the build has it."""
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
import root
import rows
import service

MANUAL = pathlib.Path("/src/docs/cluster.md")
RULE = re.compile(r"^\s*(?:ACL SETUSER|user) stsgate (.*)$", re.M)
NAME = "redis.lab.example"  # of the machine, and in its certificate
NUMBER = 14
PORT = 6380
PASSWORD = "a-password-of-the-relays"
PASSWORD_FILE = "/etc/stsgate/redis.password"
KEY_FILE = "/etc/stsgate/redis.key"
SOON = 2.0
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
        redis.close()
        second.ask("policy " + of.name)
        self.out.add(case, "enforce", "one fetches for both", "1 fetch",
                     f"{clusterworld.fetched(of)} fetch", "")
        self.world.publish(of, 2, mode="testing")
        first.admin("refresh " + of.name)
        with contextlib.suppress(TimeoutError):  # then the row says NO
            proc.until(lambda: second.holds(of) == "2", "news", SOON)
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
    other_name(guarded, files)


def other_name(guarded: Guarded, files: dict[str, str]) -> None:
    """A certificate that is not for that name is nobody's."""
    first = guarded.relays[0]
    first.forget()
    guarded.start(f"rediss://{guarded.server.address}:{PORT}", False,
                  **files)
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: first.logged("redis-lost"), "no", SOON)
    guarded.out.add("tls", "", "the certificate is for another name", "lost",
                    "lost" if first.logged("redis-lost") else "not lost",
                    " ".join(first.logged("redis-lost")[:1]))


def no_tls(relay: clusterworld.Relay, out: rows.Rows) -> None:
    """Where hiredis is too old, that is said before anything starts."""
    service.configure(place=relay.place, redis=f'"rediss://{NAME}"',
                      redis_secret_file=f'"{clusterworld.SECRET_FILE}"')
    done = proc.run(*relay.node.enter, service.binary("stsgate"), "config",
                    "check", check=False)
    said = " ".join((done.stdout + done.stderr).split())
    out.add("tls", "", "rediss:// and hiredis 0.14: config check", "refused",
            "refused" if done.returncode == 1 and "rediss:// needs" in said
            else f"exit {done.returncode}", said)


def show(world: clusterworld.World,
         relays: tuple[clusterworld.Relay, ...], out: rows.Rows) -> None:
    """On a machine of its own."""
    secure = root.suite() != "bookworm"
    more = USERS.format(rules=rules())
    if secure:
        more += CERTS.format(port=PORT, cert=pki.leaf("good", NAME),
                             key=pki.KEY, ca=pki.DIR / "ca.pem")
    server = redisnodes.Server("redis3", NUMBER, more)
    server.start()
    guarded = Guarded(world, relays[:2], out, server)
    acl(guarded)
    if secure:
        tls(guarded)
    else:
        no_tls(relays[0], out)
