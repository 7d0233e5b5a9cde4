# SPDX-License-Identifier: ISC
"""Benchmarks that need real servers run in a lab (tests/lab).

bench(build, part, way) enters one, where this file is started again as a
program: labs.py PART. That prints a JSON object a row, name and figures.
"""
import importlib
import json
import os
import pathlib
import subprocess
import sys

LAB = pathlib.Path(__file__).resolve().parents[1] / "lab"
sys.path.insert(0, str(LAB))
sys.dont_write_bytecode = True


def bench(build, part, way="heavy"):
    """The rows of PART, as they come; WAY (ways.py) says which mail
    server."""
    import root
    import ways
    if os.geteuid() != 0:
        raise SystemExit("the lab makes namespaces and mounts: run it as root")
    tree = root.ensure()
    other = root.ensure(root.other()) if ways.ALL[way].other else ""
    enter = subprocess.Popen(
        [sys.executable, "-B", __file__, "enter", str(tree), str(build),
         str(root.cache_dir() / "mnt"), str(other), way, part],
        stdout=subprocess.PIPE, text=True)
    for line in enter.stdout:
        if line.startswith("{"):
            yield from json.loads(line).items()
        else:
            print(line, end="", file=sys.stderr)
    if enter.wait() != 0:
        raise SystemExit(f"the lab of {part} failed")


def main():
    if sys.argv[1] == "enter":
        import netns
        import root
        import ways
        tree, build, mount = map(pathlib.Path, sys.argv[2:5])
        netns.enter(tree, build, mount, "../bench/labs", sys.argv[7:],
                    ways.by_name(sys.argv[6], root.suite()), sys.argv[5])
    for name, row in importlib.import_module(sys.argv[1]).rows():
        print(json.dumps({name: row}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
