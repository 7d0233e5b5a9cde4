# SPDX-License-Identifier: ISC
"""Policy hosts that answer in their own way, octet for octet.

Started as a program with a JSON file: {"key": PATH, "listen": [{"address":,
"tls11": bool, "hosts": {NAME: {"cert": PATH, "answer": latin-1 text, "hang":
bool, "drip": bool}}}]}. The certificate is chosen by SNI.
"""
import asyncio
import json
import pathlib
import ssl
import sys

READY = pathlib.Path("/run/lab/oddweb.ready")


def context_of(cert: str, key: str, old: bool) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(cert, key)
    if old:
        made.set_ciphers("DEFAULT:@SECLEVEL=0")
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = ssl.TLSVersion.TLSv1_1
    return made


def by_name(hosts: dict, key: str, old: bool) -> ssl.SSLContext:
    known = {name: context_of(host["cert"], key, old)
             for name, host in hosts.items()}
    first = next(iter(known.values()))

    def named(client, name, _context) -> None:
        client.context = known.get(name, first)
    first.sni_callback = named
    return first


async def answer(reader, writer, hosts: dict) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().splitlines()
    host = hosts[next(line[5:].strip() for line in lines
                      if line[:5] == "host:")]
    octets = host["answer"].encode("latin-1")
    if host.get("hang"):
        await asyncio.Event().wait()
    while host.get("drip") and octets:
        writer.write(octets[:1])
        octets = octets[1:]
        await writer.drain()
        await asyncio.sleep(1)
    writer.write(octets)
    await writer.drain()
    writer.close()


async def served(reader, writer, hosts: dict) -> None:
    try:
        await answer(reader, writer, hosts)
    except (OSError, asyncio.IncompleteReadError):
        pass  # who asked has seen enough


async def serve(config: dict) -> None:
    running = []
    for listen in config["listen"]:
        hosts = listen["hosts"]
        running.append(await asyncio.start_server(
            lambda reader, writer, hosts=hosts: served(reader, writer, hosts),
            listen["address"], 443,
            ssl=by_name(hosts, config["key"], listen["tls11"])))
    READY.touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(pathlib.Path(sys.argv[1]).read_text())))
