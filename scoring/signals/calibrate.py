"""Weighs reader and rules against each other: `python -m scoring.signals.calibrate`. The same numbers on every run.

For each behaviour a logistic regression over the reader's logit, whether a rule spoke, and the rule's logit, fitted on
calls of our own that the reader never saw, and measured on others that nothing saw. With few of a kind it stays near
`PRIOR` (a Gaussian prior, as ridge regression has it).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.calls import CallInfo, Transcript, Turn
from scoring.reader import ConversationReader, load_reader
from scoring.reader.examples import Example, read_calls
from scoring.reader.reading import ADAPTER
from scoring.settings import load_settings
from scoring.signals import course
from scoring.signals.detect import Company, rules_of
from scoring.signals.phrases import surest
from scoring.signals.shown import COLUMNS, WEIGHTS, Weights, decided, log_odds, strongest
from scoring.signals.types import Hit

PRIOR = Weights(reader=0.9, ruled=0.5, rule=0.5, shift=0.0)
STRENGTH = 4.0  # of the prior: a weight one off it costs as much as two calls judged at chance
STEPS = 30  # of Newton's method; it has converged long before
_TINY = 1e-9  # steps under it are not made smaller
FIGURES = 3  # after the point, of what the card says
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One turn and one behaviour: what reader and rules say, and whether it is so."""

    behaviour: str
    reader: float  # logit
    rule: float | None  # probability
    shown: bool


def transcript_of(call: Example) -> Transcript:
    """An invented call as turns with their true roles."""
    return Transcript(tuple(Turn(one.role, one.text, speaker=one.speaker) for one in call.sentences))


def cases(calls: Iterable[Example], reader: ConversationReader) -> list[Case]:
    """Every turn of every call with every behaviour that it was judged by."""
    made = []
    for call in calls:
        transcript = transcript_of(call)
        turns = transcript.turns
        reading = reader.read([turn.text for turn in turns], [turn.role for turn in turns])
        found, _ = rules_of(transcript, CallInfo(call.name), Company())
        rules = {(hit.turn, hit.behaviour): hit for hit in surest(found)}
        for (turn, name), (_, logit) in strongest(transcript, reading).items():
            one = call.sentences[turn]
            if name in one.judged:
                rule = rules.get((turn, name))
                made.append(Case(name, logit, rule.probability if rule else None, name in one.shows))
    return made


def fit(known: Sequence[Case]) -> Weights:
    """Fit the weights of one behaviour by Newton's method, its steps halved until they lead down."""
    prior = np.array(list(asdict(PRIOR).values()))
    if not known:
        return PRIOR
    x = np.array([_row(case) for case in known])
    y = np.array([float(case.shown) for case in known])
    w = prior.copy()
    for _ in range(STEPS):
        p = 0.5 * (1.0 + np.tanh(0.5 * (x @ w)))
        slope = x.T @ (p - y) + STRENGTH * (w - prior)
        bend = (x * (p * (1 - p))[:, None]).T @ x + STRENGTH * np.eye(len(w))
        step = np.linalg.solve(bend, slope)
        while _cost(w - step, x, y) > _cost(w, x, y) and np.abs(step).max() > _TINY:
            step = step / 2
        w = w - step
    return Weights(*(round(float(value), 4) for value in w))


def _cost(w: Array, x: Array, y: Array) -> float:
    """How ill the weights fit: what is to become small."""
    off = w - list(asdict(PRIOR).values())
    return float((np.logaddexp(0, x @ w) - y * (x @ w)).sum() + STRENGTH / 2 * (off @ off))


def _row(case: Case) -> list[float]:
    ruled = case.rule is not None
    return [case.reader, float(ruled), log_odds(case.rule) if case.rule is not None else 0.0, 1.0]


def figures(known: Sequence[Case], chances: Sequence[float]) -> dict[str, float | int | None]:
    """Precision, recall and F1 at one half, area under the ROC curve, and the Brier score."""
    y = np.array([case.shown for case in known], dtype=bool)
    p = np.array(chances, dtype=np.float64)
    hits = int((y & (p >= 0.5)).sum())
    called, there = int((p >= 0.5).sum()), int(y.sum())
    return {
        "n": len(y),
        "shown": there,
        "precision": _share(hits, called),
        "recall": _share(hits, there),
        "f1": _share(2 * hits, called + there),
        "auc": _auc(y, p),
        "brier": round(float(np.mean((p - y) ** 2)), FIGURES + 1) if len(y) else None,
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, FIGURES) if whole else None


def _auc(y: npt.NDArray[np.bool_], p: Array) -> float | None:
    """Mann–Whitney: how often what is shown has the higher chance, ties counting half."""
    from scipy.stats import rankdata

    there = int(y.sum())
    if not 0 < there < len(y):
        return None
    above = float(rankdata(p)[y].sum()) - there * (there + 1) / 2
    return round(above / (there * (len(y) - there)), FIGURES)


def card(reader: ConversationReader, calls: Sequence[Example]) -> dict[str, object]:
    """Fit on the calibration part, measure on the test part: reader and rules together, the reader, the rules."""
    fitted: dict[str, Weights] = {}
    measured: dict[str, object] = {}
    parts = {part: cases([c for c in calls if c.part == part], reader) for part in ("calibration", "test")}
    for name in COLUMNS:
        fitted[name] = fit([case for case in parts["calibration"] if case.behaviour == name])
        test = [case for case in parts["test"] if case.behaviour == name]
        measured[name] = {
            "together": figures(test, [decided(name, case.reader, case.rule, fitted[name]) for case in test]),
            "reader": figures(test, [Weights().probability(case.reader, None) for case in test]),
            "rules": figures(test, [case.rule or 0.0 for case in test]),
        }
    return {
        "reader": reader.fingerprint,
        "weights": {name: asdict(each) for name, each in fitted.items()},
        "test": measured,
    }


def course_weights(calls: Sequence[Example]) -> dict[str, object]:
    """Fit who called whom and how the matter ended on the labels; agreement by eight-fold cross-validation."""
    facts = [call for call in calls if call.facts["outcome"] != "na"]
    x = {
        "direction": np.array([course.direction_signs(transcript_of(call)) for call in calls]),
        "outcome": np.array(
            [course.outcome_signs(transcript_of(call), _labelled(call), _kinds(call)) for call in facts]
        ),
    }
    y = {
        "direction": np.array([[float(call.facts["direction"] == "outbound")] for call in calls]),
        "outcome": np.array([[float(call.facts["outcome"] == each) for each in course.OUTCOMES] for call in facts]),
    }
    made: dict[str, object] = {name: softmax_fit(x[name], y[name]).round(4).tolist() for name in x}
    return made | {"cross_validated": {name: _agreement(x[name], y[name]) for name in x}, "n": len(calls)}


def _kinds(call: Example) -> list[str]:
    return [each.strip() for each in call.facts["type"].split(",")]


def _labelled(call: Example) -> list[Hit]:
    return [
        Hit(name, at, one.role, 1.0, one.text) for at, one in enumerate(call.sentences) for name in sorted(one.shows)
    ]


def softmax_fit(x: Array, y: Array) -> Array:
    """Fit weights of shape (signs + 1, classes), the last row the constant: logistic for one column, else softmax.

    Gradient steps with the prior that weights are 0; the loss is convex, so that the start does not matter.
    """
    from scipy.optimize import minimize

    rows = np.column_stack([x, np.ones(len(x))])
    shape = (rows.shape[1], y.shape[1])

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(shape)
        scores = rows @ weights
        if y.shape[1] == 1:
            total, chance = float(np.logaddexp(0, scores).sum() - (y * scores).sum()), 0.5 * (1 + np.tanh(scores / 2))
        else:
            top = np.logaddexp.reduce(scores, axis=1, keepdims=True)
            total, chance = float((top[:, 0] - (y * scores).sum(axis=1)).sum()), np.exp(scores - top)
        held = weights * np.r_[np.ones(shape[0] - 1), 0.0][:, None]  # the constant is free
        return total + 0.5 * float((held * weights).sum()), (rows.T @ (chance - y) + held).ravel()

    return np.asarray(minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B").x.reshape(shape))


def _agreement(x: Array, y: Array) -> dict[str, float]:
    """Share right and kappa of what each eighth of the calls is given by weights that never saw it."""
    fold = np.arange(len(x)) % 8
    said, true = np.zeros(len(x), dtype=int), y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0].astype(int)
    for held in range(8):
        weights = softmax_fit(x[fold != held], y[fold != held])
        scores = np.column_stack([x[fold == held], np.ones((fold == held).sum())]) @ weights
        said[fold == held] = scores.argmax(axis=1) if y.shape[1] > 1 else scores[:, 0] > 0
    right = float((said == true).mean())
    chance = sum(float((said == k).mean() * (true == k).mean()) for k in range(int(max(said.max(), true.max())) + 1))
    return {"agreement": round(right, FIGURES), "kappa": round((right - chance) / (1 - chance), FIGURES)}


def main() -> None:
    """Fit, and write the weights with their figures."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--adapter", type=Path, default=ADAPTER)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    made = card(load_reader(load_settings().cache_dir, options.adapter), read_calls())
    course.WEIGHTS.write_text(json.dumps(course_weights(read_calls()), sort_keys=True) + "\n", encoding="utf-8")
    options.out.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
