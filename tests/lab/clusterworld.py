# SPDX-License-Identifier: ISC
"""Three relays of one cluster, each a machine: stsgated with a store of its
own, Exim with a spool of its own. The lab around them is the world."""
import concurrent.futures
import contextlib
import json
import pathlib

import exim
import hooks
import lab
import nodes
import proc
import redisnodes
import resp
import seal
import service
import web
import zones

SECRET = "lab-secret-of-the-whole-cluster-01"
SECRET_FILE = "/etc/stsgate/cluster.secret"
ASKS = 200  # of which the fastest counts
PLAIN = (lab.Mx("mx1", starttls="no"),)
TLS = (lab.Mx("mx1"),)
# How long Redis is waited for, so that what is counted does not hang on what
# else the machine does, and where a question must not wait for long.
PATIENT = {"redis_wait": "1s", "redis_timeout": "10s",
           "redis_connect_timeout": "10s"}
BRISK = {"redis_wait": "100ms"}


class Relay:
    """One host of the cluster."""

    def __init__(self, number: int, secret: str = SECRET) -> None:
        self.name = f"relay{number}"
        self.node = nodes.Node(self.name, number)
        self.node.own_file("/etc/resolv.conf", f"nameserver {zones.SHARED}\n"
                           "options trust-ad edns0\n")
        etc = self.node.own("/etc/stsgate")
        run = self.node.own("/run/stsgate", service.USER)
        self.store = self.node.own(str(service.STORE), service.USER)
        self.node.own(str(exim.SPOOL), "Debian-exim")
        self.logs = self.node.own(str(exim.LOGS), "Debian-exim")
        self.place = service.Place(
            etc / service.CONFIG.name, run / service.QUERY.name,
            run / service.ADMIN.name, "stsgated-" + self.name)
        self.secret(secret)
        self.running: proc.Process | None = None
        self.changes: dict[str, str] = {}  # of its configuration, always
        self.before: tuple[str, ...] = ()  # its name on the command line
        self.read = 0  # lines of the log that do not count any more

    def secret(self, text: str, name: str = SECRET_FILE) -> None:
        """A file that its service alone may read."""
        path = self.place.config.with_name(pathlib.Path(name).name)
        path.write_text(text + "\n")
        path.chmod(0o600)
        proc.run("chown", service.USER, str(path))

    def start(self, redis: str, ahead: int = 0, join: bool = True,
              **changes: str) -> None:
        """A service that shares through REDIS ("": not at all), with a clock
        that is so many seconds AHEAD; it has come so far, if it is to JOIN."""
        shared = {"redis": f'"{redis}"', "log_level": '"debug"',
                  "redis_secret_file": f'"{SECRET_FILE}"'} if redis else {}
        self.running = service.start(
            *self.node.enter, *self.before, *self.node.clock(ahead),
            place=self.place, forwarders=f'{{"{zones.SHARED}"}}', **{
                **shared, **self.changes, **changes})
        if redis and join:
            with contextlib.suppress(TimeoutError):  # then a row says NO
                proc.until(self.joined, f"{self.name} has Redis")

    def resume(self) -> None:
        """Again, with the configuration that is there."""
        self.running = service.resume(*self.node.enter, *self.before,
                                      place=self.place)

    def joined(self) -> bool:
        return self.stats()["shared"]["state"] == "ok"

    def stop(self) -> None:
        assert self.running
        service.stop(self.running)

    def kill(self) -> None:
        assert self.running
        self.running.kill()

    def ask(self, question: str, deadline: float = 20.0) -> str:
        return service.ask(question, deadline, self.place.query)

    def admin(self, question: str) -> str:
        return service.ask(question, path=self.place.admin)

    def stats(self) -> dict:
        return json.loads(self.admin("stats").split(" ", 2)[2])

    def holds(self, of: lab.Domain, key: str = "id") -> str:
        """The id, or another KEY, of the policy that it answers with."""
        for word in self.ask("policy " + of.name).split():
            if word.startswith(key + "="):
                return word.partition("=")[2]
        return "no policy"

    def fastest(self, of: lab.Domain) -> float:
        """Seconds that the fastest of many hits takes."""
        return min(service.timed("policy " + of.name, 5.0, self.place.query)[1]
                   for _ in range(ASKS))

    def mail(self, of: lab.Domain, case: str = "") -> str:
        """A message through this relay's Exim: who got it?"""
        label = of.name.partition(".")[0]
        marker = "-".join(filter(None, (label, case, self.name)))
        exim.inject(marker, "u@" + of.name, deliver=False,
                    before=self.node.enter)
        # By its id it is tried whatever was before.
        exim.run(*self.node.enter, "exim4", "-M",
                 exim.message_id(marker, self.logs))
        return lab.got(of.name, marker)

    def log(self) -> list[str]:
        """Its service's log since forget()."""
        return self.all_lines()[self.read:]

    def all_lines(self) -> list[str]:
        return proc.lines(proc.LOGS / (self.place.name + ".log"))

    def forget(self) -> None:
        self.read = len(self.all_lines())

    def logged(self, *words: str) -> list[str]:
        """The lines that have all these words."""
        return [line for line in self.log()
                if all(word in line.split() for word in words)]


class World(lab.Lab):
    """The lab with its three relays, and Redis."""

    def __init__(self, domains: tuple[lab.Domain, ...],
                 names: dict[str, str] | None = None) -> None:
        super().__init__()
        for name, address in (names or {}).items():
            self.zones.add(name, "A", address)
        for each in domains:
            self.add(each)
        nodes.lan()
        self.start()
        self.site = redisnodes.Site()
        self.redis = self.site.redis

    def relays(self, module: str, **changes: str) -> tuple[Relay, ...]:
        """All three, with their services and Exim's configuration."""
        service.prepare()
        exim.write(hooks.ours(module))
        made = tuple(Relay(number) for number in (1, 2, 3))
        for relay in made:
            relay.changes = changes
            relay.start(self.site.url)
        return made


def each(relays, what) -> list:
    """The same for all of them at once, in their order."""
    with concurrent.futures.ThreadPoolExecutor(len(relays)) as pool:
        return list(pool.map(what, relays))


def stored(redis: resp.Redis, of: lab.Domain) -> bytes:
    """What a host has put into Redis; who asked it is told a moment before.
    Nothing, if it is not there in time: then a row says NO."""
    with contextlib.suppress(TimeoutError):
        return proc.until(lambda: redis("GET", seal.policy_key(of)),
                          "an entry of " + of.name)
    return b""


def all_listen(redis: resp.Redis, count: int) -> None:
    """So many hosts hear what is announced: who has Redis listens a moment
    later."""
    proc.until(lambda: redis("PUBSUB", "NUMSUB", seal.CHANNEL)[1] == count,
               "the hosts listen")


def fetched(of: lab.Domain) -> int:
    """How often the policy host was asked until now."""
    web.settle()
    return web.requests("mta-sts." + of.name)

