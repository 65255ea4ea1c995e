"""Whether a score changed, said only where chance is an unlikely cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from scoring.scorecard.intervals import welch
from scoring.scorecard.types import Change, GroupCards, Period, Verdict

CHANCE = 0.05  # how often chance alone may make at least one change among all that are looked at


def latest_change(periods: Sequence[tuple[Period, Sequence[float]]], min_calls: int) -> Change:
    """Compare the latest period's scores with those of the one before; the verdict is left to `judged_together`.

    One comparison only: among all pairs of periods some would differ by chance.
    """
    if len(periods) < 2:
        return Change(Verdict.TOO_FEW)
    (before, earlier), (after, later) = periods[-2:]
    named = Change(Verdict.TOO_FEW, earlier=before.label, later=after.label)
    if min(len(earlier), len(later)) < max(2, min_calls):
        return named
    interval, p_value = welch(earlier, later)
    difference = fmean(later) - fmean(earlier)
    return replace(named, verdict=Verdict.WITHIN_CHANCE, difference=difference, interval=interval, p_value=p_value)


def judged_together(groups: Sequence[GroupCards]) -> tuple[GroupCards, ...]:
    """Say which groups changed, allowing for the number that were looked at: of twenty, one differs by chance at 5 %.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6 (1979) 65–70.
    """
    tested = sorted(
        (cards.change.p_value, place) for place, cards in enumerate(groups) if cards.change.p_value is not None
    )
    judged = list(groups)
    worst = 0.0
    for rank, (p_value, place) in enumerate(tested):
        worst = max(worst, min(1.0, p_value * (len(tested) - rank)))
        change = replace(groups[place].change, adjusted=worst, compared=len(tested))
        judged[place] = replace(groups[place], change=replace(change, verdict=_verdict(change)))
    return tuple(judged)


def _verdict(change: Change) -> Verdict:
    if change.adjusted is None or change.difference is None or change.adjusted >= CHANCE:
        return Verdict.WITHIN_CHANCE
    return Verdict.UP if change.difference > 0 else Verdict.DOWN
