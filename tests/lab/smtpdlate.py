# SPDX-License-Identifier: ISC
"""MX hosts of more than one kind: of two addresses, slow ones and broken
ones; one to which another action's mail goes unverified; names in mixed case
and internationalized ones."""
import concurrent.futures

import lab
import pki
import proc
import rows
import service
import sink
import smtpd
from smtpdhand import ZONE, got, name, to

RIDE = f"mx1.ride.{ZONE}"
LATE = 9.0  # our tries end after 8 s
ACTION = ('action "smart" relay tls no-verify host '
          f'smtp+tls://{RIDE} filter plain\n'
          f'match from local for domain "rideopen.{ZONE}" action "smart"\n')
# What else the address is that is not late.
BROKEN = {"two-plain": {"starttls": "no"}, "two-self": {"cert": "self"},
          "two-good": {}}
NAMES = {"case": ("MX1", "mX1", "Mx1"), "idn": ("xn--bcher-kva",) * 3}


def add(world: lab.Lab) -> None:
    world.add(lab.Domain(name("ride"), (lab.Mx("mx1"),)))
    world.add(lab.Domain(name("rideopen"), (lab.Mx("", at=RIDE),), ""))
    for key, how in BROKEN.items():
        late = lab.Domain(name(key), (lab.Mx("mx1", late=LATE),))
        world.add(late)
        owner = f"mx1.{name(key)}"
        del world.hosts[owner]
        world.add_server(late, lab.Mx("mx1", **how), owner)
    for key, (host, cert, pattern) in NAMES.items():
        world.add(lab.Domain(name(key), (lab.Mx(host, names=(cert,)),),
                             patterns=(pattern,)))


def row(out: rows.Rows, key: str, what: str, expected: str,
        seen: str = "") -> None:
    out.add(key, "enforce", what, expected, seen or enforced(key),
            " / ".join(smtpd.attempts(to(key)))[:200])


def enforced(key: str) -> str:
    """Who has it, and whether it went there by the policy."""
    line = f"sts: sent domain={name(key)} policy=enforce "
    return got(key) + ", enforced" * any(line in one for one in smtpd.log())


def ended() -> int:
    """How many connections to that server are over."""
    return sum(one["what"] == "session" and one["label"] == RIDE
               for one in sink.records())


def rides(out: rows.Rows) -> None:
    """smtpd keeps a connection for a while when a message is through."""
    pki.leaf("self", RIDE).rename(pki.DIR / f"good-{RIDE}.pem")
    smtpd.hand_over("rideopen", to("rideopen"))
    smtpd.tried(to("rideopen"))
    before = ended()
    smtpd.hand_over("ride", to("ride"))
    proc.soon(lambda: ended() >= before + 3 or got("ride") != "nobody",
              "it is tried again and again", 60)
    out.add("rideopen", "-", "self-signed; action that does not verify",
            "mx1 tls", lab.got(name("ride"), "rideopen"))
    row(out, "ride", "the same server; its connection is open",
        "nobody, 3 ended", f"{got('ride')}, {min(ended() - before, 3)} ended")


def show(out: rows.Rows) -> None:
    keys = (*BROKEN, *NAMES)
    smtpd.write(smtpd.blocks()[0].replace("match from", ACTION +
                                          "match from", 1))
    running = smtpd.start()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda key: service.ask("route " + name(key)),
                      (*keys, "ride")))
    for key in keys:
        smtpd.hand_over(key, to(key))
    rides(out)
    smtpd.tried(*map(to, keys))
    proc.soon(lambda: all("enforced" in enforced(key) for key in keys),
              "all are delivered")
    for key in BROKEN:
        row(out, key, f"two addresses, one late, one {key[4:]}",
            "mx1 tls, enforced")
    row(out, "case", "MX MX1, certificate of mX1, policy Mx1",
        "MX1 tls, enforced")
    row(out, "idn", "MX and policy of an internationalized name",
        "xn--bcher-kva tls, enforced")
    out.add("lives", "", "smtpd runs", "True", str(running.alive()))
    running.stop()
