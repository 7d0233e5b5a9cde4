# SPDX-License-Identifier: ISC
"""Reports by hand and by SMTP, and whether they are signed: what `report test`
says is held against python3-dkim. And results for tlsrpt-collectd."""
import contextlib
import json
import pathlib
import signal
import socket

import exim
import proc
import reportread
import reportworld
import rows
import service
import simtime
import sink

COLLECTD = pathlib.Path("/run/lab/collectd.sock")
# What may happen to a mail on its way, and what is then there.
CHANGES = {
    "as it arrived": (b"", b""),
    "another From": (b"From: ", b"From: x "),
    "another domain": (b"TLS-Report-Domain: ", b"TLS-Report-Domain: x"),
    "another report": (b"H4sI", b"H4sJ"),
    "no signature": (b"DKIM-Signature:", b"X-Signature:"),
    "white space": (b"Subject: ", b"Subject:   "),
    "another key": (b"s=tlsrpt;", b"s=other;"),
    "one field more": (b"DKIM-Signature:", b"X: y\nDKIM-Signature:"),
}


def looked_at(out: rows.Rows) -> None:
    """What `report test` says of mails, and what python3-dkim does."""
    place = pathlib.Path("/run/lab/mail")
    verdicts, right, odd = {"good": 0, "bad": 0}, 0, ""
    for mail in reportread.mails()[:3]:
        for name, change in CHANGES.items():
            text = mail["text"].encode().replace(*change, 1)
            place.write_bytes(text)
            done = service.command("report", "test", str(place))
            theirs = reportread.signed({"text": text.decode()})
            same = done.returncode == (1 if theirs else 0)
            right += same
            verdicts["bad" if theirs else "good"] += 1
            if not same:
                odd = f"{name}: {theirs or 'valid'}, {done.stdout}"
    out.add("test", "", "report test and python3-dkim agree, changed too",
            "9 good, 15 bad; 24 the same",
            f"{verdicts['good']} good, {verdicts['bad']} bad; {right} the same",
            odd.replace("\n", " / "))


def by_hand(out: rows.Rows) -> None:
    """A report of nothing, sent for its signature."""
    name = reportworld.DAY[0].name
    done = service.command("report", "test", "--send", f"test@{name}")
    mails: list[dict] = []

    def came() -> bool:
        mails[:] = [record for record in sink.records()
                    if record["what"] == "message" and "text" in record
                    and record["rcpts"] == [f"test@{name}"]]
        return bool(mails)
    proc.soon(came, "the mail that was sent by hand")
    wrong = [reportread.signed(mail) for mail in mails]
    out.add("test", "", "report test --send", "exit 0; 1 signed",
            f"exit {done.returncode}; {wrong.count('')} signed",
            (done.stdout + done.stderr).replace("\n", " / "))


def arrived(one: reportworld.Asker) -> list[dict]:
    """Reports of a domain as its own mail server has them."""
    return [mail for mail in reportread.mails()
            if mail["rcpts"] == [f"rua@{one.name}"]]


def submitted(story, module: str) -> proc.Process:
    """By SMTP, where no sendmail can be run: Exim knows the report by its
    sender and by where it came from. stsgated as it then runs."""
    one = reportworld.SUBMITTED
    service.stop(story.running)
    exim.write(reportworld.setup(module, smtp=True), keep=True)
    daemon = exim.daemon()
    service.configure(**{**story.config, "report_submission": '"localhost"',
                         "report_sendmail": '"/bin/false"'})
    running = simtime.resume()
    reportworld.tell(one)
    simtime.step(30)
    proc.soon(lambda: arrived(one), "the report that was submitted")
    wrong = [" ".join((*reportread.of_mail(mail).wrong,
                       reportread.signed(mail))) for mail in arrived(one)]
    logged = [line for line in exim.log()
              if f" <= {reportread.CONTACT} " in line and " P=esmtp" in line
              and f".{one.name}@" in line]
    story.out.add("smtp", "enforce", "report_submission: by SMTP to Exim",
                  "1 report, right and signed; 1 by esmtp",
                  f"{len(wrong)} report, right and signed"
                  f"{' but: ' * any(wrong)}{' / '.join(filter(None, wrong))}"
                  f"; {len(logged)} by esmtp", *logged[:1])
    daemon.kill(signal.SIGTERM)
    return running


def grams(reader: socket.socket) -> list[dict]:
    """All that the collector has got by now."""
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(json.loads(reader.recv(1 << 20)))
    return found


def collected(story) -> proc.Process:
    """The other sink: what a collector reads of Exim's mail to a domain that
    asks for reports, and to one that does not. stsgated as it then runs."""
    one = reportworld.SUBMITTED
    silent = next(one for one in reportworld.DAY if one.key == "silent")
    reportworld.settle(story.world.sinks[0]["address"])
    before = len(reportworld.sessions(one))  # with a report in it
    service.stop(story.running)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as reader:
        reader.bind(str(COLLECTD))
        COLLECTD.chmod(0o666)
        reader.setblocking(False)
        service.configure(report_collectd=f'"{COLLECTD}"')
        running = simtime.resume()
        reportworld.deliver(silent)
        reportworld.deliver(one)
        reportworld.settle(story.world.sinks[0]["address"])
        seen = len(reportworld.sessions(one)) - before
        got: list[dict] = []
        proc.soon(lambda: got.extend(grams(reader)) or len(got) >= seen,
                  "the datagrams")
    policies = [gram["policies"][0] for gram in got
                if gram["d"] == one.name and gram["dpv"] == "1"
                and gram["pr"] == f"v=TLSRPTv1; rua={one.rua}"]
    codes = [detail["c"] for policy in policies
             for detail in policy["failure-details"] if policy["t"] == 1]
    story.out.add("collectd", "enforce", "report_collectd: Exim's results",
                  f"{max(seen, 1)} of 201, 0 of others",
                  f"{codes.count(201)} of 201, {len(got) - len(codes)} of "
                  "others", json.dumps(got[:1]))
    return running
