import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import MET, NA, NOT_MET, UNSURE, record, sample_records, scored

from scoring.calls import CallInfo
from scoring.errors import SettingsError
from scoring.results import Outcome
from scoring.scorecard import Scorecards, ScoredCall, make_scorecards
from scoring.scorecard.types import Verdict
from scoring.settings import ScorecardSettings

SETTINGS = ScorecardSettings(min_calls=3)
OUTCOMES = st.sampled_from(list(Outcome))


def info(number: int, agent: str | None = "a-1", started_at: datetime | None = None, **more: object) -> CallInfo:
    return CallInfo(file=f"{number}.wav", agent_id=agent, started_at=started_at, **more)  # type: ignore[arg-type]


def one_agent(calls: list[ScoredCall], settings: ScorecardSettings = SETTINGS) -> Scorecards:
    return make_scorecards(calls, settings)


def greetings(outcomes: list[Outcome]) -> list[ScoredCall]:
    return [scored(f"c{n}", {"greeting": outcome}, info(n)) for n, outcome in enumerate(outcomes)]


@given(st.lists(OUTCOMES, min_size=1, max_size=25), st.integers(0, 5))
def test_calls_to_which_a_criterion_does_not_apply_never_change_its_rate(outcomes: list[Outcome], more: int) -> None:
    without = one_agent(greetings(outcomes)).agents[0].overall.criteria[0]
    with_na = one_agent(greetings([*outcomes, *[NA] * more])).agents[0].overall.criteria[0]
    assert with_na.rate == without.rate
    assert with_na.not_applicable == without.not_applicable + more


@given(st.lists(OUTCOMES, min_size=1, max_size=25))
def test_every_call_is_counted_once(outcomes: list[Outcome]) -> None:
    criterion = one_agent(greetings(outcomes)).agents[0].overall.criteria[0]
    assert criterion.rate.judged + criterion.not_applicable + criterion.unsure == len(outcomes)
    assert criterion.rate.met == outcomes.count(MET)
    assert criterion.unsure == outcomes.count(UNSURE)


@given(st.lists(OUTCOMES, min_size=1, max_size=25))
def test_unsure_calls_widen_the_range_around_the_rate(outcomes: list[Outcome]) -> None:
    criterion = one_agent(greetings(outcomes)).agents[0].overall.criteria[0]
    if criterion.rate.value is not None:
        assert criterion.low is not None
        assert criterion.high is not None
        assert criterion.low <= criterion.rate.value <= criterion.high
        assert (criterion.low == criterion.high) == (criterion.unsure == 0)


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_calls_makes_no_difference(chance: random.Random) -> None:
    calls = [item.scored for item in sample_records()[::7]]
    shuffled = list(calls)
    chance.shuffle(shuffled)
    assert make_scorecards(shuffled, SETTINGS) == make_scorecards(calls, SETTINGS)


def test_agents_and_teams_share_out_all_calls() -> None:
    calls = [item.scored for item in sample_records()]
    cards = make_scorecards(calls, SETTINGS)
    everything = sorted(call.call_id for call in calls)
    for side in (cards.agents, cards.teams):
        assert sorted(id_ for group in side for id_ in group.overall.calls) == everything
        for group in side:
            assert sorted(id_ for card in group.periods for id_ in card.calls) == sorted(group.overall.calls)


def test_agents_stand_by_team_and_name_and_the_unknown_agent_last() -> None:
    cards = make_scorecards([item.scored for item in sample_records()], SETTINGS)
    assert [card.group.name for card in cards.agents] == [
        "Bram Okonjo-Lindqvist",
        "Odile Marchetti",
        "Petra Vance",
        "Ilya Sørensen",
        "Noor Castellan",
        "Unknown agent",
    ]
    assert [card.group.name for card in cards.teams] == ["Billing", "Moving house", "No team"]
    assert cards.agents[-1].group.key is None


def test_two_agents_of_one_name_stay_two() -> None:
    calls = [scored(f"c{n}", {"greeting": MET}, info(n, agent, agent_name="Sam Reed")) for n, agent in enumerate("ab")]
    assert [card.group.key for card in make_scorecards(calls, SETTINGS).agents] == ["a", "b"]


def test_an_agent_without_an_id_is_known_by_name() -> None:
    calls = [scored("c1", {"greeting": MET}, info(1, None, agent_name="Sam Reed")), scored("c2", {}, info(2, None))]
    assert [card.group.key for card in make_scorecards(calls, SETTINGS).agents] == ["Sam Reed", None]


def test_an_agents_name_and_team_are_those_of_the_latest_call() -> None:
    def dated(number: int, name: str, team: str) -> ScoredCall:
        when = datetime(2026, 1, number, tzinfo=UTC)
        return scored(f"c{number}", {"greeting": MET}, info(number, "a", when, agent_name=name, team=team))

    group = make_scorecards([dated(9, "Sam Park", "Left"), dated(2, "Sam Reed", "Right")], SETTINGS).agents[0].group
    assert (group.name, group.team) == ("Sam Park", "Left")


def test_calls_without_a_date_are_a_period_of_their_own() -> None:
    calls = [
        scored("c1", {"greeting": MET}, info(1, started_at=datetime(2026, 2, 3, tzinfo=UTC))),
        scored("c2", {"greeting": MET}, info(2)),
        scored("c3", {"greeting": MET}, info(3, started_at=datetime(2025, 12, 31, tzinfo=UTC))),
    ]
    periods = one_agent(calls).agents[0].periods
    assert [card.period.key for card in periods] == ["2025-12", "2026-02", "no-date"]
    assert [card.calls for card in periods] == [("c3",), ("c1",), ("c2",)]


@pytest.mark.parametrize(
    ("kind", "zone", "keys"),
    [
        ("month", "UTC", ["2025-12"]),
        ("month", "Asia/Tokyo", ["2026-01"]),
        ("week", "UTC", ["2026-W01"]),  # the last of December 2025 is in the first ISO week of 2026
        ("all", "UTC", []),
    ],
)
def test_a_day_is_counted_in_the_time_zone_of_the_settings(kind: str, zone: str, keys: list[str]) -> None:
    settings = ScorecardSettings(period=kind, time_zone=zone)  # type: ignore[arg-type]
    moment = datetime(2025, 12, 31, 20, tzinfo=UTC)
    for same in (moment, moment.astimezone(timezone(timedelta(hours=-7)))):
        cards = make_scorecards([scored("c1", {"greeting": MET}, info(1, started_at=same))], settings)
        assert [card.period.key for card in cards.agents[0].periods] == keys


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.sampled_from(["month", "week"]))
def test_a_period_holds_its_day(moment: datetime, kind: str) -> None:
    settings = ScorecardSettings(period=kind, time_zone="Europe/Lisbon")  # type: ignore[arg-type]
    card = make_scorecards([scored("c1", {"greeting": MET}, info(1, started_at=moment))], settings)
    period = card.agents[0].periods[0].period
    assert period.first is not None
    assert period.last is not None
    assert period.first <= moment.date() <= period.last


def test_a_wrong_time_zone_is_one_clear_line() -> None:
    for wrong in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(SettingsError, match="no time zone is called"):
            make_scorecards([], ScorecardSettings.model_construct(time_zone=wrong))


def test_one_call_twice_is_refused() -> None:
    call = scored("c1", {"greeting": MET}, info(1))
    with pytest.raises(ValueError, match="comes twice"):
        make_scorecards([call, call], SETTINGS)


def test_too_few_calls_are_those_that_could_be_judged() -> None:
    judged, unjudged = greetings([MET] * 3), scored("x", {"greeting": NA}, info(9))
    assert one_agent(judged).agents[0].overall.enough
    card = one_agent([*judged[:2], unjudged]).agents[0].overall
    assert not card.enough
    assert (len(card.calls), card.score.n) == (3, 2)
    assert card.score.interval is not None


def test_no_calls_make_no_scorecards() -> None:
    cards = make_scorecards([], SETTINGS)
    assert (cards.agents, cards.teams) == ((), ())


def test_a_call_that_could_not_be_judged_has_no_score_not_zero() -> None:
    card = one_agent([scored("c1", {"greeting": NA}, info(1))]).agents[0].overall
    assert card.score.value is None
    assert card.score.n == 0


def test_the_score_and_its_range_are_means_over_calls() -> None:
    calls = [
        scored("c1", {"greeting": MET, "name_use": UNSURE}, info(1)),
        scored("c2", {"greeting": NOT_MET, "name_use": MET}, info(2)),
    ]
    card = one_agent(calls).agents[0].overall
    assert card.score.value == pytest.approx((100 + 40) / 2)
    assert card.low == pytest.approx((60 + 40) / 2)
    assert card.high == pytest.approx((100 + 40) / 2)


def test_failures_conditions_and_sections_are_counted_apart() -> None:
    calls = [
        scored("c1", {"greeting": MET, "listening": NA}, info(1), failed=True, conditions=("abusive customer",)),
        scored("c2", {"greeting": NOT_MET, "listening": MET}, info(2), conditions=("abusive customer", "bad line")),
    ]
    card = one_agent(calls).agents[0].overall
    assert card.failed == 1
    assert [(item.name, item.calls) for item in card.conditions] == [("abusive customer", 2), ("bad line", 1)]
    assert [(item.id, item.score.n) for item in card.sections] == [("opening", 2), ("conversation", 1), ("closing", 0)]


def test_two_rubrics_never_share_a_rate() -> None:
    other = scored("c2", {"greeting": NOT_MET}, info(2))
    other = replace(other, score=replace(other.score, rubric="written_reply"))
    card = one_agent([scored("c1", {"greeting": MET}, info(1)), other]).agents[0].overall
    assert [(item.rubric, item.rate.met, item.rate.judged) for item in card.criteria] == [
        ("core", 1, 1),
        ("written_reply", 0, 1),
    ]
    assert [(item.name, item.calls) for item in card.rubrics] == [("core", 1), ("written_reply", 1)]


def test_measures_are_medians_over_the_calls_that_have_them() -> None:
    calls = [item.scored for item in sample_records()[:5]]
    by_name = {item.name: item for item in one_agent(calls).agents[0].overall.measures}
    assert by_name["silence_count"].median == 1
    assert by_name["silence_count"].n == 5
    values = sorted(m.value or 0 for call in calls for m in call.measures if m.name == "agent_talk_share")
    assert by_name["agent_talk_share"].median == values[2]


def test_answers_of_customers_have_their_own_counts() -> None:
    calls = [
        scored(f"c{n}", {"greeting": MET}, info(n, csat=csat, nps=nps))
        for n, (csat, nps) in enumerate([(5.0, 10), (3.0, None), (None, 2)])
    ]
    feedback = one_agent(calls).agents[0].overall.feedback
    assert (feedback.csat.n, feedback.csat.value) == (2, 4.0)
    assert (feedback.nps.n, feedback.nps.value) == (2, 0)
    assert (feedback.ces.n, feedback.ces.value) == (0, None)


def months(*scores_of_months: list[Outcome]) -> list[ScoredCall]:
    return [
        scored(
            f"m{month}-{n}",
            {"greeting": outcome, "farewell": MET},
            info(n, started_at=datetime(2026, month, 5, tzinfo=UTC)),
        )
        for month, outcomes in enumerate(scores_of_months, start=1)
        for day in [datetime(2026, month, 5, tzinfo=UTC)]
        for n, outcome in enumerate(outcomes)
    ]


def test_a_plain_rise_and_a_plain_fall_are_said() -> None:
    assert one_agent(months([NOT_MET] * 12, [MET] * 12)).agents[0].change.verdict is Verdict.UP
    assert one_agent(months([MET] * 12, [NOT_MET] * 12)).agents[0].change.verdict is Verdict.DOWN


def test_a_difference_that_chance_can_make_is_called_that() -> None:
    change = one_agent(months([MET] * 6 + [NOT_MET] * 6, [MET] * 7 + [NOT_MET] * 5)).agents[0].change
    assert change.verdict is Verdict.WITHIN_CHANCE
    assert change.difference is not None
    assert change.difference > 0
    assert change.interval is not None
    assert change.interval.low < 0 < change.interval.high


def test_too_few_calls_or_periods_make_no_change() -> None:
    for calls in (months([NOT_MET] * 12, [MET] * 2), months([MET] * 30), greetings([MET] * 30)):
        change = one_agent(calls).agents[0].change
        assert change.verdict is Verdict.TOO_FEW
        assert change.difference is None


def test_only_the_two_latest_periods_are_compared() -> None:
    change = one_agent(months([NOT_MET] * 12, [MET] * 12, [MET] * 12)).agents[0].change
    assert (change.earlier, change.later) == ("February 2026", "March 2026")
    assert change.verdict is Verdict.WITHIN_CHANCE


def everything_met(number: int, **outcomes: Outcome) -> ScoredCall:
    all_met = dict.fromkeys(("greeting", "name_use", "listening", "empathy", "farewell"), MET)
    return record(info(number), {**all_met, **outcomes}, seed=number).scored


def test_best_moments_are_met_ones_with_words_weightiest_and_surest_first() -> None:
    best = one_agent([everything_met(n) for n in range(6)]).agents[0].overall.best
    assert len(best) == 5
    assert all(moment.outcome is MET and moment.quote and moment.turn is not None for moment in best)
    assert all(first.weight >= second.weight for first, second in pairwise(best))
    assert max(sum(moment.criterion == name for moment in best) for name in ("listening", "empathy")) == 2


def test_missed_moments_put_critical_ones_first() -> None:
    calls = [everything_met(1, listening=NOT_MET), everything_met(2, name_use=NOT_MET)]
    critical = [replace(item, critical="call" if item.id == "name_use" else "") for item in calls[1].score.criteria]
    calls[1] = replace(calls[1], score=replace(calls[1].score, criteria=tuple(critical)))
    missed = one_agent(calls).agents[0].overall.missed
    assert [moment.criterion for moment in missed] == ["name_use", "listening"]
    assert all(moment.remedy for moment in missed)


def test_unsure_and_not_applicable_are_never_moments() -> None:
    card = one_agent([everything_met(1, listening=UNSURE, empathy=NA)]).agents[0].overall
    assert card.missed == ()
    assert {moment.criterion for moment in card.best} == {"greeting", "name_use", "farewell"}


def test_a_criterion_in_parts_earns_points_without_being_met() -> None:
    calls = greetings([NOT_MET, NOT_MET, MET, UNSURE])
    part = [replace(item, points=10.0) for item in calls[0].score.criteria]
    calls[0] = replace(calls[0], score=replace(calls[0].score, criteria=tuple(part)))
    criterion = one_agent(calls).agents[0].overall.criteria[0]
    assert criterion.rate.value == pytest.approx(1 / 3)
    assert criterion.earned == pytest.approx(25 / 45)
    assert one_agent(greetings([NA, UNSURE])).agents[0].overall.criteria[0].earned is None


def test_a_criterion_of_a_section_apart_says_so() -> None:
    call = scored("c1", {"greeting": MET, "farewell": MET}, info(1))
    sections = tuple(replace(section, separate=section.id == "closing") for section in call.score.sections)
    card = one_agent([replace(call, score=replace(call.score, sections=sections))]).agents[0].overall
    assert [item.separate for item in card.criteria] == [False, True]
    assert [item.separate for item in card.sections] == [False, False, True]


def test_criteria_stand_in_the_rubrics_order_and_new_ones_after() -> None:
    first = scored("c1", {"farewell": MET, "greeting": MET}, info(1, started_at=datetime(2026, 1, 1, tzinfo=UTC)))
    later = scored("c2", {"farewell": MET, "empathy": MET}, info(2, started_at=datetime(2026, 2, 1, tzinfo=UTC)))
    card = one_agent([later, first]).agents[0].overall
    assert [item.id for item in card.criteria] == ["farewell", "greeting", "empathy"]


def test_a_criterion_is_titled_and_weighed_as_on_the_latest_call() -> None:
    calls = [scored(f"c{n}", {"greeting": MET}, info(n, started_at=datetime(2026, n, 1, tzinfo=UTC))) for n in (1, 2)]
    renamed = tuple(replace(item, title="Opening words", weight=20.0) for item in calls[1].score.criteria)
    calls[1] = replace(calls[1], score=replace(calls[1].score, criteria=renamed, rubric_version="2.0"))
    card = one_agent(calls[::-1]).agents[0].overall
    assert (card.criteria[0].title, card.criteria[0].weight, card.criteria[0].rate.judged) == ("Opening words", 20.0, 2)
    assert [use.version for use in card.rubrics] == ["1.2", "2.0"]
