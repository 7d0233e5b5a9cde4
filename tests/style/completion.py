#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Hold the completions of bash and zsh against `stsgate --help`.

completion.py TOP STSGATE: bash is asked what it would offer; of zsh, which
need not be here, the words are compared.
"""
import os
import pathlib
import re
import subprocess
import sys

import manual
import usage

PROBE = """
stsgate() { [ "$*" != "cache list" ] || echo "known.example  enforce"; }
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_stsgate
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(script, *words):
    """What bash offers for the last of the words."""
    done = subprocess.run(
        ["bash", "--norc", "-uc", PROBE, "bash", str(script), "stsgate",
         *words], check=True, text=True, capture_output=True)
    if done.stderr:
        sys.exit(f"{words}: {done.stderr}")
    return set(done.stdout.split())


def check_bash_verbs(script, verbs, complain):
    firsts = {name.split()[0] for name in verbs}
    manual.same("bash: verb", offered(script, ""), firsts, complain)
    for first in sorted(firsts):
        seconds = {name.split()[1] for name in verbs
                   if name.split()[0] == first and " " in name}
        if seconds:
            manual.same(f"bash: {first}", offered(script, first, ""), seconds,
                        complain)


def check_bash_options(script, verbs, options, complain):
    every = offered(script, "-")
    for name, verb in verbs.items():
        here = offered(script, *name.split(), "-")
        every |= here
        for missing in sorted(verb.options - here):
            complain(f"bash: {name}: no {missing}")
        for first in sorted(verb.args & {"domain", "file"}):
            there = offered(script, *name.split(), "")
            want = {"domain": "known.example", "file": "README.md"}[first]
            if name != "publish" and want not in there:
                complain(f"bash: {name}: offers no {first}")
    manual.same("bash: option", every, options, complain)


def check_arguments(script, options, complain):
    """An option's argument is not taken for a verb."""
    for name, arg in options.items():
        if not arg:
            continue
        if offered(script, name, "x", "") != offered(script, ""):
            complain(f"bash: {name}: what it takes counts as a verb")
        there = offered(script, "query", name, "READ")
        if ("README.md" in there) != (arg in ("file", "path")):
            complain(f"bash: {name} {arg}: offers {sorted(there)}")


def check_zsh(text, verbs, options, complain):
    firsts = {name.split()[0] for name in verbs}
    manual.same("zsh: verb", re.findall(r"^\t\t'([a-z]+):", text, re.M),
                firsts, complain)
    told = {f"{first} {second}"
            for first, seconds in re.findall(
                r"^\t(\w+)\) second=\((.*)\) ;;$", text, re.M)
            for second in seconds.split()}
    manual.same("zsh: verb", told, {name for name in verbs if " " in name},
                complain)
    named = re.findall(r"'(?:\([^)]*\)|\*)?(--[a-z-]+)\[[^]]*\](:?)", text)
    manual.same("zsh: option", {name for name, _ in named}, options, complain)
    for name, colon in named:
        if bool(options.get(name)) != bool(colon):
            complain(f"zsh: {name}: does it take an argument or not")


def main():
    top, stsgate = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    verbs, options = usage.of(stsgate)
    script = top / "packaging/completion/stsgate.bash"
    os.chdir(top)
    faults = []
    check_bash_verbs(script, verbs, faults.append)
    check_bash_options(script, verbs, options, faults.append)
    check_arguments(script, options, faults.append)
    check_zsh((top / "packaging/completion/_stsgate").read_text(), verbs,
              options, faults.append)
    for fault in faults:
        print(fault)
    print(f"{len(verbs)} verbs, {len(options)} options, "
          f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
