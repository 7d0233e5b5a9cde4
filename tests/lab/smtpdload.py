# SPDX-License-Identifier: ISC
"""OpenSMTPD under load while stsgated is stopped, killed and hangs, and comes
back: a client sends again what it was told to send again, and in the end all
that can be delivered is there, once, and nothing else."""
import collections
import concurrent.futures
import contextlib
import dataclasses
import re
import signal
import threading
from collections.abc import Callable

import lab
import proc
import rows
import service
import sink
import smtpd
import smtpdmail

CLIENTS = 6
CHUNK = 20     # messages a connection
IN_FLIGHT = 8  # when the service goes or comes
FAULTS = ("stopped", "killed", "hung") * 2
PIECES = 2 * len(FAULTS)  # with the service, without, with ...
PIECE = 8      # messages of a kind in each
EACH = PIECES * PIECE
PLAIN, GOOD = smtpdmail.PLAIN, smtpdmail.GOOD


@dataclasses.dataclass(frozen=True)
class Kind:
    """Domains of one kind, and how they get mail."""

    name: str
    mode: str
    mx: tuple[lab.Mx, ...]
    how: str

    def domain(self, number: int) -> str:
        return smtpdmail.name(f"load{number}-{self.name}")


KINDS = (Kind("good", "enforce", GOOD, "tls"),
         Kind("plain", "enforce", PLAIN, ""),
         Kind("tried", "testing", PLAIN, "clear"),
         Kind("open", "", PLAIN, "clear"))


def add(world: lab.Lab) -> None:
    for kind in KINDS:
        for number in range(PIECES):
            world.add(lab.Domain(kind.domain(number), kind.mx, kind.mode))


@dataclasses.dataclass(frozen=True)
class Message:
    kind: Kind
    number: int

    @property
    def marker(self) -> str:
        return f"load-{self.kind.name}-{self.number}"

    @property
    def to(self) -> str:
        """Every other one is to a domain that has had mail before."""
        piece = self.number // PIECE - self.number % 2
        return "u@" + self.kind.domain(max(piece, 0))


class Load:
    """Messages that are handed over, and what smtpd said."""

    def __init__(self) -> None:
        self.todo = collections.deque(
            Message(kind, number) for number in range(EACH) for kind in KINDS)
        self.refused: list[Message] = []
        self.odd: list[str] = []
        self.changed = threading.Condition()
        self.allowed = 0  # of those, as yet
        self.closed = False
        self.handled = 0
        self.faulty = False
        self.told: dict[str, int] = collections.Counter()

    def take(self) -> Message | None:
        """The next one, as soon as it is allowed; None when it is over."""
        with self.changed:
            self.changed.wait_for(lambda: self.allowed > 0 or self.closed)
            if self.allowed == 0:
                return None
            self.allowed -= 1
            return self.todo.popleft()

    def note(self, message: Message, said: str) -> None:
        with self.changed:
            self.handled += 1
            self.told["451" if said else "taken"] += self.faulty
            if said:
                self.refused.append(message)
            if said and not said.startswith("451 "):
                self.odd.append(said)
            self.changed.notify_all()

    def client(self) -> None:
        while True:
            with smtpd.connect() as client:
                for _ in range(CHUNK):
                    message = self.take()
                    if not message:
                        return
                    self.note(message, smtpd.submit(
                        client, message.marker, message.to))

    def piece(self, number: int) -> None:
        """All of it but the last ones are handed over when this returns."""
        with self.changed:
            self.faulty = number % 2 == 1
            self.allowed += PIECE * len(KINDS)
            self.changed.notify_all()
            most = (number + 1) * PIECE * len(KINDS) - IN_FLIGHT
            if not self.changed.wait_for(lambda: self.handled >= most, 60):
                raise TimeoutError(f"{self.handled} handed over")

    def over(self) -> None:
        """No client need wait for more."""
        with self.changed:
            self.faulty = False
            self.closed = True
            self.changed.notify_all()

    def again(self) -> bool:
        """What was refused once more; was all of it taken now?"""
        self.todo.extend(self.refused)
        self.allowed = len(self.refused)
        self.refused.clear()
        self.client()
        return not self.refused


def strike(running: proc.Process, how: str) -> None:
    if how == "stopped":
        service.stop(running)
    if how == "killed":
        running.kill()
    if how == "hung":
        running.send(signal.SIGSTOP)
        proc.until(running.stopped, "stsgated is stopped")


def mend(running: proc.Process, how: str,
         start: Callable[[], proc.Process]) -> proc.Process:
    if how != "hung":
        return start()
    running.send(signal.SIGCONT)
    return running


def all_sent(load: Load, running: proc.Process,
             start: Callable[[], proc.Process]) -> proc.Process:
    """Every other piece finds no service."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(load.client) for _ in range(CLIENTS)]
        try:
            for number, how in enumerate(FAULTS):
                load.piece(2 * number)
                strike(running, how)
                load.piece(2 * number + 1)
                running = mend(running, how, start)
        finally:
            load.over()
        for client in clients:
            client.result()
    with contextlib.suppress(TimeoutError):  # then a row says NO
        proc.until(load.again, "all are taken", pause=0.25)
    return running


def received() -> dict[str, list[str]]:
    """How each of these messages was received, by its marker."""
    seen = collections.defaultdict(list)
    for one in sink.records():
        if one["what"] == "message" and one["marker"].startswith("load-"):
            seen[one["marker"]].append("tls" if one["tls"] else "clear")
    return seen


def delivered() -> bool:
    """Try what waits, and look."""
    smtpd.retry()
    seen = received()
    return all(seen[Message(kind, number).marker] for kind in KINDS
               if kind.how for number in range(EACH))


def kind_row(out: rows.Rows, kind: Kind, seen: dict[str, list[str]]) -> None:
    """A message that came twice was tried again after it had been taken."""
    how = collections.Counter(
        " + ".join(seen[Message(kind, number).marker]) or "nobody"
        for number in range(EACH))
    waits = sum(bool(re.match(rf"u@load\d+-{kind.name}\.", one["rcpt"]))
                for one in smtpd.queue())
    got = " / ".join(f"{count} {one}" for one, count in sorted(how.items()))
    out.add("load", kind.mode or "-",
            f"{EACH} sent while the service comes and goes; MX "
            + ("plain" if kind.mx is PLAIN else "good"),
            f"{EACH} {kind.how or 'nobody'}, {EACH * (not kind.how)} wait",
            f"{got}, {waits} wait")


def show(out: rows.Rows, running: proc.Process,
         start: Callable[[], proc.Process]) -> proc.Process:
    """RUNNING is the service, which may have been replaced by another when
    this returns it."""
    load = Load()
    running = all_sent(load, running, start)
    with contextlib.suppress(TimeoutError):
        proc.until(delivered, "all is delivered", 60, 1)
    seen = received()
    for kind in KINDS:
        kind_row(out, kind, seen)
    out.add("load", "", "while it was away some were taken, some refused",
            "taken, 451", ", ".join(sorted(load.told, reverse=True)),
            f"{load.told['taken']} taken, {load.told['451']} refused, "
            f"{len(FAULTS)} times")
    out.add("load", "", "refused with anything but 451; never taken", "0; 0",
            f"{len(load.odd)}; {len(load.refused)}", " ".join(load.odd[:1]))
    return running
