"""What must hold for every call and every rubric."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import call, criterion, hit, rubric, signals, with_hits
from test_truth import LEAVES, trees

from scoring import __version__
from scoring.calls import Medium
from scoring.errors import RubricError
from scoring.judge import judge_call
from scoring.results import CallScore, Outcome
from scoring.rubric import AllOf, BehaviourCheck, Condition, FactCheck, Not, Section
from scoring.signals.types import Signals

MET, NOT_MET, NA, UNSURE = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE, Outcome.UNSURE
RANK = {NOT_MET: 0, UNSURE: 1, MET: 2}

chances = st.one_of(st.sampled_from([0.1, 0.35, 0.5, 0.65, 0.9]), st.floats(0, 1))
hits = st.builds(
    hit,
    st.sampled_from(LEAVES[:8]),
    st.integers(0, 7),
    chances,
    st.just("words"),
    doubt=st.sampled_from(["", "", "misheard"]),
)
found = st.lists(hits, max_size=12).map(lambda made: signals(*made))


@st.composite
def rubrics(draw, positive: bool = False):
    count = draw(st.integers(1, 5))
    made = []
    for index in range(count):
        tree, _ = draw(trees(depth=2, positive=positive))
        more = {}
        if not positive and draw(st.booleans()):
            more["only_when"] = BehaviourCheck(behaviour=draw(st.sampled_from(LEAVES[:8])))
        weight = draw(st.sampled_from([0, 1, 2.5, 10, 30]))
        made.append(criterion(tree, f"c{index}", weight=weight, partial=draw(st.booleans()), **more))
    return rubric(*made)


def text(score: CallScore) -> str:
    return json.dumps(asdict(score), ensure_ascii=False)


@settings(max_examples=50, deadline=None)
@given(found, rubrics())
def test_judged_twice_is_the_same_to_the_byte(seen, standard):
    assert text(judge_call(call(), seen, standard)) == text(judge_call(call(), seen, standard))


@settings(max_examples=50, deadline=None)
@given(found, rubrics(), st.randoms())
def test_the_order_of_signals_does_not_matter(seen, standard, random):
    shuffled = replace(seen, hits=tuple(random.sample(seen.hits, len(seen.hits))), facts=seen.facts[::-1])
    one, other = judge_call(call(), seen, standard), judge_call(call(), shuffled, standard)
    assert replace(one, provenance=other.provenance) == other


@settings(max_examples=50, deadline=None)
@given(found, rubrics(), st.randoms())
def test_the_order_of_criteria_does_not_matter(seen, standard, random):
    shuffled = replace(standard, criteria=tuple(random.sample(standard.criteria, len(standard.criteria))))
    one, other = judge_call(call(), seen, standard), judge_call(call(), seen, shuffled)
    assert (one.score, one.low, one.high, one.failed) == (other.score, other.low, other.high, other.failed)
    assert {item.id: item for item in one.criteria} == {item.id: item for item in other.criteria}


@settings(max_examples=50, deadline=None)
@given(found, rubrics(positive=True), hits)
def test_more_evidence_never_lowers_a_criterion_that_asks_for_it(seen, standard, more):
    before = judge_call(call(), seen, standard).criteria
    after = judge_call(call(), with_hits(seen, more), standard).criteria
    for one, other in zip(before, after, strict=True):
        assert RANK[one.outcome] <= RANK[other.outcome]
        if one.points is not None and other.points is not None:
            assert one.points <= other.points
        assert one.probability is not None
        assert other.probability is not None
        assert one.probability <= other.probability


@settings(max_examples=50, deadline=None)
@given(found, rubrics(), st.floats(0.1, 50))
def test_what_does_not_apply_never_moves_the_score(seen, standard, weight):
    silent = criterion(id="silent", weight=weight, not_applicable_when=FactCheck(fact="type", is_="normal"))
    gated = criterion(id="gated", weight=weight, only_when=FactCheck(fact="type", is_="dropped"))
    one = judge_call(call(), seen, standard)
    other = judge_call(call(), seen, replace(standard, criteria=(*standard.criteria, silent, gated)))
    assert [item.outcome for item in other.criteria[-2:]] == [NA, NA]
    assert (one.score, one.low, one.high) == (other.score, other.low, other.high)


@settings(max_examples=50, deadline=None)
@given(found, rubrics(), st.floats(0.01, 100))
def test_only_the_proportion_of_weights_matters(seen, standard, factor):
    scaled = replace(standard, criteria=tuple(replace(c, weight=c.weight * factor) for c in standard.criteria))
    one, other = judge_call(call(), seen, standard), judge_call(call(), seen, scaled)
    for name in ("score", "low", "high"):
        here, there = getattr(one, name), getattr(other, name)
        assert (here is None) == (there is None)
        assert here is None or here == pytest.approx(there, abs=1e-2)  # points are rounded to 6 decimals


@settings(max_examples=50, deadline=None)
@given(found, rubrics())
def test_low_and_high_are_what_the_unsure_could_turn_out(seen, standard):
    made = judge_call(call(), seen, standard)
    decided = [(c.points, c.weight) for c in made.criteria if c.points is not None]
    unsure = [c.weight for c in made.criteria if c.outcome is UNSURE]
    scores = []
    for way in product((0, 1), repeat=len(unsure)):
        earned = sum(points for points, _ in decided) + sum(w * turned for w, turned in zip(unsure, way, strict=True))
        possible = sum(weight for _, weight in decided) + sum(unsure)
        scores.append(100 * earned / possible if possible else None)
    if scores[0] is None:
        assert (made.score, made.low, made.high) == (None, None, None)
        return
    assert made.low == pytest.approx(min(scores), abs=1e-5)
    assert made.high == pytest.approx(max(scores), abs=1e-5)
    assert 0 <= made.low <= made.high <= 100
    if made.score is not None:
        assert made.low <= made.score <= made.high


@settings(max_examples=50, deadline=None)
@given(found, rubrics())
def test_points_follow_from_the_outcome(seen, standard):
    for item in judge_call(call(), seen, standard).criteria:
        assert (item.points is None) == (item.outcome in (NA, UNSURE))
        assert (item.remedy != "") == (item.outcome is NOT_MET)
        assert (item.probability is None) == (item.outcome is NA)
        assert item.reason
        if item.outcome is MET:
            assert item.points == item.weight
        if item.outcome is NOT_MET and item.weight:
            assert 0 <= item.points < item.weight
        for piece in item.evidence:
            assert 0 <= piece.turn < 8
            assert piece.quote


@settings(max_examples=50, deadline=None)
@given(found, rubrics())
def test_a_section_of_its_own_is_never_averaged_in(seen, standard):
    apart = (Section(id="part", title="Part"), Section(id="rules", title="Rules", separate=True))
    rule = criterion(AllOf(all_of=(Not(not_=BehaviourCheck(behaviour="card_data")),)), "rule", "rules", weight=99)
    one = judge_call(call(), seen, standard)
    other = judge_call(call(), seen, replace(standard, sections=apart, criteria=(*standard.criteria, rule)))
    assert (one.score, one.low, one.high) == (other.score, other.low, other.high)
    assert (other.sections[1].score, other.sections[1].separate) == (100, True)
    assert one.sections[0] == other.sections[0]


def test_nothing_to_judge_is_no_number():
    gone = criterion(not_applicable_when=FactCheck(fact="type", is_="voicemail"))
    made = judge_call(call(), signals(facts={"type": "voicemail"}), rubric(gone))
    assert (made.score, made.low, made.high, made.sections[0].score) == (None, None, None, None)
    only_unsure = judge_call(call(), signals(hit("close_bye", 0, 0.5)), rubric(criterion()))
    assert (only_unsure.score, only_unsure.low, only_unsure.high) == (None, 0, 100)
    weightless = judge_call(call(), signals(), rubric(criterion(weight=0)))
    assert weightless.score is None
    assert weightless.criteria[0].outcome is NOT_MET


def test_a_critical_criterion_fails_apart_from_the_score():
    light = criterion(id="light", weight=90, check=BehaviourCheck(behaviour="courtesy"))
    seen = signals(hit("courtesy", 0))
    for critical, section, whole in (("", False, False), ("section", True, False), ("call", True, True)):
        made = judge_call(call(), seen, rubric(light, criterion(critical=critical)))
        assert (made.sections[0].failed, made.failed, made.score) == (section, whole, 90)
        unsure = judge_call(
            call(), with_hits(seen, hit("close_bye", 0, 0.5)), rubric(light, criterion(critical=critical))
        )
        assert (unsure.sections[0].failed, unsure.failed) == (False, False)


def test_a_condition_is_told_and_costs_nothing():
    rude = Condition(id="rude", text="abusive customer", when=BehaviourCheck(behaviour="abuse"))
    standard = replace(rubric(criterion()), conditions=(rude,))
    calm = judge_call(call(), signals(hit("abuse", 1, 0.49)), standard)
    angry = judge_call(call(), signals(hit("abuse", 1, 0.5)), standard)
    assert (calm.conditions, angry.conditions) == ((), ("abusive customer",))
    assert calm.score == angry.score


def test_a_condition_of_which_nothing_is_known_is_not_told():
    cut = Condition(id="cut", text="cut off", when=FactCheck(fact="type", is_="dropped"))
    standard = replace(rubric(criterion()), conditions=(cut,))
    assert judge_call(call(), Signals((), (), ()), standard).conditions == ()
    assert judge_call(call(), signals(facts={"type": "dropped"}), standard).conditions == ("cut off",)


def test_another_medium_is_refused_with_what_to_do():
    with pytest.raises(RubricError, match=r"is for chat and email, and call\.wav is a call") as caught:
        judge_call(call(), signals(), rubric(criterion(), applies_to=("chat", "email")))
    assert "applies_to" in caught.value.hint


def test_signals_of_another_transcript_are_refused():
    with pytest.raises(ValueError, match="turn 8 of 8"):
        judge_call(call("acacacac"), signals(hit("close_bye", 8)), rubric(criterion()))


def test_every_score_says_what_it_was_made_of():
    spoken, seen, standard = call(), signals(), replace(rubric(criterion()), content_hash="abc")
    made = judge_call(spoken, seen, standard, models=[("zeta", "1"), ("alpha", "2"), ("zeta", "1")]).provenance
    assert made.transcript == spoken.transcript.content_hash
    assert (made.signals, made.rubric, made.code) == (seen.content_hash, "abc", __version__)
    assert made.models == (("alpha", "2"), ("detector", "scripted 1"), ("engine", "scripted 1"), ("zeta", "1"))
    assert made.audio == spoken.id
    assert judge_call(call(medium=Medium.CHAT, duration=None), seen, standard).provenance.audio is None
    assert judge_call(call(duration=None), seen, standard).provenance.audio is None


def test_no_turns_at_all_can_be_judged():
    made = judge_call(call(()), Signals((), (), ()), rubric(criterion()))
    assert made.criteria[0].outcome is NOT_MET
    assert made.criteria[0].evidence == ()
