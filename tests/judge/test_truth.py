"""Three-valued logic against an oracle that tries every way the unsure parts could turn out."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import call, hit, signals

from scoring.judge.looking import LOOKS, look
from scoring.judge.scene import Scene
from scoring.judge.truth import Truth, all_of, at_least, decide, negate, of_probability
from scoring.results import Outcome
from scoring.rubric import KINDS, AllOf, AnyOf, AtLeast, BehaviourCheck, Check, MeasureCheck, Not, Range, walk
from scoring.vocabulary import BEHAVIOURS

YES, NO, UNSURE, OUT = Truth.YES, Truth.NO, Truth.UNSURE, Truth.OUT
LEAVES = [behaviour.name for behaviour in BEHAVIOURS if behaviour.by.value == "agent"]
CHANCE = {YES: 0.9, UNSURE: 0.5, NO: 0.1}


@st.composite
def trees(draw, depth: int = 3, positive: bool = False):
    """A tree whose leaves are different behaviours (or a measure that was not taken), with what is known of each."""
    states: dict[str, Truth] = {}

    def grow(level: int) -> Check:
        kinds = ["leaf", "all", "any", "some"] + ([] if positive else ["not"])
        kind = draw(st.sampled_from(kinds)) if level and len(states) < 6 else "leaf"
        if kind == "leaf":
            return leaf()
        if kind == "not":
            return Not(not_=grow(level - 1))
        parts = tuple(grow(level - 1) for _ in range(draw(st.integers(1, 3))))
        if kind == "some":
            return AtLeast(at_least=draw(st.integers(1, len(parts))), of=parts)
        return AllOf(all_of=parts) if kind == "all" else AnyOf(any_of=parts)

    def leaf() -> Check:
        state = draw(st.sampled_from([YES, NO, UNSURE] if positive else [YES, NO, UNSURE, OUT]))
        if state is OUT:
            return MeasureCheck(measure="ring_seconds", good=Range(at_most=1))
        name = LEAVES[len(states)]
        states[name] = state
        return BehaviourCheck(behaviour=name)

    return grow(depth), states


def known(tree: Check, truths: dict[str, bool]) -> bool | None:
    """Plain two-valued logic; None where nothing is left to ask."""
    if isinstance(tree, BehaviourCheck):
        return truths[tree.behaviour]
    if isinstance(tree, MeasureCheck):
        return None
    if isinstance(tree, Not):
        inner = known(tree.not_, truths)
        return None if inner is None else not inner
    parts = tree.all_of if isinstance(tree, AllOf) else tree.any_of if isinstance(tree, AnyOf) else tree.of
    answers = [answer for part in parts if (answer := known(part, truths)) is not None]
    if not answers:
        return None
    needed = len(answers) if isinstance(tree, AllOf) else tree.at_least if isinstance(tree, AtLeast) else 1
    return sum(answers) >= min(needed, len(answers))


def by_trying(tree: Check, states: dict[str, Truth]) -> Truth:
    ways = [(True, False) if state is UNSURE else (state is YES,) for state in states.values()]
    answers = {known(tree, dict(zip(states, way, strict=True))) for way in product(*ways)}
    if len(answers) > 1:
        return UNSURE
    return {True: YES, False: NO, None: OUT}[answers.pop()]


def scene_of(states: dict[str, Truth]) -> Scene:
    hits = [hit(name, 0, CHANCE[state]) for name, state in states.items()]
    return Scene(call(), signals(*hits), (0.35, 0.65))


@settings(max_examples=150, deadline=None)
@given(trees())
def test_a_tree_says_what_trying_every_way_says(made):
    tree, states = made
    assert look(tree, scene_of(states)).truth is by_trying(tree, states)


@settings(max_examples=80, deadline=None)
@given(trees(), st.data())
def test_settling_what_is_unsure_never_turns_a_sure_answer_round(made, data):
    tree, states = made
    before = look(tree, scene_of(states)).truth
    settled = {name: data.draw(st.sampled_from([YES, NO])) if s is UNSURE else s for name, s in states.items()}
    after = look(tree, scene_of(settled)).truth
    assert after is before or before is UNSURE


@settings(max_examples=80, deadline=None)
@given(trees())
def test_probability_and_shares_stay_between_none_and_all(made):
    tree, states = made
    found = look(tree, scene_of(states))
    assert 0 <= found.probability <= 1
    assert 0 <= found.earned <= found.possible <= 1 + 1e-9
    if found.truth is YES:
        assert found.earned == pytest.approx(found.possible)
        assert not found.missing
    if found.truth is NO:
        assert found.missing
    if found.truth is UNSURE:
        assert found.doubts


@given(st.lists(st.sampled_from([YES, NO, UNSURE, OUT]), max_size=6), st.integers(1, 6), st.randoms())
def test_parts_count_whatever_their_order(parts, needed, random):
    shuffled = random.sample(parts, len(parts))
    assert at_least(needed, parts) is at_least(needed, shuffled)
    assert at_least(needed, [*parts, OUT]) is at_least(needed, parts)


@given(st.lists(st.sampled_from([YES, NO, UNSURE]), min_size=1, max_size=6))
def test_all_of_is_the_opposite_of_any_of_the_opposites(parts):
    assert all_of(parts) is negate(at_least(1, [negate(part) for part in parts]))


def test_a_sure_miss_decides_and_nothing_is_not_a_number():
    assert all_of([YES, UNSURE, NO]) is NO
    assert all_of([YES, UNSURE]) is UNSURE
    assert at_least(1, [UNSURE, YES]) is YES
    assert at_least(2, [YES, UNSURE, NO]) is UNSURE
    assert at_least(2, [UNSURE, NO, NO]) is NO
    assert all_of([]) is OUT
    assert all_of([OUT, OUT]) is OUT
    assert negate(UNSURE) is UNSURE
    assert negate(OUT) is OUT


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0, NO), (0.3499, NO), (0.35, UNSURE), (0.5, UNSURE), (0.6499, UNSURE), (0.65, YES), (1, YES)],
)
def test_a_probability_is_unsure_from_the_lower_end_up_to_the_upper(probability, expected):
    assert of_probability(probability, (0.35, 0.65)) is expected


def test_a_band_without_width_decides_at_one_half():
    assert of_probability(0.5, (0.5, 0.5)) is YES
    assert of_probability(0.4999, (0.5, 0.5)) is NO


MET, NOT_MET, NA, OPEN = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE, Outcome.UNSURE


@pytest.mark.parametrize(
    ("excluded", "fault", "needed", "check", "outcome"),
    [
        (NO, NO, YES, YES, MET),
        (NO, NO, YES, NO, NOT_MET),
        (NO, NO, YES, UNSURE, OPEN),
        (NO, NO, YES, OUT, NA),
        (NO, NO, NO, NO, NA),
        (NO, NO, NO, UNSURE, NA),
        (NO, NO, UNSURE, NO, OPEN),
        (NO, NO, UNSURE, YES, OPEN),
        (NO, NO, UNSURE, OUT, NA),
        (YES, YES, YES, YES, NA),
        (YES, UNSURE, UNSURE, UNSURE, NA),
        (UNSURE, NO, YES, YES, OPEN),
        (UNSURE, NO, NO, YES, NA),
        (NO, YES, NO, YES, NOT_MET),
        (NO, YES, UNSURE, UNSURE, NOT_MET),
        (NO, UNSURE, YES, NO, NOT_MET),
        (NO, UNSURE, YES, YES, OPEN),
        (NO, UNSURE, NO, YES, OPEN),
        (OUT, OUT, YES, YES, MET),
        (NO, NO, OUT, YES, NA),
    ],
)
def test_the_four_questions_are_asked_in_order(excluded, fault, needed, check, outcome):
    assert decide(excluded, fault, needed, check) is outcome


def test_every_kind_of_check_can_be_judged():
    assert set(LOOKS) >= set(KINDS.values())


@given(trees())
def test_walking_a_tree_meets_every_leaf_once(made):
    tree, states = made
    seen = [check.behaviour for check in walk(tree) if isinstance(check, BehaviourCheck)]
    assert sorted(seen) == sorted(states)
