"""The evaluation of a judge: scripted judges against invented labels, and the judge of the product on words alone."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import labelled
import pytest
from pipeline_calls import SilentReader

from scoring.agreement.chance import Estimate
from scoring.agreement.evaluation import ROLES, Evaluation, ItemReport, evaluate
from scoring.agreement.evaluation_json import as_json
from scoring.agreement.judging import CallJudgement, TextJudge
from scoring.agreement.reference import Reference, Spoken, read_reference
from scoring.calls import Role
from scoring.judge.items import ITEM_VALUES, ItemJudgement
from scoring.signals import Company

A, C, S = Role.AGENT, Role.CUSTOMER, Role.SYSTEM


@pytest.fixture
def reference(tmp_path: Path) -> Reference:
    return read_reference(labelled.write(tmp_path / "reference.jsonl", labelled.lines()))


def perfect(reference: Reference) -> list[CallJudgement]:
    """A judge who looks at the answers."""
    return [
        CallJudgement(
            tuple(role or A for role in call.roles),
            {
                name: ItemJudgement(label.value, 0.9, label.evidence[:1])
                if (label := call.labels.get(name))
                else ItemJudgement("0" if name == "name_count" else "n", 0.6)
                for name in ITEM_VALUES
            },
        )
        for call in reference.calls
    ]


def changed(judged: list[CallJudgement], call: int, **items: ItemJudgement) -> list[CallJudgement]:
    return [replace(one, items=one.items | items) if place == call else one for place, one in enumerate(judged)]


def item(evaluation: Evaluation, name: str) -> ItemReport:
    return next(one for one in evaluation.items if one.name == name)


def one_item(tmp_path: Path, name: str, pairs: Sequence[tuple[Any, str]], **more: Any) -> ItemReport:
    """The report on one item, from what people and the machine say of it."""
    rows = [
        {"id": str(place), "turns": [{"text": "Hello."}] * 9, "labels": {name: theirs}, **more}
        for place, (theirs, _) in enumerate(pairs)
    ]
    reference = read_reference(labelled.write(tmp_path / "one.jsonl", rows))
    judged = [CallJudgement((A,) * 9, {name: ItemJudgement(ours, 0.8)}) for _, ours in pairs]
    (found,) = evaluate(reference, judged).items
    return found


def test_a_judge_who_is_always_right_has_no_error_anywhere(reference: Reference) -> None:
    found = evaluate(reference, perfect(reference))
    assert [one.name for one in found.items] == list(ITEM_VALUES)
    for one in found.items:
        assert one.scores.chance.agreement.value == 1.0
        assert one.scores.chance.kappa.value in (None, 1.0)
        assert one.scores.chance.ac1.value == 1.0
        assert one.scores.f1 in (None, 1.0)
        assert one.risk_coverage.area == 0.0
        assert one.calibration.brier == pytest.approx(0.01)
        assert all(compared.right for compared in one.compared if compared.truth is not None)
        assert one.evidence.share in (None, 1.0)
    assert found.roles.turns == found.roles.words == Estimate(1.0, 1.0, 1.0)


def test_what_people_differ_on_is_in_no_number(reference: Reference) -> None:
    found = evaluate(reference, perfect(reference))
    assert {one.name: one.scores.n for one in found.items} == {
        name: sum(labels.get(name) is not None for labels in labelled.LABELS.values()) for name in ITEM_VALUES
    }
    assert item(found, "close_next").scores.n == 1  # two readers differ on one call, two calls have no such label
    assert len(item(found, "hold").compared) == len(reference.calls)


def test_errors_are_counted_where_they_are(tmp_path: Path) -> None:
    said = [("y", "y")] * 6 + [("y", "n")] * 2 + [("n", "y")] * 1 + [("n", "n")] * 3 + [("na", "na")] + [("na", "y")]
    found = one_item(tmp_path, "close_bye", said)
    assert found.values == ("y", "n", "na")
    assert found.confusion.tolist() == [[6, 2, 0], [1, 3, 0], [1, 0, 1]]
    assert found.scores.precision == pytest.approx(6 / 8)
    assert found.scores.recall == pytest.approx(6 / 8)
    assert found.scores.f1 == pytest.approx(12 / 16)
    assert found.scores.chance.agreement.value == pytest.approx(10 / 14)


def test_of_many_values_the_means_are_over_values(tmp_path: Path) -> None:
    found = one_item(tmp_path, "direction", [("inbound", "inbound")] * 3 + [("outbound", "inbound")])
    assert found.scores.precision == pytest.approx(0.75)  # nothing was said to be outbound: only one value has one
    assert found.scores.recall == pytest.approx(0.5)
    assert found.scores.f1 == pytest.approx((6 / 7 + 0) / 2)


def test_a_figure_that_nothing_defines_is_none(tmp_path: Path) -> None:
    found = one_item(tmp_path, "emp_dismissive", [("n", "n")] * 5)
    assert found.scores.chance.kappa == Estimate(None)
    assert found.scores.chance.ac1.value == 1.0
    assert (found.scores.precision, found.scores.recall, found.scores.f1) == (None, None, None)


def test_counts_agree_within_what_people_counted(tmp_path: Path) -> None:
    found = one_item(tmp_path, "name_count", [([2, 4], "3"), ([2, 4], "4"), ([2, 4], "6"), (1, "0"), (12, "12")])
    assert found.scores.chance.agreement.value == pytest.approx(3 / 5)
    assert [one.truth for one in found.compared] == ["3", "4", "4", "1", "12"]
    assert found.values == ("0", "1", "3", "4", "6", "12")
    assert found.scores.f1 is None


def test_several_types_are_one_value(tmp_path: Path) -> None:
    found = one_item(tmp_path, "type", [(["dropped", "midstart"], "midstart+dropped"), (["dropped"], "normal")])
    assert found.values == ("normal", "midstart+dropped", "dropped")
    assert found.scores.chance.agreement.value == 0.5


def test_unsure_counts_with_its_likelier_value_and_stands_apart(reference: Reference) -> None:
    wrong = ItemJudgement("n", 0.55, (), unsure=True)
    found = item(evaluate(reference, changed(perfect(reference), 0, hold_return=wrong, close_bye=wrong)), "close_bye")
    assert (found.unsure, found.scores.n, found.decided.n) == (1, 4, 3)
    assert found.scores.chance.agreement.value == pytest.approx(3 / 4)
    assert found.decided.chance.agreement.value == 1.0
    assert found.confusion_unsure.sum() == 1
    assert found.risk_coverage.points[-2].error == 0.0


def test_all_unsure_leaves_nothing_decided(tmp_path: Path, reference: Reference) -> None:
    judged = [
        replace(one, items={name: replace(made, unsure=True) for name, made in one.items.items()})
        for one in perfect(reference)
    ]
    found = evaluate(reference, judged)
    assert all(one.decided.n == 0 and one.unsure == one.scores.n for one in found.items)
    assert json.loads(as_json(found))["items"]["hold"]["decided"]["kappa"] is None


@pytest.mark.parametrize(
    ("ours", "found", "first"),
    [((3,), 1, 1), ((4,), 1, 1), ((2,), 1, 1), ((5,), 0, 0), ((8, 2), 1, 0), ((), 0, 0)],
)
def test_evidence_is_theirs_when_it_is_the_same_turn_or_a_neighbour(
    reference: Reference, ours: tuple[int, ...], found: int, first: int
) -> None:
    made = evaluate(reference, changed(perfect(reference), 0, name_used=ItemJudgement("y", 0.9, ours)))
    evidence = item(made, "name_used").evidence
    assert (evidence.n, evidence.found, evidence.found_first) == (1, found, first)


def test_evidence_is_compared_only_where_both_say_yes_and_people_named_some(reference: Reference) -> None:
    judged = changed(perfect(reference), 0, greet_offer=ItemJudgement("n", 0.9, (1,)))
    evidence = item(evaluate(reference, judged), "greet_offer").evidence
    assert (evidence.n, evidence.found) == (1, 1)  # of "survey" people named no turn
    assert item(evaluate(reference, judged), "close_thanks").evidence.share is None


def test_roles_are_weighed_by_turns_and_by_words(reference: Reference) -> None:
    judged = perfect(reference)
    other = tuple(C if role is A else role for role in judged[0].roles)
    roles = evaluate(reference, [replace(judged[0], roles=other), *judged[1:]]).roles
    known = [(turn, role) for call in labelled.TALKS.values() for role, turn in call if role != "?"]
    lost = [text for role, text in labelled.TYRES if role == "A"]
    assert roles.n_turns == len(known)
    assert roles.n_words == sum(len(text.split()) for text, _ in known)
    assert roles.turns.value == pytest.approx(1 - len(lost) / roles.n_turns)
    assert roles.words.value == pytest.approx(1 - sum(len(text.split()) for text in lost) / roles.n_words)
    assert roles.confusion[ROLES.index(A), ROLES.index(C)] == len(lost)
    assert roles.confusion.sum() == roles.n_turns
    assert roles.confusion_words.sum() == roles.n_words


def test_a_file_without_roles_says_nothing_of_them(tmp_path: Path) -> None:
    rows = [{**row, "turns": [{"text": turn["text"]} for turn in row["turns"]]} for row in labelled.lines()]
    reference = read_reference(labelled.write(tmp_path / "r.jsonl", rows))
    roles = evaluate(reference, perfect(reference)).roles
    assert (roles.turns, roles.words, roles.n_turns) == (Estimate(None), Estimate(None), 0)


def test_the_order_of_calls_changes_no_figure(reference: Reference) -> None:
    judge = TextJudge(SilentReader(), Company())
    judged = [judge(call.spoken) for call in reference.calls]
    first = json.loads(as_json(evaluate(reference, judged)))
    order = list(range(len(judged)))
    random.Random(3).shuffle(order)
    turned = replace(reference, calls=tuple(reference.calls[place] for place in order))
    second = json.loads(as_json(evaluate(turned, [judge(call.spoken) for call in turned.calls])))
    assert [call["id"] for call in first["calls"]] != [call["id"] for call in second["calls"]]
    assert first["items"] == second["items"]
    assert first["roles"] == second["roles"]


def test_judgements_of_other_calls_are_refused(reference: Reference) -> None:
    with pytest.raises(ValueError, match="not of the reference's calls"):
        evaluate(reference, perfect(reference)[1:])
    with pytest.raises(ValueError, match="not of the reference's calls"):
        evaluate(reference, perfect(reference), baseline=perfect(reference)[::-1])


def test_a_baseline_stands_beside(reference: Reference) -> None:
    judged = perfect(reference)
    simple = changed(judged, 0, close_bye=ItemJudgement("n", 0.9))
    found = evaluate(reference, judged, baseline=simple)
    baseline = item(found, "close_bye").baseline
    assert baseline is not None
    assert baseline.chance.agreement.value == pytest.approx(3 / 4)
    assert json.loads(as_json(found))["items"]["close_bye"]["baseline"]["agreement"] == pytest.approx(0.75)
    assert json.loads(as_json(evaluate(reference, judged)))["items"]["close_bye"]["baseline"] is None


# --- the product's own judge


def test_a_judge_is_shown_the_words_and_nothing_else(tmp_path: Path, reference: Reference) -> None:
    seen: list[Spoken] = []

    class Listening(TextJudge):
        def __call__(self, spoken: Sequence[Spoken]) -> CallJudgement:
            seen.extend(spoken)
            return super().__call__(spoken)

    judge = Listening(SilentReader(), Company())
    evaluate(reference, [judge(call.spoken) for call in reference.calls])
    assert all(type(turn) is Spoken for turn in seen)
    assert len(seen) == sum(map(len, labelled.TALKS.values()))


def test_roles_and_labels_of_the_file_change_no_judgement(tmp_path: Path) -> None:
    """Roles are shuffled, labels turned round, ids and evidence replaced: what the machine says stays the same."""
    rows, chance = labelled.lines(), random.Random(11)
    other = json.loads(json.dumps(rows))
    for place, row in enumerate(other):
        roles = [turn["role"] for turn in row["turns"]]
        chance.shuffle(roles)
        row["turns"] = [turn | {"role": role} for turn, role in zip(row["turns"], roles, strict=True)]
        turned = {"y": "n", "n": "y", "inbound": "outbound", "outbound": "inbound"}
        row["labels"] = {
            name: turned.get(value, value) if isinstance(value, str) and name != "type" else value
            for name, value in row["labels"].items()
        }
        row |= {"id": f"call {place}", "evidence": {"greet_name": [0]}}
    judge = TextJudge(SilentReader(), Company())
    results = []
    for name, lines in (("one", rows), ("other", other)):
        reference = read_reference(labelled.write(tmp_path / f"{name}.jsonl", lines))
        judged = [judge(call.spoken) for call in reference.calls]
        results.append((judged, evaluate(reference, judged)))
    (first, one), (second, two) = results
    assert first == second
    assert one.roles.turns.value != two.roles.turns.value  # the comparison did read them
    assert item(one, "close_bye").scores.chance.agreement != item(two, "close_bye").scores.chance.agreement


def test_the_invented_calls_are_judged_as_a_reader_would(reference: Reference) -> None:
    """Only what plain phrases show, for this reader has nothing to say."""
    judge = TextJudge(SilentReader(), Company("Larkfield Tyres", ("Northfield Water",)))
    made = {call.id: judge(call.spoken) for call in reference.calls}
    tyres, bill = made["tyres"].items, made["bill"].items
    for name in ("greet_salutation", "greet_name", "greet_company", "greet_offer", "close_more", "close_bye"):
        assert tyres[name].value == "y", name
    assert tyres["greet_name"].evidence_turns == (1,)
    assert tyres["close_more"].evidence_turns == (7,)
    assert bill["greet_name"].value == "n"
    assert bill["hold"].value == "y"
    assert made["mailbox"].items["close_bye"].value == "na"
    assert made["tyres"].roles[0] is S


def test_every_call_gets_every_item_with_a_value_of_the_codebook(reference: Reference) -> None:
    judge = TextJudge(SilentReader(), Company())
    for call in reference.calls:
        made = judge(call.spoken)
        assert list(made.items) == list(ITEM_VALUES)
        for name, one in made.items.items():
            assert all(part in ITEM_VALUES[name] for part in one.value.split("+")) or one.value.isdigit()
            assert 0.0 <= one.probability <= 1.0
            assert all(0 <= turn < len(call.spoken) for turn in one.evidence_turns)


@pytest.mark.parametrize("spoken", [[""], [" "], ["…", "?"], ["[PERSON_NAME]"] * 3, ["\u0000\ufeff 🙂"]])
def test_a_call_of_next_to_nothing_is_judged(spoken: list[str]) -> None:
    made = TextJudge(SilentReader(), Company())([Spoken(text) for text in spoken])
    assert len(made.roles) == len(spoken)
    assert list(made.items) == list(ITEM_VALUES)


# --- JSON


def test_the_json_has_the_promised_shape(reference: Reference) -> None:
    data = json.loads(as_json(evaluate(reference, perfect(reference), made_by=[("b", "2"), ("a", "1")])))
    promised = {"n", "agreement", "kappa", "kappa_low", "kappa_high", "ac1", "ac1_low", "ac1_high"}
    promised |= {"precision", "recall", "f1", "unsure", "evidence", "confusion", "risk_coverage", "calibration"}
    for found in data["items"].values():
        assert promised <= found.keys()
        assert sum(map(sum, found["confusion"])) == found["n"]
        assert len(found["confusion"]) == len(found["values"])
    assert {"turns", "words"} <= data["roles"].keys()
    assert data["made_by"] == {"a": "1", "b": "2"}
    assert data["reference"]["calls"] == 4
    tyres = data["calls"][0]
    assert tyres["items"]["name_count"]["truth"] == [1, 1]
    assert tyres["items"]["name_used"] == {
        "truth": "y",
        "ours": "y",
        "probability": 0.9,
        "unsure": False,
        "evidence": [3],
        "truth_evidence": [3],
    }
    assert tyres["items"]["close_next"]["truth"] is None
    assert tyres["roles"]["ours"][0] == "system"


def test_the_same_calls_give_the_same_bytes(reference: Reference) -> None:
    def made() -> bytes:
        judge = TextJudge(SilentReader(), Company())
        return as_json(evaluate(reference, [judge(call.spoken) for call in reference.calls]))

    assert made() == made()
