import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from invented import CRITERIA, MET, NOT_MET, result, score, scored

from scoring.calls import CallInfo, Role
from scoring.results import CriterionResult, Evidence, Outcome
from scoring.scorecard.moments import MOMENTS, PER_CRITERION, best_moments, clearest, missed_moments
from scoring.scorecard.types import ScoredCall

RESULTS = st.tuples(
    st.sampled_from(list(CRITERIA)),
    st.sampled_from(list(Outcome)),
    st.one_of(st.none(), st.floats(0, 1)),
    st.booleans(),
    st.sampled_from(["", "section", "call"]),
)
CALLS = st.lists(st.lists(RESULTS, max_size=6, unique_by=lambda row: row[0]), max_size=10)


def made(rows: list[list[tuple[str, Outcome, float | None, bool, str]]]) -> list[ScoredCall]:
    calls = []
    for number, row in enumerate(rows):
        criteria = [
            replace(
                result(
                    id_, outcome, [Evidence(number, Role.AGENT, f"words {number}", 1.0)] if shown else (), probability
                ),
                critical=critical,
            )
            for id_, outcome, probability, shown, critical in row
        ]
        call = scored(f"c{number}", {}, CallInfo(file=f"{number}.wav"))
        calls.append(replace(call, score=score(call.call_id, criteria)))
    return calls


@given(CALLS)
def test_moments_are_few_spread_and_of_the_right_kind(
    rows: list[list[tuple[str, Outcome, float | None, bool, str]]],
) -> None:
    calls = made(rows)
    for moments, outcome in ((best_moments(calls), MET), (missed_moments(calls), NOT_MET)):
        assert len(moments) <= MOMENTS
        assert all(moment.outcome is outcome for moment in moments)
        assert max(Counter(moment.criterion for moment in moments).values(), default=0) <= PER_CRITERION
    assert all(moment.quote for moment in best_moments(calls))


@given(CALLS)
def test_weightier_moments_come_first(rows: list[list[tuple[str, Outcome, float | None, bool, str]]]) -> None:
    calls = made(rows)
    for first, second in pairwise(best_moments(calls)):
        assert first.weight >= second.weight
    critical = {(call.call_id, item.id): bool(item.critical) for call in calls for item in call.score.criteria}
    for first, second in pairwise(missed_moments(calls)):
        one, other = critical[first.call_id, first.criterion], critical[second.call_id, second.criterion]
        assert (not one, -first.weight) <= (not other, -second.weight)


@given(CALLS)
def test_something_missed_is_never_left_out_while_there_is_room(
    rows: list[list[tuple[str, Outcome, float | None, bool, str]]],
) -> None:
    calls = made(rows)
    counts = Counter(item.id for call in calls for item in call.score.criteria if item.outcome is NOT_MET)
    assert len(missed_moments(calls)) == min(MOMENTS, sum(min(PER_CRITERION, number) for number in counts.values()))


def test_the_surest_moments_come_first() -> None:
    rows = [[("empathy", MET, probability, True, "")] for probability in (0.7, 0.99, None, 0.8)]
    assert [moment.call_id for moment in best_moments(made(rows))] == ["c1", "c3"]
    rows = [[("empathy", NOT_MET, probability, True, "")] for probability in (0.3, 0.01, None, 0.2)]
    assert [moment.call_id for moment in missed_moments(made(rows))] == ["c1", "c3"]


def test_ties_go_to_the_earlier_call() -> None:
    rows = [[("empathy", MET, 0.9, True, "")] for _ in range(4)]
    assert [moment.call_id for moment in best_moments(made(rows))] == ["c0", "c1"]


def evidence(turn: int, role: Role, probability: float | None) -> Evidence:
    return Evidence(turn, role, f"turn {turn}", probability=probability)


def judged(*shown: Evidence) -> CriterionResult:
    return result("empathy", MET, shown)


def test_the_quote_is_the_agents_clearest() -> None:
    shown = [
        evidence(1, Role.CUSTOMER, 0.99),
        evidence(5, Role.AGENT, 0.6),
        evidence(7, Role.AGENT, 0.8),
        evidence(3, Role.AGENT, None),
    ]
    for seed in range(6):
        random.Random(seed).shuffle(shown)
        found = clearest(judged(*shown))
        assert found is not None
        assert found.turn == 7


def test_without_the_agents_words_anybodys_are_quoted_and_without_any_none() -> None:
    found = clearest(judged(evidence(2, Role.CUSTOMER, 0.4)))
    assert found is not None
    assert found.turn == 2
    assert clearest(judged()) is None


def test_what_was_missed_without_a_word_has_a_reason_and_a_remedy_but_no_quote() -> None:
    (moment,) = missed_moments(made([[("farewell", NOT_MET, 0.1, False, "")]]))
    assert (moment.quote, moment.turn, moment.start) == ("", None, None)
    assert moment.reason
    assert moment.remedy
