"""One criterion on one call: outcome, points, evidence, and the sentences that explain them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.calls import Role
from scoring.judge.looking import Finding, look
from scoring.judge.scene import Scene
from scoring.judge.truth import Truth, decide
from scoring.judge.wording import listed, place, quotes, sentence, when
from scoring.results import CriterionResult, Evidence, Outcome
from scoring.rubric import Check, Criterion

DECIMALS = 6  # of points and scores: finer differences are floating-point noise
MOST_DOUBTS = 2

_NO = Finding(truth=Truth.NO, probability=0.0, label="")
_YES = Finding(truth=Truth.YES, probability=1.0, label="")


def judge_criterion(criterion: Criterion, scene: Scene) -> CriterionResult:
    """Judge one criterion. `scene` has the criterion's unsure band."""
    excluded = _ask(criterion.not_applicable_when, _NO, scene)
    fault = _ask(criterion.fault_when, _NO, scene)
    needed = _ask(criterion.only_when, _YES, scene)
    check = look(criterion.check, scene)
    outcome = decide(excluded.truth, fault.truth, needed.truth, check.truth)
    faulted = outcome is Outcome.NOT_MET and fault.truth is Truth.YES
    deciding = fault if faulted else check
    shown = _deciding_evidence(outcome, deciding, scene)
    words = _words(criterion, outcome, shown, needed.shown, scene)
    words |= {"found": listed(deciding.found), "missing": listed(deciding.missing)}
    words |= {"count": str(deciding.count), "value": deciding.value}
    words["why"] = _why(outcome, excluded, fault, needed, check)
    return CriterionResult(
        id=criterion.id,
        title=criterion.title,
        section=criterion.section,
        weight=criterion.weight,
        outcome=outcome,
        points=_points(criterion, outcome, faulted, check),
        reason=sentence(_template(criterion, outcome, faulted), words),
        remedy=_remedy(criterion, faulted, words) if outcome is Outcome.NOT_MET else "",
        evidence=_in_order(_evidence(outcome, excluded, fault, needed, check), scene),
        probability=_probability(outcome, fault, check),
        critical=criterion.critical,
    )


def _ask(check: Check | None, default: Finding, scene: Scene) -> Finding:
    return default if check is None else look(check, scene)


def _points(criterion: Criterion, outcome: Outcome, faulted: bool, check: Finding) -> float | None:
    """All for met; for not met the share of the decided parts when partial, and nothing after a fault."""
    if outcome is Outcome.MET:
        return round(criterion.weight, DECIMALS)
    if outcome is not Outcome.NOT_MET:
        return None
    if faulted or not criterion.partial or not check.possible:
        return 0.0
    return round(criterion.weight * check.earned / check.possible, DECIMALS)


def _probability(outcome: Outcome, fault: Finding, check: Finding) -> float | None:
    """That the criterion is met if it applies: of several parts the weakest counts, not their product."""
    if outcome is Outcome.NOT_APPLICABLE or check.truth is Truth.OUT:
        return None
    return round(min(check.probability, 1.0 - fault.probability), DECIMALS)


def _deciding_evidence(outcome: Outcome, deciding: Finding, scene: Scene) -> tuple[Evidence, ...]:
    """What a sentence quotes: against before for when not met; one piece a behaviour, in the order of the call."""
    pieces = deciding.shown
    if outcome is Outcome.NOT_MET and deciding.against:
        pieces = deciding.against
    strongest: dict[str, Evidence] = {}
    for piece in pieces:
        strongest.setdefault(piece.behaviour, piece)
    return _in_order(strongest.values(), scene)


def _evidence(
    outcome: Outcome, excluded: Finding, fault: Finding, needed: Finding, check: Finding
) -> tuple[Evidence, ...]:
    if outcome is Outcome.NOT_APPLICABLE:
        return excluded.shown if excluded.truth is Truth.YES else ()
    accused = fault.shown if fault.truth is not Truth.NO else ()
    doubted = excluded.shown if outcome is Outcome.UNSURE else ()
    return (*doubted, *accused, *needed.shown, *check.shown, *check.against)


def _in_order(evidence: Iterable[Evidence], scene: Scene) -> tuple[Evidence, ...]:
    """By turn, then by where the words stand in it."""

    def order(item: Evidence) -> tuple[int, float, int, str, str]:
        at = scene.turns[item.turn].text.find(item.quote)
        return item.turn, item.start or 0.0, at, item.behaviour, item.quote

    return tuple(sorted(dict.fromkeys(evidence), key=order))


def _words(
    criterion: Criterion, outcome: Outcome, shown: Sequence[Evidence], cue: Sequence[Evidence], scene: Scene
) -> dict[str, str]:
    """What stands for the placeholders that come from evidence."""
    medium = scene.call.medium
    first, asked = next(iter(shown), None), next(iter(cue), None)
    return {
        "title": criterion.title,
        "speaker": _speaker(None if outcome is Outcome.NOT_MET else first, scene),
        "quote": quotes(shown),
        "when": when(first, medium) if first else "",
        "time": place(first, medium) if first else "",
        "cue": quotes(cue[:1]),
        "cue_when": when(asked, medium) if asked else "",
    }


def _speaker(evidence: Evidence | None, scene: Scene) -> str:
    """The one who is judged, unless the evidence is somebody else's words."""
    names = {Role.CUSTOMER: "the customer", Role.SYSTEM: "the recording", Role.UNKNOWN: "somebody"}
    agent = scene.call.info.agent_name or "the agent"
    return agent if evidence is None else names.get(evidence.role, agent)


def _why(outcome: Outcome, excluded: Finding, fault: Finding, needed: Finding, check: Finding) -> str:
    """Why a criterion did not apply, is not sure, or is a fault; empty for the rest."""
    if outcome is Outcome.NOT_APPLICABLE and excluded.truth is Truth.YES:
        return listed(excluded.found)
    if outcome is Outcome.NOT_APPLICABLE:
        return "it could not be measured" if needed.truth is Truth.YES else f"nothing shows {needed.label}"
    if outcome is Outcome.UNSURE:
        asked = [finding for finding in (excluded, fault, needed, check) if finding.truth is Truth.UNSURE]
        doubts = dict.fromkeys(doubt for finding in asked for doubt in finding.doubts)
        return "; ".join([*doubts][:MOST_DOUBTS])
    return listed(fault.found) if fault.truth is Truth.YES else ""


def _template(criterion: Criterion, outcome: Outcome, faulted: bool) -> str:
    if faulted:
        return criterion.reasons.fault
    return {
        Outcome.MET: criterion.reasons.met,
        Outcome.NOT_MET: criterion.reasons.not_met,
        Outcome.NOT_APPLICABLE: criterion.reasons.not_applicable,
        Outcome.UNSURE: criterion.reasons.unsure,
    }[outcome]


def _remedy(criterion: Criterion, faulted: bool, words: dict[str, str]) -> str:
    return sentence(criterion.fault_remedy if faulted else criterion.remedy, words)
