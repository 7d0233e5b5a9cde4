# SPDX-License-Identifier: ISC
"""TLS reports with OpenSMTPD: a day of mail with every defect, and what
arrives by the lines of opensmtpd-filter/README.md.

What a report must say is counted in the transcripts of the mail servers; where
smtpd connected to none, in smtpd's own log: there each attempt counts.
"""
import collections
import concurrent.futures
import contextlib
import dataclasses
import json
import pathlib
import re
import shutil

import lab
import nonesvc
import proc
import reportread
import reports
import reportworld
import rows
import service
import simtime
import sink
import smtpd
import web

DKIM = smtpd.ROOT / "etc/mail/dkim/tlsrpt.key"
TABLE = smtpd.ROOT / "etc/stsgate/opensmtpd.conf"
PACKAGES = ("libopensmtpd0*", "opensmtpd-filter-dkimsign_*")
ATTEMPTS = 2  # of a message
COMES = 5
NAMED_NOT = "mta-sts-mx-mismatch"
BOTH = ("mx1", "mx2")


def more(key: str, mx: tuple, result: str, **changes) -> reportworld.Asker:
    """A domain under enforce that only OpenSMTPD has mail for."""
    one = reportworld.asker(key, "enforce", "https", "good", **changes)
    return dataclasses.replace(
        one, domain=dataclasses.replace(one.domain, mx=mx), result=result)


# A host that is passed over; a server that fails for smtpd, not for the try;
# one that is named by 7.6 alone.
MORE = (
    dataclasses.replace(
        more("second", (reportworld.PLAIN, lab.Mx("mx2", 20)), "",
             patterns=BOTH),
        hosts={"mx1": "starttls-not-supported", "mx2": "success"}),
    more("shun", (lab.Mx("mx1", shuns=smtpd.NAME),),
         "starttls-not-supported"),
    more("picky", (lab.Mx("mx1", picky=True),),
         "validation-failure" if smtpd.OLD else "success"))
# OpenSMTPD knows no DANE.
DAY = (*(one for one in reportworld.DAY if not one.domain.mx[0].tlsa), *MORE)


def lines() -> tuple[str, str]:
    """What README.md says to write before the match lines, and before one."""
    text = smtpd.README.read_text().split("\n### TLS reports\n", 1)[1]
    before, match = re.findall(r"(?:^    .*\n)+", text, re.M)[:2]
    return tuple(
        re.sub("^    ", "", block, flags=re.M).replace(
            "example.com", reportread.SUBMITTER) for block in (before, match))


def config(broken: str) -> str:
    """The README's smtpd.conf with its lines for reports; if it is to be
    BROKEN, it asks a service that knows of no policy."""
    before, match = lines()
    text = smtpd.blocks()[0].replace("match for local", before
                                     + "match for local", 1)
    at = "match from local for domain <sts>"
    text = text.replace(at, match + at, 1)
    if broken:
        path = nonesvc.start(smtpd.ROOT / "run/stsgate/none.sock")
        inside = "/" + str(path.relative_to(smtpd.ROOT))
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(f"socket = {inside}\n")
        text = text.replace('"filter-stsgate', f'"filter-stsgate -s {inside}')
    return text


def sign() -> None:
    """Debian's filter that signs, and its key."""
    debs = [f"/debs/{path.name}" for pattern in PACKAGES
            for path in (smtpd.ROOT / "debs").glob(pattern)]
    smtpd.run("dpkg", "--install", *debs)
    DKIM.parent.mkdir(parents=True)
    shutil.copy(reportworld.KEY, DKIM)
    DKIM.chmod(0o400)
    smtpd.run("chown", "-R", "_dkimsign", "/etc/mail/dkim")


def known_here() -> None:
    """In another root the user of smtpd's filters has a number of its own."""
    uid = re.search(r"^opensmtpd:[^:]*:(\d+):",
                    (smtpd.ROOT / "etc/passwd").read_text(), re.M)[1]
    here = pathlib.Path("/etc/passwd").read_text()
    if re.search(rf"^opensmtpd:[^:]*:{uid}:", here, re.M):
        return
    if re.search("^opensmtpd:", here, re.M):
        proc.run("usermod", "--non-unique", "--uid", uid, "opensmtpd")
    else:
        proc.run("useradd", "--system", "--non-unique", "--uid", uid,
                 "opensmtpd")


class Day(reports.Story):
    """reports.Story with smtpd in Exim's place."""

    def __init__(self, broken: str) -> None:
        # What Story.__init__() does is Exim's.
        # pylint: disable=super-init-not-called
        self.world = reportworld.make(MORE)
        self.killed, self.asked = (0, 0), {}
        self.held: set[str] = set()
        self.out = rows.Rows()
        smtpd.prepare()
        sign()
        known_here()
        self.running = simtime.start(
            report_organization=f'"{reportread.ORGANIZATION}"',
            report_contact=f'"{reportread.CONTACT}"',
            report_submission='"localhost:10025"', log_level='"debug"')
        self.day = simtime.noon()
        smtpd.write(config(broken))
        self.smtpd = smtpd.start()

    def tried(self) -> bool:
        own = {domain: one for (day, domain), one in reports.listed().items()
               if day == self.day}
        return {one.name for one in DAY} <= set(own) and all(
            one["state"] not in ("open", "due") or one["last"]
            for one in own.values())


def address(one: reportworld.Asker) -> str:
    return f"u@{one.name}"


def send(one: reportworld.Asker) -> None:
    """Messages one after the other, so that a session may take them all; by a
    client that comes again."""
    for number in range(reportworld.MESSAGES):
        for _ in range(COMES):
            if not smtpd.inject(f"{one.key}-{number}", address(one)):
                break


def mail(story: Day) -> dict[str, str]:
    """The day; by domain what its report must say."""
    everybody = (*DAY, *reportworld.POLICY)
    with concurrent.futures.ThreadPoolExecutor(reportworld.TASKS) as pool:
        list(pool.map(send, everybody))
    with contextlib.suppress(TimeoutError):  # then a row says NO
        smtpd.tried(*map(address, everybody), times=reportworld.MESSAGES)
        smtpd.retry()
        waiting = {one["rcpt"] for one in smtpd.queue()}
        smtpd.tried(*waiting, times=ATTEMPTS * reportworld.MESSAGES)
    reportworld.settle(story.world.sinks[0]["address"])
    web.settle()
    story.asked = {one.name: web.requests(f"mta-sts.{one.name}")
                   for one in reportworld.POLICY}
    story.held = {one.name for one in DAY
                  if chosen(one) or is_held(one)}
    # The filter tells after the server has seen the end.
    want = {one.name: due(one) for one in DAY if one.mails + one.posts}
    reports.soon(lambda: all(counted(name, story.day) >= some
                             for name, some in want.items()), "counted")
    return {one.name: expected(one) for one in DAY}


def is_held(one: reportworld.Asker) -> bool:
    """Did smtpd connect to none of its servers?"""
    return one.domain.mode == "enforce" and sessions(one) == 0


def chosen(one: reportworld.Asker) -> bool:
    """Are there hosts to choose from?"""
    return one.domain.mode == "enforce" and len(one.hosts) > 1


def sessions(one: reportworld.Asker) -> int:
    """smtpd's with the domain's servers, as these tell; not our tries, nor
    those that it had no mail for."""
    return sum(record["ehlo"] == smtpd.NAME and not record["unused"]
               for record in reportworld.sessions(one))


def expected(one: reportworld.Asker) -> str:
    """The hosts that smtpd was not told of count as often as it was told."""
    if not chosen(one):
        return one.counts(number(one))
    results: collections.Counter[str] = collections.Counter()
    for result in one.hosts.values():
        results[result] += number(one)
    good = results.pop("success", 0)
    return reportread.counts(good, results.total(), results)


def number(one: reportworld.Asker) -> int:
    """Where nobody qualifies smtpd connects to nobody: each attempt counts."""
    return len(smtpd.attempts(address(one))) if is_held(one) \
        else sessions(one)


def due(one: reportworld.Asker) -> int:
    """How many are to be counted, in all."""
    return number(one) * (len(one.hosts) if chosen(one) else 1)


def counted(name: str, day: str) -> int:
    """What stsgated has counted of it so far."""
    said = reports.ask(f"report {name} day={day}")
    return sum(policy["successful"] + policy["failed"]
               for policy in said.get("policies", []))


def night(story: Day, number: int) -> None:
    simtime.step(17)
    reports.soon(story.tried, "all reports were tried")
    reports.soon(lambda: reports.came() >= number, "mail and posts arrive")


def by_sendmail(story: Day) -> None:
    """The command, as report_sendmail would have it: smtpd takes it, and the
    action is the same, whatever the receiver's TLS does."""
    to = f"rua@expired-enforce.{reportworld.ZONE}"
    before = len(reportread.mails())
    done = smtpd.run(
        "setpriv", "--reuid", "nobody", "--clear-groups", "sendmail", "-i",
        "-f", reportread.CONTACT, "--", to, check=False,
        text=f"From: {reportread.CONTACT}\nTo: {to}\n\nx\n")
    reports.soon(lambda: len(reportread.mails()) > before, "sendmail's mail")
    story.out.add("sendmail", "", "the command, by a user with no rights",
                  "exit 0, 1 mail", f"exit {done.returncode}, "
                  f"{len(reportread.mails()) - before} mail", done.stderr)


def details(story: Day) -> None:
    """Where each failure was: the host, its address where somebody was there;
    and, where smtpd had a session, ours and what the server calls itself."""
    servers = {record["label"]: record for record in sink.records()
               if record["what"] == "session"}
    wrong, total = [], 0
    for report in reportread.arrived():
        for one in report.details():
            host = one.get("receiving-mx-hostname", "")
            if host not in servers:
                continue
            total += 1
            there = report.domain not in story.held
            tried = there or one.get("failure-reason-code") != NAMED_NOT
            want = {"receiving-ip": servers[host]["address"] * tried,
                    "sending-mta-ip": servers[host]["peer"] * there,
                    "receiving-mx-helo": host * there}
            if {key: one.get(key, "") for key in want} != want:
                wrong.append(json.dumps(one))
    story.out.add("details", "", "host, its address and ours, in each failure",
                  f"{max(total, 1)} right", f"{total - len(wrong)} right",
                  " / ".join(wrong)[:300])


def not_counted(story: Day) -> None:
    """RPT-2: no session with a report in it is in the report of its day."""
    other = [report.domain for report in reportread.arrived()
             if report.day != story.day and report.sessions()]
    counted = [domain for (day, domain), _ in reports.listed().items()
               if day != story.day and domain.endswith(reportworld.ZONE)]
    story.out.add("own", "", "sessions with reports, counted", "none",
                  " ".join(sorted({*other, *counted})) or "none")


def main(broken: str) -> int:
    story = Day(broken)
    wanted = mail(story)
    once = (*DAY, *reportworld.POLICY)
    mails, posts = (sum(one.mails for one in once),
                    sum(one.posts for one in once))
    night(story, mails + posts)
    reports.counted(story, wanted, DAY)
    reports.policies(story)
    details(story)
    reports.texts(story)
    reports.form(story, (mails, posts))
    reports.signatures(story, "filter-dkimsign", mails)
    not_counted(story)
    by_sendmail(story)
    story.out.add("lives", "", "smtpd runs", "True",
                  str(story.smtpd.alive()))
    service.stop(story.running)
    return story.out.end()
