#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Hold the manual pages against mandoc, the code and the README beside them.

pages.py TOP MANDOC
"""
import pathlib
import re
import subprocess
import sys

import rules

PAGE = re.compile(r"\.[1-9]$")
LITERAL = re.compile(r"^\.Bd -literal -offset indent\n(.*?)^\.Ed$",
                     re.M | re.S)
BLOCK = re.compile(r"^```smtpd\.conf\n(.*?)^```$", re.M | re.S)


def section(page, title):
    """The text below a heading, up to the next one of any kind."""
    return re.split(r"^\.S[hs] ", page.split(title + "\n", 1)[1],
                    maxsplit=1, flags=re.M)[0]


def same(what, page, other, complain):
    if page != other:
        complain(f"{what}: the page has {page}, not {other}")


def check_lint(pages, mandoc, complain):
    for page in pages:
        done = subprocess.run([mandoc, "-T", "lint", "-W", "warning", page],
                              text=True, capture_output=True)
        if done.returncode:
            complain(done.stdout.strip() or f"{page}: {done.stderr.strip()}")


def check_examples(page, readme, complain):
    """All of smtpd.conf in the README is in the page, word for word."""
    there = LITERAL.findall(page)
    blocks = BLOCK.findall(readme)
    if not blocks:
        complain("the README has no smtpd.conf")
    for block in blocks:
        if block not in there:
            complain("not in the page as in the README:\n" + block)


def check_options(page, code, complain):
    string = re.search(r'getopt\(argc, argv, "([^"]+)"', code)[1]
    known = {letter: bool(colon)
             for letter, colon in re.findall(r"(\w)(:?)", string)}
    told = {letter: bool(value) for letter, value in
            re.findall(r"^\.It Fl (\w)( Ar \w+)?$", page, re.M)}
    shown = {letter: bool(value) for letters, value in
             re.findall(r"^\.Op Fl (\w+)( Ar \w+)?$", page, re.M)
             for letter in letters}
    same("options", told, known, complain)
    same("options in the synopsis", shown, known, complain)


def check_keys(page, code, complain):
    told = re.findall(r"^\.It Ic (\w+)$", section(page, ".Ss The file"), re.M)
    known = re.findall(r'strcmp\(key, "(\w+)"\)', code)
    same("keys of the file", sorted(told), sorted(known), complain)


def check_reasons(page, protocol, code, complain):
    """Each is one that the code says; those of blocked are all there."""
    told = {word for line in re.findall(
                r"^\.It Li (.+)$", section(page, ".Sh REASONS"), re.M)
            for word in line.split(" , ")}
    for word in sorted(told):
        if f'"{word}"' not in code:
            complain(f"reason {word}: no code says so")
    blocked = re.search(r"^`reason` of `blocked`(.*?)`detail`", protocol,
                        re.M | re.S)[1]
    missing = set(re.findall(r"`([a-z-]+)`", blocked)) - told
    if missing or not told:
        complain(f"reasons of blocked that are not told: {sorted(missing)}")


def main():
    top, mandoc = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    ours = top / "opensmtpd-filter"
    files = rules.tracked(top)
    pages = [f for f in files if PAGE.search(f.name)]
    code = "".join(f.read_text() for f in files if f.suffix == ".c"
                   and f.relative_to(top).parts[0] in rules.CODE)
    filter_page = (ours / "filter-stsgate.8").read_text()
    table_page = (ours / "table-stsgate.5").read_text()
    faults = []
    check_lint(pages, mandoc, faults.append)
    check_examples(filter_page, (ours / "README.md").read_text(),
                   faults.append)
    check_options(filter_page, (ours / "filter_main.c").read_text(),
                  faults.append)
    check_keys(table_page, (ours / "table_conf.c").read_text(),
               faults.append)
    check_reasons(table_page, (top / "docs/protocol.md").read_text(), code,
                  faults.append)
    for fault in faults:
        print(fault)
    print(f"{len(pages)} pages, {len(faults)} faults")
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
