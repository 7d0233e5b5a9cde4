# SPDX-License-Identifier: ISC
"""The files that a light Exim asks by, cut after their octets, as a full disk
may leave them: by "exim -be", with lightsvc.py answering. Of a
domain with a policy nothing may come out as if there were none.
"""
import pathlib
import re
import tempfile

import hooks
import rows
from lightbe import (CERT, CONNECT, ZONE, answers, be, line_of, refuses,
                     setting)
from lightsvc import DIR, FINE

BATCH = 400  # files at a time
# Where Exim could not expand it, a router has mail wait.
ROUTER = ("DOMAINS", "VIA_DOMAINS", "DEFER")
GUARDS = ("GUARD", "VIA_GUARD")
# All by the first file: the guard is asked before the transport's other
# options count, and knows its size. What it does not know is asked
# by the other one, and then nothing may fail.
NAMES = {hooks.ACL: (*ROUTER, "IGNORE", *GUARDS),
         hooks.MORE: (*ROUTER, "IGNORE", "REQUIRE", "VERIFY", "INTERFACE",
                      "RETRY", "VIA_REQUIRE", "VIA_VERIFY", CONNECT, CERT)}


def folders(place: pathlib.Path, name: str, cuts: list[int]) -> None:
    """One for each cut, with the other file whole."""
    text = (DIR / name).read_text()
    for cut in cuts:
        folder = place / str(cut)
        folder.mkdir()
        (folder / name).write_text(text[:cut])
        other = hooks.MORE if name == hooks.ACL else hooks.ACL
        (folder / other).symlink_to(DIR / other)


def expanded(name: str, kind: str, cuts: list[int]
             ) -> list[dict[str, str]]:
    """What the hooks expand to; a domain for each, as Exim remembers."""
    text = []
    for cut in cuts:
        text.append(setting(domain=f"fine{cut}-{kind}-enforce.{ZONE}",
                            host=f"rogue.{ZONE}", host_address="192.0.2.1")
                    + f"${{acl{{accept set acl_m_cut = {cut}}}}}")
        text += [line_of(hook, "") for hook in NAMES[name]]
    with tempfile.TemporaryDirectory(dir=DIR) as place:
        pathlib.Path(place).chmod(0o755)
        folders(pathlib.Path(place), name, cuts)
        out = be("\n".join(text) + "\n", SOCKET=str(FINE),
                 FILES=f"{place}/$acl_m_cut")
    return answers(out, NAMES[name], len(cuts))


def passes(hook: str, value: str) -> bool:
    """Does that let mail go as without a policy?"""
    if hook in GUARDS:
        return value in ("true", "false")
    if "Failed" in value:
        return hook not in ROUTER and hook != "IGNORE"
    if hook == "IGNORE":  # a list for all others ends so
        return not re.fullmatch(r"((! \^.*)? ; )?\*", value)
    return not refuses(hook.removeprefix("VIA_"), value)


def points(text: str, step: int) -> list[int]:
    """Behind each STEPth octet, and where mischief is likely."""
    cuts = {found.end() for found in re.finditer("accept|\n", text)}
    return sorted(cuts - {len(text)} | set(range(0, len(text), step)))


def show(out: rows.Rows, pool, release: str, step: int) -> None:
    for name, kind, each in ((hooks.ACL, "none", step),
                             (hooks.MORE, "stance", 7 * step)):
        whole = (DIR / name).read_text()
        cuts = points(whole, each)
        found = pool.map(lambda part, name=name, kind=kind: expanded(
            name, kind, part), [cuts[at:at + BATCH] for at in
                                range(0, len(cuts), BATCH)])
        said = [one for part in found for one in part]
        bad = [f"{cut}: {hook}={value!r}" for cut, all_said in zip(cuts, said)
               for hook, value in all_said.items() if passes(hook, value)]
        out.add(release, "enforce", f"{name}, cut after its octets",
                "refuses", f"{len(bad)} do not" if bad else "refuses",
                "; ".join(bad)[:300]
                or f"{len(cuts)} cuts, {sum(map(len, said))} expansions")
        for hook, value in expanded(name, kind, [len(whole)])[0].items():
            if hook in GUARDS:
                out.add(release, "enforce", f"{name}, whole: {hook}",
                        "true" if "VIA" in hook else "false", value)
