# SPDX-License-Identifier: ISC
"""Policy hosts of tests/vectors/fetch.json, for domaincheck.py: what each of
them does wrong, and what is found of it."""
import json
import pathlib

import checkworld
import lab
import oddweb
import pki
import proc
import web

NET = web.ADDRESS.rpartition(".")[0]
ADDRESS, OLD = NET + ".10", NET + ".11"
OTHER = pki.DIR / "other.key"
# Inputs of the kinds tls and transfer; what is accepted has no code.
CODES = {
    "expired certificate": "policy-certificate-expired",
    "certificate for another name (bad-cert2)": "policy-certificate-name",
    "untrusted CA (bad-cert1)": "policy-certificate-untrusted",
    "CN matches, no SAN": "policy-certificate-name",
    "wildcard m*.example.com": "policy-certificate-name",
    "self-signed": "policy-certificate-untrusted",
    "IP SAN only": "policy-certificate-name",
    "TLS 1.1 only server": "policy-tls",
    "certificate valid for mta-sts.provider.example after CNAME":
        "policy-certificate-name",
    "body 65537 bytes": "policy-too-large",
    "Content-Length 131193": "policy-too-large",
    "chunked 131 kB without Content-Length": "policy-too-large",
    "gzip bomb with Content-Encoding": "policy-encoding",
    "server hangs after accept": "policy-timeout",
    "drip feed 1 byte/s": "policy-timeout",
    "redirect to https on same host": "policy-redirect",
}
# About who asks, not about a domain.
OURS = ("no SNI sent by the client", "HTTP proxy from environment")
CERTS = {
    "expired certificate": "expired",
    "certificate for another name (bad-cert2)": "wrong",
    "certificate valid for mta-sts.provider.example after CNAME": "wrong",
    "CN matches, no SAN": "cn", "self-signed": "self",
    "wildcard *.example.com for mta-sts.example.com": "wild",
}


def code(vector: dict) -> str:
    if vector["expect"] in ("accept", "ignored"):
        return ""
    if vector["kind"] == "content_type":
        return "policy-media-type"
    if vector["kind"] == "status":
        return "policy-redirect" if 300 <= vector["input"] < 400 \
            else "policy-status"
    if "127.0.0.1" in vector["input"]:
        return "policy-private"
    return CODES[vector["input"]]


def reply(status: int, body: str, *fields: str) -> str:
    if not any(field.startswith("Content-Type") for field in fields):
        fields = ("Content-Type: text/plain", *fields)
    if not any(field.startswith(("Content-Length", "Transfer"))
               for field in fields):
        fields = (*fields, f"Content-Length: {len(body)}")
    head = "".join(f"{field}\r\n" for field in fields)
    return f"HTTP/1.1 {status} X\r\n{head}Connection: close\r\n\r\n{body}"


def padded(policy: str, size: int) -> str:
    """SIZE octets: lines that a policy may have."""
    line = "x: " + "y" * 75 + "\r\n"
    policy += line * ((size - len(policy)) // len(line))
    left = size - len(policy)
    return policy[:-2] + "y" * left + "\r\n" if left else policy


def transfer(what: str, policy: str) -> str:
    if what.startswith("body "):
        return reply(200, padded(policy, int(what.split()[1])))
    if what.startswith("Content-Length"):
        return reply(200, policy, what.replace("Length ", "Length: "))
    if what.startswith("chunked"):
        part = "1000\r\n" + padded(policy, 4096) + "\r\n"
        return reply(200, part * 32 + "0\r\n\r\n",
                     "Transfer-Encoding: chunked")
    if what.startswith("gzip"):
        return reply(200, policy, "Content-Encoding: gzip")
    if what.startswith("redirect"):
        return reply(301, "", "Location: https://mta-sts.ck-sound."
                     "lab.example" + web.PATH)
    if "100 Continue" in what:
        return "HTTP/1.1 100 Continue\r\n\r\n" + reply(200, policy)
    if what.startswith("Cache-Control") or what == "Set-Cookie":
        field = "Set-Cookie: a=b" if what == "Set-Cookie" \
            else "Cache-Control: max-age=31536000"
        return reply(200, policy, field)
    return reply(200, policy)


def answer(vector: dict, policy: str) -> str:
    what = vector["input"]
    if vector["kind"] == "content_type":
        return reply(200, policy, f"Content-Type: {what}")
    if vector["kind"] == "status":
        bare = what in (204, 304)
        return reply(what, "" if bare else policy)
    if vector["kind"] == "transfer":
        return transfer(what, policy)
    return reply(200, policy)


def odd_cert(what: str, host: str) -> pathlib.Path:
    if what == "untrusted CA (bad-cert1)":
        return by_other(host)
    if what == "IP SAN only":
        path = pki.DIR / f"ip-{host}.pem"
        pki.sign(pki.KEY, path, "/CN=leaf",
                 ["basicConstraints=critical,CA:FALSE",
                  f"subjectAltName=IP:{ADDRESS}"])
        return path
    if what.startswith("wildcard m*"):
        return pki.leaf("part", host, ("m*." + host.split(".", 1)[1],))
    return pki.leaf(CERTS.get(what, "good"), host)


def by_other(host: str) -> pathlib.Path:
    """By an authority that nobody knows."""
    ca = OTHER.with_suffix(".pem")
    pki.openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-out", str(OTHER))
    pki.openssl("req", "-new", "-config", str(pki.DIR / "ca.conf"), "-key",
                str(OTHER), "-subj", "/CN=other", "-out",
                str(OTHER.with_suffix(".csr")))
    pki.sign(OTHER, ca, "/CN=Other CA", ["basicConstraints=critical,CA:TRUE"],
             "-selfsign", "-keyfile", str(OTHER))
    path = pki.DIR / f"other-{host}.pem"
    pki.sign(pki.KEY, path, "/CN=leaf",
             ["basicConstraints=critical,CA:FALSE",
              "subjectAltName=DNS:" + host],
             "-keyfile", str(OTHER), "-cert", str(ca))
    return path


def defects() -> list[checkworld.Defect]:
    found = []
    for vector in checkworld.vectors("fetch"):
        if vector["input"] in OURS:
            continue
        key = vector["id"].lower()
        found.append(checkworld.Defect(
            key, f"{vector['kind']}: {vector['input']}"[:47], code(vector),
            checkworld.sound(key, mode=""), exit=1 if code(vector) else 0))
    return found


def add(world: lab.Lab) -> None:
    """Their records, and the file that the odd server is started with."""
    hosts: dict[str, dict] = {}
    old: dict[str, dict] = {}
    for vector in checkworld.vectors("fetch"):
        what = vector["input"]
        if what in OURS:
            continue
        domain = checkworld.sound(vector["id"].lower())
        host = "mta-sts." + domain.name
        where = hosts
        address = ADDRESS
        if what == "TLS 1.1 only server":
            where, address = old, OLD
        if code(vector) == "policy-private":
            address = "127.0.0.1"
        world.zones.add(host, "A", address)
        world.zones.add("_mta-sts." + domain.name, "TXT", '"v=STSv1; id=1;"')
        where[host] = {
            "cert": str(odd_cert(str(what), host)),
            "answer": answer(vector, lab.policy_text(domain)),
            "hang": str(what).startswith("server hangs"),
            "drip": str(what).startswith("drip")}
    (lab.RUN / "oddweb.json").write_text(json.dumps({
        "key": str(pki.KEY), "listen": [
            {"address": ADDRESS, "tls11": False, "hosts": hosts},
            {"address": OLD, "tls11": True, "hosts": old}]}))


def start() -> None:
    proc.start("/usr/bin/python3", oddweb.__file__,
               str(lab.RUN / "oddweb.json"), name="oddweb")
    proc.until(oddweb.READY.exists, "the odd policy hosts listen")
