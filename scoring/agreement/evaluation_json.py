"""An evaluation as JSON for machines: the same evaluation gives the same bytes."""

from __future__ import annotations

import json
from typing import Any

from scoring.agreement.chance import LEVEL, RESAMPLES, SEED, Counts, Estimate
from scoring.agreement.curves import Calibration, RiskCoverage
from scoring.agreement.evaluation import NEIGHBOUR, ROLES, Compared, Evaluation, ItemReport, RoleReport, Scores
from scoring.agreement.judging import CallJudgement
from scoring.agreement.reference import COUNTED, Label, ReferenceCall

SCHEMA_VERSION = 1  # raised when a reader of the old form would be misled
DIGITS = 6

METHOD = {
    "intervals": "percentile bootstrap over calls, resamples in which the figure is not defined left out",
    "level": LEVEL,
    "resamples": RESAMPLES,
    "seed": SEED,
    "unsure": "counts with its likelier value; `decided` leaves it out",
    "not_labelled": "an item on which people gave no common value is not counted",
    "precision_recall_f1": "of the value y; of items with other values the mean over the values",
    "evidence": f"share of calls, both y, in which one of our turns is within {NEIGHBOUR} of one that people named",
    "name_count": "agrees within the readers' range; kappa and AC1 take the count in it that is nearest to ours",
    "probability": "that the value given is right",
    "risk_coverage": "unsure answers leave first, then the least probable; area is the mean error over all coverages",
}


def as_json(evaluation: Evaluation) -> bytes:
    """Return the whole evaluation, numbers cut to six digits, keys in a fixed order."""
    reference = evaluation.reference
    value = {
        "schema_version": SCHEMA_VERSION,
        "reference": {"file": reference.name, "sha256": reference.sha256, "calls": len(reference.calls)},
        "items": {item.name: _item(item) for item in evaluation.items},
        "roles": _roles(evaluation.roles),
        "calls": _calls(evaluation),
        "method": METHOD,
        "made_by": dict(evaluation.made_by),
    }
    return (json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def _item(item: ItemReport) -> dict[str, Any]:
    return {
        **_scores(item.scores),
        "unsure": item.unsure / item.scores.n,
        "unsure_n": item.unsure,
        "evidence": item.evidence.share,
        "evidence_first": item.evidence.share_first,
        "evidence_n": item.evidence.n,
        "values": item.values,
        "confusion": _rows(item.confusion),
        "confusion_unsure": _rows(item.confusion_unsure),
        "decided": _scores(item.decided),
        "risk_coverage": _risk_coverage(item.risk_coverage),
        "calibration": _calibration(item.calibration),
        "baseline": None if item.baseline is None else _scores(item.baseline),
    }


def _scores(scores: Scores) -> dict[str, Any]:
    chance = scores.chance
    return {
        "n": scores.n,
        **_estimate("agreement", chance.agreement),
        **_estimate("kappa", chance.kappa),
        **_estimate("ac1", chance.ac1),
        "precision": scores.precision,
        "recall": scores.recall,
        "f1": scores.f1,
    }


def _estimate(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _rows(table: Counts) -> list[list[int]]:
    """People's values in rows, ours in columns."""
    return [[int(cell) for cell in row] for row in table]


def _risk_coverage(curve: RiskCoverage) -> dict[str, Any]:
    points = [{"coverage": point.coverage, "error": point.error} for point in curve.points]
    return {"area": curve.area, "points": points}


def _calibration(found: Calibration) -> dict[str, Any]:
    bins = [
        {"low": one.low, "high": one.high, "n": one.n, "probability": one.probability, "right": one.right}
        for one in found.bins
    ]
    return {"brier": found.brier, "ece": found.ece, "bins": bins}


def _roles(roles: RoleReport) -> dict[str, Any]:
    return {
        **_estimate("turns", roles.turns),
        **_estimate("words", roles.words),
        "n_turns": roles.n_turns,
        "n_words": roles.n_words,
        "values": [role.value for role in ROLES],
        "confusion": _rows(roles.confusion),
        "confusion_words": _rows(roles.confusion_words),
    }


def _calls(evaluation: Evaluation) -> list[dict[str, Any]]:
    compared = {(one.call.id, one.item): one for item in evaluation.items for one in item.compared}
    return [
        _call(call, made, {item.name: compared[call.id, item.name] for item in evaluation.items})
        for call, made in zip(evaluation.reference.calls, evaluation.judged, strict=True)
    ]


def _call(call: ReferenceCall, made: CallJudgement, compared: dict[str, Compared]) -> dict[str, Any]:
    return {
        "id": call.id,
        "roles": {
            "truth": [None if role is None else role.value for role in call.roles],
            "ours": [role.value for role in made.roles],
        },
        "items": {name: _compared(one) for name, one in compared.items()},
    }


def _compared(one: Compared) -> dict[str, Any]:
    return {
        "truth": _truth(one.item, one.people),
        "ours": int(one.ours.value) if one.item == COUNTED else one.ours.value,
        "probability": one.ours.probability,
        "unsure": one.ours.unsure,
        "evidence": one.ours.evidence_turns,
        "truth_evidence": one.people.evidence if one.people else (),
    }


def _truth(item: str, label: Label | None) -> str | list[int] | None:
    if label is None:
        return None
    return [int(label.value), label.most or 0] if item == COUNTED else label.value
