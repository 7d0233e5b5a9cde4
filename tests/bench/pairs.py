# SPDX-License-Identifier: ISC
"""What pairs of turns say: the median of their ratios, and how sure it is."""
import random
import statistics

RESAMPLES = 4000


def interval(values, of=statistics.median, resamples=RESAMPLES):
    """95 % of their median: percentiles of a bootstrap."""
    chance = random.Random(1)
    found = sorted(of(chance.choices(values, k=len(values)))
                   for _ in range(resamples))
    return found[resamples // 40], found[-resamples // 40]


def row(pairs, unit, figure, peer, goal, more=""):
    """Of pairs of seconds, theirs and ours. What each pair says counts the
    same: one that something else on the machine disturbed does not count for
    more than another. No GOAL: it is only told."""
    a, b = (figure(statistics.median(side)) for side in zip(*pairs))
    ratios = [x / y for x, y in pairs]
    low, high = interval(ratios)
    return {"value": b, "unit": unit,
            "against": f"{peer}, {a:,.1f} {unit}; 95 % interval "
                       f"{low:.3f} to {high:.3f}, bootstrap of the median of "
                       f"{len(pairs)} pairs{more}",
            "ratio": round(statistics.median(ratios), 3),
            "low": round(low, 3), "high": round(high, 3), "goal": goal,
            "met": low >= goal if goal is not None else None}
