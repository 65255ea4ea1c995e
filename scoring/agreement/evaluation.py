"""A judge against careful people, item by item: agreement, errors, evidence, and how far its doubt can be trusted.

An unsure item counts with its likelier value: so are the figures named plainly `agreement`, `kappa` and so on, over all
calls with a label. `decided` has the same figures over the items that were not left to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.agreement.chance import Chance, Counts, Estimate, chance_corrected, estimates, tabulate
from scoring.agreement.curves import Answer, Calibration, RiskCoverage, calibration, risk_coverage
from scoring.agreement.judging import CallJudgement
from scoring.agreement.reference import COUNTED, Label, Reference, ReferenceCall
from scoring.calls import Role
from scoring.judge.items import ITEM_VALUES, ItemJudgement

NEIGHBOUR = 1  # turns by which evidence may lie beside the evidence that people named
ROLES = (Role.AGENT, Role.CUSTOMER, Role.SYSTEM, Role.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Scores:
    """One judge on one item. The last three are of "y", or the mean over the values; None for counts."""

    n: int
    chance: Chance
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Calls in which both say "y" and people named turns: in how many one of ours is one of theirs, or beside it."""

    n: int
    found: int  # by any of the turns that we show, at most three
    found_first: int  # by the first of them

    @property
    def share(self) -> float | None:
        """Found over n; None when there was nothing to find."""
        return self.found / self.n if self.n else None

    @property
    def share_first(self) -> float | None:
        """The same of the first turn alone."""
        return self.found_first / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Compared:
    """One item of one call, theirs beside ours. `people` is None where they differed; such an item is not counted."""

    call: ReferenceCall
    item: str
    people: Label | None
    ours: ItemJudgement

    @property
    def truth(self) -> str | None:
        """What people found; of a range of counts the one nearest to ours."""
        if self.people is None or self.people.most is None:
            return None if self.people is None else self.people.value
        return str(min(max(int(self.ours.value), int(self.people.value)), self.people.most))

    @property
    def right(self) -> bool:
        """Whether both say the same."""
        return self.truth == self.ours.value


@dataclass(frozen=True, slots=True)
class ItemReport:
    """Everything about one item."""

    name: str
    values: tuple[str, ...]  # those that occur, in the codebook's order
    scores: Scores
    decided: Scores  # without what was left to a person
    confusion: Counts  # (k, k): people's values in rows, ours in columns
    confusion_unsure: Counts  # of these, how many were unsure
    unsure: int
    evidence: Evidence
    risk_coverage: RiskCoverage
    calibration: Calibration
    baseline: Scores | None
    compared: tuple[Compared, ...]  # one a call, with a label or without


@dataclass(frozen=True, slots=True)
class RoleReport:
    """Who spoke, over the turns on which people agree. `confusion` is in turns, theirs in rows, in ROLES' order."""

    turns: Estimate
    words: Estimate
    n_turns: int
    n_words: int
    confusion: Counts  # (4, 4)
    confusion_words: Counts


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A judge against a reference."""

    reference: Reference
    judged: tuple[CallJudgement, ...]  # one a call of the reference
    items: tuple[ItemReport, ...]
    roles: RoleReport
    made_by: tuple[tuple[str, str], ...]  # versions and hashes of all that judged, sorted


def evaluate(
    reference: Reference,
    judged: Sequence[CallJudgement],
    baseline: Sequence[CallJudgement] | None = None,
    made_by: Sequence[tuple[str, str]] = (),
) -> Evaluation:
    """Compare judgements with a reference, call by call. `baseline` are those of a simpler judge to be held against.

    Raises:
        ValueError: there is not one judgement for each call, or not one role for each turn.
    """
    for one in (judged, baseline or judged):
        if [len(call.roles) for call in one] != [len(call.spoken) for call in reference.calls]:
            raise ValueError("the judgements are not of the reference's calls")
    return Evaluation(
        reference=reference,
        judged=tuple(judged),
        items=tuple(_item(name, reference, judged, baseline) for name in reference.items),
        roles=_roles(reference.calls, judged),
        made_by=tuple(sorted(made_by)),
    )


def _compare(name: str, reference: Reference, judged: Sequence[CallJudgement]) -> list[Compared]:
    return [
        Compared(call, name, call.labels.get(name), made.items[name])
        for call, made in zip(reference.calls, judged, strict=True)
    ]


def _item(
    name: str, reference: Reference, judged: Sequence[CallJudgement], baseline: Sequence[CallJudgement] | None
) -> ItemReport:
    compared = _compare(name, reference, judged)
    counted = [one for one in compared if one.truth is not None]
    values = _values(name, counted)
    unsure = [one for one in counted if one.ours.unsure]
    answers = [Answer(one.ours.probability, one.ours.unsure, one.right) for one in counted]
    return ItemReport(
        name=name,
        values=values,
        scores=_scores(name, counted),
        decided=_scores(name, [one for one in counted if not one.ours.unsure]),
        confusion=_table(counted, values),
        confusion_unsure=_table(unsure, values),
        unsure=len(unsure),
        evidence=_evidence(counted),
        risk_coverage=risk_coverage(answers),
        calibration=calibration(answers),
        baseline=None if baseline is None else _baseline(name, reference, baseline),
        compared=tuple(compared),
    )


def _baseline(name: str, reference: Reference, judged: Sequence[CallJudgement]) -> Scores:
    return _scores(name, [one for one in _compare(name, reference, judged) if one.truth is not None])


def _values(name: str, compared: Sequence[Compared]) -> tuple[str, ...]:
    """The values that occur: counts by size, several types after their first, the rest as the codebook has them."""
    found = {value for one in compared for value in (one.truth or "", one.ours.value)}
    known = ITEM_VALUES[name]
    if name == COUNTED:
        return tuple(sorted(found, key=int))
    return tuple(sorted(found, key=lambda value: [known.index(part) for part in value.split("+")]))


def _table(compared: Sequence[Compared], values: Sequence[str]) -> Counts:
    return tabulate([one.truth or "" for one in compared], [one.ours.value for one in compared], values)


def _scores(name: str, compared: Sequence[Compared]) -> Scores:
    values = _values(name, compared)
    chance = chance_corrected([one.truth or "" for one in compared], [one.ours.value for one in compared], values)
    if name == COUNTED:
        return Scores(len(compared), chance, None, None, None)
    of = ("y",) if "y" in ITEM_VALUES[name] else values
    table = _table(compared, values)
    found = [_precision_recall_f1(table, values.index(value)) for value in of if value in values]
    precision, recall, f1 = (_mean([one[place] for one in found]) for place in range(3))
    return Scores(len(compared), chance, precision, recall, f1)


def _precision_recall_f1(table: Counts, place: int) -> tuple[float | None, float | None, float | None]:
    """Of one value; None where nothing was said to be it, where nothing was it, and where neither is so."""
    both, ours, theirs = int(table[place, place]), int(table[:, place].sum()), int(table[place].sum())
    return (
        both / ours if ours else None,
        both / theirs if theirs else None,
        2 * both / (ours + theirs) if ours + theirs else None,
    )


def _mean(figures: Sequence[float | None]) -> float | None:
    """The mean over the values for which there is one."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) / len(known) if known else None


def _evidence(compared: Sequence[Compared]) -> Evidence:
    both = [one for one in compared if one.truth == one.ours.value == "y" and one.people and one.people.evidence]
    hits = [[_beside(turn, one) for turn in one.ours.evidence_turns] for one in both]
    return Evidence(len(both), sum(any(hit) for hit in hits), sum(hit[:1] == [True] for hit in hits))


def _beside(turn: int, compared: Compared) -> bool:
    theirs = compared.people.evidence if compared.people else ()
    return any(abs(turn - other) <= NEIGHBOUR for other in theirs)


def _roles(calls: Sequence[ReferenceCall], judged: Sequence[CallJudgement]) -> RoleReport:
    pairs = [_role_pairs(call, made) for call, made in zip(calls, judged, strict=True)]
    pairs = [call for call in pairs if call]
    confusion = np.zeros((2, len(ROLES), len(ROLES)), dtype=np.int64)
    for theirs, ours, spoken in (pair for call in pairs for pair in call):
        confusion[:, ROLES.index(theirs), ROLES.index(ours)] += (1, spoken)
    sums = sorted((*_sums(call), *_sums([pair for pair in call if pair[0] is pair[1]])) for call in pairs)
    every, right = np.hsplit(np.array(sums, dtype=np.int64).reshape(-1, 4), 2)
    turns, words = _shares(right, every)
    n_turns, n_words = (int(n) for n in every.sum(0))
    return RoleReport(turns, words, n_turns, n_words, confusion[0], confusion[1])


def _shares(right: Counts, every: Counts) -> list[Estimate]:
    """Shares of turns and of words, from the sums of each call, shape (n_calls, 2)."""

    def again(drawn: NDArray[np.intp]) -> NDArray[np.float64]:
        below = every[drawn].sum(1)
        return np.asarray((right[drawn].sum(1) / np.where(below, below, np.nan)).T)

    if not len(every):
        return [Estimate(None), Estimate(None)]
    return estimates(again(np.arange(len(every))[None])[:, 0], len(every), again)


_Pair = tuple[Role, Role, int]


def _role_pairs(call: ReferenceCall, made: CallJudgement) -> list[_Pair]:
    """Their role, ours, and the words of each turn on whose role people agree."""
    return [
        (theirs, ours, len(turn.text.split()))
        for theirs, ours, turn in zip(call.roles, made.roles, call.spoken, strict=True)
        if theirs is not None
    ]


def _sums(pairs: Sequence[_Pair]) -> tuple[int, int]:
    return len(pairs), sum(words for _, _, words in pairs)
