"""Files as other programs export them: marks at the beginning, line ends, two speakers in one cue, hours."""

from __future__ import annotations

import codecs
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.calls import Medium, Role, Transcript, Turn
from scoring.errors import TextError
from scoring.texts import is_conversation, read_conversation, text_id
from scoring.texts.cues import read_cues
from scoring.texts.labels import role_of
from scoring.texts.plain import read_plain

LETTER = (
    "From: Ola Vance <ola@example.org>\r\nTo: support@example.org\r\nSubject: The lamp\r\n"
    "Date: Fri, 31 May 2024 14:05:00 +0200\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "It is bröken.\r\n\r\nOn Thu, 30 May 2024 at 09:00, Lamp Shop <support@example.org> wrote:\r\n"
    "> It is on its way.\r\n"
).encode()


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def said(read: Transcript) -> list[tuple[str, str | None, str]]:
    return [(turn.role.value, turn.speaker, turn.text) for turn in read.turns]


# --- marks at the beginning, and line ends


@pytest.mark.parametrize("before", [b"", codecs.BOM_UTF8, b"\r\n\r\n", codecs.BOM_UTF8 + b"\n"])
def test_what_stands_before_the_headers_of_a_message_hides_none_of_them(tmp_path: Path, before: bytes) -> None:
    read = read_conversation(put(tmp_path, "a.eml", before + LETTER))
    assert said(read) == [
        ("agent", "Lamp Shop", "It is on its way."),
        ("unknown", "Ola Vance", "It is bröken."),
    ]
    assert read.notes == ("subject: The lamp",)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "Agent: good\nmorning\nCustomer: hi\n"),
        ("a.vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Agent>good\nmorning</v>\n\n"
         "00:01.000 --> 00:02.000\n<v Customer>hi\n"),
        ("a.srt", "1\n00:00:00,000 --> 00:00:01,000\nAgent: good\nmorning\n\n"
         "2\n00:00:01,000 --> 00:00:02,000\nCustomer: hi\n"),
        ("a.csv", 'role,text\nagent,"good\nmorning"\ncustomer,hi\n'),
        ("a.json", '{"turns": [\n{"role": "agent", "text": "good morning"},\n{"role": "customer", "text": "hi"}]}\n'),
    ],
)  # fmt: skip
def test_a_mark_and_other_line_ends_change_no_word(
    tmp_path: Path, name: str, content: str, mark: str, newline: str
) -> None:
    path = put(tmp_path, name, mark + content.replace("\n", newline))
    assert is_conversation(path)
    read = read_conversation(path)
    assert [(turn.role, turn.text) for turn in read.turns] == [(Role.AGENT, "good morning"), (Role.CUSTOMER, "hi")]
    plain = read_conversation(put(tmp_path, f"plain-{name}", content))
    assert read == plain
    assert text_id(read) == text_id(plain)


# --- cues


def test_two_speakers_in_one_cue_are_two_turns() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:03,000\n- Agent: Is it blue?\n- Customer: It is\ngreen, in fact.\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\nAgent: Thank you.\n"
    )
    read = read_cues(text, vtt=False)
    assert said(read) == [
        ("agent", "Agent", "Is it blue?"),
        ("customer", "Customer", "It is green, in fact."),
        ("agent", "Agent", "Thank you."),
    ]
    assert [(turn.start, turn.end) for turn in read.turns] == [(1.0, 3.0), (1.0, 3.0), (3.0, 4.0)]


def test_a_colon_on_the_second_line_of_a_cue_is_no_speaker() -> None:
    first, second = (
        "00:01.000 --> 00:03.000\nAgent: We open\nMondays: at nine.",
        "00:04.000 --> 00:05.000\nCustomer: Good.",
    )
    text = f"WEBVTT\n\n{first}\n\n{second}\n"
    assert said(read_cues(text, vtt=True))[0] == ("agent", "Agent", "We open Mondays: at nine.")


def test_styles_regions_and_notes_are_no_words_wherever_they_stand() -> None:
    asides = (
        "NOTE\nsomebody: made this\nby hand",
        "STYLE\n::cue(v[voice=Agent]) { color: lime }",
        "REGION\nid:low\nwidth:40%",
    )
    cues = ("first\n00:01.000 --> 00:02.000\n<v Agent>One.", "00:02.000 --> 00:03.000 line:0\n<v Customer>Two.")
    bare = read_cues("\n\n".join(["WEBVTT", *cues]), vtt=True)
    assert [turn.text for turn in bare.turns] == ["One.", "Two."]
    for place in range(1, 4):
        blocks = ["WEBVTT", *cues]
        blocks[place:place] = asides
        assert read_cues("\n\n".join(blocks), vtt=True) == bare


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("59:59.999", 3599.999), ("1:00:00.000", 3600.0), ("02:30:05.250", 9005.25), ("100:00:00.5", 360000.5)],
)
def test_cues_beyond_an_hour(written: str, seconds: float) -> None:
    (turn,) = read_cues(f"WEBVTT\n\n{written} --> 101:00:00.000\nlate\n", vtt=True).turns
    assert (turn.start, turn.end) == (seconds, 363600.0)


# --- plain text


def test_times_beyond_an_hour_go_on_from_those_before() -> None:
    hours = read_plain("[59:50] Agent: a\n[1:00:10] Customer: b\n[1:02:05] Agent: c\n")
    minutes = read_plain("[59:50] Agent: a\n[60:10] Customer: b\n[62:05] Agent: c\n")
    assert [turn.start for turn in hours.turns] == [3590.0, 3610.0, 3725.0]
    assert hours == minutes


@pytest.mark.parametrize("whole", [["Agent: one", "Customer: two"], ["[0:01] Agent: one", "[0:04] Customer: two"]])
@settings(deadline=None)
@given(
    more=st.lists(
        st.lists(st.sampled_from(("so", "10:30 is fine", "http://a", "I said", "fine - 2")), max_size=3),
        min_size=2,
        max_size=2,
    )
)
def test_lines_without_a_speaker_belong_to_the_turn_above(whole: list[str], more: list[list[str]]) -> None:
    text = "\n".join(line for head, rest in zip(whole, more, strict=True) for line in [head, "", *rest])
    read = read_plain(text)
    assert [turn.text for turn in read.turns] == [
        " ".join([word, *rest]) for word, rest in zip(("one", "two"), more, strict=True)
    ]


VARIANTS = {
    Role.AGENT: ("agent", "Support", "CSR", "call centre", "Customer Service", "Advisor", "Operator 3", "Client Care"),
    Role.CUSTOMER: ("customer", "Caller", "CLIENT", "Visitor 12", "Passenger"),
    Role.SYSTEM: ("IVR", "Chat Bot", "Voicemail", "Automated", "customer support bot", "Virtual Agent"),
}


@settings(deadline=None)
@given(
    st.sampled_from([(role, word) for role, words in VARIANTS.items() for word in words]),
    st.sampled_from(("{}", "  {} ", "{} 2", "{}_1", "#{}", "{}-07", "({})", "*{}*", "Mira ({})", "{} / Mira")),
    st.sampled_from((str.upper, str.lower, str.title, str)),
)
def test_a_role_is_known_in_any_dress(known: tuple[Role, str], dress: str, case: object) -> None:
    role, word = known
    assert callable(case)
    assert role_of(dress.format(case(word))) is role


@pytest.mark.parametrize("word", [word for words in VARIANTS.values() for word in words])
def test_what_is_about_somebody_does_not_speak_for_him(word: str) -> None:
    for about in ("ID", "name", "Number", "e-mail", "Rating"):
        assert role_of(f"{word} {about}") is Role.UNKNOWN


# --- our own JSON

WORDS = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(Role), st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=6),
    st.sampled_from([Medium.CHAT, Medium.EMAIL]),
)
def test_written_words_keep_their_lines_and_their_identity_through_json(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[Role, list[str]]], medium: Medium
) -> None:
    folder = tmp_path_factory.getbasetemp()
    first = Transcript(tuple(Turn(role, "\n".join(lines)) for role, lines in written), medium)
    once = read_conversation(put(folder, "exports.json", json.dumps(asdict(first))))
    assert once == first
    twice = read_conversation(put(folder, "exports.json", json.dumps(asdict(once), indent=1, ensure_ascii=False)))
    assert (text_id(twice), twice.content_hash) == (text_id(first), first.content_hash)
    other = replace(first, turns=(replace(first.turns[0], text=first.turns[0].text + "x"), *first.turns[1:]))
    assert text_id(other) != text_id(first)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_probability_that_is_no_number_names_its_place(tmp_path: Path, number: str) -> None:
    word = f'{{"word": "hi", "start": 0, "end": 1, "probability": {number}}}'
    path = put(tmp_path, "a.json", f'{{"segments": [{{"text": "hi", "start": 0, "end": 1, "words": [{word}]}}]}}')
    with pytest.raises(TextError, match=r"segments\[0\]\.words\[0\]\.probability"):
        read_conversation(path)
