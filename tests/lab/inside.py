# SPDX-License-Identifier: ISC
"""What runs first inside a lab: one part of it, by name."""
import importlib
import sys


def main() -> int:
    part, module = sys.argv[1:3]
    return importlib.import_module(part).main(module)


if __name__ == "__main__":
    sys.exit(main())
