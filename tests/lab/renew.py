# SPDX-License-Identifier: ISC
"""A policy that changed while mail was refused for it (RFC 8461 section 5).

The service knows a policy that does not name the MX. Then the domain publishes
a new one, with a new id. The first attempt is refused and makes the service
look at the TXT record, past every hold; the next one is delivered.
"""
import contextlib
import dataclasses

import exim
import lab
import proc
import rows
import service
import web

OLD = lab.Domain("renew-enforce.lab.example", (lab.Mx("mx1"),), "enforce", ("old",))
NEW = dataclasses.replace(OLD, patterns=("mx1",))
MARKER = "renew"


def policy_id() -> str:
    """The id of the policy that the service holds."""
    words = service.ask("policy " + OLD.name).split()
    return next((word for word in words if word[:3] == "id="), "none")


def add(out: rows.Rows, what: str, expected: str) -> None:
    said = [line for line in exim.lines(MARKER)
            if line.startswith(("stsgate:", "=>"))]
    out.add("renew", "enforce", what, expected, lab.got(OLD.name, MARKER),
            " ".join(said[-1:]))


def show(world: lab.Lab, out: rows.Rows) -> None:
    before = policy_id()
    world.publish(NEW, 2)
    exim.inject(MARKER, "u@" + OLD.name)
    add(out, "old policy without the MX, a new one is there", "nobody")
    with contextlib.suppress(TimeoutError):  # then the next row says NO
        proc.until(lambda: policy_id() == "id=2", "the new policy")
    exim.run("exim4", "-M", exim.message_id(MARKER))
    add(out, "the refusal made the service look; next attempt", "mx1 tls")
    web.settle()
    asked = web.requests("mta-sts." + OLD.name)
    out.add("renew", "enforce", "and the policy host was asked",
            "id=1, then 2 times", f"{before}, then {asked} times")
