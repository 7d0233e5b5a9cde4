# SPDX-License-Identifier: ISC
"""Domains that mail from OpenSMTPD is for: inside a lab.

As in peers_world.py; here mail servers belong to it, as the filter holds a
recipient until one was tried. MAIL_HOSTS of them take the mail of all.
"""
import contextlib
import pathlib
import re

import fastsink
import peers
import peers_world
import pki
import proc
import service
import smtpd
import web

MAIL_HOSTS = 1000
ASKERS = 32
SERVERS = 100  # addresses of these hosts
NETWORK = web.ADDRESS.rsplit(".", 2)[0] + ".2"
ANY = "any.lab.example"  # a certificate for its neighbours, all mail hosts
TEXT = ("version: STSv1\\nmode: enforce\\nmx: *.lab.example\\n"
        "max_age: 604800\\n")
ELSEWHERE = ("nginx", "nsd", "bench_sink")  # in life, on other machines
SLOW = "limit_rate 100;\n        "  # octets a second; header and policy: 2 s


def mail_host(number):
    """Of the domain with that place in the list."""
    return f"mx{number % MAIL_HOSTS}.lab.example"


class Zones(peers_world.Zones):
    """Neighbours in the list have mail hosts of their own."""

    FILES = MAIL_HOSTS

    def mail_hosts(self, number):
        return f"@ MX 10 {mail_host(number)}.\n"


def start(policies, negatives, slow=()):
    """All servers, and stsgated, which is returned and knows nothing yet. The
    policy hosts of SLOW take their time."""
    peers_world.DIR.mkdir(parents=True)
    pki.start()
    peers_world.certificates([*policies, *slow])
    made = Zones([*policies, *slow], negatives)
    for i in range(MAIL_HOSTS):
        made.add(mail_host(i), "3600 A", f"{NETWORK}.{1 + i % SERVERS}")
    made.start()
    peers_world.serve(peers_world.hosts(policies, TEXT)
                      + peers_world.hosts(slow, TEXT, SLOW))
    cert = pki.leaf("wild", ANY)
    fastsink.start([(f"{NETWORK}.{1 + i}", cert, pki.KEY)
                    for i in range(SERVERS)])
    return peers.Daemon("stsgated", [], "line", service.QUERY,
                        service.start())


def urgent():
    """What is one mail server runs before all else that this machine does:
    how busy that is, is not the question."""
    for path in pathlib.Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):  # it has ended
            if path.read_text().strip() not in ELSEWHERE:
                proc.urgent(*(int(task.name) for task in
                              (path.parent / "task").iterdir()))


def policy_line(name):
    return (f"STS1 route {name}",
            f"STS1 route {name} mode=enforce id=1 host=mx", "")


def none_line(name):
    return (f"STS1 route {name}",
            f"STS1 none {name} state=negative reason=no-record", "")


def know(daemon, policies, negatives):
    """Ask for all of them, so that they are in memory; each answer is
    checked."""
    daemon.load([*map(policy_line, policies), *map(none_line, negatives)],
                ASKERS)


def version():
    """Of the OpenSMTPD of this lab, as "6.8"."""
    name = next((smtpd.ROOT / "debs").glob("opensmtpd_*")).name
    return re.match(r"opensmtpd_(\d+\.\d+)", name)[1]


def run_smtpd(text):
    """OpenSMTPD with that configuration, urgent; its queue is in memory,
    empty, and what comes into it stays there."""
    if smtpd.SPOOL.is_mount():
        proc.run("umount", str(smtpd.SPOOL))
    smtpd.SPOOL.mkdir(exist_ok=True)
    proc.run("mount", "-t", "tmpfs", "-o", "mode=711", "lab",
             str(smtpd.SPOOL))
    smtpd.write(text)
    running = smtpd.start()
    smtpd.run("smtpctl", "pause", "mta")
    urgent()
    return running


def queued():
    """Messages in the queue: a folder each."""
    return sum(1 for _ in (smtpd.SPOOL / "queue").glob("*/*"))
