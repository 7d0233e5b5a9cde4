# SPDX-License-Identifier: ISC
"""check: names whose servers are dead do not hold up those of others.

To think that the name server it asks is dead, too, takes our resolver half a
minute, so this is by itself."""
import json
import pathlib
import tempfile
import unittest

from command import main, run
from nameserver import MX, Dns

DEAD = [f"d{n}.dead.example" for n in range(16)]
RECORDS = {("a.example", MX): [b"\0\x0a\3mx1\1a\7example\0"]}


class Dead(unittest.TestCase):
    def test_others_are_told(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder, "conf")
            config.write_text(Dns(RECORDS).config("7s"))
            _code, out, _err = run(
                "check", "--config", str(config), "--json", "--no-probe",
                "--jobs", "8", "-f", "-",
                data="\n".join([*DEAD, "a.example", "b.example"]).encode())
        found = map(json.loads, out.splitlines())
        self.assertEqual({one["domain"] for one in found if one["unknown"]},
                         set(DEAD))


main()
