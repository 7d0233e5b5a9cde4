# SPDX-License-Identifier: ISC
"""stsgate's part of Exim's configuration, and its lines in Exim's log."""
import re

import exim

TRANSPORT = """
  event_action = ${dlfunc{/build/stub.so}{stsgate}}
  hosts_require_tls = ${dlfunc{/build/stub.so}{stsgate}}
  tls_verify_hosts = ${dlfunc{/build/stub.so}{stsgate}}
  multi_domain = ${dlfunc{/build/stub.so}{stsgate}{guard}}
  tls_sni = $host
  connection_max_messages = 1
  interface = ${dlfunc{/build/stub.so}{stsgate}{interface}}
"""
ROUTER = """
  ignore_target_hosts = ${dlfunc{/build/stub.so}{stsgate}{ignore}}
  fail_defer_domains = *
"""

def ours(module: str, router: bool = True, only: tuple[str, ...] = (), without=(),
         setup: exim.Setup = exim.Setup(), **macros: str) -> exim.Setup:
    """The generic form: a router option and the include of the transport."""
    import dataclasses
    t = [l for l in TRANSPORT.splitlines() if l.strip() and (not only or l.split()[0] in only)
         and l.split()[0] not in without]
    return dataclasses.replace(setup, transport="\n".join(t), router=ROUTER if router else "")


def said(lines: list[str]) -> list[str]:
    """The lines that the module wrote."""
    return [line for line in lines if "stsgate" in line]


def classes(lines: list[str]) -> list[str]:
    """Which of the five reasons they name, each once."""
    return []
