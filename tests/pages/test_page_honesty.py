"""What pages say: every number with its count, nothing by colour alone, no machine's word for nothing, no dead link."""

from __future__ import annotations

import locale
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import MET, NA, NOT_MET, UNSURE, record, sample_records, scored
from pagecheck import Element, read

from scoring.calls import CallInfo
from scoring.pages import formats
from scoring.pages.call_page import call_page
from scoring.pages.contexts import Page
from scoring.pages.group_pages import agent_page, index_page, team_page
from scoring.pages.render import render
from scoring.pages.types import CallRecord, SetAside
from scoring.pages.urls import FOLDER_FILES, TOP_FILES, WEB, Urls, call_path, group_path
from scoring.results import Outcome
from scoring.scorecard import make_scorecards
from scoring.scorecard.types import Group, GroupKind, Interval, Period, Scorecards
from scoring.settings import ScorecardSettings

EVERY_WAY = {"greeting": MET, "name_use": UNSURE, "listening": NOT_MET, "empathy": NA, "farewell": MET}
MIN_CALLS = 3
BARE = CallInfo(file="bare.wav")  # nothing else is known


@cache
def everything() -> tuple[tuple[CallRecord, ...], Scorecards]:
    """Calls of known and unknown agents, and one of which next to nothing is known or could be judged."""
    items = (*sample_records()[::6], record(BARE, dict.fromkeys(EVERY_WAY, NA), seed=99))
    return items, make_scorecards([item.scored for item in items], ScorecardSettings(min_calls=MIN_CALLS))


def contexts(top: Urls, inner: Urls) -> Iterator[tuple[str, Page]]:
    """Each page by its path, without the ending."""
    items, cards = everything()
    calls = {item.scored.call_id: item.scored for item in items}
    yield "index", index_page(cards, top, [SetAside("a.wav", "It is empty.")])
    for group in cards.teams:
        yield group_path(group.group), team_page(group, cards, inner)
    for group in cards.agents:
        yield group_path(group.group), agent_page(group, cards, calls, inner)
    for item in items:
        yield call_path(item.scored.call_id), call_page(item, cards, inner)


@cache
def pages(on_the_web: bool) -> dict[str, Element]:
    top, inner = (WEB, WEB) if on_the_web else (TOP_FILES, FOLDER_FILES)
    return {path: read(render(page)) for path, page in contexts(top, inner)}


def at(page: Element, link: str, path: str, *, on_the_web: bool) -> str:
    """The path of the page that a link on `path` leads to, without the ending."""
    if not link:
        return path
    if on_the_web:
        assert link.startswith("/")
        return link[1:] or "index"
    assert link.endswith(".html")
    inside = path != "index"
    assert link.startswith("../") is inside
    return link.removeprefix("../").removesuffix(".html")


@pytest.mark.parametrize("on_the_web", [False, True])
def test_every_link_leads_to_a_page_and_every_anchor_to_something_on_it(on_the_web: bool) -> None:
    found = pages(on_the_web)
    reached = {"index"}
    for path, page in found.items():
        for link in page.all("a"):
            address, _, anchor = link.attributes["href"].partition("#")
            target = at(page, address, path, on_the_web=on_the_web)
            assert target in found, f"{path} leads to {link.attributes['href']}"
            assert not anchor or found[target].all(f"#{anchor}"), f"{path}: nothing is at {link.attributes['href']}"
            reached.add(target)
    assert reached == set(found)  # and no page is an orphan


def test_files_and_the_web_say_the_same() -> None:
    files, web = pages(False), pages(True)
    assert files.keys() == web.keys()
    assert [page.text for page in files.values()] == [page.text for page in web.values()]


def test_no_page_holds_a_machines_word_for_nothing() -> None:
    strange = re.compile(
        r"\b(None|nan|NaN|inf|null|undefined|True|False)\b|\{[{%]|Markup\(|<function|\d{5,}\.\d|e[+-]\d\d"
    )
    for path, page in pages(False).items():
        for item in page.all(""):
            words = " ".join([*item.parts, *(item.attributes.get(name, "") for name in ("aria-label", "title"))])
            assert item.tag == "style" or not strange.search(words), f"{path}: {words}"


def test_unsure_and_not_applicable_are_told_apart_in_words_wherever_they_stand() -> None:
    item = record(BARE, EVERY_WAY)
    cards = make_scorecards([item.scored], ScorecardSettings(min_calls=1))
    page = read(render(call_page(item, cards, FOLDER_FILES)))
    outcomes = [row.one(".outcome").text for row in page.one("ol.judged").children]
    assert outcomes == [formats.OUTCOMES[outcome] for outcome in EVERY_WAY.values()]
    assert len(set(formats.OUTCOMES.values())) == len(Outcome)
    agent = read(render(agent_page(cards.agents[0], cards, {item.scored.call_id: item.scored}, FOLDER_FILES)))
    signs = [sign.attributes["aria-label"] for sign in agent.all("svg.icon")]
    assert {"Uses the customer's name: unsure", "Empathy: not applicable", "Active listening: not met"} <= set(signs)
    columns = [cell.text for cell in agent.all("table.criteria")[0].one("thead").all("th")]
    counts = {row.one("th").text: row.all("td")[-2:] for row in agent.all("table.criteria")[0].one("tbody").children}
    assert columns[-2:] == ["Not appl.", "Unsure"]
    assert [cell.text[:1] for cell in next(cells for name, cells in counts.items() if "Empathy" in name)] == ["1", "0"]
    assert [cell.text[:1] for cell in next(cells for name, cells in counts.items() if "name" in name)] == ["0", "1"]


@settings(deadline=None)
@given(st.lists(st.sampled_from([MET, NOT_MET, NA, UNSURE]), min_size=1, max_size=9))
def test_a_rate_always_says_of_how_many_and_nobody_is_lost(outcomes: list[Outcome]) -> None:
    calls = [scored(f"c{n}", {"greeting": outcome}) for n, outcome in enumerate(outcomes)]
    cards = make_scorecards(calls, ScorecardSettings(min_calls=MIN_CALLS))
    (row,) = agent_page(cards.agents[0], cards, {call.call_id: call for call in calls}, FOLDER_FILES).card.criteria
    assert row.met == outcomes.count(MET)
    assert row.judged + row.not_applicable + row.unsure == len(outcomes)
    assert f"met on {row.met} of {row.judged} calls" in row.bar
    assert (row.percent == formats.NOTHING) == (row.judged == 0)


@settings(deadline=None)
@given(st.integers(1, 6))
def test_fewer_calls_than_asked_for_are_no_headline(number: int) -> None:
    calls = [scored(f"c{n}", {"greeting": MET if n % 2 else NOT_MET, "farewell": MET}) for n in range(number)]
    cards = make_scorecards(calls, ScorecardSettings(min_calls=MIN_CALLS))
    page = read(render(agent_page(cards.agents[0], cards, {call.call_id: call for call in calls}, FOLDER_FILES)))
    first = read(render(index_page(cards, TOP_FILES)))
    few = number < MIN_CALLS
    assert (page.one("p.big").text == "Too few calls to judge") is few
    assert bool(re.match(r"\d", page.one("p.big").text)) is not few
    assert str(number) in page.one(".figure").text
    for row in first.one("table.groups").one("tbody").children:
        assert ("too few" in row.text) is few
        assert bool(row.all("strong")) is not few


def test_a_section_reported_apart_says_so_and_the_others_do_not() -> None:
    item = record(BARE, EVERY_WAY)
    apart = tuple(replace(part, separate=part.id == "closing") for part in item.scored.score.sections)
    item = replace(item, scored=replace(item.scored, score=replace(item.scored.score, sections=apart)))
    cards = make_scorecards([item.scored], ScorecardSettings(min_calls=1))
    own = call_page(item, cards, FOLDER_FILES).sections
    agents = agent_page(cards.agents[0], cards, {item.scored.call_id: item.scored}, FOLDER_FILES).card
    for sections in (own, agents.sections):
        said = {section.title: "reported apart, not in the score" in section.note for section in sections}
        assert said == {"Opening": False, "Conversation": False, "Closing": True}
    noted = {row.title: "reported apart" in row.notes for row in agents.criteria}
    assert noted.pop("Farewell")
    assert not any(noted.values())


def test_a_call_of_nobody_known_is_the_unknown_agents_and_no_teams() -> None:
    found = pages(False)
    _, cards = everything()
    unknown = cards.agents[-1].group
    assert (unknown.key, unknown.name) == (None, "Unknown agent")
    assert found[group_path(unknown)].one("h1").text == "Unknown agent"
    bare = next(page for page in found.values() if page.one("h1").text == "bare.wav")
    facts = {fact.one("dt").text: fact.one("dd").text for fact in bare.one(".headline").one("dl.facts").children}
    assert facts.keys() == {"Agent", "Started", "Length", "File"}  # what nobody knows has no line of its own
    assert (facts["Agent"], facts["Started"]) == ("Unknown agent", "Not known")
    assert "Unknown agent" in [link.text for link in bare.one(".kicker").all("a")]


def test_every_quote_stands_marked_in_the_turn_it_leads_to() -> None:
    items, cards = everything()
    shown = 0
    for item in items:
        page = call_page(item, cards, FOLDER_FILES)
        turns = {f"#{turn.anchor}": turn for turn in page.turns}
        for criterion in page.criteria:
            for found in criterion.evidence:
                turn = turns[found.link.url]
                assert found.quote in turn.text.striptags().replace("&#39;", "'")
                assert "<mark>" in turn.text
                assert criterion.number in [mark.number for mark in turn.marks]
                assert found.link.text == turn.time
                shown += 1
    assert shown > len(items)


# --- how numbers and days are written


@settings(deadline=None)
@given(st.floats(0, 100), st.floats(0, 100))
def test_a_range_is_shown_where_its_ends_read_differently(one: float, other: float) -> None:
    low, high = sorted((one, other))
    written = formats.low_high(low, high)
    assert bool(written) == (formats.score(low) != formats.score(high))
    assert written in ("", f"{formats.score(low)}–{formats.score(high)}")


@settings(deadline=None)
@given(st.floats(-1000, 1000))
def test_a_signed_number_has_a_true_minus_and_no_signed_nothing(value: float) -> None:
    written = formats.signed(value)
    assert "-" not in written
    assert re.fullmatch(r"[+−][1-9]\d*|0", written)
    assert abs(int(written.replace("−", "-")) - value) <= 0.5


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(3599.999, "59:59"), (3600.0, "1:00:00"), (3661.0, "1:01:01"), (36_000.0, "10:00:00"), (360_000.4, "100:00:00")],
)
def test_times_beyond_an_hour(seconds: float, written: str) -> None:
    assert formats.clock(seconds) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "0"), (0.49, "0"), (79.4999, "79"), (79.51, "80"), (99.4, "99"), (100.0, "100")]
)
def test_scores_are_rounded_to_the_nearest_whole(value: float, written: str) -> None:
    assert formats.score(value) == written
    assert formats.between(Interval(value, value)) == f"{written}–{written}"


def test_no_language_of_the_machine_changes_a_date_or_a_number() -> None:
    def written() -> tuple[str, ...]:
        moment = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
        period = Period("2026-03", "March 2026", date(2026, 3, 1), date(2026, 3, 31))
        return formats.moment(moment, UTC), formats.days(period), formats.calls(12_345), formats.quantity(1.5, "s")

    before = locale.setlocale(locale.LC_ALL)
    expected = ("2 Mar 2026, 09:05", "1–31 Mar 2026", "12,345\u00a0calls", "1.5\u00a0s")
    try:
        for name in ("C", "de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8"):
            with suppress(locale.Error):  # not every machine has each
                locale.setlocale(locale.LC_ALL, name)
            assert written() == expected
    finally:
        locale.setlocale(locale.LC_ALL, before)


# --- addresses


@settings(deadline=None)
@given(st.text(max_size=80), st.one_of(st.none(), st.text(max_size=80)))
def test_a_page_has_one_address_that_needs_no_escaping(name: str, key: str | None) -> None:
    paths = {kind: group_path(Group(kind, key, name)) for kind in GroupKind}
    assert len(set(paths.values())) == len(GroupKind)
    for kind, path in paths.items():
        assert re.fullmatch(rf"{kind.value}s/[a-z0-9]+(-[a-z0-9]+)*", path)
        assert path == group_path(Group(kind, key, name))
        for urls, address in ((WEB, f"/{path}"), (TOP_FILES, f"{path}.html"), (FOLDER_FILES, f"../{path}.html")):
            assert urls.group(Group(kind, key, name)) == address
