#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Ratios against a named peer, measured side by side in one run.

run.py [--build DIR] [--json FILE] [NAME]   NAME: only what begins so
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

import cluster
import hits
import labs
import result
import ways

TOP = pathlib.Path(__file__).resolve().parents[2]
TARGETS = ["tests/bench/all", "stsgated", "stsgate_so", "filter-stsgate",
           "table-stsgate"]


def fetch(build, rounds):
    """CPU of a fetch against a bare handshake: the program does it all."""
    program = build / "tests/bench/bench_fetch"
    runs = [json.loads(subprocess.run(
        [program], check=True, capture_output=True, text=True).stdout)
        for _ in range(max(1, rounds // 8))]
    for name in runs[0]:
        ratios = [run[name]["ratio"] for run in runs]
        middle = statistics.median_low(ratios)
        yield name, runs[ratios.index(middle)][name]


def peers(build, _rounds):
    """Against postfix-mta-sts-resolver."""
    return labs.bench(build, "peers")


def exim(build, _rounds):
    """Deliveries a second, by both of Debian's Exims."""
    for way in ("heavy", "light"):
        yield from labs.bench(build, "exim_rate", way)


def both_smtpds(part):
    def bench(build, _rounds):
        for way in ways.SMTPD:
            yield from labs.bench(build, part, way)
    return bench


def smtpd_table(build, _rounds):
    """The protocols of both OpenSMTPDs; neither is needed for that."""
    return labs.bench(build, "smtpd_table", "smtpd")


def report(build, _rounds):
    """A day of results, against what it may take."""
    program = build / "tests/bench/bench_report"
    done = subprocess.run([program], check=True, capture_output=True,
                          text=True)
    yield from json.loads(done.stdout).items()


def report_rate(build, _rounds):
    """What a result costs a delivery."""
    delivery = 0.0
    for name, row in labs.bench(build, "report_rate"):
        yield name, row
        delivery = row["value"] if name == "report_exim_cpu" else delivery
    yield from result.bench(build, delivery)


# How the names begin that each yields.
BENCHES = [("hits", hits.bench), ("fetch", fetch), ("cluster", cluster.bench),
           ("peers", peers), ("exim", exim),
           ("opensmtpd_inject", both_smtpds("smtpd_inject")),
           ("opensmtpd_table", smtpd_table),
           ("opensmtpd_banner", both_smtpds("smtpd_banner")),
           ("report", report), ("report", report_rate)]


def build_programs(build):
    """The benchmarks are no part of a release, so ask for them here."""
    for command in (
            ["cmake", "-S", str(TOP), "-B", str(build), "-DSTS_BENCH=ON",
             *([] if (build / "CMakeCache.txt").exists()
               else ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"])],
            ["cmake", "--build", str(build), "--target", *TARGETS]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)


def show(name, row):
    verdict = {True: ": met", False: ": NOT MET", None: ""}[row["met"]]
    print(f"{name:24} {row['value']:>12,.2f} {row['unit']:10} ratio "
          f"{row['ratio']:.2f}, goal {row['goal'] or 'none'}{verdict}"
          f"   (against {row['against']})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path,
                        default=os.environ.get("STS_BUILD", TOP / "build"))
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("name", nargs="?", default="")
    args = parser.parse_args()
    build = pathlib.Path(args.build).resolve()
    build_programs(build)
    rows = {}
    for name, bench in BENCHES:
        if not (name.startswith(args.name) or args.name.startswith(name)):
            continue
        for key, row in bench(build, args.rounds):
            if key.startswith(args.name):
                rows[key] = row
                show(key, row)
    if not rows:
        sys.exit(f"no benchmark begins with {args.name}")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0  # a goal that is missed is told, not judged


if __name__ == "__main__":
    sys.exit(main())
