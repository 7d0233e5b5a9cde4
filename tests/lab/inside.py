# SPDX-License-Identifier: ISC
"""What runs first inside a lab: one part of it, by name.

Exit status: 0 all rows as expected, 1 some are not, 70 the lab itself failed.
"""
import importlib
import sys
import traceback

import netns
import proc

BROKEN = 20.0  # seconds for what is not sure to come, as all is to fail


def main() -> int:
    part, module = sys.argv[1:3]
    if module:
        proc.DEADLINE = BROKEN
    try:
        return importlib.import_module(part).main(module)
    except Exception:  # whatever it is, it is no result of a row
        traceback.print_exc()
        return netns.LAB_FAILED


if __name__ == "__main__":
    sys.exit(main())
