"""What people who do not see a page, or use no mouse, need of it."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from invented import sample_records
from pagecheck import Element, read

from scoring.agreement.evaluation import evaluate
from scoring.agreement.judging import CallJudgement
from scoring.agreement.reference import Label, Reference, ReferenceCall, Spoken
from scoring.calls import Role
from scoring.judge.items import ItemJudgement
from scoring.pages.call_page import call_page
from scoring.pages.evaluation_page import evaluation_page
from scoring.pages.group_pages import agent_page, index_page, team_page
from scoring.pages.render import render, style
from scoring.pages.types import SetAside
from scoring.pages.urls import WEB
from scoring.scorecard import make_scorecards
from scoring.settings import ScorecardSettings


def every_kind() -> Iterator[tuple[str, Element]]:
    records = sample_records()
    calls = {item.scored.call_id: item.scored for item in records}
    cards = make_scorecards(calls.values(), ScorecardSettings())
    yield "index", read(render(index_page(cards, WEB, [SetAside("a.wav", "It is empty.")], ("calls.csv",))))
    yield "team", read(render(team_page(cards.teams[0], cards, WEB)))
    for number, agent in enumerate(cards.agents):
        yield f"agent {number}", read(render(agent_page(agent, cards, calls, WEB)))
    yield "call", read(render(call_page(records[0], cards, WEB, playable=True)))
    yield "undated call", read(render(call_page(records[3], cards, WEB)))


def evaluation() -> Element:
    """Somebody who agrees with half of what people say of two calls."""
    names = ("greet_name", "hold", "direction")
    people, ours = (("y", "n", "inbound"), ("n", "y", "inbound")), ("y", "y", "inbound")
    calls = tuple(
        ReferenceCall(
            f"call {place}",
            (Spoken("Hello, this is Dora."), Spoken("Hello.")),
            (Role.AGENT, Role.CUSTOMER),
            {name: Label(value, None, (0,)) for name, value in zip(names, values, strict=True)},
        )
        for place, values in enumerate(people)
    )
    items = {name: ItemJudgement(value, 0.9, (0,)) for name, value in zip(names, ours, strict=True)}
    judged = [CallJudgement((Role.AGENT, Role.AGENT), items)] * 2
    return read(render(evaluation_page(evaluate(Reference("r.jsonl", "0" * 64, calls), judged, judged))))


PAGES = [*every_kind(), ("evaluation", evaluation())]


@pytest.fixture(params=PAGES, ids=[name for name, _ in PAGES])
def page(request: pytest.FixtureRequest) -> Element:
    found: Element = request.param[1]
    return found


def test_a_page_has_a_language_a_title_and_one_main_heading(page: Element) -> None:
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("head").one("title").text.endswith("· callscore")
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert page.one("a.skip").attributes["href"] == "#main"


def test_headings_skip_no_level(page: Element) -> None:
    levels = [int(item.tag[1]) for item in page.all("") if item.tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_every_link_has_words(page: Element) -> None:
    for link in page.all("a"):
        assert link.text or link.attributes.get("aria-label"), link.attributes


def test_every_picture_says_what_it_shows(page: Element) -> None:
    pictures = page.all("svg")
    assert len(pictures) > 0
    for picture in pictures:
        assert picture.attributes["role"] in {"img", "group"}
        assert picture.attributes["aria-label"].strip()


def test_pictures_with_links_inside_are_groups(page: Element) -> None:
    """Whatever is inside an image is hidden from those who listen to the page."""
    for picture in page.all("svg"):
        assert (picture.attributes["role"] == "group") == ("timeline" in picture.classes)
        assert picture.attributes["role"] == "group" or not picture.all("a")


def test_tables_have_headers_for_columns_and_rows(page: Element) -> None:
    for table in page.all("table"):
        columns = table.one("thead").all("th")
        assert all(cell.attributes["scope"] == "col" for cell in columns)
        for row in table.one("tbody").children:
            assert row.children[0].attributes["scope"] == "row"
            assert len(row.children) == len(columns)


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(page: Element) -> None:
    for region in page.all(".scroll"):
        assert region.attributes["tabindex"] == "0"
        assert region.attributes["role"] == "region"
        assert region.attributes["aria-label"]


def test_an_outcome_is_never_told_by_colour_alone(page: Element) -> None:
    for sign in page.all("svg.icon"):
        assert any(word in sign.attributes["aria-label"].lower() for word in ("met", "not applicable", "unsure"))
    for mark in page.all("a.mark"):
        assert ": " in mark.attributes["aria-label"]


def test_a_rate_is_never_without_its_denominator(page: Element) -> None:
    for table in page.all("table.criteria"):
        for row in table.one("tbody").children:
            assert " of " in row.all("td")[1].text


def test_a_score_is_never_without_its_count(page: Element) -> None:
    for table in page.all("table.groups"):
        for row in table.one("tbody").children:
            assert "call" in row.all("td")[-1].text


def test_it_can_be_read_dark_printed_small_and_without_motion() -> None:
    for query in ("prefers-color-scheme: dark", "@media print", "max-width", "prefers-reduced-motion"):
        assert query in style()
    assert ":focus-visible" in style()
