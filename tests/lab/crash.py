# SPDX-License-Identifier: ISC
"""kill -9 of stsgated between fetch, commit and answer, many times.

Whatever policy was ever answered must be enforced after the restart, with a
resolver that is not there: nothing but the store can know it. The moments:
right after the policy host was asked for the n-th time and a little later,
at the very octet that ends the n-th answer, and anywhere.
"""
import concurrent.futures
import dataclasses
import pathlib
import random
import signal
import threading
import time
from collections.abc import Callable

import lab
import proc
import rows
import service
import web
import zones

ROUNDS = 48
APART = 0.02  # seconds between answers, where one of them is the moment
DOMAINS = 12  # new ones a round, asked at once
DEAD = f'{{"{zones.NOBODY}"}}'
SEED = pathlib.Path("/proc/sys/kernel/random/uuid")


@dataclasses.dataclass
class Round:
    """A running service and who asks it."""

    running: proc.Process
    names: list[str]
    victim: int = 0  # with which answer it is killed, 0: not so
    answered: list[str] = dataclasses.field(default_factory=list)

    def one(self, name: str) -> None:
        try:
            answer = service.ask(f"policy {name}")
        except OSError:
            return
        if f"policy {name} mode=enforce" in answer:
            self.answered.append(name)
            # Another answer may have come before this is looked at.
            if 0 < self.victim <= len(self.answered):
                self.running.send(signal.SIGKILL)

    def start(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self.one, args=(name,))
                   for name in self.names]
        for thread in threads:
            thread.start()
        return threads


def domains(number: int) -> list[str]:
    return [f"c{number}x{n}.lab.example" for n in range(DOMAINS)]


def add(world: lab.Lab, number: int) -> None:
    """A round's domains; where the n-th answer is the moment, those after it
    are still to come, however busy the machine is."""
    apart = number < ROUNDS and strike_of(number)[1] is at_answer
    for n, name in enumerate(domains(number)):
        world.add(lab.Domain(name, (lab.Mx("mx1", at="mx.lab.example"),),
                             delay=APART * (n + 1) if apart else None))


def begin() -> proc.Process:
    """One zone may fetch all at once here."""
    return service.start(fetches_per_zone=str(DOMAINS),
                         fetches_per_address=str(DOMAINS))


def wait(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


def usual() -> float:
    """How long a round's answers take where nobody is killed."""
    peace = Round(begin(), domains(ROUNDS))
    start = time.perf_counter()
    wait(peace.start())
    took = time.perf_counter() - start
    if len(peace.answered) != DOMAINS or not peace.running.alive():
        raise RuntimeError(f"{len(peace.answered)} answers in peace")
    peace.running.kill()
    return took


def at_answer(number: int, moments: random.Random, _span: float) -> Round:
    """Killed by the one who reads an answer."""
    one = Round(begin(), domains(number), moments.randint(1, DOMAINS - 1))
    wait(one.start())
    return one


def at_fetch(number: int, moments: random.Random, _span: float) -> Round:
    """Killed up to 3 ms after nginx has written of a request."""
    one = Round(begin(), domains(number))
    seen = web.ACCESS.stat().st_size
    line = 60 * moments.randint(0, DOMAINS - 1)
    delay = moments.uniform(0, 0.003)
    threads = one.start()
    proc.until(lambda: web.ACCESS.stat().st_size > seen + line, "a fetch")
    # The moment is the point of the test, not a way to wait for something.
    time.sleep(delay)
    one.running.send(signal.SIGKILL)
    wait(threads)
    return one


def anywhere(number: int, moments: random.Random, span: float) -> Round:
    one = Round(begin(), domains(number))
    delay = moments.uniform(0, span)
    threads = one.start()
    time.sleep(delay)
    one.running.send(signal.SIGKILL)
    wait(threads)
    return one


MOMENTS: tuple[tuple[str, Callable[..., Round]], ...] = (
    ("with an answer", at_answer), ("after a fetch", at_fetch),
    ("with an answer", at_answer), ("anywhere", anywhere))


def strike_of(number: int) -> tuple[str, Callable[..., Round]]:
    return MOMENTS[number % len(MOMENTS)]


def holds(name: str) -> bool:
    return f"policy {name} mode=enforce" in service.ask(f"policy {name}")


def lost(names: list[str]) -> list[str]:
    """Which of them the restarted service no longer enforces, offline."""
    running = service.start(forwarders=DEAD)
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        kept = list(pool.map(holds, names))
    running.kill()
    return [name for name, found in zip(names, kept) if not found]


def main(_module: str) -> int:
    world = lab.Lab()
    for number in range(ROUNDS + 1):
        add(world, number)
    world.start()
    seed = SEED.read_text().strip()
    moments = random.Random(seed)
    span = usual()
    out = rows.Rows()
    known = domains(ROUNDS)
    cut = 0
    for number in range(ROUNDS):
        what, strike = strike_of(number)
        one = strike(number, moments, span)
        one.running.kill()
        cut += 0 < len(one.answered) < DOMAINS
        known += one.answered
        gone = lost(known)
        out.add(f"kill {number}", "enforce", f"kill -9 {what}",
                "nothing lost", "nothing lost" if not gone
                else f"{len(gone)} lost",
                f"{len(one.answered)} of {DOMAINS} answered, "
                f"{len(known)} known")
    out.add("moments", "", "kills between the first and the last answer",
            "many", "many" if cut > ROUNDS / 6 else str(cut),
            f"{cut} of {ROUNDS}; seed {seed}")
    return out.end()
