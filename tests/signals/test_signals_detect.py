"""A whole call through all detectors, by rules alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import bare, found, hits, talk

from scoring.calls import Direction, Medium, Role, Transcript
from scoring.reader import LABELS
from scoring.signals import fingerprint
from scoring.signals.again import find as said_again
from scoring.signals.detect import DETECTORS_VERSION
from scoring.signals.shown import FLOOR
from scoring.signals.special import luhn
from scoring.vocabulary import BEHAVIOUR_BY_NAME, BEHAVIOURS, FACT_BY_NAME, FACTS, MEASURE_BY_NAME

CALL = talk(
    "S: This call may be recorded.",
    "A: Thank you for calling Oakfield Gas, this is Dana. How can I help you?",
    "C: Hi, my name is Maria Keller. I have no heat and I'm really worried, it's the third time I call.",
    "A: I'm so sorry to hear that, Ms. Keller. Don't worry, I'll take care of it. "
    "May I put you on a brief hold while I check?",
    "C: Okay.",
    "A: Thank you for holding. What does the display show?",
    "C: Like I said, it shows nothing.",
    "A: Unfortunately we can't come today because the road is closed. What I can do is send someone tomorrow at nine.",
    "C: Fine.",
    "A: He will be there tomorrow at nine. Is there anything else I can do for you?",
    "C: No.",
    "A: Thank you for your patience, have a nice day, bye!",
    seconds=4.0,
)


def test_a_whole_call() -> None:
    detection = found(CALL)
    shown = {hit.behaviour for hit in detection.signals.hits if hit.probability >= 0.5}
    assert shown >= {
        "recording_notice", "greet_salutation", "greet_name", "greet_company", "greet_offer", "emp_needed",
        "complaint", "emp_expressed", "name_used", "ownership", "reassurance", "hold", "hold_announced",
        "hold_reason", "hold_return", "listen_repeat_forced", "refusal", "refusal_reason", "alternative",
        "next_step_dated", "close_more", "close_bye", "close_thanks", "courtesy",
    }  # fmt: skip
    facts = {name: fact.value for name in FACT_BY_NAME if (fact := detection.signals.fact(name))}
    assert facts == {
        "type": "normal",
        "direction": "inbound",
        "outcome": "dated",
        "name_known": "yes",
        "medium": "call",
    }
    assert detection.embeddings.shape == (len(CALL.turns), 0)


def test_the_same_call_gives_the_same_bytes() -> None:
    assert found(CALL).signals.content_hash == found(CALL).signals.content_hash


AIDS = {"data_question", "readback", "small_sorry", "third_person"}  # teach the reader; no rubric uses them
LINES = st.lists(
    st.tuples(
        st.sampled_from("ACSU"),
        st.sampled_from([t.text for t in CALL.turns] + ["", "...", "[noise]", "mhm", "a " * 60]),
    ),
    max_size=8,
)


@settings(max_examples=40)
@given(LINES, st.sampled_from(list(Medium)))
def test_whatever_is_said_the_signals_are_sound(lines: list[tuple[str, str]], medium: Medium) -> None:
    transcript = talk(*(f"{role}: {text}" for role, text in lines), medium=medium)
    signals = found(transcript).signals
    assert [(h.turn, h.behaviour) for h in signals.hits] == sorted({(h.turn, h.behaviour) for h in signals.hits})
    for hit in signals.hits:
        assert FLOOR <= hit.probability <= 1.0
        assert hit.behaviour in BEHAVIOUR_BY_NAME
        assert hit.role is transcript.turns[hit.turn].role
        assert hit.quote
        assert hit.quote in transcript.turns[hit.turn].text
        allowed = {BEHAVIOUR_BY_NAME[hit.behaviour].by, Role.UNKNOWN}
        assert hit.role in allowed | ({Role.AGENT} if hit.behaviour == "recording_notice" else set())
    for fact in signals.facts:
        assert fact.value in FACT_BY_NAME[fact.name].values
        assert 0.0 <= fact.probability <= 1.0
        assert all(0 <= turn < len(transcript.turns) for turn in fact.turns)


@settings(max_examples=20)
@given(st.sampled_from([" ", "  ", "\n"]), st.booleans())
def test_spaces_and_capitals_change_no_phrase(space: str, loud: bool) -> None:
    turns = tuple(replace(t, text=space + (t.text.upper() if loud else t.text) + space) for t in CALL.turns)
    names = {b.name for b in BEHAVIOURS if b.words == "said"}

    def phrases(transcript: Transcript) -> list[tuple[int, str, float]]:
        return [(h.turn, h.behaviour, h.probability) for h in found(transcript).signals.hits if h.behaviour in names]

    assert phrases(replace(CALL, turns=turns)) == phrases(CALL)


def test_nearly_everything_survives_without_case_and_punctuation() -> None:
    stripped = replace(CALL, turns=tuple(replace(t, text=bare(t.text)) for t in CALL.turns))
    before, after = (
        {(h.turn, h.behaviour) for h in found(t).signals.hits if h.probability >= 0.5} for t in (CALL, stripped)
    )
    assert len(before ^ after) <= 0.05 * len(before | after)


def test_every_behaviour_can_be_found() -> None:
    """The detectors know exactly the names of the vocabulary."""
    from scoring.signals.book import phrases

    by_names = {b.name for b in BEHAVIOURS if b.words == "named"}
    known = {p.behaviour for p in phrases()} | set(LABELS) - AIDS | by_names | {"card_data"}
    assert known == set(BEHAVIOUR_BY_NAME)


def test_every_fact_is_given() -> None:
    assert {fact.name for fact in found(CALL).signals.facts} == {fact.name for fact in FACTS}


def test_signals_say_what_made_them() -> None:
    made_by = dict(found(CALL).signals.made_by)
    assert made_by == {"detectors": fingerprint()}
    assert len(fingerprint()) == 64
    assert DETECTORS_VERSION


def test_the_room_opens_without_models() -> None:
    code = (
        "import sys, scoring.signals, scoring.signals.types\n"
        "assert not {'torch', 'transformers', 'safetensors', 'rapidfuzz', 'jellyfish'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# facts


def _fact(name: str, transcript: Transcript, **known: Direction) -> str | None:
    fact = found(transcript, **known).signals.fact(name)
    return fact.value if fact else None


def test_kinds_of_recording() -> None:
    assert _fact("type", CALL) == "normal"
    assert _fact("type", talk("S: Press one for sales.", "S: All lines are busy.")) == "no_agent"
    assert (
        _fact("type", talk("S: You have reached the voicemail of Lee, leave a message after the tone.")) == "voicemail"
    )
    voicemail = talk(
        "S: I can't take your call, please leave a message after the beep.", "A: Hello, this is Dana from Oakfield."
    )
    assert _fact("type", voicemail) == "voicemail"
    handed = talk(
        "A: Hi, this is Dana, how can I help?", "C: I need sales.", "A: I'll transfer you to sales now.", "C: Okay."
    )
    assert _fact("type", handed) == "transferred"
    cut = talk(
        "A: Hi, this is Dana, how can I help?", "C: The pump is leaking.", "A: Where does it", "C: It's near the"
    )
    assert _fact("type", cut) == "dropped"
    late = talk(
        "C: and then it stopped.",
        "A: When was that?",
        "C: On Monday.",
        "A: I see. It's booked.",
        "C: Thanks.",
        "A: Bye.",
    )
    assert _fact("type", late) == "midstart"
    assert _fact("type", replace(cut, medium=Medium.CHAT)) == "normal"


def test_no_agent_means_no_outcome() -> None:
    assert _fact("outcome", talk("S: All lines are busy.")) is None


def test_direction_is_the_manifests_when_it_says_so() -> None:
    assert _fact("direction", CALL, direction=Direction.OUTBOUND) == "outbound"
    called = talk(
        "C: Hello?", "A: Hi, am I speaking with Ms. Keller? I'm calling from Oakfield about your visit.", "C: Yes."
    )
    assert _fact("direction", called) == "outbound"
    assert _fact("direction", CALL) == "inbound"


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ("A: The technician will be there on Friday between nine and noon.", "dated"),
        ("A: Someone will call you back about it.", "undated"),
        ("A: I have cancelled it and it's all taken care of.", "resolved"),
        ("A: Unfortunately we can't do that because the warranty has expired.", "refused_explained"),
        ("A: I'm afraid that's not possible.", "refused_bare"),
        ("A: Hm.", "none"),
    ],
)
def test_how_the_matter_ended(last: str, outcome: str) -> None:
    lines = ("A: Hello, this is Dana.", "C: My pump is old.", last, "C: Okay, bye.")
    assert _fact("outcome", talk(*lines)) == outcome


def test_the_medium_is_a_fact() -> None:
    assert _fact("medium", talk("A: hi", medium=Medium.EMAIL)) == "email"


# card numbers


@pytest.mark.parametrize("text", ["It's 4242 4242 4242 4242.", "four two four two " * 4, "card 4242-4242-4242-4242"])
def test_a_card_number_read_out(text: str) -> None:
    assert hits(found(talk(f"C: {text}")), "card_data")


@pytest.mark.parametrize(
    "text", ["call 555 0142 33", "it costs 4242 dollars", "order 1234 5678 9012 3456", "one two three"]
)
def test_other_numbers_are_no_card(text: str) -> None:
    assert not hits(found(talk(f"C: {text}")), "card_data")


def test_a_number_with_a_wrong_digit_counts_when_cards_are_spoken_of() -> None:
    assert hits(found(talk("A: the card number please", "C: 4242 4242 4242 4241")), "card_data")
    assert hits(found(talk("C: it is [CREDIT_CARD_NUMBER]")), "card_data")


@given(st.text("0123456789", min_size=12, max_size=18))
def test_exactly_one_check_digit_is_right(digits: str) -> None:
    assert sum(luhn(digits + check) for check in "0123456789") == 1


# said again


def test_saying_the_same_again_is_noticed() -> None:
    lines = ("C: the blue kettle leaks water", "A: okay and which kettle", "C: the blue kettle leaks water")
    transcript = talk(*lines)
    (hit,) = said_again(transcript)
    assert hit.turn == 2


@pytest.mark.parametrize(
    "lines",
    [
        ("C: the blue kettle leaks water", "C: the blue kettle leaks water"),  # nobody asked in between
        (
            "C: the blue kettle leaks water",
            "A: sorry I didn't hear you",
            "C: the blue kettle leaks water",
        ),  # a bad line
        ("C: it is 555 0142 number", "A: which number", "C: it is 555 0142 number"),  # data
        ("C: yes that is so", "A: really", "C: yes that is so"),  # nothing of weight
        ("C: the blue kettle leaks water", "A: which one", "C: my green lamp smells of smoke"),
    ],
)
def test_this_is_no_forced_repetition(lines: tuple[str, ...]) -> None:
    assert said_again(talk(*lines)) == []


@pytest.mark.parametrize("language", ["es", "mul"])
def test_of_a_call_in_another_language_only_is_known_who_spoke_when(language: str) -> None:
    signals = found(replace(CALL, language=language)).signals
    assert signals.hits == ()
    assert signals.facts == ()
    own = {each.name: each.value for each in found(CALL).signals.measures}
    for each in signals.measures:
        assert each.value == (None if MEASURE_BY_NAME[each.name].understood else own[each.name])
    assert {each.name for each in signals.measures if each.value} >= {"duration", "agent_talk_share"}
