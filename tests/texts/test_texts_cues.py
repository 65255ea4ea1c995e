"""Subtitles keep their words, their times and their speakers."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.calls import Role, Transcript
from scoring.errors import TextError
from scoring.texts import read_conversation
from scoring.texts.cues import read_cues
from scoring.texts.labels import clock

SAID = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20).filter(
    lambda text: not set(text) & set("<>{}:-") and text.strip()
)
MILLISECONDS = st.integers(min_value=0, max_value=9 * 3600 * 1000)


def stamp(milliseconds: int, comma: str = ".") -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{comma}{rest:03}"


def turns_of(read: Transcript) -> list[tuple[str | None, str, float | None, float | None]]:
    return [(turn.speaker, turn.text, turn.start, turn.end) for turn in read.turns]


@st.composite
def cues(draw: st.DrawFn) -> list[tuple[int, int, str]]:
    edges = sorted(draw(st.lists(MILLISECONDS, min_size=2, max_size=12, unique=True)))
    return [(start, end, draw(SAID)) for start, end in zip(edges[::2], edges[1::2], strict=False)]


@settings(deadline=None)
@given(cues(), st.booleans())
def test_times_and_words_come_back(written: list[tuple[int, int, str]], vtt: bool) -> None:
    comma = "." if vtt else ","
    blocks = ["WEBVTT - a call"] if vtt else []
    for number, (start, end, said) in enumerate(written, start=1):
        text = html.escape(said, quote=False) if vtt else said
        blocks.append(f"{number}\n{stamp(start, comma)} --> {stamp(end, comma)}\n{text}")
    read = read_cues("\n\n".join(blocks), vtt=vtt)
    assert turns_of(read) == [(None, said, start / 1000, end / 1000) for start, end, said in written]


@given(MILLISECONDS)
def test_a_clock_is_read_to_the_millisecond(milliseconds: int) -> None:
    assert clock(stamp(milliseconds)) == pytest.approx(milliseconds / 1000, abs=1e-9)
    assert clock(stamp(milliseconds, ",")) == clock(stamp(milliseconds))
    assert clock(str(milliseconds / 1000)) == milliseconds / 1000


@pytest.mark.parametrize("text", ["", "x", "1:2:3:4", "0:60", "1:60:00", "-1", "1e5", "٣:٠٠", "1:", ":1"])
def test_what_is_no_clock(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|minutes"):
        clock(text)


VTT = """WEBVTT - call 7
Kind: captions

NOTE made by hand
and not to be read

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.500 align:start position:10%
<v Agent>Thank you for

00:02.600 --> 00:03.000
<v Agent>calling &amp; waiting.</v>

00:03.000 --> 00:04.000
<v.loud.first Ola Vance>Hi <i>there</i>, <00:03.500>it is <c.low>1 &lt; 2</c>

00:03.800 --> 00:05.000
<v Agent>Oh?
<v Ola Vance>Yes.
"""


def test_voices_tags_notes_and_settings_of_webvtt() -> None:
    read = read_cues(VTT, vtt=True)
    assert turns_of(read) == [
        ("Agent", "Thank you for calling & waiting.", 1.0, 3.0),
        ("Ola Vance", "Hi there, it is 1 < 2", 3.0, 4.0),
        ("Agent", "Oh?", 3.8, 5.0),
        ("Ola Vance", "Yes.", 3.8, 5.0),
    ]
    assert [turn.role for turn in read.turns] == [Role.AGENT, Role.UNKNOWN, Role.AGENT, Role.UNKNOWN]


@pytest.mark.parametrize(
    ("first", "gap", "speaker", "turns"),
    [
        ("Thank you for", 0.5, "Agent", 1),
        ("Thank you for", 1.5, "Agent", 2),
        ("Thank you.", 0.5, "Agent", 2),
        ("Thank you for", 0.5, "Customer", 2),
        ("Thank you for", 0.5, None, 2),
    ],
)
def test_a_sentence_goes_on_over_cues_of_one_speaker_only(
    first: str, gap: float, speaker: str | None, turns: int
) -> None:
    voice = f"<v {speaker}>" if speaker else ""
    before = "<v Agent>" if speaker else ""
    second = f"{stamp(int(1000 + gap * 1000))} --> 00:09.000\n{voice}calling"
    read = read_cues(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{before}{first}\n\n{second}", vtt=True)
    assert len(read.turns) == turns
    assert " ".join(turn.text for turn in read.turns) == f"{first} calling"


def test_speakers_written_as_labels() -> None:
    blocks = [
        "00:00:01,000 --> 00:00:02,000\nAgent: Hello",
        "00:00:02,000 --> 00:00:03,000\n- Customer: it is like\nthis",
    ]
    read = read_cues("\n\n".join(f"{number}\n{block}" for number, block in enumerate(blocks, 1)), vtt=False)
    assert turns_of(read) == [("Agent", "Hello", 1.0, 2.0), ("Customer", "it is like this", 2.0, 3.0)]
    names = ["Mira Holt: Hello", "Ola: hi", "Mira Holt: so", "Ola: we have this: a lamp", "and more"]
    text = "\n\n".join(f"{at}\n00:00:0{at},000 --> 00:00:0{at},900\n{line}" for at, line in enumerate(names))
    read = read_cues(text, vtt=False)
    assert [turn.speaker for turn in read.turns] == ["Mira Holt", "Ola", "Mira Holt", "Ola", None]
    assert read.turns[3].text == "we have this: a lamp"


def test_subrip_with_font_tags_blank_lines_and_no_numbers() -> None:
    first = "00:00:01,000 --> 00:00:02,000\n{\\an8}<font color=red>Hello</font>\n\nafter a blank line"
    text = f"{first}\n\n2\n0:00:03,5 --> 0:00:04\nBye"
    assert turns_of(read_cues(text, vtt=False)) == [
        (None, "Hello after a blank line", 1.0, 2.0),
        (None, "Bye", 3.5, 4.0),
    ]


def test_overlapping_cues_are_put_in_the_order_of_their_start() -> None:
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nlater\n\n00:01.000 --> 00:09.000\nearlier"
    assert [turn.text for turn in read_cues(text, vtt=True).turns] == ["earlier", "later"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("WEBVTT\n\n00:01.000 --> soon\nhi", "line 3: '00:01.000 --> soon' is not a time"),
        ("WEBVTT\n\n00:01.000 -->\nhi", "line 3"),
        ("WEBVTT\n\n00:03.000 --> 00:02.000\nhi", "line 3: it ends at 2 s, before it begins at 3 s"),
        ("WEBVTT\n\n00:75.000 --> 00:76.000\nhi", "line 3: '00:75.000' has more than 59"),
        ("hello, this is a letter\n", "line 1: text without a time"),
        ("1\nhello\n", "line 1: text without a time"),
    ],
)
def test_faults_name_their_line(text: str, says: str) -> None:
    with pytest.raises(TextError) as caught:
        read_cues(text, vtt=True)
    assert says in str(caught.value)


def test_a_file_of_headings_only_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text("WEBVTT\n\nNOTE nothing\n\n00:01.000 --> 00:02.000\n\n")
    with pytest.raises(TextError, match="nobody says anything"):
        read_conversation(path)
