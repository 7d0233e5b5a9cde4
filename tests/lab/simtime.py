# SPDX-License-Identifier: ISC
"""Days that go by in a moment, for those programs that are started so.

libfaketime, loaded into these alone, adds what a file says to the wall clock
and to the monotonic one. The others live in real time: records of the lab have
a time to live of a second, so after a step what is cached of them is old.
"""
import datetime
import pathlib

import proc
import service

# Exim starts itself anew.
EXIM = "keep_environment = ^LD_PRELOAD\\$ : ^FAKETIME_"
OFFSET = pathlib.Path("/run/lab/offset")
LIBRARY = "*/faketime/libfaketimeMT.so.1"


def write(seconds: int, offset: pathlib.Path = OFFSET) -> None:
    """The file is read at every look at a clock: never half written."""
    part = offset.with_suffix(".part")
    part.write_text(f"{seconds:+d}")
    part.chmod(0o644)
    part.rename(offset)


def clock(offset: pathlib.Path = OFFSET) -> tuple[str, ...]:
    """What to put before a command, so that it has this clock."""
    library = next(pathlib.Path("/usr/lib").glob(LIBRARY))
    return ("env", f"LD_PRELOAD={library}",
            f"FAKETIME_TIMESTAMP_FILE={offset}", "FAKETIME_NO_CACHE=1")


def start(**changes: str) -> proc.Process:
    """stsgated with this clock, which begins right."""
    write(0)
    return service.start(*clock(), **changes)


def resume() -> proc.Process:
    """The same stsgated again, and it is as late as it was."""
    return service.resume(*clock())


def step(hours: float) -> None:
    write(int(OFFSET.read_text()) + round(hours * 3600))


def noon() -> str:
    """Begin at noon of tomorrow, so that the day does not end by itself; the
    day."""
    now = datetime.datetime.now(datetime.timezone.utc)
    then = (now + datetime.timedelta(days=1)).replace(hour=12, minute=0)
    step((then - now).total_seconds() / 3600)
    return then.date().isoformat()
