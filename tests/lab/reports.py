# SPDX-License-Identifier: ISC
"""TLS reports (RFC 8460): a day of mail with every defect, and what arrives.

stsgated's clock goes on by hours (simtime.py). What a report must say is
counted in the transcripts of the mail servers; reports are read where they
arrive: at mail servers which have the very defect that is told of, and at an
HTTPS server.
"""
import importlib
import json
import signal

import check
import collector
import exim
import pki
import proc
import reportread
import reportsigned
import reportworld
import rows
import service
import simtime
import sink
import web

KILLS = 12
TRY = 2.1       # hours: longer than the longest pause between two tries
TRIES = 9       # so often, until somebody is there again
# Nobody was connected to.
AWAY = {one.name for one in reportworld.DAY if not one.connects}
soon = proc.soon


def ask(question: str) -> dict:
    """stsgated's answer; it looks at its clock when it is asked."""
    line = service.ask(question, path=service.ADMIN)
    return json.loads(line.split(" ", 2)[2]) if " json " in line else {}


def listed() -> dict[tuple[str, str], dict]:
    """By day and domain what stsgated says of its reports."""
    return {(one["day"], one["domain"]): one
            for one in ask("reports").get("reports", [])}




class Story:
    """A lab, its rows, and the hours that went by."""

    def __init__(self, module: str) -> None:
        self.world = reportworld.make()
        self.killed = (0, 0)
        self.asked: dict[str, int] = {}
        self.out = rows.Rows()
        service.prepare()
        self.config = {
            "report_sendmail": reportworld.sendmail(),
            "report_organization": f'"{reportread.ORGANIZATION}"',
            "report_contact": f'"{reportread.CONTACT}"',
            "log_level": '"debug"'}
        self.running = simtime.start(**self.config)
        self.day = simtime.noon()
        exim.write(reportworld.setup(module))

    def row(self, key: str) -> dict:
        """What stsgated says of the day's report for a domain."""
        return listed().get((self.day, f"{key}.{reportworld.ZONE}"), {})

    def tries(self, key: str) -> int:
        """Those that have come to something."""
        row = self.row(key)
        return row.get("tries", 0) if row.get("last") else 0

    def state(self, key: str) -> str:
        return self.row(key).get("state", "not there")

    def tried(self) -> bool:
        """Has every report of the day been tried, or is not asked for?"""
        own = [one for (day, _), one in listed().items() if day == self.day]
        return len(own) >= len(reportworld.ALL) and all(
            one["state"] not in ("open", "due") or one["last"] for one in own)

    def again(self, key: str, hours: float = TRY) -> None:
        """Hours go by, and KEY's report is tried once more."""
        before = self.tries(key)
        simtime.step(hours)
        soon(lambda: self.tries(key) > before or self.state(key) != "due",
             f"another try for {key}")


def logged(event: str, key: str) -> str:
    """The last line of that event about a domain."""
    found = [line for line in proc.lines(service.LOG)
             if event in line
             and f"domain={key}.{reportworld.ZONE} " in line]
    return found[-1] if found else ""


def killed(story: Story) -> tuple[int, int]:
    """Results, and SIGKILL as one is acknowledged, many times; how many were
    acknowledged and asked for."""
    one = next(one for one in reportworld.LATER if one.key == "killed")
    told: list[bool] = []

    def strike() -> None:
        story.running.send(signal.SIGKILL)

    for number in range(KILLS):
        told += reportworld.storm(one, number + 1, strike)
        story.running.kill()
        story.running = simtime.resume()
    return sum(told), len(told)


def mail(story: Story) -> dict[str, str]:
    """The day; by domain what its report must say."""
    for one in reportworld.LATER:
        if one.key != "killed":
            reportworld.tell(one)
    reportworld.day_of_mail(story.world)
    web.settle()
    story.asked = {one.name: web.requests(f"mta-sts.{one.name}")
                   for one in reportworld.POLICY}
    story.killed = killed(story)
    return {one.name: reportworld.expected(one) for one in reportworld.DAY}


def wanted() -> tuple[int, int]:
    """Reports by mail and by post after the first night."""
    once = (*reportworld.DAY, *reportworld.POLICY)
    return (sum(one.mails for one in once),
            sum(one.posts for one in once) + 1)  # killed


def night(story: Story) -> None:
    simtime.step(17)
    soon(story.tried, "all reports were tried")
    soon(lambda: came() >= sum(wanted()), "mail and posts arrive")


def came() -> int:
    """How many reports are there, whichever way they came."""
    return len(reportread.arrived())


def counted(story: Story, expected: dict[str, str],
            askers: tuple = reportworld.DAY) -> None:
    """Per domain: the reports say what its servers saw, to all who asked."""
    arrived = reportread.arrived()
    for one in askers:
        got = [report for report in arrived
               if report.domain == one.name and report.day == story.day]
        ways = (sum(report.mail for report in got),
                sum(not report.mail for report in got))
        said = sorted({report.counts() for report in got})
        want = f"{one.mails} mail, {one.posts} post"
        has = f"{ways[0]} mail, {ways[1]} post"
        if one.mails + one.posts:
            want += f"; {expected[one.name]}"
        has += "; " * bool(said) + " / ".join(said)
        story.out.add(one.key, one.domain.mode, f"rua {one.rua or 'none'}",
                      want, has)


def policies(story: Story) -> None:
    """Domains whose policy cannot be had (RPT-13), as often as nginx was asked
    for it; where TLS fails before that, nginx has nothing to tell."""
    arrived = reportread.arrived()
    for one in reportworld.POLICY:
        got = [report for report in arrived
               if report.domain == one.name and report.day == story.day]
        kinds = {detail["result-type"] for report in got
                 for detail in report.details()}
        failed = sum(report.failed() for report in got)
        asked = story.asked[one.name] or failed
        story.out.add(one.key, one.domain.mode, "its policy cannot be had",
                      f"{max(asked, 1)} {one.result}",
                      " ".join([str(failed), *sorted(kinds)]))


def greeted(detail: dict) -> str:
    """The server's name for itself, where it is to be told."""
    if exim.WAY.light or detail.get("failure-reason-code"):
        return ""
    return detail["receiving-mx-hostname"]


def details(story: Story) -> None:
    """Where each failure was: host and addresses, as the server saw them, and
    what it calls itself (but to a light Exim, and where the host's name alone
    is wrong)."""
    right = total = 0
    first = ""
    servers = {record["label"]: record for record in sink.records()
               if record["what"] == "session"}
    for report in reportread.arrived():
        for one in report.details():
            host = one.get("receiving-mx-hostname", "")
            if host not in servers or report.domain in AWAY:
                continue
            total += 1
            same = (one.get("receiving-ip") == servers[host]["address"]
                    and one.get("sending-mta-ip") == servers[host]["peer"]
                    and one.get("receiving-mx-helo", "") == greeted(one))
            right += same
            first = first or ("" if same else json.dumps(one))
    story.out.add("details", "", "host, its address and ours, in each failure",
                  f"{max(total, 1)} right", f"{right} right", first)


def texts(story: Story) -> None:
    """RPT: the policy as nginx has it, line by line, and whom it names."""
    wrong, total = [], 0
    askers = {one.name: one.domain for one in reportworld.DAY}
    for report in reportread.arrived():
        domain = askers.get(report.domain)
        for one in report.json["policies"] if domain else ():
            policy = one["policy"]
            if policy["policy-type"] != "sts":
                continue
            total += 1
            text = web.served("mta-sts." + domain.name).splitlines()
            names = [line[4:] for line in text if line.startswith("mx: ")]
            if (policy["policy-domain"], policy["policy-string"],
                    policy["mx-host"]) != (domain.name, text, names):
                wrong.append(json.dumps(policy))
    story.out.add("text", "", "the policy in each report, as it is served",
                  f"{max(total, 1)} right", f"{total - len(wrong)} right",
                  " / ".join(wrong)[:300])


def dane(story: Story) -> None:
    """RPT-14: of the host, with its records, in order; and none where they
    are forged."""
    record = pki.tlsa().rpartition(" ")
    fails = f"3 1 1 {'0' * 64}"
    for one in reportworld.DAY:
        mx = one.domain.mx[0]
        if not mx.tlsa:
            continue
        want = {"match": f"{record[0]} {record[2].upper()}", "fail": fails,
                "forged": "no records"}[mx.tlsa]
        got = {(policy["policy"]["policy-domain"],
                " / ".join(policy["policy"]["policy-string"])
                or "no records")
               for report in reportread.arrived() if report.domain == one.name
               for policy in report.json["policies"]
               if policy["policy"]["policy-type"] == "tlsa"}
        story.out.add(one.key, one.domain.mode, "DANE's policy",
                      f"{one.domain.full(mx.host)}: {want}",
                      "; ".join(": ".join(pair) for pair in sorted(got)))


def form(story: Story, number: tuple[int, int]) -> None:
    """RPT-8 to RPT-11, and one id however it goes out."""
    arrived = reportread.arrived()
    for kind, right in zip((True, False), number):
        some = [report for report in arrived if report.mail is kind]
        wrong = [f"{report.domain}: {' '.join(report.wrong)}"
                 for report in some if report.wrong]
        story.out.add("form", "", "mail: headers, parts, file name; JSON"
                      if kind else "post: content type; JSON",
                      f"{right} right", f"{len(some) - len(wrong)} right",
                      " / ".join(wrong)[:300])
    ids: dict[str, set[str]] = {}
    for report in arrived:
        ids.setdefault(report.domain, set()).add(report.ident)
    more = {name for name, some in ids.items() if len(some) > 1}
    story.out.add("ids", "", "one report-id a domain, none for two domains",
                  f"{len(ids)} ids, 0 more",
                  f"{len(set().union(*ids.values()))} ids, {len(more)} more")


def signatures(story: Story, signer: str, number: int) -> None:
    """By a verifier that is not the signer's."""
    wrong = list(filter(None, map(reportread.signed, reportread.mails())))
    story.out.add("dkim", "", f"signed by {signer}, verified; TLS-Report-* too",
                  f"{number} right",
                  f"{len(reportread.mails()) - len(wrong)} right",
                  " / ".join(sorted(set(wrong))))


def kept(story: Story) -> None:
    """What was acknowledged before kill -9 is in the report, and nothing that
    was not told."""
    low, high = story.killed
    got = [report.sessions() for report in reportread.arrived()
           if report.domain.startswith("killed.")]
    good = len(got) == 1 and low <= got[0] <= high
    story.out.add("killed", "enforce",
                  f"kill -9 as a result is acknowledged, {KILLS} times",
                  "all counted", "all counted" if good else f"{got}",
                  f"{low} acknowledged of {high}, {got} in the report")


def answers(story: Story) -> None:
    """500 is tried again, 404 is not (RPT-11), a private address never is."""
    collector.answers(gone=404)
    story.again("again", 1)
    posts = collector.records("/again")
    same = len({post["body"] for post in posts}) == 1
    story.out.add("again", "", "500 at first, then 201: the same to the octet",
                  "500 201, same",
                  " ".join(str(post["status"]) for post in posts)
                  + (", same" if same else ", other"))
    story.out.add("gone", "", "404", "given-up", story.state("gone"),
                  logged("report-refused", "gone"))
    story.out.add("private", "", f"its host is at {reportworld.PRIVATE}",
                  "given-up", story.state("private"),
                  logged("report-refused", "private"))


def outages(story: Story) -> None:
    """A receiver that is away for 20 hours, and one for good (RPT-7)."""
    for _ in range(TRIES):
        story.again("late")
    story.out.add("late", "", f"away for {TRIES * TRY + 1:.0f} h, and still",
                  "due, 0 posts", f"{story.state('late')}, "
                  f"{len(collector.records('/late'))} posts")
    collector.start(f"late.{reportworld.ZONE}")
    story.again("late")
    story.out.add("late", "", "and then it is there", "sent, 1 posts",
                  f"{story.state('late')}, "
                  f"{len(collector.records('/late'))} posts")
    while story.state("never") == "due" and story.tries("never") < 30:
        story.again("never")
    simtime.step(4)
    soon(lambda: logged("report-given-up", "never"), "it is given up")
    story.out.add("never", "", "away for 30 h", "given-up, logged",
                  story.state("never") + (", logged" if logged(
                      "report-given-up", "never") else ", silent"),
                  logged("report-given-up", "never"))


def no_more(story: Story) -> None:
    """After two nights: nothing came twice, and no session with a report in
    it was counted (RPT-2)."""
    mails, posts = wanted()
    arrived = reportread.arrived()
    other = [report for report in arrived
             if report.day != story.day and report.sessions()]
    got = [report for report in arrived if report.day == story.day]
    story.out.add("twice", "", "reports of the day, after another night",
                  f"{mails} by mail, {posts + 2} by post",
                  f"{sum(report.mail for report in got)} by mail, "
                  f"{sum(not report.mail for report in got)} by post")
    story.out.add("own", "", "sessions in the report of the next day",
                  "none", " ".join(sorted(report.domain
                                          for report in other)) or "none")


def checked(story: Story) -> None:
    """The lines for reports are no hole in what the check looks at."""
    done = service.command("config", "check", "--exim", "--exim-binary",
                           check.binary())
    said = (done.stdout + done.stderr).strip()
    story.out.add("check", "", "config check --exim with the lines", "valid",
                  said.replace("\n", " / "), f"exit {done.returncode}")


def main(module: str) -> int:
    if exim.WAY.package == "opensmtpd":
        return importlib.import_module("smtpdreports").main(module)
    story = Story(module)
    expected = mail(story)
    night(story)
    counted(story, expected)
    policies(story)
    details(story)
    texts(story)
    dane(story)
    form(story, wanted())
    signatures(story, "Exim", wanted()[0])
    reportsigned.looked_at(story.out)
    reportsigned.by_hand(story.out)
    kept(story)
    answers(story)
    outages(story)
    no_more(story)
    checked(story)
    story.running = reportsigned.submitted(story, module)
    checked(story)
    story.running = reportsigned.collected(story)
    story.out.add("panics", "", "Exim's panic log", "empty", exim.panics())
    service.stop(story.running)
    return story.out.end()
