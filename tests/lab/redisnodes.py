# SPDX-License-Identifier: ISC
"""Redis as a site would run it: a primary, a replica, three Sentinels.

The primary and the replica have a machine each, a proxy of the lab's that
breaks what passes it has another (redisproxy.py). The Sentinels are at the
lab's own address.
"""
import pathlib

import nodes
import proc
import redisproxy
import resp

DIR = pathlib.Path("/run/lab/redis")
NAME = "relays"  # of the primary, to Sentinel
SENTINELS = tuple((nodes.GATE, 26379 + number) for number in range(3))
CONF = """bind {address}
port 6379
protected-mode no
save ""
appendonly no
dir {dir}
daemonize no
repl-diskless-sync-delay 0
"""
SENTINEL = """bind {address}
port {port}
protected-mode no
dir {dir}
sentinel monitor {name} {primary} 6379 2
sentinel down-after-milliseconds {name} 60000
sentinel failover-timeout {name} 3000
sentinel announce-ip {address}
sentinel announce-port {port}
"""


class Server:
    """redis-server on a machine of its own."""

    def __init__(self, name: str, number: int, more: str = "") -> None:
        self.node = nodes.Node(name, number)
        self.address = self.node.address
        self.more = more
        self.running: proc.Process | None = None

    def start(self) -> None:
        conf = self.node.dir / "redis.conf"
        conf.write_text(CONF.format(address=self.address, dir=self.node.dir)
                        + self.more)
        self.running = proc.start(*self.node.enter, "redis-server", str(conf),
                                  name="redis-" + self.node.name)
        proc.until(lambda: resp.alive(self.address), "Redis answers")

    def kill(self, number=proc.signal.SIGKILL) -> None:
        assert self.running
        self.running.kill(number)

    def client(self) -> resp.Redis:
        return resp.Redis(self.address)


class Site:
    """The primary, and a proxy before it; more() for the rest."""

    def __init__(self) -> None:
        self.primary = Server("redis1", 11)
        self.replica = Server("redis2", 12,
                              f"replicaof {self.primary.address} 6379\n")
        self.serving = self.primary
        self.proxy = nodes.Node("proxy", 13)
        self.primary.start()
        proc.start(*self.proxy.enter, "/usr/bin/python3", redisproxy.__file__,
                   self.proxy.address, self.primary.address, name="redisproxy")
        proc.until(lambda: resp.alive(self.proxy.address),
                   "Redis answers through the proxy")
        self.redis = self.primary.client()

    @property
    def url(self) -> str:
        """By way of the proxy."""
        return f"redis://{self.proxy.address}"

    @property
    def direct_url(self) -> str:
        return f"redis://{self.primary.address}"

    @property
    def sentinel_url(self) -> str:
        places = ",".join(f"{address}:{port}" for address, port in SENTINELS)
        return f"sentinel://{places}/{NAME}"

    def start_sentinels(self) -> None:
        """The replica and the Sentinels, all of one mind."""
        self.replica.start()
        proc.until(lambda: b"master_link_status:up" in
                   self.replica.client()("INFO", "replication"),
                   "the replica follows")
        for address, port in SENTINELS:
            conf = self.primary.node.dir / f"sentinel{port}.conf"
            conf.write_text(SENTINEL.format(
                address=address, port=port, dir=self.primary.node.dir,
                name=NAME, primary=self.primary.address))
            proc.start("redis-server", str(conf), "--sentinel",
                       name=f"sentinel{port}")
        for place in SENTINELS:
            proc.until(lambda place=place: agreed(place), "Sentinels agree")


def agreed(place: tuple[str, int]) -> bool:
    """Does it know the replica and both of the others?"""
    if not resp.alive(*place):
        return False
    sentinel = resp.Redis(*place)
    words = sentinel("SENTINEL", "master", NAME)
    sentinel.close()
    facts = dict(zip(words[::2], words[1::2]))
    return facts[b"num-slaves"] == b"1" and \
        facts[b"num-other-sentinels"] == b"2" and \
        facts[b"flags"] == b"master"


def hurry() -> None:
    """The primary is gone. Told earlier, they might find one that waits for
    a processor gone as well."""
    for place in SENTINELS:
        sentinel = resp.Redis(*place)
        sentinel("SENTINEL", "SET", NAME, "down-after-milliseconds", "500")
        sentinel.close()


def primary() -> str:
    """Where Sentinel says that the primary is."""
    sentinel = resp.Redis(*SENTINELS[0])
    words = sentinel("SENTINEL", "get-master-addr-by-name", NAME)
    sentinel.close()
    return words[0].decode()
