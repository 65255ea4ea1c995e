from dataclasses import replace
from datetime import UTC, datetime

from invented import MET, NA, NOT_MET, UNSURE, record, scored

from scoring.calls import CallInfo
from scoring.pages.call_page import call_page
from scoring.pages.card_view import card_view
from scoring.pages.contexts import CardView
from scoring.pages.urls import FOLDER_FILES
from scoring.scorecard import ScoredCall, make_scorecards
from scoring.settings import ScorecardSettings


def view(calls: list[ScoredCall], min_calls: int = 3) -> CardView:
    cards = make_scorecards(calls, ScorecardSettings(min_calls=min_calls))
    return card_view(cards.agents[0], min_calls, FOLDER_FILES, UTC)


def greeted(number: int, **info: object) -> ScoredCall:
    return scored(f"c{number}", {"greeting": MET, "name_use": NOT_MET}, CallInfo(file=f"{number}.wav", **info))  # type: ignore[arg-type]


def test_answers_that_nobody_gave_are_left_out() -> None:
    assert view([greeted(1)]).facts == ()
    facts = {fact.label: fact.value for fact in view([greeted(1, csat=4.0, nps=9), greeted(2, nps=3)]).facts}
    assert facts == {"CSAT": "4.0 (1\u00a0answer)", "NPS": "0 (2\u00a0answers)"}


def test_failures_come_with_the_number_of_calls() -> None:
    calls = [greeted(1), replace(greeted(2), score=replace(greeted(2).score, failed=True))]
    assert view(calls).facts[0].value == "1 of 2"


def test_points_are_shown_only_where_they_differ_from_the_rate() -> None:
    calls = [scored(f"c{n}", {"greeting": NOT_MET, "empathy": MET}) for n in range(4)]
    part = [replace(item, points=7.5) if item.id == "greeting" else item for item in calls[0].score.criteria]
    calls[0] = replace(calls[0], score=replace(calls[0].score, criteria=tuple(part)))
    greeting, empathy = view(calls).criteria
    assert (greeting.percent, greeting.earned) == ("0\u00a0%", "12\u00a0%")
    assert (empathy.percent, empathy.earned) == ("100\u00a0%", "")


def test_a_criterion_nobody_could_judge_has_no_percent() -> None:
    (row,) = view([scored("c1", {"greeting": NA})]).criteria
    assert (row.percent, row.interval, row.judged, row.earned) == ("–", "", 0, "")


def test_unsure_calls_give_a_range() -> None:
    (row,) = view(
        [scored(f"c{n}", {"greeting": outcome}) for n, outcome in enumerate([MET, NOT_MET, UNSURE, UNSURE])]
    ).criteria
    assert (row.percent, row.unsure, row.unsure_range) == ("50\u00a0%", 2, "25–75")


def test_what_sets_a_criterion_apart_is_noted() -> None:
    call = greeted(1)
    criteria = tuple(replace(item, critical="call" if item.id == "name_use" else "") for item in call.score.criteria)
    sections = tuple(replace(item, separate=True) for item in call.score.sections)
    card = view([replace(call, score=replace(call.score, criteria=criteria, sections=sections))])
    assert card.criteria[0].notes == ("weight 15", "reported apart")
    assert card.criteria[1].notes == ("weight 10", "critical to the call", "reported apart")
    assert "reported apart, not in the score" in card.sections[0].note


def test_two_rubrics_are_told_apart_and_warned_of() -> None:
    call = greeted(2)
    other = replace(call, score=replace(call.score, rubric="written_reply"))
    card = view([greeted(1), other])
    assert [row.notes[0] for row in card.criteria] == ["core", "core", "written_reply", "written_reply"]
    assert "core 1.2 (1\u00a0call), written_reply 1.2 (1\u00a0call)" in card.mixed
    assert view([greeted(1)]).mixed == ""


def test_the_latest_period_comes_first_and_one_period_is_no_trend() -> None:
    calls = [greeted(n, started_at=datetime(2026, n, 3, tzinfo=UTC)) for n in (1, 2, 3)]
    card = view(calls)
    assert [period.label for period in card.periods] == ["March 2026", "February 2026", "January 2026"]
    assert card.trend
    assert not view(calls[:1]).trend
    assert not card.periods[0].score.enough


def test_a_moment_without_a_date_goes_by_its_file_name() -> None:
    info = CallInfo(file="inbox/evening.wav")
    card = view([record(info, {"greeting": MET, "farewell": NOT_MET}).scored])
    assert card.best[0].link.text.startswith("evening.wav at 0:")
    assert card.missed[0].link.text == "evening.wav"
    assert card.missed[0].said == ""


def test_points_of_a_section_apart_are_not_in_the_calls_total() -> None:
    item = record(CallInfo(file="a.wav"), {"greeting": MET, "empathy": NOT_MET, "farewell": NOT_MET})
    sections = tuple(replace(part, separate=part.id == "closing") for part in item.scored.score.sections)
    item = replace(item, scored=replace(item.scored, score=replace(item.scored.score, sections=sections)))
    cards = make_scorecards([item.scored], ScorecardSettings())
    assert call_page(item, cards, FOLDER_FILES).score.judged == "15 of 45 points"
