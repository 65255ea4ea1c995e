"""What the pages say about invented calls, read back from their HTML."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import CRITERIA, MET, NA, NOT_MET, UNSURE, record, sample_records, scored
from markupsafe import Markup
from pagecheck import Element, assert_harmless, read

from scoring.calls import CallInfo, Medium, Role, Transcript, Turn
from scoring.pages.call_page import call_page, marked
from scoring.pages.contexts import AgentPage
from scoring.pages.formats import file_name
from scoring.pages.group_pages import agent_page, index_page, team_page
from scoring.pages.render import render
from scoring.pages.types import CallRecord, SetAside
from scoring.pages.urls import FOLDER_FILES, TOP_FILES, WEB
from scoring.results import Evidence
from scoring.scorecard import make_scorecards
from scoring.scorecard.types import ScoredCall
from scoring.settings import ScorecardSettings

SETTINGS = ScorecardSettings(min_calls=10)
EVERY_WAY = {"greeting": MET, "name_use": UNSURE, "listening": NOT_MET, "empathy": NA, "farewell": MET}
INFO = CallInfo(
    file="in/calls/one.wav", agent_id="a1", agent_name="Odile Marchetti", team="Billing", customer_name="Tomas"
)


def page_of(item: CallRecord, **more: bool) -> Element:
    cards = make_scorecards([item.scored], SETTINGS)
    page = read(render(call_page(item, cards, FOLDER_FILES, **more)))
    assert_harmless(page)
    return page


def card_of(calls: list[ScoredCall]) -> tuple[AgentPage, Element]:
    cards = make_scorecards(calls, SETTINGS)
    context = agent_page(cards.agents[0], cards, {call.call_id: call for call in calls}, FOLDER_FILES)
    page = read(render(context))
    assert_harmless(page)
    return context, page


def test_a_call_page_shows_each_outcome_in_its_own_way() -> None:
    items = page_of(record(INFO, EVERY_WAY)).one("ol.judged").children
    assert [item.classes[0] for item in items] == ["met", "unsure", "not_met", "not_applicable", "met"]
    assert [item.one(".outcome").text for item in items] == ["Met", "Unsure", "Not met", "Not applicable", "Met"]
    shapes = {str([child.attributes for child in item.one("svg.icon").children]) for item in items}
    assert len(shapes) == 4
    assert [item.one(".points").text for item in items] == [
        "15 of 15 points",
        "No points counted",
        "0 of 30 points",
        "No points counted",
        "15 of 15 points",
    ]


def test_a_call_page_has_the_score_with_its_range() -> None:
    headline = page_of(record(INFO, EVERY_WAY)).one(".headline")
    assert headline.one("p.big").text == "50 of 100"  # 30 of the 60 points that could be judged
    assert headline.one("p.range").text == "30 of 60 points · once the unsure criteria are decided 43–57"


def test_evidence_leads_to_its_turn_and_back() -> None:
    item = record(INFO, EVERY_WAY)
    page = page_of(item)
    ids = {element.attributes["id"] for element in page.all("") if "id" in element.attributes}
    for link in page.all("a"):
        if link.attributes["href"].startswith("#"):
            assert link.attributes["href"][1:] in ids
    for number, result in enumerate(item.scored.score.criteria, start=1):
        for found in result.evidence:
            turn = page.one(f"#t{found.turn}")
            assert f"#c{number}" in [link.attributes["href"] for link in turn.all("a.mark")]
            assert found.quote in turn.one("mark").text


def test_a_missed_criterion_says_what_would_have_earned_it_and_a_met_one_does_not() -> None:
    items = page_of(record(INFO, EVERY_WAY)).one("ol.judged").children
    assert [bool(item.all(".remedy")) for item in items] == [False, True, True, False, False]


def test_provenance_stands_at_the_foot() -> None:
    facts = page_of(record(INFO, EVERY_WAY)).one(".provenance").text
    for part in ("core 1.2", "3" * 64, "7" * 64, "5" * 64, "a" * 64, "whisper", "0.1.0"):
        assert part in facts


def test_no_folder_of_the_machine_is_shown() -> None:
    page = page_of(record(INFO, EVERY_WAY))
    assert "in/calls" not in page.text
    assert "one.wav" in page.text
    assert [file_name(name) for name in ("a/b.wav", "C:\\x\\b.wav", "b.wav")] == ["b.wav"] * 3


def test_a_missing_time_is_said_and_never_made_up() -> None:
    page = page_of(record(INFO, EVERY_WAY))
    assert page.one("h1").text == "one.wav"
    assert "Not known" in page.one(".headline").text
    dated = page_of(record(replace(INFO, started_at=datetime(2026, 5, 4, 9, 5, tzinfo=UTC)), EVERY_WAY))
    assert dated.one("h1").text == "Call of 4 May 2026, 09:05"


def test_a_written_conversation_has_no_clock() -> None:
    item = record(INFO, EVERY_WAY)
    turns = tuple(replace(turn, start=None, end=None) for turn in item.transcript.turns)
    criteria = tuple(
        replace(result, evidence=tuple(replace(found, start=None, end=None) for found in result.evidence))
        for result in item.scored.score.criteria
    )
    score = replace(item.scored.score, criteria=criteria)
    call = replace(item.scored, medium=Medium.EMAIL, duration=None, measures=(), score=score)
    page = page_of(CallRecord(call, Transcript(turns, Medium.EMAIL), item.signals))
    assert page.all("svg.timeline") == []
    assert page.all("a.time") == []
    assert "turn 2" in [link.text for link in page.one("ol.judged").all("a")]


def test_a_call_without_any_judgement_has_no_score() -> None:
    page = page_of(record(INFO, dict.fromkeys(CRITERIA, NA)))
    assert page.one("p.big").text == "No score"


def test_a_failed_call_and_its_conditions_are_said() -> None:
    text = page_of(record(INFO, EVERY_WAY, failed=True, conditions=("abusive customer",))).one(".headline").text
    assert "critical to the whole call was not met" in text
    assert "Facts about the call, nobody’s fault: abusive customer." in text


def test_audio_is_offered_only_where_it_can_be_played() -> None:
    item = record(INFO, EVERY_WAY)
    cards = make_scorecards([item.scored], SETTINGS)
    assert page_of(item).all("audio") == []
    page = read(render(call_page(item, cards, WEB, playable=True)))
    assert page.one("audio").attributes["src"] == f"/audio/{item.scored.call_id}"


@given(st.text(max_size=40), st.lists(st.text(max_size=15), max_size=4))
def test_marking_never_changes_the_words(text: str, quotes: list[str]) -> None:
    bare = str(marked(text, quotes)).replace("<mark>", "").replace("</mark>", "")
    assert Markup(bare).unescape() == Markup.escape(text).unescape()
    assert "<" not in bare


def test_quotes_that_overlap_are_marked_once() -> None:
    assert marked("one two three four", ["two three", "THREE four"]) == "one <mark>two three four</mark>"
    assert marked("a <b> c", ["<b>"]) == "a <mark>&lt;b&gt;</mark> c"
    assert marked("said otherwise", ["not these words"]) == "<mark>said otherwise</mark>"
    assert marked("nothing here", []) == "nothing here"


def test_unknown_speakers_say_so() -> None:
    item = record(INFO, EVERY_WAY)
    turns = (Turn(Role.UNKNOWN, "Hm.", 0.0, 1.0), *item.transcript.turns[1:])
    page = page_of(replace(item, transcript=replace(item.transcript, turns=turns)))
    assert page.one("#t0").one(".who").text.startswith("Speaker not sure")
    assert "Not sure" in page.one("svg.timeline").text


def test_an_agent_page_shows_every_rate_with_its_denominator() -> None:
    calls = [
        scored(f"c{n}", {"greeting": MET if n < 9 else NOT_MET, "empathy": NA if n < 4 else MET}) for n in range(12)
    ]
    _, page = card_of(calls)
    rows = page.all("table.criteria")[0].one("tbody").children
    assert "9 of 12" in rows[0].text
    assert "8 of 8" in rows[1].text
    assert [cell.text for cell in rows[1].all("td")][3] == "4"  # not applicable, apart


def test_too_few_calls_have_no_headline_number_but_an_interval() -> None:
    _, page = card_of([scored(f"c{n}", {"greeting": MET, "farewell": NOT_MET}) for n in range(4)])
    assert page.one("p.big").text == "Too few calls to judge"
    text = page.one(".figure").text
    assert "4\u00a0calls judged, 10 needed" in text.replace(" calls", "\u00a0calls")
    assert "with an interval of" in text


def test_enough_calls_have_a_headline_with_interval_and_count() -> None:
    context, page = card_of(
        [scored(f"c{n}", {"greeting": MET if n % 3 else NOT_MET, "farewell": MET}) for n in range(12)]
    )
    assert page.one("p.big").text.startswith(context.card.score.value)
    assert context.card.score.interval in page.one(".figure").text
    assert "mean of 12" in page.one(".figure").text


def test_moments_lead_to_their_calls() -> None:
    items = [record(replace(INFO, file=f"{n}.wav"), EVERY_WAY, seed=n).scored for n in range(3)]
    _, page = card_of(items)
    links = [link.attributes["href"] for link in page.all("a") if "calls/" in link.attributes["href"]]
    calls = {f"../calls/{call.call_id}.html" for call in items}
    assert {link.partition("#")[0] for link in links} == calls
    assert any(link.endswith("#t1") for link in links)


def test_a_change_within_chance_has_no_arrow() -> None:
    def months(first: int, second: int) -> list[ScoredCall]:
        return [
            scored(
                f"{month}-{n}",
                {"greeting": MET if n < met else NOT_MET, "farewell": MET},
                replace(INFO, started_at=datetime(2026, month, 1 + n, tzinfo=UTC)),
            )
            for month, met in ((1, first), (2, second))
            for n in range(12)
        ]

    _, noise = card_of(months(6, 7))
    assert noise.all(".change") == []
    assert "no change beyond chance" in noise.text
    _, rise = card_of(months(0, 12))
    assert "higher" in rise.all(".change")[0].text
    assert rise.all("svg.trend")


def test_rubrics_that_may_not_compare_are_warned_of() -> None:
    calls = [scored(f"c{n}", {"greeting": MET}) for n in range(2)]
    calls[1] = replace(calls[1], score=replace(calls[1].score, rubric_version="1.3"))
    _, page = card_of(calls)
    assert "different rubrics or versions" in page.one(".warning").text


def test_the_first_page_lists_everybody_once_and_says_that_it_is_no_ranking() -> None:
    cards = make_scorecards([item.scored for item in sample_records()], SETTINGS)
    aside = [SetAside("z.mp3", "It ends in the middle."), SetAside("<b>.wav", "It is empty.")]
    page = read(render(index_page(cards, TOP_FILES, aside, ("calls.csv",))))
    assert_harmless(page)
    names = [row.one("a").text for table in page.all("table.groups") for row in table.one("tbody").children]
    assert names == [card.group.name for card in cards.agents]
    assert "no ranking" in page.one("footer").text
    assert [row.one("th").text for row in page.all("table")[-1].one("tbody").children] == ["<b>.wav", "z.mp3"]
    assert page.one("a.pill").attributes["href"] == "calls.csv"


def test_the_first_page_of_nothing_says_so() -> None:
    page = read(render(index_page(make_scorecards([], SETTINGS), TOP_FILES)))
    assert "No call has been judged yet." in page.text
    assert page.all("table") == []


def test_a_team_page_lists_its_own_agents() -> None:
    cards = make_scorecards([item.scored for item in sample_records()], SETTINGS)
    page = read(render(team_page(cards.teams[1], cards, FOLDER_FILES)))
    assert_harmless(page)
    names = [row.one("a").text for row in page.one("table.groups").one("tbody").children]
    assert names == ["Ilya Sørensen", "Noor Castellan"]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "</style><b>",
    "javascript:x",
    "\u202e&#60;",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_in_every_field_stay_words(words: str) -> None:
    info = CallInfo(
        file=words, agent_id=words, agent_name=words, team=words, customer_name=words, queue=words,
        started_at=datetime(2026, 5, 4, tzinfo=UTC),
    )  # fmt: skip
    item = record(info, EVERY_WAY, conditions=(words,), rubric=words, rubric_version=words)
    criteria = tuple(
        replace(
            result, id=words, title=words, reason=words, remedy=words, section=words, critical=words,
            evidence=(Evidence(1, Role.AGENT, words, 1.0, 2.0),),
        )
        for result in item.scored.score.criteria
    )  # fmt: skip
    sections = tuple(replace(section, id=words, title=words) for section in item.scored.score.sections)
    measures = tuple(replace(measure, name=words, unit=words) for measure in item.scored.measures)
    call = replace(
        item.scored, measures=measures, score=replace(item.scored.score, criteria=criteria, sections=sections)
    )
    turns = (item.transcript.turns[0], Turn(Role.AGENT, f"so {words} then", 1.0, 2.0, speaker=words))
    hostile = CallRecord(call, Transcript(turns, notes=(words,)), item.signals)
    page = page_of(hostile)
    assert page.one("#t1").one("mark").text == " ".join(words.split())
    _, agent = card_of([call])
    assert agent.one("h1").text == " ".join(words.split())
    cards = make_scorecards([call], SETTINGS)
    for context in (
        team_page(cards.teams[0], cards, FOLDER_FILES),
        index_page(cards, TOP_FILES, [SetAside(words, words)]),
    ):
        assert_harmless(read(render(context)))
