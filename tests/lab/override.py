# SPDX-License-Identifier: ISC
"""The administrator's word over that of a domain (override in stsgate.conf).

A message each under the overrides; then they are taken out by a reload, the
same messages are tried again and new ones are sent: all goes by what the
domains themselves say.
"""
import concurrent.futures
import dataclasses
import pathlib
import re

import exim
import hooks
import lab
import proc
import rows
import service
import web

TASKS = 6
PEER = pathlib.Path("/etc/stsgate/peer.policy")
PLAIN = (lab.Mx("mx1", starttls="no"),)
ROGUE = (lab.Mx("rogue"), lab.Mx("mx1", 20))
ALONE = (lab.Mx("rogue"),)


@dataclasses.dataclass(frozen=True)
class Case:
    """A domain of MODE ("" without a policy), and who gets its mail."""

    key: str
    what: str
    mode: str
    mx: tuple[lab.Mx, ...]
    section: str         # of stsgate.conf, {name} is the domain
    under: str           # the override
    without: str
    kind: str
    patterns: tuple[str, ...] = ("mx1",)

    @property
    def name(self) -> str:
        return f"{self.key}.over.lab.example"


CASES = (
    Case("off", "no STARTTLS", "enforce", PLAIN,
         'override "{name}" {{ mode = "off" }}', "mx1 clear", "nobody", "off"),
    Case("below.off", "no STARTTLS, by the suffix", "enforce", PLAIN,
         'override ".off.over.lab.example" {{ mode = off }}', "mx1 clear",
         "nobody", "off"),
    Case("strict", "no STARTTLS", "testing", PLAIN,
         'override "{name}" {{ mode = "enforce" }}', "nobody", "mx1 clear",
         "enforce"),
    Case("strictmx", "MX10 not in policy, MX20 is", "testing", ROGUE,
         'override "{name}" {{ mode = "enforce" }}', "mx1 tls", "rogue tls",
         "enforce"),
    Case("weak", "no STARTTLS", "enforce", PLAIN,
         'override "{name}" {{ mode = "testing" }}', "mx1 clear", "nobody",
         "testing"),
    Case("weakmx", "no MX in policy", "enforce", ALONE,
         'override "{name}" {{ mode = "testing" }}', "rogue tls", "nobody",
         "testing"),
    Case("pinned", "no TXT; no MX in the pinned policy", "", ALONE,
         'override "{name}" {{ policy = "/etc/stsgate/peer.policy" }}',
         "nobody", "rogue tls", "pinned"),
    Case("pinned20", "no TXT; MX20 in the pinned policy", "", ROGUE,
         'override "{name}" {{ policy = "/etc/stsgate/peer.policy" }}',
         "mx1 tls", "rogue tls", "pinned"),
    Case("nothing", "no policy to enforce", "", PLAIN,
         'override "{name}" {{ mode = "enforce" }}', "nobody", "mx1 clear",
         "enforce"),
)
POLICY = """version: STSv1
mode: enforce
mx: mx1.pinned20.over.lab.example
max_age: 1
"""


def write(sections: list[str]) -> None:
    service.configure()
    with service.CONFIG.open("a", encoding="ascii") as conf:
        conf.writelines(section + "\n" for section in sections)


def sections() -> list[str]:
    return [case.section.format(name=case.name) for case in CASES]


def reload() -> str:
    return service.ask("reload", path=service.ADMIN)


def accounted(case: Case) -> str:
    """Which overrides stsgated's log names for a domain: "off" ..."""
    found = {match[1] for line in proc.lines(service.LOG)
             if f" domain={case.name} " in line and
             re.search(r"\b(overridden|refused|would-refuse) ", line)
             for match in [re.search(r" override=(\w+) origin=", line)]
             if match}
    return ",".join(sorted(found)) or "-"


def outcome(case: Case, marker: str) -> str:
    return lab.got(case.name, marker)


def each(task) -> None:
    with concurrent.futures.ThreadPoolExecutor(TASKS) as pool:
        list(pool.map(task, CASES))


def under(out: rows.Rows) -> None:
    each(lambda case: exim.inject(case.key, f"u@{case.name}"))
    for case in CASES:
        out.add(case.key, case.mode or "-", f"{case.what}; {case.kind}",
                f"{case.under}; log: {case.kind}",
                f"{outcome(case, case.key)}; log: {accounted(case)}",
                " / ".join(exim.lines(case.key)[1:2])[:160])


def unasked(out: rows.Rows) -> None:
    asked = sum(web.requests(f"mta-sts.{case.name}") for case in CASES
                if case.kind in ("off", "pinned"))
    out.add("unasked", "", "requests for policies of off and pinned", "0",
            str(asked))


def place(case: Case) -> str:
    """FILE:LINE where an override stands."""
    lines = service.CONFIG.read_text().splitlines()
    number = 1 + lines.index(case.section.format(name=case.name))
    return f"{service.CONFIG}:{number}"


def told(out: rows.Rows) -> None:
    """stsgate query and stsgate explain name the place."""
    for case, kind in ((CASES[2], "enforce"), (CASES[0], "off")):
        done = service.command("explain", case.name)
        lines = [line for line in done.stdout.splitlines()
                 if line.startswith("ok override")]
        want = f"{kind} for {case.name}, by {place(case)}"
        out.add("explain", case.mode, "stsgate explain says so, too", want,
                " ".join("".join(lines).split()[4:]),
                done.stdout.splitlines()[-1][:160])
    done = service.command("query", CASES[2].name)
    out.add("query", "testing", "stsgate query says where it stands",
            f"enforce, by override at {place(CASES[2])}; "
            "the domain itself says testing",
            done.stdout.strip().splitlines()[-1].strip())


def refused_reload(out: rows.Rows) -> None:
    """What is wrong changes nothing and is told."""
    write(['override "a.example" { mode = "of" }'])
    done = service.command("config", "check")
    last = len(service.CONFIG.read_text().splitlines())
    out.add("check", "", "stsgate config check of a wrong override",
            f"1, line {last}", f"{done.returncode}, line "
            + "".join(re.findall(r"\.conf:(\d+): override", done.stdout)))
    answer = reload()
    exim.inject("still", "u@strict.over.lab.example")
    out.add("still", "testing", "a reload with a wrong override; enforce",
            "error, nobody",
            f"{answer.split()[1]}, {outcome(CASES[2], 'still')}", answer[:160])


def vanished(out: rows.Rows) -> None:
    """A reload without the file that is pinned; what it said holds on."""
    write(sections())
    away = PEER.rename(PEER.with_suffix(".away"))
    answer = reload()
    pinned = next(case for case in CASES if case.kind == "pinned")
    exim.inject("vanished", f"u@{pinned.name}")
    out.add("vanished", "-", "a reload, the pinned file is gone; pinned",
            "error, nobody",
            f"{answer.split()[1]}, {outcome(pinned, 'vanished')}",
            answer[:160])
    away.rename(PEER)


def without(out: rows.Rows) -> None:
    write([])
    out.add("reload", "", "a reload without overrides", "STS1 ok", reload())
    gone = len(re.findall(r"override-gone domain=\S+ override=",
                          service.LOG.read_text()))
    out.add("gone", "", "each that is gone is a line of the log",
            str(len(CASES)), str(gone))
    waiting = [case for case in CASES if case.under == "nobody"]
    for case in waiting:
        exim.run("exim4", "-M", exim.message_id(case.key))
        out.add(case.key, case.mode or "-",
                f"{case.what}; the message that waited", case.without,
                outcome(case, case.key),
                " / ".join(exim.lines(case.key)[-2:-1])[:160])
    each(lambda case: exim.inject(case.key + "-2", f"u@{case.name}"))
    for case in CASES:
        out.add(case.key, case.mode or "-", f"{case.what}; without",
                case.without, outcome(case, case.key + "-2"),
                " / ".join(exim.lines(case.key + "-2")[1:2])[:160])


def main(module: str) -> int:
    world = lab.Lab()
    for case in CASES:
        world.add(lab.Domain(case.name, case.mx, case.mode, case.patterns))
    world.start()
    service.prepare()
    PEER.parent.mkdir(parents=True, exist_ok=True)
    PEER.write_text(POLICY, encoding="ascii")
    write(sections())
    running = service.resume()
    exim.write(hooks.ours(module))
    out = rows.Rows()
    under(out)
    unasked(out)
    told(out)
    refused_reload(out)
    vanished(out)
    without(out)
    out.add("panics", "", "Exim's panic log", "empty", exim.panics())
    out.add("bounces", "", "nothing may be returned for policy", "",
            exim.bounces()[:60])
    service.stop(running)
    return out.end()
