# SPDX-License-Identifier: ISC
"""Start programs, wait for events with a deadline, stop them by their id."""
import contextlib
import os
import pathlib
import signal
import subprocess
import time

LOGS = pathlib.Path("/run/lab/logs")
DEADLINE = 60.0  # of what is sure to come, on a busy machine too


class Process:
    """A server in the foreground; what it prints is in LOGS/NAME.log."""

    def __init__(self, command: tuple[str, ...], name: str) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / (name + ".log")
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def send(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Send NUMBER, wait for the end and return the exit status."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        return self.child.wait(DEADLINE)

    def alive(self) -> bool:
        return self.child.poll() is None

    def stopped(self) -> bool:
        """Has a SIGSTOP arrived?"""
        text = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text()
        return text.rpartition(")")[2].split()[0] == "T"


def overtaken(pid: int) -> float:
    """For how many seconds a process of one thread was to run and others
    were."""
    text = pathlib.Path(f"/proc/{pid}/schedstat").read_text()
    return int(text.split()[1]) / 1e9


def hurry(by: int = 15) -> None:
    """This process and its children before what else the machine does: the
    deadlines of a test are about the programs under test. One that works hard
    for long does it BY less."""
    with contextlib.suppress(PermissionError):
        os.nice(-by)


def urgent(*pids: int) -> None:
    """Run these (0: this process) as soon as they can, where that is allowed:
    what is measured is not how busy the machine is."""
    for pid in pids:
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))


def start(*command: str, name: str = "") -> Process:
    return Process(command, name or os.path.basename(command[0]))


def until(condition, what: str, deadline: float = 0.0,
          pause: float = 0.005):
    """Poll CONDITION until it is true and return its value; for DEADLINE if
    not told."""
    deadline = deadline or DEADLINE
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {deadline:g} s")
        time.sleep(pause)


def soon(condition, what: str, deadline: float = 0.0) -> None:
    """Wait for it; where it does not come, a row says so."""
    with contextlib.suppress(TimeoutError):
        until(condition, what, deadline, 0.05)


def put(path: pathlib.Path, text: str) -> None:
    """TEXT in the place of a file that others may read just then: they find
    the old one or the new one."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.rename(path)


def lines(path: pathlib.Path) -> list[str]:
    """The lines of a file that another process appends to. A line that is
    being written is not one yet: what is read may end within it."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    return text[:text.rfind("\n") + 1].splitlines()


def run(*command: str, text: str = "", check: bool = True,
        deadline: float = 3 * DEADLINE) -> subprocess.CompletedProcess:
    done = subprocess.run(command, input=text, capture_output=True,
                          text=True, check=False, timeout=deadline)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n"
                           f"{done.stdout}{done.stderr}")
    return done
