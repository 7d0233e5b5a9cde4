#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Make the seeds of record, policy, domain and tlsrpt from the vectors."""
import base64
import hashlib
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
LARGEST = 4096


def vectors(name):
    return json.loads((VECTORS / f"{name}.json").read_text())["vectors"]


def octets(text):
    return text.encode("utf-8")


def rrset(vector):
    return octets("\n".join("".join(rr) for rr in vector["rrset"]))


def body(vector):
    if "body_b64" in vector:
        return base64.b64decode(vector["body_b64"])
    return octets(vector["body"])


def write(name, seeds):
    folder = HERE / "seeds" / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        if len(seed) <= LARGEST:
            digest = hashlib.sha256(seed).hexdigest()[:12]
            (folder / digest).write_bytes(seed)


def main():
    write("record", map(rrset, vectors("records")))
    write("tlsrpt", map(rrset, vectors("tlsrpt_records")))
    write("policy", map(body, vectors("policies")))
    names = {"bücher.example", "[192.0.2.1]", "2001:db8::1", "_a.example"}
    for vector in vectors("mxmatch"):
        names.update([vector["host"], *vector["patterns"]])
    write("domain", map(octets, sorted(names)))


if __name__ == "__main__":
    main()
