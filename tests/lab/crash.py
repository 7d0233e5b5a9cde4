# SPDX-License-Identifier: ISC
"""kill -9 of stsgated between fetch, commit and answer, many times.

Whatever policy was ever answered must be enforced after the restart, with a
resolver that is not there: nothing but the store can know it.
"""
import pathlib
import random
import threading
import time

import lab
import proc
import rows
import service

ROUNDS = 40
DOMAINS = 6  # new ones a round, asked at once
DEAD = '{"10.99.255.255"}'
SEED = pathlib.Path("/proc/sys/kernel/random/uuid")


class Askers:
    """Threads that each ask about one domain and note a policy answered."""

    def __init__(self, names: list[str]) -> None:
        self.answered: list[str] = []
        self.threads = [threading.Thread(target=self.one, args=(name,))
                        for name in names]

    def one(self, name: str) -> None:
        try:
            answer = service.ask(f"policy {name}")
        except OSError:
            return
        if f"policy {name} mode=enforce" in answer:
            self.answered.append(name)

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join()


def domains(number: int) -> list[str]:
    return [f"c{number}x{n}.lab.example" for n in range(DOMAINS)]


def usual(running: proc.Process) -> float:
    """How long a round's answers take where nobody is killed."""
    askers = Askers(domains(ROUNDS))
    begin = time.perf_counter()
    askers.start()
    askers.join()
    if len(askers.answered) != DOMAINS or not running.alive():
        raise RuntimeError("no answers even in peace")
    return time.perf_counter() - begin


def kill_round(number: int, delay: float) -> list[str]:
    """Start, ask, kill at DELAY; the domains whose policy was answered."""
    running = service.start()
    askers = Askers(domains(number))
    askers.start()
    # The moment is the point of the test, not a way to wait for something.
    time.sleep(delay)
    running.kill()
    askers.join()
    return askers.answered


def lost(names: list[str]) -> list[str]:
    """Which of them the restarted service no longer enforces, offline."""
    running = service.start(forwarders=DEAD)
    gone = [name for name in names
            if f"policy {name} mode=enforce" not in
            service.ask(f"policy {name}")]
    running.kill()
    return gone


def main(_module: str) -> int:
    world = lab.Lab()
    for number in range(ROUNDS + 1):
        for name in domains(number):
            world.add(lab.Domain(name, (lab.Mx("mx1", at="mx.lab.example"),)))
    world.start()
    seed = SEED.read_text().strip()
    moments = random.Random(seed)
    running = service.start()
    span = usual(running)
    running.kill()
    out = rows.Rows()
    known = domains(ROUNDS)
    cut = 0
    for number in range(ROUNDS):
        delay = moments.uniform(0, span * 1.2)
        fresh = kill_round(number, delay)
        cut += 0 < len(fresh) < DOMAINS
        known += fresh
        gone = lost(known)
        out.add(f"kill {number}", "enforce",
                f"kill -9 after {delay * 1e3:.2f} of {span * 1e3:.2f} ms",
                "nothing lost", "nothing lost" if not gone
                else f"{len(gone)} lost",
                f"{len(fresh)} of {DOMAINS} answered, {len(known)} known")
    out.add("moments", "", "kills between the first and the last answer",
            "some", "some" if cut else "none", f"{cut}, seed {seed}")
    return out.end()
