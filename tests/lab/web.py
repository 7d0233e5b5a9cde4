# SPDX-License-Identifier: ISC
"""Policy hosts: nginx for those that answer, python for those that do not.

nginx counts: one line a request in ACCESS. The slow server waits before its
answer, for ever when the delay is 0.
"""
import asyncio
import json
import pathlib
import socket
import ssl
import sys

import pki
import proc

DIR = pathlib.Path("/run/lab/web")
ACCESS = DIR / "access.log"
ADDRESS = "198.18.1.1"
SLOW_ADDRESS = "198.18.1.2"
PATH = "/.well-known/mta-sts.txt"
CONF = """user root;
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{
    log_format lab '$msec $ssl_server_name $request_method $uri $status';
    access_log {dir}/access.log lab;
    default_type text/plain;
    server_names_hash_bucket_size 128;
    server_names_hash_max_size 4096;
    ssl_certificate_key {key};
"""
HOST = """    server {{
        listen {address}:443 ssl;
        server_name {host};
        ssl_certificate {cert};
        root {dir}/{host};
    }}
"""


class Web:
    """Policy hosts by name; add() before start()."""

    def __init__(self) -> None:
        self.hosts: dict[str, tuple[pathlib.Path, str]] = {}
        self.slow: dict[str, float] = {}
        self.nginx: proc.Process | None = None

    def add(self, host: str, policy: str | None, cert: str = "good",
            delay: float | None = None) -> str:
        """A host with POLICY (None: 404); returns the address it is at."""
        path = DIR / host / PATH[1:]
        path.parent.mkdir(parents=True)
        if policy is not None:
            path.write_text(policy)
        if delay is not None:
            self.slow[host] = delay
            return SLOW_ADDRESS
        self.hosts[host] = (pki.leaf(cert, host), host)
        return ADDRESS

    def publish(self, host: str, policy: str) -> None:
        proc.put(DIR / host / PATH[1:], policy)

    def withdraw(self, host: str) -> None:
        """404 from now on."""
        (DIR / host / PATH[1:]).unlink()

    def start(self) -> None:
        DIR.mkdir(parents=True, exist_ok=True)
        conf = CONF.format(dir=DIR, key=pki.KEY)
        for host, (cert, _) in self.hosts.items():
            conf += HOST.format(address=ADDRESS, host=host, cert=cert,
                                dir=DIR)
        (DIR / "nginx.conf").write_text(conf + "}\n")
        self.resume()
        if self.slow:
            self.start_slow()

    def resume(self) -> None:
        (DIR / "nginx.pid").unlink(missing_ok=True)
        self.nginx = proc.start("nginx", "-c", str(DIR / "nginx.conf"))
        proc.until((DIR / "nginx.pid").exists, "nginx runs")

    def stop(self) -> None:
        if self.nginx:
            self.nginx.kill(proc.signal.SIGTERM)

    def start_slow(self) -> None:
        (DIR / "slow.json").write_text(json.dumps({
            "hosts": self.slow, "key": str(pki.KEY), "cert": str(
                pki.leaf("good", "slow", tuple(self.slow)))}))
        proc.start("/usr/bin/python3", __file__, name="slow")
        proc.until((DIR / "slow.ready").exists, "the slow server runs")


def requests(host: str) -> int:
    """How often nginx was asked by that name."""
    return sum(1 for line in proc.lines(ACCESS) if line.split()[1] == host)


def served(host: str) -> str:
    """The policy that nginx has for it."""
    return (DIR / host / PATH[1:]).read_text()


def settle() -> None:
    """nginx answers first and writes its log then: what was answered before
    this is in the log when it returns."""
    name = "settle.lab.example"
    before = requests(name)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((ADDRESS, 443), proc.DEADLINE) as plain:
        with context.wrap_socket(plain, server_hostname=name) as peer:
            peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while peer.recv(4096):
                pass
    proc.until(lambda: requests(name) > before, "a line of nginx")


def slow_requests(host: str) -> int:
    """How often the slow server was asked by that name."""
    return proc.lines(DIR / "slow.log").count(host)


async def answer(reader, writer, hosts: dict) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().splitlines()
    host = next(line[5:].strip() for line in lines if line[:5] == "host:")
    with open(DIR / "slow.log", "a", encoding="ascii") as log:
        log.write(host + "\n")
    if hosts[host] == 0:
        await asyncio.Event().wait()
    policy = (DIR / host / PATH[1:]).read_text()
    await asyncio.sleep(hosts[host])
    writer.write((f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                  f"Content-Length: {len(policy)}\r\nConnection: close\r\n"
                  f"\r\n{policy}").encode("ascii"))
    await writer.drain()
    writer.close()


async def serve_slow() -> None:
    config = json.loads((DIR / "slow.json").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(config["cert"], config["key"])
    await asyncio.start_server(
        lambda reader, writer: answer(reader, writer, config["hosts"]),
        SLOW_ADDRESS, 443, ssl=context)
    (DIR / "slow.ready").touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(serve_slow()))
