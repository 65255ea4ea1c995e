from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import MET, NOT_MET, scored

from scoring.calls import CallInfo
from scoring.scorecard import ScoredCall, make_scorecards
from scoring.scorecard.changes import judged_together, latest_change
from scoring.scorecard.periods import period_of
from scoring.scorecard.types import Change, GroupCards, Verdict
from scoring.settings import ScorecardSettings

EARLIER = period_of(datetime(2026, 1, 5, tzinfo=UTC), "month", UTC)
LATER = period_of(datetime(2026, 2, 5, tzinfo=UTC), "month", UTC)
BLANK = make_scorecards([scored("c", {"greeting": MET})], ScorecardSettings()).agents[0]


def groups(p_values: list[float | None], difference: float = 5.0) -> list[GroupCards]:
    changes = [Change(Verdict.TOO_FEW, difference=difference, p_value=p_value) for p_value in p_values]
    return [replace(BLANK, change=change) for change in changes]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holms_values_lie_between_the_plain_ones_and_bonferronis(p_values: list[float]) -> None:
    for plain, cards in zip(p_values, judged_together(groups(list(p_values))), strict=True):
        adjusted = cards.change.adjusted
        assert adjusted is not None
        assert plain <= adjusted <= min(1.0, plain * len(p_values)) + 1e-12
        assert cards.change.compared == len(p_values)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_a_smaller_p_value_never_becomes_the_larger(p_values: list[float]) -> None:
    found = [cards.change.adjusted or 0.0 for cards in judged_together(groups(list(p_values)))]
    order = np.argsort(p_values, kind="stable")
    assert all(np.diff(np.array(found)[order]) >= 0)


def test_a_published_example() -> None:
    """0.01, 0.04, 0.03, 0.005 become 0.03, 0.06, 0.06, 0.02 (R's p.adjust, method "holm")."""
    found = [cards.change.adjusted for cards in judged_together(groups([0.01, 0.04, 0.03, 0.005]))]
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_groups_that_could_not_be_tested_are_not_counted() -> None:
    found = judged_together(groups([None, 0.03, None]))
    assert [cards.change.compared for cards in found] == [0, 1, 0]
    assert [cards.change.verdict for cards in found] == [Verdict.TOO_FEW, Verdict.UP, Verdict.TOO_FEW]
    assert judged_together([]) == ()


def test_the_sign_of_the_difference_gives_the_direction() -> None:
    assert judged_together(groups([0.001], 3.0))[0].change.verdict is Verdict.UP
    assert judged_together(groups([0.001], -3.0))[0].change.verdict is Verdict.DOWN


def test_among_twenty_agents_who_did_not_change_an_arrow_is_rare() -> None:
    chance = np.random.default_rng(5)
    seen = 0
    runs = 120
    for _ in range(runs):
        changes = [
            latest_change(
                [(EARLIER, list(chance.beta(4, 1.5, 12) * 100)), (LATER, list(chance.beta(4, 1.5, 12) * 100))], 10
            )
            for _ in range(20)
        ]
        found = judged_together([replace(BLANK, change=change) for change in changes])
        seen += any(cards.change.verdict in (Verdict.UP, Verdict.DOWN) for cards in found)
    assert seen / runs < 0.1


def test_too_few_calls_in_either_period_are_no_test() -> None:
    enough, few = [50.0, 70.0] * 5, [50.0] * 9
    for scores in ((enough, few), (few, enough)):
        change = latest_change([(EARLIER, scores[0]), (LATER, scores[1])], 10)
        assert change.verdict is Verdict.TOO_FEW
        assert change.p_value is None
        assert (change.earlier, change.later) == ("January 2026", "February 2026")
    assert latest_change([(LATER, enough)], 1) == Change(Verdict.TOO_FEW)
    assert latest_change([(EARLIER, [50.0]), (LATER, [60.0])], 1).p_value is None


def month(agent: str, number: int, met: int, calls: int = 12) -> list[ScoredCall]:
    def info(day: int) -> CallInfo:
        when = datetime(2026, number, 1 + day, tzinfo=UTC)
        return CallInfo(file=f"{agent}{number}{day}.wav", agent_id=agent, started_at=when)

    return [
        scored(f"{agent}-{number}-{day}", {"greeting": MET if day < met else NOT_MET, "farewell": MET}, info(day))
        for day in range(calls)
    ]


def test_a_rise_that_is_one_of_many_is_judged_as_one_of_many() -> None:
    lone = [*month("a", 1, 2), *month("a", 2, 7)]
    alone = make_scorecards(lone, ScorecardSettings()).agents[0].change
    crowd = [call for agent in "bcdefgh" for call in (*month(agent, 1, 6), *month(agent, 2, 6))]
    together = make_scorecards([*lone, *crowd], ScorecardSettings()).agents[0].change
    assert alone.p_value == together.p_value
    assert (alone.compared, together.compared) == (1, 8)
    assert alone.verdict is Verdict.UP
    assert together.verdict is Verdict.WITHIN_CHANCE
