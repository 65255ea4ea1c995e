"""The items of the codebook: what decides y, n and na, and when a person is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import call, hit, signals

from scoring.judge.items import ITEM_VALUES, ItemJudgement, codebook_items
from scoring.rubric import UNSURE_BAND
from scoring.signals.types import FactValue, Hit, Signals

LONG = "ac" * 20
GREETED = hit("greet_name", 0)


def one(name: str, *hits: Hit, turns: str = LONG, **facts: str) -> ItemJudgement:
    return codebook_items(call(turns), signals(*hits, facts={"name_known": "yes", **facts}))[name]


def test_every_item_is_decided_in_the_codebooks_order() -> None:
    assert list(codebook_items(call(), signals())) == list(ITEM_VALUES)


def test_shown_in_its_window_is_yes_with_its_turn() -> None:
    assert one("greet_name", GREETED) == ItemJudgement("y", 0.95, (0,), unsure=False)
    assert one("close_bye", hit("close_bye", 38)).value == "y"


def test_shown_outside_its_window_is_no() -> None:
    assert one("greet_name", hit("greet_name", 30)).value == "n"
    assert one("close_bye", hit("close_bye", 2)).value == "n"
    assert one("listen_clarify", hit("listen_clarify", 20)).value == "y"


def test_not_shown_is_no_without_evidence() -> None:
    made = one("greet_name")
    assert (made.value, made.evidence_turns, made.unsure) == ("n", (), False)
    assert made.probability > 0.9


def test_the_opening_is_the_first_agents_and_the_closing_the_last_agents() -> None:
    turns = "s" * 20 + "acac" * 8 + "s" * 20
    assert one("greet_name", hit("greet_name", 20), turns=turns).value == "y"
    assert one("close_bye", hit("close_bye", 50), turns=turns).value == "y"


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("greet_name", {"no_agent", "voicemail", "midstart"}),
        ("close_bye", {"no_agent", "voicemail", "transferred", "dropped"}),
        ("listen_clarify", {"no_agent", "voicemail"}),
        ("hold", set()),
    ],
)
def test_a_kind_of_call_takes_items_out(item: str, kinds: set[str]) -> None:
    for kind in ITEM_VALUES["type"]:
        made = one(item, hit(item, 38 if item == "close_bye" else 0), type=kind)
        assert (made.value == "na") == (kind in kinds), kind
        assert made.probability > 0.9


def test_what_depends_on_another_item_is_na_without_it() -> None:
    used = hit("name_used", 4)
    assert one("name_used", used).value == "y"
    assert one("name_used", used, name_known="no").value == "na"
    assert one("name_count", used, name_known="no").value == "0"
    felt = hit("emp_needed", 1)
    assert one("emp_expressed").value == "na"
    assert one("emp_expressed", felt).value == "n"
    assert one("emp_expressed", felt, hit("emp_expressed", 2)).value == "y"
    assert one("hold_return", hit("hold_return", 8)).value == "na"
    assert one("hold_return", hit("hold_return", 8), hit("hold", 4)).value == "y"


def test_names_are_counted() -> None:
    hits = [hit("name_used", place, 0.9 - place / 1000) for place in (2, 8, 20, 30)]
    made = one("name_count", *hits, hit("name_used", 6, 0.1))
    assert (made.value, made.evidence_turns, made.unsure) == ("4", (2, 8, 20), False)
    assert one("name_count", hit("name_used", 2, 0.5)).unsure
    assert one("name_count").value == "0"


@given(st.floats(0.0, 1.0))
def test_a_probability_in_the_band_is_unsure_with_its_likelier_value(probability: float) -> None:
    made = one("greet_name", hit("greet_name", 0, probability))
    assert made.unsure == (UNSURE_BAND[0] <= probability < UNSURE_BAND[1])
    assert made.value == ("y" if probability >= 0.5 else "n")
    assert 0.5 <= made.probability <= 1.0


def test_doubt_of_who_spoke_or_what_was_heard_is_unsure() -> None:
    assert one("greet_name", hit("greet_name", 0, doubt="heard badly")).unsure
    assert one("greet_name", hit("greet_name", 0), turns="u" + LONG).unsure


def test_a_doubtful_condition_makes_what_depends_on_it_unsure() -> None:
    assert one("emp_expressed", hit("emp_needed", 1, 0.55)).unsure
    kinds = Signals((GREETED,), (FactValue("type", "midstart", 0.5), FactValue("name_known", "yes", 0.9)), ())
    assert codebook_items(call(LONG), kinds)["greet_name"].unsure


def test_facts_are_taken_with_their_probability() -> None:
    assert one("outcome", outcome="dated") == ItemJudgement("dated", 0.95, (), unsure=False)
    assert one("direction", direction="outbound").value == "outbound"
    assert one("name_known", name_known="no").value == "n"
    nothing = codebook_items(call(LONG), Signals((), (), ()))
    assert (nothing["outcome"].value, nothing["outcome"].unsure) == ("na", False)
    assert (nothing["direction"].value, nothing["direction"].unsure) == ("inbound", True)


def test_several_types_are_joined_in_one_order() -> None:
    facts = (FactValue("type", "dropped", 0.6, (9,)), FactValue("type", "midstart", 0.9, (0,)))
    made = codebook_items(call(LONG), Signals((), facts, ()))["type"]
    assert (made.value, made.probability, made.unsure) == ("midstart+dropped", 0.6, True)
    likeliest = codebook_items(call(LONG), Signals((), (FactValue("type", "dropped", 0.4),), ()))["type"]
    assert (likeliest.value, likeliest.unsure) == ("dropped", True)


@given(
    st.lists(
        st.tuples(st.sampled_from(["greet_offer", "name_used", "hold", "emp_needed", "close_bye"]), st.integers(0, 39)),
        max_size=8,
    ),
    st.sampled_from(ITEM_VALUES["type"]),
)
def test_whatever_was_found_each_item_has_a_value_of_the_codebook(found: list[tuple[str, int]], kind: str) -> None:
    hits = [hit(name, place) for name, place in found]
    made = codebook_items(call(LONG), signals(*hits, facts={"type": kind}))
    for name, item in made.items():
        assert item.value.isdigit() if name == "name_count" else item.value in ITEM_VALUES[name]
        assert 0.0 <= item.probability <= 1.0
        assert len(item.evidence_turns) <= 3
        assert item.value not in ("n", "na") or item.evidence_turns == ()
