"""The page of an evaluation, read back from its HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import labelled
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pagecheck import Element, assert_harmless, read

from scoring.agreement.evaluation import Evaluation, evaluate
from scoring.agreement.judging import CallJudgement
from scoring.agreement.reference import read_reference
from scoring.calls import Role
from scoring.judge.items import ITEM_VALUES, ItemJudgement
from scoring.pages.charts import Mark, curve, reliability
from scoring.pages.evaluation_page import evaluation_page
from scoring.pages.render import render

Items = dict[str, ItemJudgement]


def made(
    tmp_path: Path, rows: Sequence[Any] | None = None, *, baseline: Items | None = None, **ours: Any
) -> Evaluation:
    """An evaluation of the invented calls by a judge who says "y" of everything that `ours` does not decide."""
    reference = read_reference(labelled.write(tmp_path / "reference.jsonl", rows or labelled.lines()))
    says = {name: ItemJudgement(values[0] if values else "1", 0.8, (0,)) for name, values in ITEM_VALUES.items()}
    judged = [CallJudgement((Role.AGENT,) * len(call.spoken), says | ours) for call in reference.calls]
    simple = None
    if baseline is not None:
        simple = [replace(one, items=one.items | baseline) for one in judged]
    return evaluate(reference, judged, simple, [("detectors", "abc123")])


def page_of(evaluation: Evaluation) -> Element:
    page = read(render(evaluation_page(evaluation)))
    assert_harmless(page)
    return page


def cells(page: Element, item: str) -> list[str]:
    rows = page.one("table.agreement").one("tbody").children
    row = next(row for row in rows if row.one("a").text == item)
    return [cell.text for cell in row.children[1:]]


def test_every_item_has_a_row_that_leads_to_its_section(tmp_path: Path) -> None:
    evaluation = made(tmp_path)
    page = page_of(evaluation)
    rows = page.one("table.agreement").one("tbody").children
    assert [row.one("a").text for row in rows] == [item.name for item in evaluation.items]
    for row in rows:
        (section,) = page.all(row.one("a").attributes["href"])
        assert section.one("h2").text == row.one("a").text
        assert len(section.all("svg.plot")) == 2


def test_no_figure_stands_without_the_calls_it_rests_on(tmp_path: Path) -> None:
    _, kappa, agreed, *_ = cells(page_of(made(tmp_path)), "close_bye")
    assert agreed == "75 % of 4"
    assert kappa == "0.00 0.00 to 0.00"


def test_what_is_not_defined_is_a_dash(tmp_path: Path) -> None:
    no = ItemJudgement("n", 0.9)
    bar, kappa, *_ = cells(page_of(made(tmp_path, emp_dismissive=no)), "emp_dismissive")
    assert (bar, kappa) == ("", "–")


def test_a_kappa_under_nought_is_told_as_it_is(tmp_path: Path) -> None:
    rows = [
        {"id": str(place), "turns": [{"text": "Hello."}], "labels": {"hold": value}}
        for place, value in enumerate("yynnyyn")
    ]
    reference = read_reference(labelled.write(tmp_path / "r.jsonl", rows))
    judged = [CallJudgement((Role.AGENT,), {"hold": ItemJudgement(value, 0.8)}) for value in "nnyynny"]
    page = page_of(evaluate(reference, judged))
    assert cells(page, "hold")[1].startswith("−0.")
    dot = page.one("table.agreement").one("circle.dot")
    assert 0 <= float(dot.attributes["cx"].removesuffix("%")) < 5


def test_each_call_that_differs_is_shown_with_the_words_of_both(tmp_path: Path) -> None:
    section = page_of(made(tmp_path, close_more=ItemJudgement("n", 0.55, (2,), unsure=True))).one("#item-close_more")
    (row,) = section.one("table.wrong").one("tbody").children
    call, values, ours, theirs = (cell.text for cell in row.children)
    assert call == "tyres"
    assert [value.text for value in row.all("b")] == ["y", "n"]
    assert "unsure, probability 0.55" in values
    assert labelled.TYRES[2][1] in ours
    assert "turn 2" in ours
    assert labelled.TYRES[7][1] in theirs


def test_of_counts_the_range_that_people_gave_is_shown(tmp_path: Path) -> None:
    section = page_of(made(tmp_path, name_count=ItemJudgement("5", 0.8))).one("#item-name_count")
    rows = section.one("table.wrong").one("tbody").children
    assert [row.all("b")[0].text for row in rows] == ["1", "0–1", "0"]


def test_an_item_without_differences_says_so(tmp_path: Path) -> None:
    section = page_of(made(tmp_path, emp_dismissive=ItemJudgement("n", 0.9))).one("#item-emp_dismissive")
    assert section.all("table.wrong") == []
    assert "No call differs." in section.text


def test_the_confusion_table_holds_every_call_and_tells_the_unsure(tmp_path: Path) -> None:
    evaluation = made(tmp_path, close_bye=ItemJudgement("n", 0.55, (), unsure=True))
    table = page_of(evaluation).one("#item-close_bye").one("table.grid")
    rows = {row.children[0].text: [cell.text for cell in row.children[1:]] for row in table.one("tbody").children}
    assert [cell.text for cell in table.one("thead").all("th")][1:] == ["y", "n", "na"]
    assert rows == {"y": ["0", "3 (3)", "0"], "n": ["0", "0", "0"], "na": ["0", "1 (1)", "0"]}


def test_roles_are_shown_with_their_confusion(tmp_path: Path) -> None:
    page = page_of(made(tmp_path))
    table = next(table for table in page.all("table.grid") if "customer" in table.text)
    rows = [[cell.text for cell in row.children] for row in table.one("tbody").children]
    counts = {role: sum(said == role for talk in labelled.TALKS.values() for said, _ in talk) for role in "ACS"}
    assert rows == [
        [name, str(counts[letter]), "0", "0", "0"]
        for name, letter in (("agent", "A"), ("customer", "C"), ("system", "S"))
    ]


def test_a_baseline_has_a_column_only_where_there_is_one(tmp_path: Path) -> None:
    assert "Baseline" not in page_of(made(tmp_path)).text
    page = page_of(made(tmp_path, baseline={"close_bye": ItemJudgement("na", 0.8)}))
    heads = page.one("table.agreement").one("thead").all("th")
    assert heads[-1].text == "Baseline kappa"
    assert all(len(row.children) == len(heads) for row in page.one("table.agreement").one("tbody").children)
    assert "Baseline" in page.one("#item-close_bye").text


def test_text_from_outside_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    row = {
        "id": "<script>x</script>",
        "turns": [{"text": '<img src="x" onerror="y"> {{ 7 * 7 }} ' + "word " * 200}],
        "labels": {"hold": "n"},
    }
    page = page_of(made(tmp_path, [row]))
    section = page.one("#item-hold")
    assert "<script>x</script>" in section.text
    assert "{{ 7 * 7 }}" in section.text
    assert "word …" in section.text


def test_the_page_says_how_it_was_measured_and_by_what(tmp_path: Path) -> None:
    evaluation = made(tmp_path)
    text = page_of(evaluation).text
    for said in ("bootstrap", "2000 resamples", "abc123", evaluation.reference.sha256, "4\u00a0calls"):
        assert said.replace("\u00a0", " ") in text.replace("\u00a0", " ")


def test_the_same_evaluation_gives_the_same_page(tmp_path: Path) -> None:
    assert render(evaluation_page(made(tmp_path))) == render(evaluation_page(made(tmp_path)))


# --- plots


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


marks = st.lists(st.builds(Mark, st.floats(0, 1), st.floats(0, 1), st.just("said")), min_size=1, max_size=8)


@given(marks)
def test_points_lie_inside_the_plot_and_higher_is_more(points: list[Mark]) -> None:
    for draw in (curve, reliability):
        root = parsed(draw(points, "label", "across", "up"))
        circles = [item for item in root if item.tag == "circle"]
        assert len(circles) == len(points)
        heights = [float(item.get("cy", "")) for item in circles]
        assert all(12 <= float(item.get("cx", "").removesuffix("%")) <= 97 for item in circles)
        assert all(23.9 <= height <= 158.1 for height in heights)
        ordered = sorted(zip((mark.y for mark in points), heights, strict=True))
        assert all(one[1] >= other[1] - 0.01 for one, other in pairwise(ordered))


def test_a_curve_of_small_errors_is_drawn_at_twice_the_height() -> None:
    def top(points: list[Mark]) -> list[str]:
        return [item.text or "" for item in parsed(curve(points, "l", "a", "u")) if item.get("class") == "end faint"]

    assert top([Mark(1, 0.5, "")])[:6] == ["0", "10", "20", "30", "40", "50"]
    assert top([Mark(1, 0.51, "")])[:6] == ["0", "20", "40", "60", "80", "100"]


@pytest.mark.parametrize("draw", [curve, reliability])
def test_a_plot_of_nothing_has_axes_alone(draw: Any) -> None:
    root = parsed(draw([], "nothing", "across", "up"))
    assert [item for item in root if item.tag == "circle"] == []
    assert root.get("aria-label") == "nothing"
