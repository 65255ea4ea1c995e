"""A call in another language than the rubric's is left unjudged, and says so."""

from dataclasses import replace

import pytest
from scripted import call, criterion, hit, rubric, signals

from scoring.judge import NOT_JUDGED, judge_call
from scoring.results import Outcome
from scoring.rubric import Rubric

HITS = signals(hit("close_bye", 6), hit("abuse", 7))


def judged(spoken: str, by: Rubric):
    made = call()
    return judge_call(replace(made, transcript=replace(made.transcript, language=spoken)), HITS, by)


@pytest.mark.parametrize(("spoken", "told"), [("es", "in another language (es)"), ("mul", "in several languages")])
def test_another_language_is_not_judged(spoken, told):
    score = judged(spoken, rubric(criterion(), criterion(id="two", critical="call")))
    assert [item.outcome for item in score.criteria] == [Outcome.NOT_APPLICABLE] * 2
    assert all(told in item.reason and "(en)" in item.reason for item in score.criteria)
    assert [item.critical for item in score.criteria] == ["", "call"]
    assert (score.score, score.low, score.high, score.failed) == (None, None, None, False)
    assert [section.score for section in score.sections] == [None]
    assert score.conditions == (NOT_JUDGED,)


@pytest.mark.parametrize("spoken", ["en", ""])
def test_the_rubrics_language_and_an_unknown_one_are_judged(spoken):
    score = judged(spoken, rubric(criterion()))
    assert score.score == 100.0
    assert score.conditions == ()


def test_a_rubric_may_be_in_another_language():
    spanish = rubric(criterion(), language="es")
    assert judged("es", spanish).score == 100.0
    assert judged("en", spanish).score is None
