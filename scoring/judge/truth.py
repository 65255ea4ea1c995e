"""Three-valued logic with a fourth value for parts that leave the sum.

A part is YES, NO or UNSURE, and UNSURE stands for "one of the two". A whole is decided as soon as every way the unsure
parts could turn out gives the same answer (Kleene's strong logic). A part that is OUT is not counted at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import product

from scoring.results import Outcome


class Truth(StrEnum):
    """What is known of a check."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    OUT = "out"


def at_least(needed: int, parts: Sequence[Truth]) -> Truth:
    """Return whether `needed` of the parts hold, or all that are left when some are OUT; OUT when none is left."""
    counted = [part for part in parts if part is not Truth.OUT]
    if not counted:
        return Truth.OUT
    needed = min(needed, len(counted))
    sure = sum(part is Truth.YES for part in counted)
    possible = sure + sum(part is Truth.UNSURE for part in counted)
    return between(sure >= needed, possible >= needed)


def all_of(parts: Sequence[Truth]) -> Truth:
    """Return whether every part holds."""
    return at_least(len(parts), parts)


def negate(truth: Truth) -> Truth:
    """Return the opposite; UNSURE and OUT have none."""
    return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(truth, truth)


def between(surely: bool, possibly: bool) -> Truth:
    """YES when it surely holds, NO when it cannot, UNSURE between."""
    if surely:
        return Truth.YES
    return Truth.UNSURE if possibly else Truth.NO


def of_probability(probability: float, band: tuple[float, float]) -> Truth:
    """YES from the upper end of the unsure band on, NO below its lower end."""
    return between(probability >= band[1], probability >= band[0])


def decide(excluded: Truth, fault: Truth, needed: Truth, check: Truth) -> Outcome:
    """The outcome of a criterion from its four questions; unsure when the open ones could change it."""
    answers = {
        _decide_known(*known)
        for known in product(_ways(excluded), _ways(fault), _ways(needed), _ways(check, out=Truth.OUT))
    }
    return answers.pop() if len(answers) == 1 else Outcome.UNSURE


def _ways(truth: Truth, out: Truth = Truth.NO) -> Iterable[Truth]:
    if truth is Truth.UNSURE:
        return (Truth.YES, Truth.NO)
    return (out if truth is Truth.OUT else truth,)


def _decide_known(excluded: Truth, fault: Truth, needed: Truth, check: Truth) -> Outcome:
    if excluded is Truth.YES:
        return Outcome.NOT_APPLICABLE
    if fault is Truth.YES:
        return Outcome.NOT_MET
    if needed is Truth.NO or check is Truth.OUT:
        return Outcome.NOT_APPLICABLE
    return Outcome.MET if check is Truth.YES else Outcome.NOT_MET
