# SPDX-License-Identifier: ISC
"""stsgated beside postfix-mta-sts-resolver: the same domains, DNS and policy
hosts, in turns. Every answer is checked; a wrong one ends the benchmark."""
import json
import os
import pathlib
import pwd
import socket
import statistics
import subprocess

import hits
import peers_world
import proc
import service
import zones

# askers: rounds, domains of each; one alone is soon done, and disturbed soon
COLD = {1: (12, 30), 16: (3, 210), 64: (3, 210)}
FIRST = 80                       # before all of these
POLICIES = FIRST + sum(rounds * n for rounds, n in COLD.values())
NEGATIVES = 1000
HITS = (1, 16)
HIT_ROUNDS = 5
HIT_MS = 400
GOALS = {"hits": 5.0, "cold": 1.5}
RSS_GOAL = 10240
PEER_CONFIG = pathlib.Path("/etc/mta-sts-daemon.yml")
PEER_USER = "_mta-sts"
PEER_MEMORY = """path: {path}
cache:
  type: internal
"""


class Daemon:
    """One of those that are compared, and the domains it alone is asked."""

    def __init__(self, name, domains, protocol, where, process):
        self.name = name
        self.domains = iter(domains)
        self.asked = []
        self.protocol = protocol
        self.where = where
        self.process = process

    def take(self, n):
        taken = [next(self.domains) for _ in range(n)]
        self.asked += taken
        return taken

    def policy_line(self, domain):
        if self.protocol == "line":
            return (f"STS1 policy {domain}",
                    f"STS1 policy {domain} mode=enforce id=1 ",
                    f" mx=mx.{domain}")
        return (f"postfix {domain}", "OK secure ",
                f"match=mx.{domain} servername=hostname")

    def none_line(self, domain):
        if self.protocol == "line":
            return (f"STS1 policy {domain}",
                    f"STS1 none {domain} state=negative reason=no-record", "")
        return f"postfix {domain}", "NOTFOUND ", ""

    def load(self, lines, askers, milliseconds=0):
        """Ask; the figures of bench_ask, which ends at a wrong answer."""
        path = peers_world.DIR / "list"
        path.write_text("".join("\t".join(line) + "\n" for line in lines))
        before = self.cpu()
        done = subprocess.run(
            [service.binary("bench_ask"), self.protocol, str(self.where),
             str(askers), str(path), str(milliseconds)],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {done.stderr}")
        figures = json.loads(done.stdout)
        figures["cpu_ms"] = (self.cpu() - before) * 1e3 / figures["answers"]
        return figures

    def cpu(self):
        """Seconds of processor time so far, of all threads."""
        return hits.cpu(self.process.child.pid)

    def memory(self):
        path = pathlib.Path(f"/proc/{self.process.child.pid}/status")
        return resident(path.read_text())


def resident(status):
    """Resident KiB by kind."""
    return {line.split(":")[0]: int(line.split()[1])
            for line in status.splitlines()
            if line.startswith(("VmRSS", "RssAnon", "RssFile"))}


def floor(domain):
    """What a program pays that only uses libcurl and libunbound once."""
    done = proc.run(
        service.binary("bench_floor"), f"mta-sts.{domain}",
        f"{peers_world.NETWORK}.1", zones.UNBOUND)
    return resident(done.stdout)


def accepts(family, where):
    with socket.socket(family) as peer:
        try:
            peer.connect(where)
        except OSError:
            return False
    return True


def start_peer(name, config, where):
    """As its unit does: the user and the folder are the package's."""
    user = pwd.getpwnam(PEER_USER)
    for folder in ("/var/lib/mta-sts", "/run/mta-sts"):
        pathlib.Path(folder).mkdir(exist_ok=True)
        os.chown(folder, user.pw_uid, user.pw_gid)
    process = proc.start(
        "setpriv", "--reuid", PEER_USER, "--regid", PEER_USER,
        "--clear-groups", "--reset-env", "mta-sts-daemon", "--config",
        str(config), name=name)
    family = socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX

    def listens():
        if not process.alive():
            raise RuntimeError(f"{name} ended: {process.log.read_text()}")
        return accepts(family, where)

    proc.until(listens, f"{name} listens")
    return process


def daemons(domains):
    """Ours, the peer as packaged, the peer at its best."""
    # resolver, anchor: as by default, but for the lab's root
    ours = service.start(resolver='"system"', forwarders="")
    yield Daemon("stsgated", domains[0::3], "line", service.QUERY, ours)
    yield Daemon("sqlite", domains[1::3], "map", 8461,
                 start_peer("sqlite", PEER_CONFIG, ("127.0.0.1", 8461)))
    path = "/run/mta-sts/memory.sock"
    config = peers_world.DIR / "memory.yml"
    config.write_text(PEER_MEMORY.format(path=path))
    config.chmod(0o644)
    yield Daemon("memory", domains[2::3], "map", path,
                 start_peer("memory", config, path))


def in_turns(all_, rounds, measure):
    """What MEASURE says of each, in an order that changes."""
    found = {daemon.name: [] for daemon in all_}
    for number in range(rounds):
        shift = number % len(all_)
        for daemon in all_[shift:] + all_[:shift]:
            found[daemon.name].append(measure(daemon))
    return found


def row(found, peer, key, unit, goal, upside_down=False):
    """The median of the rounds' ratios, more is better."""
    ours = [x[key] for x in found["stsgated"]]
    theirs = [x[key] for x in found[peer]]
    ratios = [b / a if upside_down else a / b for a, b in zip(ours, theirs)]
    middle = statistics.median(ratios)
    return {"value": statistics.median(ours), "unit": unit,
            "against": f"postfix-mta-sts-resolver, {peer}, "
                       f"{statistics.median(theirs):,.2f} {unit}",
            "ratio": round(middle, 2), "goal": goal, "met": middle >= goal}


def cold(all_, askers, rounds, count):
    return in_turns(all_, rounds, lambda daemon: daemon.load(
        [daemon.policy_line(name) for name in daemon.take(count)], askers))


def warm(all_, askers):
    def measure(daemon):
        # Within the peer's cache_grace of 60 s: after that it asks DNS.
        lines = [daemon.policy_line(name) for name in daemon.asked[-300:]]
        return daemon.load(lines, askers, HIT_MS)
    return in_turns(all_, HIT_ROUNDS, measure)


def kinds(found):
    return (f"{found['VmRSS'] / 1024:.1f} MiB ({found['RssAnon'] / 1024:.1f} "
            f"anonymous, {found['RssFile'] / 1024:.1f} of files)")


def memory_rows(all_):
    """With all policies and negatives; ratio: how many times less."""
    found = {daemon.name: daemon.memory() for daemon in all_}
    ours = found.pop("stsgated")
    found["floor"] = floor(all_[0].asked[0])
    for name, theirs in found.items():
        who = "libcurl and libunbound used once" if name == "floor" else \
            f"postfix-mta-sts-resolver, {name}"
        yield f"peers_rss_{name}", {
            "value": ours["VmRSS"] / 1024, "unit": "MiB",
            "against": f"{who}, {kinds(theirs)}; ours: {kinds(ours)}",
            "ratio": round(theirs["VmRSS"] / ours["VmRSS"], 2),
            "goal": "10 MiB", "met": ours["VmRSS"] <= RSS_GOAL}


def both(found, name, key, unit, goal, upside_down=False):
    for peer in ("sqlite", "memory"):
        yield f"{name}_{peer}", row(found, peer, key, unit, goal, upside_down)


def rows():
    hits.first_of_all()
    proc.urgent(0)
    domains = peers_world.with_policy(3 * POLICIES)
    negatives = peers_world.without(NEGATIVES)
    servers = peers_world.start(domains, negatives)
    all_ = list(daemons(domains))
    for daemon in all_:
        daemon.load([daemon.policy_line(name)
                     for name in daemon.take(FIRST)], 16)
    # What unbound lacks is a failure from now on, not some of the time.
    servers.nsd.kill()
    for askers, (rounds, count) in COLD.items():
        found = cold(all_, askers, rounds, count)
        yield from both(found, f"peers_cold_{askers}", "per_second",
                        "per second", GOALS["cold"])
        yield from both(found, f"peers_cold_{askers}_cpu", "cpu_ms", "ms",
                        GOALS["cold"], True)
    for daemon in all_:
        daemon.load([daemon.none_line(name) for name in negatives], 16)
    yield from memory_rows(all_)
    for askers in HITS:
        # Fresh ones: who asks after cache_grace pays for DNS.
        yield from both(warm(all_, askers), f"peers_hits_{askers}",
                        "per_second", "per second", GOALS["hits"])
