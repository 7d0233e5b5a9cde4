# SPDX-License-Identifier: ISC
"""SMTP servers with a defect each; their transcript is the lab's evidence.

Started as a program with a JSON list of servers:
    {"address": "198.18.2.1", "label": "mx1.a.example", "starttls": "yes",
     "cert": "/path", "key": "/path"}
starttls is yes, no (not offered), later (not before MENDED is there), 454
(offered, then refused) or smtps (TLS from the first octet); "port" is 25 if
not told; with "login" that user may authenticate over TLS; with "keep" the
transcript has the messages' text as well; with "decoy", a certificate as well,
"cert" is shown to those alone who name the server; who says "shuns" in EHLO
gets 454; "late" is how many seconds it takes to greet. Every message and every
session is one JSON line in the transcript. A message counts as received when
it is written there, which is before the client is told.
"""
import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd import smtp

import proc

TRANSCRIPT = pathlib.Path("/run/lab/transcript.jsonl")
MENDED = pathlib.Path("/run/lab/mended")
READY = pathlib.Path("/run/lab/sinks.ready")
MARKER = "x-lab-marker:"
# What some recipients get for an answer.
REFUSED = {"unknown": "550 5.1.1 no such user",
           "later": "450 4.2.1 mailbox busy"}


class Log:
    """Appends whole lines; a line there is what a server has seen."""

    def __init__(self) -> None:
        self.file = open(TRANSCRIPT, "a", encoding="ascii", buffering=1)
        self.connections = 0

    def connection(self) -> int:
        """A number that one connection alone has."""
        self.connections += 1
        return self.connections

    def write(self, **record) -> None:
        self.file.write(json.dumps(record) + "\n")


class Handler:
    """What is common to the connections of one server."""

    def __init__(self, server: dict, log: Log) -> None:
        self.server = server
        self.log = log

    async def handle_RCPT(self, client, _session, envelope, address,
                          _options) -> str:
        client.idle = False
        user = address.partition("@")[0]
        if user in REFUSED:
            return REFUSED[user]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, client, session, envelope) -> str:
        text = envelope.content.decode("utf-8", "replace")
        markers = [line.split(":", 1)[1].strip()
                   for line in text.splitlines()
                   if line.lower().startswith(MARKER)]
        self.log.write(
            what="message", marker=markers[0] if markers else "",
            sender=envelope.mail_from, rcpts=envelope.rcpt_tos,
            login=session.auth_data,
            **({"text": text} if self.server.get("keep") else {}),
            **client.facts())
        return "250 taken"

    def logins(self) -> dict:
        """What SMTP() is told of them."""
        return {"authenticator": self.login} if "login" in self.server else {}

    def login(self, _server, _session, _envelope, _mechanism, data):
        """The user's name is the password as well."""
        user = data.login.decode("ascii")
        return smtp.AuthResult(
            success=user == self.server["login"] == data.password.decode(),
            auth_data=user)


class Sink(smtp.SMTP):
    """One connection to one server."""

    def __init__(self, handler: Handler) -> None:
        super().__init__(handler, hostname=handler.server["label"],
                         enable_SMTPUTF8=False, ident="lab",
                         **handler.logins())
        self.server = handler.server
        self.log = handler.log
        self.connection = handler.log.connection()
        self.sni = None
        self.seen = ""
        self.tls = None
        self.peer = ""
        self.version = None
        self.ended = False
        self.idle = True
        if self.server["starttls"] in ("yes", "454") or (
                self.server["starttls"] == "later" and MENDED.exists()):
            self.tls_context = self.context()

    def context(self) -> ssl.SSLContext:
        own = self.loaded(self.server["cert"])
        made = self.loaded(self.server.get("decoy", self.server["cert"]))

        def named(client, name, _context) -> None:
            self.sni = name
            if name == self.server["label"]:
                client.context = own
        made.sni_callback = named
        return made

    def loaded(self, path: str) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(path, self.server["key"])
        return made

    def connection_made(self, transport) -> None:
        """Also when TLS begins."""
        self.tls = transport.get_extra_info("ssl_object")
        self.peer = transport.get_extra_info("peername")[0]
        super().connection_made(transport)

    def facts(self) -> dict:
        if self.tls is not None:
            self.version = self.tls.version()
            self.sni = self.sni or getattr(self.tls, "named", None)
        return {"address": self.server["address"],
                "label": self.server["label"], "peer": self.peer,
                "connection": self.connection, "tls": self.version,
                "sni": self.sni, "ehlo": self.session.host_name or self.seen}

    async def _handle_client(self) -> None:
        await asyncio.sleep(self.server.get("late", 0))
        await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:
        self.seen = hostname or ""
        await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if self.server["starttls"] == "454" or \
                self.seen == self.server.get("shuns"):
            self.sni = "refused"
            await self.push("454 TLS not available due to temporary reason")
            return
        await super().smtp_STARTTLS(arg)

    def unused(self) -> bool:
        """Was all well with it, and no recipient named? OpenSMTPD makes a
        second session for a queue that the first one empties."""
        sound = self.session.host_name and (
            self.tls is not None or self.server["starttls"] == "no")
        return bool(self.idle and sound)

    def connection_lost(self, error) -> None:
        if not self.ended:
            self.ended = True
            self.log.write(what="session", unused=self.unused(),
                           **self.facts())
        super().connection_lost(error)


def at_once(server: dict) -> ssl.SSLContext | None:
    """What a server that speaks TLS from the start has for all clients."""
    if server["starttls"] != "smtps":
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(server["cert"], server["key"])

    def named(client, name, _context) -> None:
        client.named = name
    made.sni_callback = named
    return made


async def serve(servers: list[dict]) -> None:
    log = Log()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: print(
        context.get("message"), context.get("exception"), flush=True))
    running = []
    for server in servers:
        handler = Handler(server, log)
        running.append(await loop.create_server(
            lambda handler=handler: Sink(handler), server["address"],
            server.get("port", 25), backlog=128, ssl=at_once(server)))
    READY.touch()
    await asyncio.Event().wait()


def records() -> list[dict]:
    """The transcript so far."""
    return [json.loads(line) for line in proc.lines(TRANSCRIPT)]


def messages(marker: str) -> list[dict]:
    """The deliveries of one message, in the order they came."""
    return [record for record in records()
            if record["what"] == "message" and record["marker"] == marker]


def closed(connection: int) -> bool:
    """Is a connection over? Then nothing can ride on it any more."""
    return any(record["what"] == "session"
               and record["connection"] == connection
               for record in records())


if __name__ == "__main__":
    asyncio.run(serve(json.loads(pathlib.Path(sys.argv[1]).read_text())))
