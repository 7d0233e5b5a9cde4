# SPDX-License-Identifier: ISC
"""One printed row a case, and the count at the end."""

HEAD = ("case", "policy", "what the other side does", "expected", "got",
        "the log says")
WIDTHS = (10, 8, 47, 20, 20)


class Rows:
    """Counts what it prints."""

    def __init__(self) -> None:
        self.count = 0
        self.good = 0
        self.line("  ", HEAD)

    def line(self, mark: str, cells) -> None:
        cells = list(cells)
        padded = [f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS)]
        print(f"{mark} " + " | ".join(padded + [cells[-1]]), flush=True)

    def add(self, case: str, policy: str, what: str, expected: str, got: str,
            why: str = "") -> None:
        same = expected == got
        self.count += 1
        self.good += same
        self.line("ok" if same else "NO",
                  (case, policy, what, expected, got, why))

    def end(self) -> int:
        """The last line; the exit status."""
        print(f"{self.count} cases, {self.good} as expected", flush=True)
        return 0 if self.count and self.good == self.count else 1
