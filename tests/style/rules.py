#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Hold the tree against the house rules of CONTRIBUTING.md."""
import json
import pathlib
import re
import statistics
import subprocess
import sys

FUNCTION_MAX = 70
FUNCTION_MEDIAN = 15
FILE_MAX = 400
HEADER_MAX = 90
COLUMNS = 80
CODE = ("core", "cache", "exim-dlfunc", "opensmtpd-filter")
TEXT = {".c", ".h", ".py", ".sh", ".md", ".cmake", ".conf", ".scn", ".5",
        ".7", ".8", ".bash"}
NO_SPDX = {".md", ".json", ".scn"}


def tracked(top):
    out = subprocess.run(
        ["git", "-c", f"safe.directory={top}", "-C", str(top), "ls-files"],
        check=True, capture_output=True, text=True).stdout
    return [top / line for line in out.splitlines() if (top / line).is_file()]


def functions(files):
    """(file, name, lines) of every function, as ctags sees them."""
    out = subprocess.run(
        ["ctags", "--output-format=json", "--fields=+ne", "--kinds-C=f",
         "--languages=C", "-f", "-", *map(str, files)],
        check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        tag = json.loads(line)
        if tag.get("end"):
            yield tag["path"], tag["name"], tag["end"] - tag["line"] + 1


def check_lengths(top, sources, complain):
    code = [f for f in sources if f.relative_to(top).parts[0] in CODE
            and f.suffix == ".c"]
    lengths = []
    for path, name, lines in functions(
            [f for f in sources if f.suffix == ".c"]):
        if lines > FUNCTION_MAX:
            complain(f"{path}: {name} has {lines} lines, {FUNCTION_MAX} at most")
        if pathlib.Path(path) in code:
            lengths.append(lines)
    median = statistics.median(lengths)
    if median > FUNCTION_MEDIAN:
        complain(f"median function length {median}, {FUNCTION_MEDIAN} at most")
    for f in sources:
        lines = len(f.read_text(errors="replace").splitlines())
        limit = HEADER_MAX if f.suffix == ".h" else FILE_MAX
        if lines > limit:
            complain(f"{f}: {lines} lines, {limit} at most")
    return len(lengths), median


def check_text(f, complain):
    text = f.read_text(errors="replace")
    if f.suffix not in NO_SPDX and "SPDX-License-Identifier: ISC" not in text:
        complain(f"{f}: no SPDX line")
    if f.suffix not in (".c", ".h"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if len(line.expandtabs(8)) > COLUMNS:
            complain(f"{f}:{number}: more than {COLUMNS} columns")
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            complain(f"{f}:{number}: left open")


def check_readmes(top, files, complain):
    """Each folder that holds code has a README of its own."""
    folders = {f.parent for f in files
               if f.suffix in (".c", ".py") or f.name == "CMakeLists.txt"}
    for folder in sorted(folders):
        if not (folder / "README.md").exists():
            complain(f"{folder.relative_to(top)}: no README.md")


def main():
    top = pathlib.Path(sys.argv[1]).resolve()
    files = tracked(top)
    faults = []
    count, median = check_lengths(
        top, [f for f in files if f.suffix in (".c", ".h")], faults.append)
    for f in files:
        if f.suffix in TEXT or f.name in ("run", "CMakeLists.txt"):
            check_text(f, faults.append)
        if f.suffix == ".py" and len(f.read_text().splitlines()) > FILE_MAX:
            faults.append(f"{f}: more than {FILE_MAX} lines")
    check_readmes(top, files, faults.append)
    for fault in faults:
        print(fault)
    print(f"{len(files)} files, {count} functions, median {median} lines, "
          f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
