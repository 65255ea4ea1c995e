"""Weights fitted on labelled calls, and the figures that are said of them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import CACHE

from scoring.calls import Role
from scoring.reader import LABELS, Reading, Shown, load_reader
from scoring.reader.examples import Example, Sentence, read_calls
from scoring.reader.labels import AGENT_SHOWS, CUSTOMER_SHOWS
from scoring.reader.reading import ADAPTER
from scoring.reader.tokens import pieces
from scoring.signals.calibrate import PRIOR, STRENGTH, Case, card, cases, figures, fit, softmax_fit, transcript_of
from scoring.signals.shown import COLUMNS, WEIGHTS, Weights, log_odds


def case(reader: float, rule: float | None, shown: bool) -> Case:
    return Case("hold", reader, rule, shown)


def made_cases(true: Weights, count: int, seed: int = 0) -> list[Case]:
    """Turns as they would be if the weights were true."""
    draw = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        logit = float(draw.normal(-1, 2))
        rule = float(draw.uniform(0.05, 0.95)) if draw.random() < 0.4 else None
        made.append(case(logit, rule, bool(draw.random() < true.probability(logit, rule))))
    return made


# fitting


@pytest.mark.parametrize(
    "true", [Weights(0.7, 1.2, 0.4, -0.8), Weights(1.5, -0.5, 1.0, 0.5), Weights(0.0, 0.0, 0.0, 0.0)]
)
def test_known_weights_are_found_again(true: Weights) -> None:
    found = fit(made_cases(true, 20_000))
    for name, value in asdict(true).items():
        assert getattr(found, name) == pytest.approx(value, abs=0.12), name


def test_more_data_come_nearer() -> None:
    true = Weights(1.4, 1.5, 0.1, -1.0)

    def off(count: int) -> float:
        every = [asdict(fit(made_cases(true, count, seed))) for seed in range(5)]
        return sum(abs(each[name] - value) for each in every for name, value in asdict(true).items())

    assert off(5000) < off(300) < off(0)


def test_without_data_it_is_the_prior() -> None:
    assert fit([]) == PRIOR


@given(st.floats(-8, 8), st.sampled_from([None, 0.1, 0.9]), st.booleans())
def test_one_case_moves_it_a_little(logit: float, rule: float | None, shown: bool) -> None:
    moved = np.subtract(list(asdict(fit([case(logit, rule, shown)])).values()), list(asdict(PRIOR).values()))
    row = np.array([logit, float(rule is not None), log_odds(rule) if rule is not None else 0.0, 1.0])
    assert np.abs(moved).max() <= np.abs(row).max() / STRENGTH + 1e-4  # the slope of one case is at most its row
    assert (moved[3] >= -1e-4) == shown or abs(moved[3]) <= 1e-4
    if rule is None:
        assert not moved[1:3].any()  # no rule spoke, so nothing is learnt of rules


CASES = st.lists(
    st.builds(case, st.floats(-12, 12), st.one_of(st.none(), st.floats(0, 1)), st.booleans()), min_size=1, max_size=40
)


@settings(max_examples=150)
@given(CASES)
def test_what_is_fitted_is_the_best(known: list[Case]) -> None:
    """The slope there is nought: a bowl has one lowest point, so that no other weights can be better."""
    w = np.array(list(asdict(fit(known)).values()))
    x = np.array(
        [[c.reader, float(c.rule is not None), 0.0 if c.rule is None else log_odds(c.rule), 1.0] for c in known]
    )
    y = np.array([float(c.shown) for c in known])
    p = 1 / (1 + np.exp(-np.clip(x @ w, -500, 500)))
    slope = x.T @ (p - y) + STRENGTH * (w - np.array(list(asdict(PRIOR).values())))
    bend = 0.25 * np.abs(x.T @ x).sum(axis=1) + STRENGTH
    assert np.all(np.abs(slope) <= 1e-4 * bend + 1e-6)  # weights are kept to four places


@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_nothing(known: list[Case], mixed: object) -> None:
    turned = list(reversed(known))
    one, other = asdict(fit(known)), asdict(fit(turned))
    assert list(one.values()) == pytest.approx(list(other.values()), abs=2e-4)


# figures


def test_figures_by_hand() -> None:
    chances = [0.9, 0.8, 0.5, 0.4, 0.3, 0.1]
    shown = [True, False, True, True, False, False]
    found = figures([case(0.0, None, each) for each in shown], chances)
    assert found == {
        "n": 6,
        "shown": 3,
        "precision": 0.667,  # of 0.9, 0.8 and 0.5 two are so
        "recall": 0.667,
        "f1": 0.667,
        "auc": 0.778,  # 7 of 9 pairs stand right
        "brier": round((0.01 + 0.64 + 0.25 + 0.36 + 0.09 + 0.01) / 6, 4),
    }


@pytest.mark.parametrize(
    ("shown", "chances", "known"),
    [
        ([], [], {"n": 0, "shown": 0, "precision": None, "recall": None, "f1": None, "auc": None, "brier": None}),
        ([False], [0.1], {"precision": None, "recall": None, "f1": None, "auc": None, "brier": 0.01}),
        ([True], [0.1], {"precision": None, "recall": 0.0, "f1": 0.0, "auc": None}),
        ([False], [0.9], {"precision": 0.0, "recall": None, "f1": 0.0, "auc": None}),
        ([True, False], [0.7, 0.7], {"precision": 0.5, "recall": 1.0, "auc": 0.5}),
        ([True, False], [0.7, 0.2], {"precision": 1.0, "recall": 1.0, "f1": 1.0, "auc": 1.0}),
    ],
)
def test_where_there_is_nothing_to_divide_there_is_no_figure(
    shown: list[bool], chances: list[float], known: dict[str, float | None]
) -> None:
    found = figures([case(0.0, None, each) for each in shown], chances)
    assert {name: found[name] for name in known} == known


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.4, 0.5, 0.6, 1.0])), max_size=30))
def test_the_area_is_the_share_of_pairs_that_stand_right(rows: list[tuple[bool, float]]) -> None:
    found = figures([case(0.0, None, shown) for shown, _ in rows], [chance for _, chance in rows])
    pairs = [(one, other) for shown, one in rows if shown for absent, other in rows if not absent]
    if pairs:
        right = sum(1.0 if one > other else 0.5 if one == other else 0.0 for one, other in pairs)
        assert found["auc"] == pytest.approx(right / len(pairs), abs=5.1e-4)
    else:
        assert found["auc"] is None
    if found["precision"] is not None and found["recall"] is not None and found["f1"]:
        mean = 2 / (1 / float(found["precision"] or 1) + 1 / float(found["recall"] or 1))
        assert found["f1"] == pytest.approx(mean, abs=2e-3)


# cases


class Knowing:
    """Reads what is true of invented calls, and says it more or less clearly."""

    fingerprint = "knowing"

    def __init__(self, calls: Sequence[Example], clearly: float) -> None:
        self.calls = {tuple(one.text for one in call.sentences): call for call in calls}
        self.clearly = clearly

    def read(self, texts: Sequence[str], roles: Sequence[Role] | None = None) -> Reading:
        call = self.calls[tuple(texts)]
        assert roles == [one.role for one in call.sentences]
        rows = []
        for one in pieces(texts):
            shows = call.sentences[one.turn].shows
            logits = [self.clearly if label in shows else -self.clearly for label in LABELS]
            rows.append(Shown(one.turn, one.start, one.end, np.array(logits, dtype=np.float32)))
        count = len(texts)
        return Reading(np.zeros((count, 3), np.float32), tuple(rows), np.zeros((count, 384), np.float32))


def boats(name: str) -> Example:
    agent, customer = frozenset(AGENT_SHOWS), frozenset(CUSTOMER_SHOWS)
    return Example(
        name,
        (
            Sentence(Role.SYSTEM, "Press one for boats.", speaker="S"),
            Sentence(Role.AGENT, "Harbour office. Goodbye!", frozenset({"close_bye"}), agent - {"hold"}, "A"),
            Sentence(Role.CUSTOMER, "My boat sank!", frozenset({"emp_needed"}), customer, "C"),
            Sentence(Role.AGENT, "Oh no.", frozenset({"emp_expressed"}), agent, "A2"),
        ),
    )


def test_every_turn_is_a_case_of_what_it_was_judged_by() -> None:
    call = boats("x")
    found = cases([call], Knowing([call], 2.0))
    behaviours = set(COLUMNS)
    expected = [len(behaviours & one.judged) for one in call.sentences]
    assert len(found) == sum(expected)
    assert [each.behaviour for each in found if each.shown] == ["close_bye", "emp_needed", "emp_expressed"]
    assert all((each.reader > 0) == each.shown for each in found)
    assert [each.behaviour for each in found].count("hold") == 1
    ruled = {each.behaviour: each.rule for each in found if each.rule is not None}
    assert ruled["close_bye"] > 0.5  # the rule knows a goodbye
    assert "emp_needed" not in [each.behaviour for each in found if not each.shown and each.reader > 0]


def test_a_transcript_keeps_roles_words_and_speakers() -> None:
    call = boats("x")
    made = transcript_of(call)
    assert [(turn.role, turn.text, turn.speaker) for turn in made.turns] == [
        (one.role, one.text, one.speaker) for one in call.sentences
    ]


# the card


def named(part: str, count: int) -> list[Example]:
    """Calls of one part: it follows from the name."""
    names = (f"boats {at}" for at in range(1000))
    return [boats(name) for name in names if Example(name, ()).part == part][:count]


def test_the_card_of_a_reader_that_knows_everything() -> None:
    calls = [*named("calibration", 6), *named("test", 4), *named("training", 3)]
    made = card(Knowing(calls, 3.0), calls)
    assert made["reader"] == "knowing"
    assert set(made["weights"]) == set(made["test"]) == set(COLUMNS)  # type: ignore[arg-type, call-overload]
    bye = made["test"]["close_bye"]  # type: ignore[index]
    for judge in ("together", "reader"):
        assert (bye[judge]["n"], bye[judge]["shown"]) == (8, 4)  # two agents' turns in each of four calls
        assert bye[judge]["f1"] == bye[judge]["auc"] == 1.0
    assert bye["reader"]["brier"] == pytest.approx((1 - 1 / (1 + math.exp(-3))) ** 2, abs=1e-4)
    assert made["test"]["hold"]["together"]["n"] == 4  # type: ignore[index]
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_the_card_is_fitted_on_calibration_and_measured_on_test() -> None:
    """Each part is used for its own: other training calls change nothing, other test calls no weight."""
    parts = {part: named(part, 5) for part in ("calibration", "test", "training")}
    every = [call for calls in parts.values() for call in calls]
    whole = card(Knowing(every, 1.0), every)
    assert card(Knowing(every, 1.0), [*parts["calibration"], *parts["test"]]) == whole
    fewer = card(Knowing(every, 1.0), [*parts["calibration"], *parts["test"][:2]])
    assert fewer["weights"] == whole["weights"]
    assert fewer["test"] != whole["test"]
    other = card(Knowing(every, 1.0), [*parts["calibration"][:2], *parts["test"]])
    assert other["weights"] != whole["weights"]


def test_a_card_without_calls_is_the_prior_and_no_figures() -> None:
    made = card(Knowing([], 1.0), [])
    assert set(map(str, made["weights"].values())) == {str(asdict(PRIOR))}  # type: ignore[attr-defined]
    assert all(each["together"]["f1"] is None for each in made["test"].values())  # type: ignore[attr-defined]


# classes


def test_weights_of_classes_are_found_again() -> None:
    draw = np.random.default_rng(1)
    true = np.array([[1.5, -0.5, -1.0], [0.0, 1.0, -1.0], [0.3, 0.0, -0.3]])
    x = draw.integers(0, 2, (20_000, 2)).astype(float)
    scores = np.column_stack([x, np.ones(len(x))]) @ true
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    said = (chances.cumsum(axis=1) < draw.random((len(x), 1))).sum(axis=1)
    found = softmax_fit(x, np.eye(3)[said])
    assert np.allclose(found - found.mean(axis=1, keepdims=True), true - true.mean(axis=1, keepdims=True), atol=0.1)


def test_one_column_is_a_logistic_regression() -> None:
    known = made_cases(Weights(0.8, 0.0, 0.0, -0.5), 20_000)
    x, y = np.array([[each.reader] for each in known]), np.array([[float(each.shown)] for each in known])
    found = softmax_fit(x, y)
    assert found.shape == (2, 1)
    assert found[:, 0] == pytest.approx([0.8, -0.5], abs=0.1)


# what ships


@pytest.mark.models
def test_the_shipped_figures_are_measured_again() -> None:
    if not (ADAPTER.exists() and WEIGHTS.exists()):
        pytest.skip("adapter and weights are not there yet")
    stored = json.loads(WEIGHTS.read_text("utf-8"))
    made = card(load_reader(CACHE), read_calls())
    weights_of = [str(each["reader"]).split("+")[:2] for each in (made, stored)]  # what follows is the processor's
    assert weights_of[0] == weights_of[1]
    assert set(made["test"]) == set(stored["test"])  # type: ignore[call-overload]
    for name, each in made["test"].items():  # type: ignore[attr-defined]
        for judge, found in each.items():
            for figure, value in found.items():
                assert value == pytest.approx(stored["test"][name][judge][figure], abs=0.02), (name, judge, figure)
    for name, fitted in made["weights"].items():  # type: ignore[attr-defined]
        assert fitted == pytest.approx(stored["weights"][name], abs=0.02), name


@pytest.mark.models
def test_reader_and_rules_together_are_better_than_either() -> None:
    """Over all behaviours, by the Brier score on calls that nothing was fitted on."""
    if not WEIGHTS.exists():
        pytest.skip("the weights are not there yet")
    test = json.loads(WEIGHTS.read_text("utf-8"))["test"].values()
    score = {
        judge: sum(each[judge]["brier"] * each[judge]["n"] for each in test if each[judge]["n"])
        for judge in ("together", "reader", "rules")
    }
    assert score["together"] < min(score["reader"], score["rules"])
