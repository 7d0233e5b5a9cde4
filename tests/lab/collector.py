# SPDX-License-Identifier: ISC
"""An HTTPS server that takes TLS reports and writes down what it was sent.

A request is one JSON line in RECORDS before it is answered. ANSWERS says by
path which status that is; a path that is not there has 201, and with SILENT
nothing is said as long as the client is there.
"""
import base64
import http.server
import json
import pathlib
import ssl
import sys
import threading

import pki
import proc

DIR = pathlib.Path("/run/lab/collector")
RECORDS = DIR / "records.jsonl"
ANSWERS = DIR / "answers.json"
HOSTS = {"collect.lab.example": "198.18.1.3", "late.lab.example": "198.18.1.4"}
SILENT = 0
LOCK = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = json.loads(ANSWERS.read_text()).get(self.path, 201)
        with LOCK, open(RECORDS, "a", encoding="ascii") as out:
            out.write(json.dumps({
                "path": self.path, "status": status,
                "type": self.headers["Content-Type"],
                "body": base64.b64encode(body).decode()}) + "\n")
        if status == SILENT:
            self.rfile.read(1)
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def answers(**status: int) -> None:
    """What each path is answered from now on; never half written."""
    DIR.mkdir(exist_ok=True)
    proc.put(ANSWERS, json.dumps({f"/{k}": v for k, v in status.items()}))


def start(host: str) -> proc.Process:
    """One of HOSTS."""
    cert = pki.leaf("good", host)
    running = proc.start("/usr/bin/python3", __file__, HOSTS[host], str(cert),
                         name="collector")
    proc.until((DIR / HOSTS[host]).exists, "the collector listens")
    return running


def records(path: str = "") -> list[dict]:
    """The posts to a path so far, or all of them."""
    return [record for record in map(json.loads, proc.lines(RECORDS))
            if not path or record["path"] == path]


def serve(address: str, cert: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, str(pki.KEY))
    server = http.server.ThreadingHTTPServer((address, 443), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    (DIR / address).touch()
    server.serve_forever()


if __name__ == "__main__":
    serve(*sys.argv[1:3])
