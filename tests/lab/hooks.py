# SPDX-License-Identifier: ISC
"""stsgate's part of Exim's configuration, and its lines in Exim's log."""
import re

import exim


def ours(module: str, **macros: str) -> exim.Setup:
    """The generic form: a router option and the include of the transport."""
    return exim.Setup()


def said(lines: list[str]) -> list[str]:
    """The lines that the module wrote."""
    return [line for line in lines if "stsgate" in line]


def classes(lines: list[str]) -> list[str]:
    """Which of the five reasons they name, each once."""
    return []
