# SPDX-License-Identifier: ISC
"""Mail servers of a lab that are no bottleneck: bench_sink.c."""
import struct
import subprocess

import lab
import service

COUNTS = lab.RUN / "counts"


def taken():
    """Messages that the servers have, and how many came over TLS."""
    return struct.unpack("=QQ", COUNTS.read_bytes())


def start(sinks):
    """Listen at each (address, certificate, key); the process."""
    server = subprocess.Popen(
        [service.binary("bench_sink"), COUNTS], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    server.stdin.write("".join(f"{address} {cert} {key}\n"
                               for address, cert, key in sinks))
    server.stdin.close()
    if server.stdout.readline() != "ready\n":
        raise RuntimeError("the sinks do not start")
    return server
