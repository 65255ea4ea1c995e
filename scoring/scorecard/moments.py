"""The calls' moments worth hearing: what was done well, and what was missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from scoring.calls import Role
from scoring.results import CriterionResult, Evidence, Outcome
from scoring.scorecard.types import Moment, ScoredCall

MOMENTS = 5  # as many as a coach can go through in one talk
PER_CRITERION = 2  # so that one criterion does not fill the list


def best_moments(calls: Sequence[ScoredCall]) -> tuple[Moment, ...]:
    """Return the clearest met criteria that have words to show, the weightiest first."""
    found = [
        (-result.weight, -_certainty(result), index, place, call, result)
        for index, call, place, result in _results(calls)
        if result.outcome is Outcome.MET and result.evidence
    ]
    return _pick([(call, result) for *_, call, result in sorted(found, key=lambda row: row[:4])])


def missed_moments(calls: Sequence[ScoredCall]) -> tuple[Moment, ...]:
    """Return the clearest unmet criteria: critical ones first, then the weightiest."""
    found = [
        (result.critical == "", -result.weight, -_certainty(result), index, place, call, result)
        for index, call, place, result in _results(calls)
        if result.outcome is Outcome.NOT_MET
    ]
    return _pick([(call, result) for *_, call, result in sorted(found, key=lambda row: row[:5])])


def clearest(result: CriterionResult) -> Evidence | None:
    """Return the evidence to quote: the agent's own words before others', then the most probable, then the first."""
    order = sorted(
        result.evidence, key=lambda item: (item.role is not Role.AGENT, -(item.probability or 0.0), item.turn)
    )
    return order[0] if order else None


def _results(calls: Sequence[ScoredCall]) -> Iterator[tuple[int, ScoredCall, int, CriterionResult]]:
    for index, call in enumerate(calls):
        for place, result in enumerate(call.score.criteria):
            yield index, call, place, result


def _certainty(result: CriterionResult) -> float:
    """Return how sure the outcome is; a result without a probability ranks below all that have one."""
    if result.probability is None:
        return 0.0
    return result.probability if result.outcome is Outcome.MET else 1 - result.probability


def _pick(ordered: Sequence[tuple[ScoredCall, CriterionResult]]) -> tuple[Moment, ...]:
    taken: Counter[tuple[str, str]] = Counter()
    picked: list[Moment] = []
    for call, result in ordered:
        key = (call.score.rubric, result.id)
        if taken[key] < PER_CRITERION and len(picked) < MOMENTS:
            taken[key] += 1
            picked.append(_moment(call, result))
    return tuple(picked)


def _moment(call: ScoredCall, result: CriterionResult) -> Moment:
    evidence = clearest(result)
    return Moment(
        call_id=call.call_id,
        criterion=result.id,
        title=result.title,
        outcome=result.outcome,
        weight=result.weight,
        reason=result.reason,
        remedy=result.remedy,
        quote=evidence.quote if evidence else "",
        turn=evidence.turn if evidence else None,
        start=evidence.start if evidence else None,
        started_at=call.info.started_at,
        file=call.info.file,
    )
