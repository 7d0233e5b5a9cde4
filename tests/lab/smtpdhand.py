# SPDX-License-Identifier: ISC
"""Mail that waits in OpenSMTPD while its domain's policy comes or goes: it
stays with the action chosen when it was taken, until it is sent again by hand,
by the commands of our README."""
import contextlib
import re

import lab
import override
import proc
import rows
import smtpd

ZONE = "lab.example"
KEYS = ("turnoff", "turnon", "turnhand")
COMMANDS = re.compile(r"^ {6}(smtpctl show message .*)$", re.M)


def name(key: str) -> str:
    return f"{key}.{ZONE}"


def to(key: str) -> str:
    return f"u@{name(key)}"


def got(key: str) -> str:
    return lab.got(name(key), key)


def add(world: lab.Lab) -> None:
    for key in KEYS:
        world.add(lab.Domain(name(key), (lab.Mx("mx1", starttls="no"),)))


def without_policy(*keys: str) -> None:
    """To stsgated these have none from now on, and the others have one."""
    override.write([f'override "{name(key)}" {{ mode = "off" }}'
                    for key in keys])
    with contextlib.suppress(OSError):  # a service that is to be broken
        override.reload()


def by_hand(key: str) -> bool:
    """What our README says, for mail that waits and is not new."""
    done = [again(one) for one in smtpd.queue()
            if one["rcpt"] == to(key) and (one["error"] or key == "turnhand")]
    return bool(done) and all(done)


def again(one: dict[str, str]) -> bool:
    command = COMMANDS.search(smtpd.README.read_text())[1]
    for word, value in (("ID", one["evpid"]), ("SENDER", one["sender"]),
                        ("RECIPIENT", one["rcpt"])):
        command = re.sub(rf"\b{word}\b", value, command)
    return smtpd.run("sh", "-c", command, check=False).returncode == 0


def delivered_by_hand() -> bool:
    """Again and again: smtpd holds up the address of a server without TLS."""
    if got("turnoff") == "nobody":
        by_hand("turnoff")
    return got("turnoff") != "nobody"


def turned_off(out: rows.Rows) -> None:
    running = smtpd.start()
    smtpd.inject("turnoff", to("turnoff"))
    smtpd.tried(to("turnoff"))
    without_policy("turnoff")
    smtpd.retry()
    with contextlib.suppress(TimeoutError):
        smtpd.tried(to("turnoff"), times=2)
    out.add("turnoff", "enforce", "no policy since it was taken; next attempt",
            "nobody", got("turnoff"),
            " / ".join(smtpd.attempts(to("turnoff"))))
    with contextlib.suppress(TimeoutError):  # then its row says NO
        proc.until(delivered_by_hand, "it is delivered", 90, 1)
    out.add("turnoff", "-", "the same, sent again by hand", "mx1 clear",
            got("turnoff"), " / ".join(smtpd.attempts(to("turnoff"))[1:]))
    running.stop()


def turned_on(out: rows.Rows) -> None:
    """A smtpd that begins anew repeats nothing that was said before."""
    without_policy("turnon", "turnhand")
    running = smtpd.start("-P", "mta")
    for key in ("turnon", "turnhand"):
        smtpd.inject(key, to(key))
    running.stop()
    without_policy()
    running = smtpd.start("-P", "mta")
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: by_hand("turnhand"), "it is sent again", 30, 1)
    smtpd.run("smtpctl", "resume", "mta")
    smtpd.tried(to("turnon"), to("turnhand"))
    with contextlib.suppress(TimeoutError):
        proc.until(lambda: unprotected("turnon"), "the filter tells")
    said = unprotected("turnon")
    out.add("turnon", "enforce", "a policy since it was taken; logged",
            "mx1 clear, unprotected", got("turnon") + ", unprotected" *
            bool(said), said)
    out.add("turnhand", "enforce", "the same, sent again by hand", "nobody",
            got("turnhand"), " / ".join(smtpd.attempts(to("turnhand"))))
    running.stop()


def unprotected(key: str) -> str:
    """The line of filter-stsgate about mail that should not have gone."""
    return next((line for line in smtpd.log()
                 if f"plain: unprotected domain={name(key)} " in line), "")


def show(out: rows.Rows) -> None:
    smtpd.write(smtpd.blocks()[0])
    turned_off(out)
    turned_on(out)
