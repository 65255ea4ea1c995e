"""Judging: a rubric laid over what happened in a call. Pure arithmetic; no model runs here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum

from scoring import __version__
from scoring.calls import SEVERAL_LANGUAGES, Call, Medium
from scoring.errors import RubricError
from scoring.judge.criteria import DECIMALS, judge_criterion
from scoring.judge.looking import look
from scoring.judge.scene import Scene
from scoring.judge.truth import Truth
from scoring.results import CallScore, CriterionResult, Outcome, Provenance, SectionResult
from scoring.rubric import Criterion, Rubric, Section
from scoring.signals.types import Signals

__all__ = ["NOT_JUDGED", "judge_call"]

NOT_JUDGED = "not in the rubric's language: not judged"


def judge_call(call: Call, signals: Signals, rubric: Rubric, *, models: Sequence[tuple[str, str]] = ()) -> CallScore:
    """Judge one call by one rubric. The same three values give the same score, byte for byte.

    `models` are (name, sha256 or version) beyond those that the call and its signals name themselves.

    A call in another language than the rubric's is not judged: every criterion is left out and says so.

    Raises:
        RubricError: the rubric is for another medium. Better refused than a page of "not applicable".
        ValueError: the signals point at turns that the transcript does not have.
    """
    _fit(call, signals, rubric)
    spoken = call.transcript.language
    if foreign := spoken not in ("", rubric.language):
        criteria = tuple(_left_out(criterion, spoken, rubric.language) for criterion in rubric.criteria)
    else:
        criteria = tuple(judge_criterion(one, Scene(call, signals, one.band)) for one in rubric.criteria)
    apart = {section.id for section in rubric.sections if section.separate}
    counted = [result for result in criteria if result.section not in apart]
    low, high = _range(counted)
    return CallScore(
        call_id=call.id,
        rubric=rubric.name,
        rubric_version=rubric.version,
        score=_score(counted),
        low=low,
        high=high,
        criteria=criteria,
        sections=tuple(_section(section, criteria) for section in rubric.sections),
        provenance=_provenance(call, signals, rubric, models),
        failed=any(result.critical == "call" and result.outcome is Outcome.NOT_MET for result in criteria),
        conditions=(NOT_JUDGED,) if foreign else _conditions(call, signals, rubric),
    )


def _left_out(criterion: Criterion, spoken: str, language: str) -> CriterionResult:
    """A criterion on a call in another language: nothing is known of it, and nobody is asked."""
    if spoken == SEVERAL_LANGUAGES:
        reason = f"Not judged: the call is in several languages, and this rubric is for one ({language})."
    else:
        reason = f"Not judged: the call is in another language ({spoken}) than this rubric ({language})."
    return CriterionResult(
        id=criterion.id,
        title=criterion.title,
        section=criterion.section,
        weight=criterion.weight,
        outcome=Outcome.NOT_APPLICABLE,
        points=None,
        reason=reason,
        critical=criterion.critical,
    )


def _fit(call: Call, signals: Signals, rubric: Rubric) -> None:
    if call.medium.value not in rubric.applies_to:
        media = " and ".join(rubric.applies_to)
        raise RubricError(
            f"The rubric {rubric.name!r} is for {media}, and {call.info.file} is a {call.medium.value}.",
            hint=f"Choose a rubric whose `applies_to` lists {call.medium.value}.",
        )
    beyond = [hit.turn for hit in signals.hits if not 0 <= hit.turn < len(call.transcript.turns)]
    if beyond:
        raise ValueError(f"signals of another transcript: turn {beyond[0]} of {len(call.transcript.turns)}")


def _score(results: Sequence[CriterionResult]) -> float | None:
    """100 × earned / possible over what is met or not met; None when that is nothing."""
    decided = [result for result in results if result.points is not None]
    possible = fsum(result.weight for result in decided)
    if not possible:
        return None
    return round(100 * fsum(result.points or 0.0 for result in decided) / possible, DECIMALS)


def _range(results: Sequence[CriterionResult]) -> tuple[float | None, float | None]:
    """The scores if every unsure criterion were not met (no points), or met (all points)."""
    unsure = [result.weight for result in results if result.outcome is Outcome.UNSURE]
    decided = [result for result in results if result.points is not None]
    possible = fsum([*unsure, *(result.weight for result in decided)])
    if not possible:
        return None, None
    earned = [result.points or 0.0 for result in decided]
    low = round(100 * fsum(earned) / possible, DECIMALS)
    return low, round(100 * fsum([*earned, *unsure]) / possible, DECIMALS)


def _section(section: Section, criteria: Iterable[CriterionResult]) -> SectionResult:
    inside = [result for result in criteria if result.section == section.id]
    return SectionResult(
        id=section.id,
        title=section.title,
        score=_score(inside),
        failed=any(result.critical and result.outcome is Outcome.NOT_MET for result in inside),
        separate=section.separate,
    )


def _conditions(call: Call, signals: Signals, rubric: Rubric) -> tuple[str, ...]:
    """What is more likely than not: a condition is told and decides nothing, so no band is kept for a person."""
    scene = Scene(call, signals, (0.5, 0.5))
    return tuple(item.text for item in rubric.conditions if look(item.when, scene).truth is Truth.YES)


def _provenance(call: Call, signals: Signals, rubric: Rubric, models: Sequence[tuple[str, str]]) -> Provenance:
    """A call without a recording (imported text) has no audio hash: its identity is that of the text."""
    recorded = call.medium is Medium.CALL and call.transcript.duration is not None
    return Provenance(
        transcript=call.transcript.content_hash,
        signals=signals.content_hash,
        rubric=rubric.content_hash,
        code=__version__,
        audio=call.id if recorded else None,
        models=tuple(sorted({*models, *signals.made_by, *call.made_by.items()})),
    )
