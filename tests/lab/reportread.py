# SPDX-License-Identifier: ISC
"""TLS reports as those read them who are sent them: by Python's own parsers
of mail, gzip and JSON."""
import base64
import collections
import dataclasses
import datetime
import email
import email.policy
import gzip
import json
import re

import dkim

import collector
import sink
import zones

ORGANIZATION = "Lab, Sending"
SUBMITTER = "sender.lab.example"
CONTACT = f"tlsrpt@{SUBMITTER}"
TYPE = "application/tlsrpt+gzip"


@dataclasses.dataclass(frozen=True)
class Report:
    """One that arrived: the JSON, by which way, and what was wrong with its
    form."""

    json: dict
    mail: bool
    where: str
    wrong: tuple[str, ...] = ()
    octets: bytes = b""  # the gzip

    @property
    def domain(self) -> str:
        """DANE's policies have a domain of their own (RPT-14)."""
        return self.ident.partition(".")[2].partition("@")[0]

    @property
    def day(self) -> str:
        return self.json["date-range"]["start-datetime"][:10]

    @property
    def ident(self) -> str:
        return self.json["report-id"]

    def details(self) -> list[dict]:
        return [one for policy in self.json["policies"]
                for one in policy.get("failure-details", [])]

    def sessions(self) -> int:
        """How many it tells of: not what came of looking for a policy."""
        return sum(policy["summary"]["total-successful-session-count"]
                   for policy in self.json["policies"]) + sum(
            "receiving-mx-hostname" in one for one in self.details())

    def failed(self) -> int:
        return sum(one["failed-session-count"] for one in self.details())

    def counts(self) -> str:
        """By type of policy: sessions that succeeded and failed, and which
        result how often."""
        types = {policy["policy"]["policy-type"]
                 for policy in self.json["policies"]}
        return joined({kind: self.counts_of(kind) for kind in types})

    def counts_of(self, kind: str) -> str:
        good = bad = 0
        results: collections.Counter[str] = collections.Counter()
        for policy in self.json["policies"]:
            if policy["policy"]["policy-type"] == kind:
                good += policy["summary"]["total-successful-session-count"]
                bad += policy["summary"]["total-failure-session-count"]
                for one in policy["failure-details"]:
                    results[one["result-type"]] += one["failed-session-count"]
        return counts(good, bad, results)


def joined(types: dict[str, str]) -> str:
    """Of an sts policy the type is not told: most have no other."""
    return "; ".join(f"{kind}: {said}" if kind != "sts" else said
                     for kind, said in sorted(types.items()))


def counts(good: int, bad: int, kinds: dict[str, int]) -> str:
    names = [f"{count} {kind}" for kind, count in sorted(kinds.items())]
    return " ".join([f"{good} good, {bad} failed:", *names]).rstrip(":")


def range_of(day: str) -> tuple[int, int]:
    """The seconds of a day in UTC, as a file's name has them."""
    begin = datetime.datetime.fromisoformat(day + "T00:00:00+00:00")
    return int(begin.timestamp()), int(begin.timestamp()) + 86399


def form(text: dict) -> list[str]:
    """What is wrong with the JSON but for counts (RFC 8460 section 4.4)."""
    day = text["date-range"]["start-datetime"][:10]
    wanted = {
        "organization-name": ORGANIZATION, "contact-info": CONTACT,
        "date-range": {"start-datetime": f"{day}T00:00:00Z",
                       "end-datetime": f"{day}T23:59:59Z"}}
    wrong = [name for name, value in wanted.items() if text[name] != value]
    for policy in text["policies"]:
        kind = policy["policy"]["policy-type"]
        if kind == "sts" and not isinstance(
                policy["policy"].get("mx-host"), list):
            wrong.append("mx-host")
    return wrong


def of_mail(record: dict) -> Report:
    """RPT-9, RPT-10: every header, both parts, the file's name."""
    mail = email.message_from_string(record["text"],
                                     policy=email.policy.default)
    plain, attached = mail.iter_parts()
    octets = attached.get_content()
    text = json.loads(gzip.decompress(octets))
    domain = Report(text, True, "").domain
    begin, end = range_of(text["date-range"]["start-datetime"][:10])
    name = f"{SUBMITTER}!{domain}!{begin}!{end}"
    wanted = {
        "From": CONTACT, "TLS-Required": "No", "TLS-Report-Domain": domain,
        "TLS-Report-Submitter": SUBMITTER, "MIME-Version": "1.0",
        "To": ", ".join(record["rcpts"]),
        "Message-ID": f"<{text['report-id']}>",
        "Subject": f"Report Domain: {domain} Submitter: {SUBMITTER} "
                   f"Report-ID: <{text['report-id']}>"}
    wrong = [key for key, value in wanted.items() if mail[key] != value]
    checks = {
        "envelope": record["sender"] == CONTACT,
        "multipart": mail.get_content_type() == "multipart/report",
        "report-type": mail["Content-Type"].params.get("report-type")
        == "tlsrpt",
        "text/plain": plain.get_content_type() == "text/plain",
        TYPE: attached.get_content_type() == TYPE,
        "base64": attached["Content-Transfer-Encoding"] == "base64",
        "file name": re.fullmatch(
            re.escape(name) + r"(![A-Za-z0-9]+)?\.json\.gz",
            attached.get_filename() or "") is not None,
        "Sender": mail["Sender"] is None}
    wrong += [key for key, good in checks.items() if not good]
    return Report(text, True, record["label"], (*wrong, *form(text)), octets)


def key_record(name: bytes, timeout: float = 0) -> bytes:
    """The TXT record that dkim asks for, its strings put together."""
    del timeout
    text = zones.lookup(name.decode().rstrip("."), "TXT")
    lines = [line for line in text.splitlines()
             if "\tTXT\t" in line and line[0] != ";"]
    return "".join(re.findall(r'"([^"]*)"', lines[0])).encode() \
        if lines else b""


def signed(record: dict) -> str:
    """RPT-3, RPT-4: "" where the signature is what a report needs."""
    text = record["text"].encode()
    tags = dict(tag.strip().split("=", 1) for tag in email.message_from_bytes(
        text).get("DKIM-Signature", "h=").replace("\n", "").split(";") if tag)
    fields = [field.strip().lower() for field in tags["h"].split(":")]
    if "l" in tags or tags.get("d") != SUBMITTER:
        return "not of the submitter, or with l="
    if not {"from", "tls-report-domain",
            "tls-report-submitter"} <= set(fields):
        return "of too few fields"
    if not dkim.verify(text, dnsfunc=key_record, tlsrpt="strict"):
        return "not valid"
    return ""


def of_post(record: dict) -> Report:
    octets = base64.b64decode(record["body"])
    text = json.loads(gzip.decompress(octets))
    wrong = form(text) + ["type"] * (record["type"] != TYPE)
    return Report(text, False, record["path"], tuple(wrong), octets)


def mails() -> list[dict]:
    """The messages to reports' addresses, as their servers have them."""
    return [record for record in sink.records()
            if record["what"] == "message" and "text" in record
            and record["rcpts"][0].startswith("rua@")]


def arrived() -> list[Report]:
    """All that somebody has accepted."""
    return [of_mail(record) for record in mails()] + [
        of_post(record) for record in collector.records()
        if record["status"] < 300]
