#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Hold stsgated(8), stsgate(8), stsgate.conf(5) and exim-stsgate(7) against
the code: what there is is in them, and what is in them there is. And what the
README has to paste against the READMEs whose lines are tested.

manual.py TOP STSGATE
"""
import pathlib
import re
import sys

import events
import pages
import rules
import usage

ITEM = re.compile(r"^\.It (.*)$", re.M)


def same(what, told, known, complain):
    for word in sorted(set(known) - set(told)):
        complain(f"{what} missing: {word}")
    for word in sorted(set(told) - set(known)):
        complain(f"{what} that is not there: {word}")


def plain(text):
    """Text of a page as it is read."""
    text = text.replace(r"\(dq", '"').replace(r"\&", "").replace(r"\-", "-")
    return text.replace(r"\e", "\\").strip()


def sections(page, first, last):
    """What is between two headings."""
    return page.split(first + "\n", 1)[1].split(last + "\n", 1)[0]


def keys_of_example(text):
    """key: (default, what it allows), from packaging/stsgate.conf."""
    keys = {}
    for block in text.split("\n\n"):
        key = re.search(r"^# \((.*)\)\n#(\w+) = (.*)$", block, re.M)
        if key:
            allows = key[1].replace("; units ms, s, m, h, d", "")
            keys[key[2]] = (key[3], allows)
    return keys


def keys_of_page(page):
    text = sections(page, ".Sh DESCRIPTION", ".Sh OVERRIDES")
    found = re.findall(r"^\.It Ic (\w+) No = (.*)\n\.Pq (.*)$", text, re.M)
    items = re.findall(r"^\.It Ic (\w+) No =", text, re.M)
    keys = {key: (plain(value), allows.strip('"'))
            for key, value, allows in found}
    return keys, set(items) - set(keys)


def check_keys(page, example, complain):
    known = keys_of_example(example)
    told, odd = keys_of_page(page)
    for key in sorted(odd):
        complain(f"{key}: want .Pq with what it allows in the next line")
    same("key", set(told) | odd, known, complain)
    for key in sorted(set(told) & set(known)):
        if told[key] != known[key]:
            complain(f"{key}: the page has {told[key]}, not {known[key]}")


def options_of_item(item):
    return {"-" + name for name in re.findall(r"Fl (-[a-z-]+)", item)}


def verbs_of_page(page):
    """verb: (arguments, options), of the items that begin with a verb."""
    verbs = {}
    for item in ITEM.findall(sections(page, ".Sh DESCRIPTION", ".Ss Options")):
        if not item.startswith("Ic "):
            continue
        words = re.match(r"Ic ([a-z]+(?: [a-z]+)?)", item)[1]
        args, options = verbs.setdefault(words, (set(), set()))
        options |= options_of_item(item)
        bare = re.sub(r"Fl -[a-z-]+ Ar \w+", "", item)
        args |= set(re.findall(r"Ar (\w+)", bare))
    return verbs


def check_verbs(page, stsgate, complain):
    known, options = usage.of(stsgate)
    told = verbs_of_page(page)
    same("verb", told, known, complain)
    for name in sorted(set(told) & set(known)):
        args, named = told[name]
        same(f"argument of {name}", args, known[name].args, complain)
        for missing in sorted(known[name].options - named - {"--help"}):
            complain(f"{name}: no {missing} in the page")
    everywhere = {option for item in ITEM.findall(page)
                  for option in options_of_item(item)}
    same("option", everywhere, options, complain)
    for name, arg in options.items():
        want = f"Fl {name[1:]} Ar {arg}" if arg else f"Fl {name[1:]}"
        if not re.search(rf"^\.It .*{want}(?! Ar)( |$)", page, re.M):
            complain(f"option {name}: want an item with .{want}")


def check_options(page, code, complain):
    """Of stsgated: getopt's letters and long options, and its usage."""
    pages.check_options(page, code.replace("getopt_long(", "getopt("),
                        complain)
    longs = re.findall(r'\{"(\w+)", \w+_argument', code)
    same("option", re.findall(r"^\.It Fl -(\w+)$", page, re.M), longs,
         complain)


def check_events(page, top, files, complain):
    told = {word for item in ITEM.findall(page.split(".Sh DIAGNOSTICS\n")[1])
            if item.startswith("Li ") for word in item[3:].split(" , ")}
    same("event", told, events.all_of(top, files, complain), complain)


def check_exim(page, top, complain):
    ours = top / "exim-dlfunc"
    readme = (ours / "README.md").read_text()
    configured = "".join(
        f.read_text() for f in sorted(ours.rglob("*"))
        if f.is_file() and f.suffix not in (".c", ".h", ".md", ".7"))
    macro = r"\b_?STSGATE_[A-Z_]+\b"
    for name in sorted(set(re.findall(macro, page))):
        if name not in re.findall(macro, configured):
            complain(f"{name}: no file for Exim knows it")
    table = readme.split("| macro | default |\n", 1)[1].split("\n\n", 1)[0]
    for name in sorted(set(re.findall(macro, table))):
        if f".It Li {name}\n" not in page:
            complain(f"{name}: in the README's table, not in the page")
    flat = re.sub(r"^ +", "", readme, flags=re.M)
    blocks = pages.LITERAL.findall(page)
    for block in blocks:
        if re.sub(r"^ +", "", plain(block), flags=re.M) not in flat:
            complain("not in the README as in the page:\n" + block)
    for block in re.findall(r"^```sh\n(.*?)^```$", readme, re.M | re.S):
        if block.strip() not in map(plain, blocks):
            complain("not in the page as in the README:\n" + block)
    code = (ours / "report.c").read_text()
    for word in re.findall(r"^\.It Li ([a-z-]+)$", page, re.M):
        if f'"{word}"' not in code:
            complain(f"result {word}: the module does not say it")


def check_readme(top, complain):
    """What it has to paste is what is tested: lines of the other READMEs."""
    others = [(top / folder / "README.md").read_text()
              for folder in ("exim-dlfunc", "opensmtpd-filter")]
    blocks = re.findall(r"^```(?:sh|smtpd\.conf)\n(.*?)^```$",
                        (top / "README.md").read_text(), re.M | re.S)
    for block in blocks:
        if not any("\n" + block in text for text in others):
            complain("to be pasted, but not tested:\n" + block)
    if len(blocks) < 3:
        complain("lines to paste are missing")


def main():
    top, stsgate = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    files = rules.tracked(top)
    faults = []

    def page(path):
        name = path.rsplit("/", 1)[1]
        return ((top / path).read_text(),
                lambda text: faults.append(f"{name}: {text}"))

    conf, tell = page("core/service/stsgate.conf.5")
    check_keys(conf, (top / "packaging/stsgate.conf").read_text(), tell)
    command, tell = page("core/cli/stsgate.8")
    check_verbs(command, stsgate, tell)
    daemon, tell = page("core/service/stsgated.8")
    check_options(daemon, (top / "core/service/main.c").read_text(), tell)
    check_events(daemon, top, files, tell)
    exim, tell = page("exim-dlfunc/exim-stsgate.7")
    check_exim(exim, top, tell)
    check_readme(top, lambda text: faults.append(f"README.md: {text}"))
    for fault in faults:
        print(fault)
    print(f"4 pages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
