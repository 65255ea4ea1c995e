import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import MET, scored

from scoring.calls import CallInfo
from scoring.scorecard.groups import agent_key, by_agent, by_team, in_order
from scoring.scorecard.types import GroupKind, ScoredCall

WORDS = st.sampled_from([None, "", "ann", "Ann", "bo", "Zoë", "Łukasz", "10", "9"])
START = datetime(2026, 4, 1, tzinfo=UTC)


def call(number: int, **info: object) -> ScoredCall:
    return scored(f"{number:04x}", {"greeting": MET}, CallInfo(file=f"{number}.wav", **info))  # type: ignore[arg-type]


CALLS = st.lists(st.tuples(WORDS, WORDS, WORDS, st.one_of(st.none(), st.integers(0, 3))), min_size=1, max_size=20).map(
    lambda rows: [
        call(
            n, agent_id=id_, agent_name=name, team=team, started_at=None if day is None else START + timedelta(days=day)
        )
        for n, (id_, name, team, day) in enumerate(rows)
    ]
)


@given(CALLS, st.randoms(use_true_random=False))
def test_grouping_does_not_depend_on_the_order_of_input(calls: list[ScoredCall], chance: random.Random) -> None:
    shuffled = list(calls)
    chance.shuffle(shuffled)
    assert by_agent(in_order(shuffled, UTC)) == by_agent(in_order(calls, UTC))
    assert by_team(in_order(shuffled, UTC)) == by_team(in_order(calls, UTC))


@given(CALLS)
def test_every_call_is_in_one_group_of_each_kind(calls: list[ScoredCall]) -> None:
    for groups in (by_agent(in_order(calls, UTC)), by_team(in_order(calls, UTC))):
        ids = [item.call_id for _, own in groups for item in own]
        assert sorted(ids) == sorted(item.call_id for item in calls)
        keys = [group.key for group, _ in groups]
        assert len(keys) == len(set(keys))


@given(CALLS)
def test_nobody_known_comes_last_and_under_a_name_of_its_own(calls: list[ScoredCall]) -> None:
    groups = [group for group, _ in by_agent(in_order(calls, UTC))]
    unknown = [group for group in groups if group.key is None]
    assert len(unknown) <= 1
    assert not unknown or (groups[-1] is unknown[0] and unknown[0].name == "Unknown agent")
    assert all(group.name for group in groups)
    assert all(group.kind is GroupKind.AGENT for group in groups)


@given(CALLS)
def test_agents_of_a_team_stand_together_by_name(calls: list[ScoredCall]) -> None:
    known = [group for group, _ in by_agent(in_order(calls, UTC)) if group.key is not None]
    teams = [(group.team is None, (group.team or "").casefold()) for group in known]
    assert teams == sorted(teams)
    for team in set(teams):
        names = [group.name.casefold() for group, own in zip(known, teams, strict=True) if own == team]
        assert names == sorted(names)


@given(CALLS)
def test_calls_are_by_time_and_those_without_one_last(calls: list[ScoredCall]) -> None:
    ordered = in_order(calls, UTC)
    times = [item.info.started_at for item in ordered]
    dated = [time for time in times if time]
    assert dated == sorted(dated)
    assert times[len(dated) :] == [None] * (len(times) - len(dated))


def test_the_key_of_an_agent_is_the_id_then_the_name_then_nothing() -> None:
    assert agent_key(call(1, agent_id="7", agent_name="Ann")) == "7"
    assert agent_key(call(1, agent_name="Ann")) == "Ann"
    assert agent_key(call(1, agent_id="", agent_name="")) is None


def test_an_agent_without_any_name_goes_by_the_id() -> None:
    ((group, _),) = by_agent([call(1, agent_id="7")])
    assert group.name == "7"


def test_a_nameless_later_call_does_not_take_the_name_away() -> None:
    calls = [
        call(1, agent_id="7", agent_name="Ann", team="A", started_at=START),
        call(2, agent_id="7", started_at=START),
    ]
    ((group, _),) = by_agent(in_order(calls, UTC))
    assert (group.name, group.team) == ("Ann", "A")


def test_one_call_twice_is_refused_even_under_two_names() -> None:
    with pytest.raises(ValueError, match="0001 comes twice"):
        in_order([call(1), call(1, agent_name="Ann")], UTC)
