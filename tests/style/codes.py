#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Hold docs/check.md and the sources against the catalog of core/check.

codes.py TOP
"""
import pathlib
import re
import sys

GRADES = {"E": "error", "W": "warning", "U": "unknown", "N": "note"}
ROW = re.compile(r'^    \{"([^"]+)", ([EWUN]),', re.M)
TOLD = re.compile(r"^\| `([^`]+)` \| (\w+) \|", re.M)
AREAS = "record|policy|mx|dane|tlsrpt|spf|dmarc|dkim|pattern"
USED = re.compile(rf'"((?:{AREAS})-[a-z0-9_-]+)"')


def covered(code: str, catalog: dict[str, str]) -> bool:
    return any(code == row or row[-1] == "-" and code.startswith(row)
               or row[0] == "-" and code.endswith(row) for row in catalog)


def main() -> int:
    top = pathlib.Path(sys.argv[1]).resolve()
    folder = top / "core/check"
    catalog = {code: GRADES[grade] for code, grade in
               ROW.findall((folder / "catalog.c").read_text())}
    page = (top / "docs/check.md").read_text()
    told = dict(TOLD.findall(page.split("## Codes", 1)[1]))
    faults = [f"docs/check.md: {code}: {told.get(code)}, not {grade}"
              for code, grade in catalog.items()
              if told.get(code) != grade]
    faults += [f"docs/check.md: {code}: there is none"
               for code in told if code not in catalog]
    used = {code for path in folder.glob("*.c") if path.name != "catalog.c"
            for code in USED.findall(path.read_text())}
    faults += [f"{code}: not in the catalog" for code in sorted(used)
               if not covered(code, catalog)]
    faults += [f"{code}: in the catalog, and nobody says it"
               for code in catalog if code.strip("-") == code
               and code not in used and not dynamic(code)]
    for fault in faults:
        print(fault)
    print(f"{len(catalog)} codes, {len(used)} in the sources, "
          f"{len(faults)} faults")
    return 1 if faults or not used else 0


def dynamic(code: str) -> bool:
    """Made of an area and an end, or of a parser's rule."""
    return code.endswith(("-none", "-many", "-syntax", "-certificate-soon")) \
        or code in ("record-no-record", "record-too-many-records",
                    "policy-max_age-clamped", "policy-mx-missing",
                    "policy-blank-line")


if __name__ == "__main__":
    sys.exit(main())
