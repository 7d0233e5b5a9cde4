#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A terminal's text on standard input, with colours, as SVG pictures.

usage: terminal.py FOLDER <text

A line "=== NAME TITLE" begins FOLDER/NAME.svg.
"""
import html
import pathlib
import re
import sys

WIDTH, HEIGHT, EDGE, BAR = 8.4, 19, 16, 34
SGR = re.compile(r"\x1b\[([0-9;]*)m")
COLOURS = {"31": "#ff6b6b", "32": "#6bd490", "33": "#f2c85b", "34": "#6ea8fe",
           "35": "#d39bf0", "36": "#5fd0d6", "90": "#8a94a6"}
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" \
height="{height}" viewBox="0 0 {width} {height}" role="img">
<title>{title}</title>
<style>text {{ font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, \
monospace; fill: #dfe5ee; white-space: pre; }}</style>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
<circle cx="20" cy="17" r="5" fill="#ff6b6b"/>
<circle cx="38" cy="17" r="5" fill="#f2c85b"/>
<circle cx="56" cy="17" r="5" fill="#6bd490"/>
<text x="{middle}" y="22" text-anchor="middle" fill-opacity=".6">{title}</text>
"""


def style(codes: set[str]) -> str:
    """The attributes that stand for what was switched on."""
    words = [f'style="fill: {COLOURS[code]}"' for code in codes
             if code in COLOURS]
    if "1" in codes:
        words.append('font-weight="bold"')
    if "2" in codes:
        words.append('fill-opacity=".6"')
    return " ".join(words)


def switch(codes: set[str], text: str) -> set[str]:
    for code in text.split(";"):
        if code in ("", "0"):
            codes = set()
        else:
            codes = {old for old in codes
                     if not (old in COLOURS and code in COLOURS)} | {code}
    return codes


def spans(line: str, codes: set[str]) -> tuple[str, set[str]]:
    """One line; what stays on for the next one."""
    out = []
    for index, part in enumerate(SGR.split(line)):
        if index % 2:
            codes = switch(codes, part)
        elif part:
            out.append(f"<tspan {style(codes)}>{html.escape(part)}</tspan>"
                       if codes else html.escape(part))
    return "".join(out), codes


def picture(title: str, text: str) -> str:
    lines = text.expandtabs(8).rstrip("\n").split("\n")
    longest = max(len(SGR.sub("", line)) for line in [title, *lines])
    width = round(longest * WIDTH + 2 * EDGE)
    out = [HEAD.format(width=width, middle=width // 2, title=html.escape(title),
                       height=BAR + len(lines) * HEIGHT + EDGE)]
    codes: set[str] = set()
    for row, line in enumerate(lines):
        body, codes = spans(line, codes)
        out.append(f'<text x="{EDGE}" y="{BAR + 14 + row * HEIGHT}" '
                   f'xml:space="preserve">{body}</text>\n')
    return "".join([*out, "</svg>\n"])


def main(folder: pathlib.Path, text: str) -> None:
    for scene in re.split(r"^=== ", text, flags=re.M)[1:]:
        head, _, body = scene.partition("\n")
        name, _, title = head.partition(" ")
        (folder / f"{name}.svg").write_text(picture(title, body))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.stdin.read())
