# SPDX-License-Identifier: ISC
"""`stsgate check` against domains with one defect each, and sound ones.

Expected and got are all codes that are not notes, and the exit status; what a
record or a policy of tests/vectors comes to is held against its `want`. Then
what the other side saw, and a thousand domains in one run.
"""
import base64
import collections
import json
import re
import time

import checkfetch
import checkmany
import checkworld
import lab
import proc
import rows
import service
import sink
import web

LIST = lab.RUN / "domains"
MINUTE = 60.0
FAMILIES = ("records", "tlsrpt_records", "policies")
AREA = {"records": "record", "tlsrpt_records": "tlsrpt",
        "policies": "policy"}
QUIET = ("policy-max_age-short",)  # of the vectors' own short ages


def check(*words: str) -> tuple[int, str, str]:
    done = proc.run(service.binary("stsgate"), "--config",
                    str(service.CONFIG), "check", *words, check=False,
                    deadline=300.0)
    return done.returncode, done.stdout, done.stderr


def check_all(names: list[str]) -> dict[str, dict]:
    LIST.write_text("# domains\n\n" + "\n".join(names) + "\n")
    code, out, err = check("--json", "--file", str(LIST))
    if code not in (1, 2) or err:
        raise RuntimeError(f"exit {code}: {err}")
    found = [json.loads(line) for line in out.splitlines()]
    return {one["domain"]: one for one in found}


def codes(found: dict | None, *but: str) -> list[str]:
    if found is None:
        return ["no answer"]
    return sorted({one["code"] for one in found["findings"]
                   if one["severity"] != "note" and one["code"] not in but})


def status(found: dict | None) -> int:
    return {"sound": 0, "findings": 1, "unknown": 2}[found["verdict"]] \
        if found else -1


def complete(found: dict | None) -> bool:
    """Each finding says what was seen, where it stands, how to mend it."""
    return all(one["seen"] and (one["mend"] if one["severity"] == "error"
                                else True) and (one["section"] or
                                                one["code"] == "mx-untried")
               for one in (found or {"findings": []})["findings"])


def row(out: rows.Rows, defect: checkworld.Defect,
        found: dict | None) -> None:
    wanted = f"{defect.codes or 'sound'}, exit {defect.exit}"
    got = f"{' '.join(codes(found)) or 'sound'}, exit {status(found)}"
    if not complete(found):
        got += ", something is not told"
    seen = [one["seen"] for one in (found or {}).get("findings", ())
            if one["severity"] != "note"]
    out.add(defect.key, "", defect.what, wanted, got, " / ".join(seen)[:160])


def vector_name(vector: dict) -> str:
    return f"v{vector['id'].lower()}.{checkworld.ZONE}"


def vectors(family: str) -> list[dict]:
    """Those that DNS can carry: no record is there twice."""
    return [vector for vector in checkworld.vectors(family)
            if len(set(map(tuple, vector.get("rrset", ())))) ==
            len(vector.get("rrset", ()))]


def add_vectors(world: lab.Lab) -> None:
    for family in FAMILIES:
        for vector in vectors(family):
            add_vector(world, family, vector)


def add_vector(world: lab.Lab, family: str, vector: dict) -> None:
    name = vector_name(vector)
    if family == "policies":
        host = "mta-sts." + name
        where = world.web.add(host, "")
        body = base64.b64decode(vector["body_b64"]) \
            if "body_b64" in vector else vector["body"].encode()
        (web.DIR / host / web.PATH[1:]).write_bytes(body)
        world.zones.add(host, "A", where)
        world.zones.add("_mta-sts." + name, "TXT", '"v=STSv1; id=1;"')
        return
    prefix = "_mta-sts." if family == "records" else "_smtp._tls."
    for strings in vector["rrset"]:
        parts = " ".join(checkworld.quoted(part) for part in strings)
        world.zones.add(prefix + name, "TXT", parts or '""')


def as_wanted(family: str, vector: dict, found: dict | None) -> bool:
    if found is None:
        return False
    area = AREA[family]
    errors = {one["severity"] for one in found["findings"]
              if one["area"] == area and one["code"] not in QUIET
              and one["code"] not in ("policy-testing", "policy-mode-none",
                                      "tlsrpt-none", "tlsrpt-scheme")
              and not one["code"].startswith("policy-host")}
    if vector["want"] != "valid":
        told = {one["code"] for one in found["findings"]}
        return "error" in errors or f"{area}-none" in told
    if "error" in errors:
        return False
    if vector["strict"] != "valid" and "warning" not in errors:
        return False
    return family != "records" or found["id"] == vector["id_value"]


def family_row(out: rows.Rows, family: str, results: dict) -> None:
    known = vectors(family)
    wrong = [vector["id"] for vector in known if not as_wanted(
        family, vector, results.get(vector_name(vector)))]
    out.add(family, "", f"{len(known)} of tests/vectors",
            "all as they want", " ".join(wrong) or "all as they want")


def selectors(out: rows.Rows) -> None:
    for defect in checkworld.OTHERS:
        if not defect.dkim:
            continue
        code, text, _err = check("--json", "--selector", "s1", defect.name)
        row(out, defect, json.loads(text))
        if code != defect.exit:
            out.add(defect.key, "", "exit status", str(defect.exit), str(code))


def sessions(label: str) -> list[str]:
    return [str(record["tls"]) for record in sink.records()
            if record["what"] == "session" and record["label"] == label]


def other_side(out: rows.Rows) -> None:
    """What the servers saw of a look, and of one without connections."""
    name = "ck-sound.lab.example"
    label = "mx1." + name
    before, asked = len(sessions(label)), web.requests("mta-sts." + name)
    check(name)
    proc.until(lambda: len(sessions(label)) > before, "the MX saw a session")
    web.settle()
    out.add("sound", "", "one look: sessions, requests", "TLSv1.3, 1",
            f"{', '.join(sessions(label)[before:])}, "
            f"{web.requests('mta-sts.' + name) - asked}")
    before = len(sessions(label))
    code, _text, _err = check("--no-probe", name)
    check("--no-probe", "ck-twomx.lab.example")
    out.add("sound", "", "--no-probe: sessions", "0 more, exit 0",
            f"{len(sessions(label)) - before} more, exit {code}")


def people(out: rows.Rows) -> None:
    """As text: printable, in colour nowhere but on a terminal."""
    code, text, _err = check("rogue.lab.example", "mis20-enforce.lab.example")
    out.add("two", "", "two domains as text", "exit 1, 2 heads",
            f"exit {code}, {len(re.findall('^(?:ok|NO) ', text, re.M))} heads")
    code, text, _err = check("mis20-enforce.lab.example")
    fits = all(32 <= ord(c) < 127 for c in text.replace("\n", ""))
    wide = max(len(line) for line in text.splitlines())
    mend = re.search(r'mend: add\s+"mx:\s+rogue\.mis20', text)
    out.add("mis20", "", "as text: the pattern that would fit",
            "told, in 100 columns, printable",
            f"{'told' if mend else 'not told'}, in "
            f"{100 if wide <= 100 else wide} columns, "
            f"{'printable' if fits else 'escapes'}", text.splitlines()[-1])
    for words, want in ((("no such",), 64), ((), 64),
                        (("--file", "/nonexistent"), 2),
                        (("--jobs", "0", "a.example"), 64)):
        code, _text, err = check(*words)
        out.add("usage", "", " ".join(words) or "nothing", f"exit {want}",
                f"exit {code}", err.strip()[:100])


def own_time(world: lab.Lab) -> float:
    """Of a clock that stands while the servers, which work hardest here, wait
    for others to leave them a processor."""
    assert world.sink
    return time.monotonic() - proc.overtaken(world.sink.child.pid)


def many(out: rows.Rows, world: lab.Lab) -> None:
    names = [checkmany.name(n) for n in range(checkmany.COUNT)]
    begin, whole = own_time(world), time.monotonic()
    found = check_all(names)
    took, whole = own_time(world) - begin, time.monotonic() - whole
    count = collections.Counter(" ".join(codes(found.get(name))) or "sound"
                                for name in names)
    bad = sum(map(checkmany.defective, range(checkmany.COUNT)))
    out.add("many", "", f"{checkmany.COUNT} domains in one run",
            f"{checkmany.COUNT - bad} sound, {bad} mx-no-starttls",
            ", ".join(f"{n} {what}" for what, n in count.most_common()))
    out.add("many", "", "the time that took", "less than a minute",
            "less than a minute" if took < MINUTE else "more",
            f"{took:.1f} s, {whole:.1f} s with what else the machine did")
    right = [n for n in range(checkmany.COUNT) if ("mx-no-starttls" in codes(
        found.get(checkmany.name(n)))) == checkmany.defective(n)]
    out.add("many", "", "each defect where it is", str(checkmany.COUNT),
            str(len(right)))


def main(_module: str) -> int:
    proc.hurry(5)
    checkworld.prepare()
    world = lab.Lab()
    defects = [*checkworld.matrix(), *checkworld.OTHERS,
               *checkfetch.defects()]
    for defect in defects:
        checkworld.add(world, defect)
    checkfetch.add(world)
    add_vectors(world)
    checkmany.add(world)
    world.start()
    checkfetch.start()
    checkmany.start()
    service.configure(fetch_timeout='"10s"', probe_timeout='"60s"')
    out = rows.Rows()
    names = [defect.name for defect in defects if not defect.dkim]
    for family in FAMILIES:
        names += map(vector_name, vectors(family))
    found = check_all(names)
    for defect in defects:
        if not defect.dkim:
            row(out, defect, found.get(defect.name))
    for family in FAMILIES:
        family_row(out, family, found)
    selectors(out)
    other_side(out)
    people(out)
    # The machine may be busy: no short times now.
    service.configure(dns_timeout='"30s"', probe_timeout='"60s"')
    many(out, world)
    return out.end()
