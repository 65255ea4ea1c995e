"""Machine against people: kappa against an oracle, and every difference named."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.agreement import TruthCall, cohen_kappa, compare_outcomes, read_truth
from scoring.calls import CallInfo, Medium
from scoring.errors import InputError
from scoring.results import CallScore, CriterionResult, Outcome, Provenance
from scoring.scorecard.types import ScoredCall

ratings = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40)


def scored(file: str, **outcomes: Outcome) -> ScoredCall:
    criteria = tuple(
        CriterionResult(name, name.title(), "all", 10.0, outcome, None, f"because of {name}")
        for name, outcome in outcomes.items()
    )
    provenance = Provenance("t", "s", "r", "0")
    score = CallScore(f"id-{file}", "core", "1.0.0", None, None, None, criteria, (), provenance)
    return ScoredCall(f"id-{file}", CallInfo(file), Medium.CALL, 60.0, score)


def test_kappa_of_a_worked_example() -> None:
    # 50 things: both yes 20, both no 15, 5 and 10 apart: observed .7, expected .5
    pairs = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    assert cohen_kappa([a for a, _ in pairs], [b for _, b in pairs]) == pytest.approx(0.4)


@given(ratings)
def test_kappa_does_not_care_who_is_first(pairs: list[tuple[str, str]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    first, second = cohen_kappa(one, other), cohen_kappa(other, one)
    assert first == second or first == pytest.approx(second)
    assert first is None or -1.0 <= first <= 1.0


@given(ratings)
def test_kappa_is_one_only_in_full_agreement(pairs: list[tuple[str, str]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    kappa = cohen_kappa(one, other)
    if kappa is not None:
        assert (kappa == pytest.approx(1.0)) == (one == other)


def test_kappa_of_nothing_or_of_one_answer_is_not_a_number() -> None:
    assert cohen_kappa([], []) is None
    assert cohen_kappa(["y", "y"], ["y", "y"]) is None


def test_kappa_refuses_raters_of_different_things() -> None:
    with pytest.raises(ValueError, match="2 against 1"):
        cohen_kappa(["y", "n"], ["y"])


def test_every_difference_is_listed_with_the_machines_reason(tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    lines = [
        {"file": "a.wav", "criteria": {"greeting": "met", "farewell": "not_met"}, "turns": []},
        {"file": "b.wav", "criteria": {"greeting": "met"}},
        {"file": "gone.wav", "criteria": {"greeting": "met"}},
    ]
    truth.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    calls = [
        scored("a.wav", greeting=Outcome.MET, farewell=Outcome.MET),
        scored("b.wav", greeting=Outcome.UNSURE),
        scored("not-in-truth.wav", greeting=Outcome.MET),
    ]
    result = compare_outcomes(read_truth(truth), calls)
    assert (result.n, result.agreed) == (3, 1)
    assert result.share == pytest.approx(1 / 3)
    assert result.not_scored == ("gone.wav",)
    assert [(d.file, d.criterion, d.people, d.machine) for d in result.differences] == [
        ("a.wav", "farewell", Outcome.NOT_MET, Outcome.MET),
        ("b.wav", "greeting", Outcome.MET, Outcome.UNSURE),
    ]
    assert result.differences[0].reason == "because of farewell"
    assert {one.criterion: one.unsure for one in result.criteria} == {"greeting": 1, "farewell": 0}


def test_a_call_known_by_another_name_is_found() -> None:
    truth = [*_truth("copy.wav")]
    result = compare_outcomes(truth, [scored("a.wav", greeting=Outcome.MET)], also={"copy.wav": "a.wav"})
    assert result.agreed == 1


def _truth(name: str):  # type: ignore[no-untyped-def]
    from scoring.agreement import TruthCall

    yield TruthCall(file=name, criteria={"greeting": Outcome.MET})


def test_nothing_compared_has_no_share() -> None:
    assert compare_outcomes([], []).share is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1 is not JSON"),
        ("[1]", "line 1: the whole line: "),
        (" \n", "is empty"),
        ('{"file": "a.wav"}', "line 1: criteria"),
        ('\n{"file": "a.wav", "criteria": {"greeting": "maybe"}}', "line 2: criteria.greeting"),
    ],
)
def test_a_bad_truth_line_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        read_truth(path)
    assert '"criteria"' in caught.value.hint


def test_a_truth_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"truth\.jsonl cannot be read: No such file or directory\. ") as caught:
        read_truth(tmp_path / "truth.jsonl")
    assert "Errno" not in str(caught.value)
    (tmp_path / "sound.wav").write_bytes(b"RIFF\xff\xfe")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_truth(tmp_path / "sound.wav")


def test_what_one_side_did_not_judge_is_not_compared(tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    truth.write_text('\ufeff{"file": "a.wav", "criteria": {"greeting": "met", "of_another_rubric": "met"}}\n')
    calls = [scored("a.wav", greeting=Outcome.MET, farewell=Outcome.NOT_MET)]
    result = compare_outcomes(read_truth(truth), calls)
    assert [one.criterion for one in result.criteria] == ["greeting"]
    assert (result.n, result.share, result.differences) == (1, 1.0, ())


outcomes = st.sampled_from(list(Outcome))


@given(st.lists(st.tuples(outcomes, outcomes), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_counts_and_shares_add_up_in_any_order(pairs: list[tuple[Outcome, Outcome]], chance: random.Random) -> None:
    truth = [TruthCall(file=f"{n}.wav", criteria={"greeting": people}) for n, (people, _) in enumerate(pairs)]
    calls = [scored(f"{n}.wav", greeting=machine) for n, (_, machine) in enumerate(pairs)]
    chance.shuffle(calls)
    result = compare_outcomes(truth, calls)
    (one,) = result.criteria
    assert one.n == result.n == len(pairs)
    assert one.agreed + len(result.differences) == one.n
    assert one.share == result.share == sum(a is b for a, b in pairs) / len(pairs)
    assert one.unsure == sum(machine is Outcome.UNSURE for _, machine in pairs)
    assert [d.file for d in result.differences] == [f"{n}.wav" for n, (a, b) in enumerate(pairs) if a is not b]
