# SPDX-License-Identifier: ISC
"""What docs/look shows: a refused delivery and a look at the domain, as a
terminal has them. No test: docs/look/make asks for it."""
import os
import pathlib
import pty
import sys

import exim
import hooks
import lab
import proc
import service

BANK = lab.Domain(
    "bank.example", (lab.Mx("mx1", cert="expired"),
                     lab.Mx("mx2", 20, starttls="no")),
    patterns=("mx1", "mx2"), max_age=604800)
RECORDS = {
    "": "v=spf1 mx -all",
    "_dmarc.": "v=DMARC1; p=reject; rua=mailto:d@bank.example",
    "_smtp._tls.": "v=TLSRPTv1; rua=mailto:tls@bank.example"}
MESSAGE = "Subject: the contract\n\nas agreed\n"
WIDTH = 96


def terminals() -> None:
    """The lab's root has none."""
    pathlib.Path("/dev/pts").mkdir(exist_ok=True)
    proc.run("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666",
             "devpts", "/dev/pts")
    ptmx = pathlib.Path("/dev/ptmx")
    ptmx.unlink(missing_ok=True)
    ptmx.symlink_to("pts/ptmx")


def run(*command: str, text: str = "") -> str:
    """What the command writes to a terminal."""
    master, slave = pty.openpty()
    child = os.fork()
    if child == 0:
        source, sink = os.pipe()
        os.write(sink, text.encode())
        os.close(sink)
        os.dup2(source, 0)
        os.dup2(slave, 1)
        os.dup2(slave, 2)
        os.execvp(command[0], command)
    os.close(slave)
    data = b""
    try:
        while part := os.read(master, 65536):
            data += part
    except OSError:  # the last writer is gone
        pass
    os.waitpid(child, 0)
    return data.decode().replace("\r", "")


def shown(prompt: str, text: str) -> None:
    print(f"\x1b[1m$ {prompt}\x1b[0m")
    print(text.rstrip("\n"))


def log(word: str) -> str:
    """Lines of the log with that word, folded as a terminal does it."""
    found = [line for line in exim.log() if word in line]
    return "\n".join(line[at:at + WIDTH] for line in found
                     for at in range(0, len(line), WIDTH))


def scene(name: str, title: str) -> None:
    print(f"=== {name} {title}")


def main(module: str) -> int:
    terminals()
    world = lab.Lab()
    world.add(BANK)
    for name, text in RECORDS.items():
        world.zones.add(name + BANK.name, "TXT", f'"{text}"')
    world.start()
    running = service.start()
    exim.write(hooks.ours(module))
    scene("refused", "mail to a domain whose MX hosts break its policy")
    exim.run("exim4", "-odf", "-f", "lab@localhost", "cfo@bank.example",
             text=MESSAGE)
    shown("exim -bp", run("exim4", "-bp"))
    shown("grep bank.example /var/log/exim4/mainlog", log("bank.example"))
    scene("check", "stsgate check")
    shown("stsgate check bank.example",
          run(service.binary("stsgate"), "check", "bank.example"))
    sys.stdout.flush()
    service.stop(running)
    return 0
