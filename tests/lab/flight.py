# SPDX-License-Identifier: ISC
"""Many askers at once, and a policy host that hangs.

Counted is what the policy host has seen; timed is the client's own view.
"""
import pathlib
import socket
import threading

import lab
import proc
import rows
import service
import web

ASKERS = 64
ONE = (lab.Mx("mx1"),)
LIMIT = 10.0  # lookup_timeout
TWICE = 2 * LIMIT  # what a second look would cost
OTHER = "other.dane.example"  # of a zone that has its own share of fetches


def crowd(question: str,
          paths: tuple[pathlib.Path, ...] = (service.QUERY,)) -> list[str]:
    """Ask on ASKERS connections to each service that all exist before the
    first question."""
    peers = []
    for path in ASKERS * paths:
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(20.0)
        peer.connect(str(path))
        peers.append(peer)
    answers = [""] * len(peers)
    gate = threading.Barrier(len(peers))

    def one(number: int) -> None:
        gate.wait()
        peers[number].sendall(f"STS1 {question}\n".encode("ascii"))
        with peers[number].makefile("r", encoding="ascii") as lines:
            answers[number] = lines.readline().strip()

    threads = [threading.Thread(target=one, args=(number,))
               for number in range(len(peers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for peer in peers:
        peer.close()
    return answers


def fetches(out: rows.Rows, name: str, mode: str) -> None:
    answers = crowd(f"policy {name}")
    good = sum(f"mode={mode}" in answer for answer in answers)
    # nginx answers first and writes its log then.
    proc.until(lambda: web.requests("mta-sts." + name), "a line of nginx")
    count = web.requests("mta-sts." + name)
    out.add("crowd", mode, f"{ASKERS} ask at once", "1 fetch",
            f"{count} fetch", answers[0])
    out.add("crowd", mode, "and all of them are told",
            f"{ASKERS} told", f"{good} told", "")


def hang(out: rows.Rows, name: str) -> None:
    answer, took = service.timed(f"policy {name}", TWICE)
    out.add("hang", "enforce", f"policy host hangs, first asker ({LIMIT:g} s)",
            "the deadline",
            "the deadline" if answer and LIMIT - 1 < took < TWICE - 1
            else f"{took:.3f} s", f"{took:.3f} s {answer}")
    # One may have to wait for a processor; twenty do not.
    answer, took = min((service.timed(f"policy {name}", LIMIT + 5)
                        for _ in range(20)), key=lambda asked: asked[1])
    out.add("hang", "enforce", "policy host hangs, next askers, the fastest",
            "< 1 ms",
            "< 1 ms" if answer and took < 0.001 else f"{took * 1e3:.3f} ms",
            f"{took * 1e6:.0f} us {answer}")
    asked = web.slow_requests("mta-sts." + name)
    out.add("hang", "enforce", "and the policy host was asked", "1 time",
            f"{asked} time", "")


def other(out: rows.Rows, name: str, stuck: list[str]) -> None:
    """Hanging hosts hold up nobody else: who asks has an answer while they
    all hang."""
    threads = [threading.Thread(target=service.ask,
                                args=(f"policy {hung}", LIMIT + 20))
               for hung in stuck]
    for thread in threads:
        thread.start()
    proc.until(lambda: all(web.slow_requests("mta-sts." + hung)
                           for hung in stuck), "all of them are asked")
    answer, took = service.timed(f"policy {name}")
    hang_on = sum(thread.is_alive() for thread in threads)
    out.add("hang", "enforce", f"{len(stuck)} hang, another domain is asked",
            f"told, {len(stuck)} hang",
            f"{'told' if 'mode=enforce' in answer else 'not told'}, "
            f"{hang_on} hang", f"{took * 1e3:.1f} ms {answer}")
    for thread in threads:
        thread.join()


def main(_module: str) -> int:
    world = lab.Lab()
    stuck = [f"hang{number}.lab.example" for number in range(8)]
    for mode in ("enforce", "testing"):
        world.add(lab.Domain(f"crowd-{mode}.lab.example", ONE, mode))
    world.add(lab.Domain(OTHER, ONE))
    for name in ("hang.lab.example", *stuck):
        world.add(lab.Domain(name, ONE, delay=0))
    world.start()
    running = service.start()
    proc.urgent(0, running.child.pid)
    out = rows.Rows()
    for mode in ("enforce", "testing"):
        fetches(out, f"crowd-{mode}.lab.example", mode)
    hang(out, "hang.lab.example")
    other(out, OTHER, stuck)
    service.stop(running)
    return out.end()
