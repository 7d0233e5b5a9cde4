#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A forbidden include must not compile: try one for each layer."""
import json
import pathlib
import shlex
import subprocess
import sys

# A file of the layer, a header that it may see, one that it may not.
TRIES = [
    ("core/policy", "sts/policy.h", "sts/engine.h"),
    ("core/engine", "sts/policy.h", "sts/fetch.h"),
    ("core/engine", "sts/store.h", "sts/cache.h"),
    ("cache", "sts/store.h", "sts/resolver.h"),
    ("cache/redis", "sts/redis_url.h", "sts/resolver.h"),
    ("core/discovery", "sts/http.h", "sts/cache.h"),
    ("core/check", "sts/probing.h", "sts/resolver.h"),
    ("core/report", "sts/store.h", "sts/cache.h"),
    ("core/client", "sts/client.h", "sts/policy.h"),
    ("exim-dlfunc", "sts/client.h", "sts/policy.h"),
    ("opensmtpd-filter", "sts/client.h", "sts/policy.h"),
]
OPTIONAL = ("cache/redis", "exim-dlfunc", "opensmtpd-filter")


def include_flags(top, build, layer):
    """The -I flags that the build gives to a file of the layer."""
    commands = json.loads((build / "compile_commands.json").read_text())
    for entry in commands:
        source = pathlib.Path(entry["file"])
        if source.parent == top / layer:
            words = shlex.split(entry["command"])
            return [w for w in words if w.startswith(("-I", "-D"))]
    return None


def compiles(flags, header):
    return subprocess.run(
        ["cc", "-std=c17", *flags, "-fsyntax-only", "-x", "c", "-"],
        input=f'#include "{header}"\n', text=True,
        capture_output=True).returncode == 0


def main():
    top, build = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
    faults = 0
    for layer, may, may_not in TRIES:
        flags = include_flags(top, build, layer)
        if flags is None:
            if layer in OPTIONAL:
                continue  # a build without that mail server
            print(f"{layer}: not in the build")
            faults += 1
            continue
        if not compiles(flags, may):
            print(f"{layer}: cannot include {may}")
            faults += 1
        if compiles(flags, may_not):
            print(f"{layer}: includes {may_not}")
            faults += 1
    print(f"{len(TRIES)} layers tried, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
