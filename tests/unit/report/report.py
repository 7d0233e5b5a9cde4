# SPDX-License-Identifier: ISC
"""Have the library make a report of given results."""
from __future__ import annotations

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from typing import Any

MAKE = pathlib.Path(sys.argv[1])
DAY = 19675  # 2023-11-14
POLICY = ("version: STSv1\r\nmode: testing\r\nmx: mx.a.example\r\n"
          "mx: *.b.example\r\nmax_age: 604800\r\n")


def octets(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


@dataclass
class Result:
    """So many sessions that ended alike."""
    result: str = "success"
    sessions: int = 1
    type: str = "sts"
    policy: str | bytes = POLICY
    mx: str | bytes = ""
    sending_ip: str | bytes = ""
    receiving_ip: str | bytes = ""
    helo: str | bytes = ""
    reason: str | bytes = ""

    def line(self) -> str:
        texts = (self.policy, self.mx, self.sending_ip, self.receiving_ip,
                 self.helo, self.reason)
        return " ".join([str(self.sessions), self.type, self.result,
                         *(octets(t).hex() or "-" for t in texts)]) + "\n"


@dataclass
class Sender:
    organization: str = "Sender Ltd"
    contact: str = "tls@sender.example"
    submitter: str = "sender.example"
    domain: str = "a.example"
    to: str = "reports@a.example"
    date: int = 1700015400  # 2023-11-15 02:30:00


@dataclass
class Report:
    """What came out."""
    id: str
    file: str
    text: bytes
    packed: bytes
    mail: bytes
    json: Any = field(init=False)

    def __post_init__(self) -> None:
        self.json = json.loads(self.text, parse_constant=reject,
                               object_pairs_hook=no_duplicates)
        assert gzip.decompress(self.packed) == self.text


def reject(name: str) -> None:
    raise ValueError(name)


def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7493 section 2.3."""
    made = dict(pairs)
    assert len(made) == len(pairs)
    return made


def make(*results: Result, sender: Sender = Sender()) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [MAKE, folder, sender.organization, sender.contact,
             sender.submitter, sender.domain, str(DAY), sender.to,
             str(sender.date)],
            input="".join(r.line() for r in results), check=True,
            capture_output=True, text=True, timeout=60)
        name, file = done.stdout.splitlines()
        texts = [(pathlib.Path(folder) / name).read_bytes() for name in
                 ("report.json", "report.json.gz", "report.eml")]
        return Report(name, file, *texts)
