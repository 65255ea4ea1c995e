"""Whatever a file holds, the answer is a transcript or one clear line."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scoring.calls import Medium, Role, Transcript, Turn, Word
from scoring.errors import TextError
from scoring.texts import is_conversation, read_conversation, text_id
from scoring.texts.read import SUFFIXES

SAID = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=20)
SECONDS = st.integers(min_value=0, max_value=20_000_000).map(lambda milliseconds: milliseconds / 1000)
SHARE = st.floats(min_value=0, max_value=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def one_line(error: TextError) -> str:
    assert "\n" not in str(error)
    return str(error)


def fault(path: Path) -> str:
    with pytest.raises(TextError) as caught:
        read_conversation(path)
    shown = one_line(caught.value)
    assert shown.startswith(path.name)
    return shown


# --- anything at all


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SUFFIXES),
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(
            st.sampled_from(
                ["WEBVTT", "00:01.000 --> 00:02.000", "Agent: hi", "[00:12]", "From: a@b", "Subject: x", "> quoted",
                 "On Fri, 2024 A wrote:", "-----Original Message-----", "", "\t", '{"turns": [', "speaker,text",
                 "a,b,c", "10:02 Mira: hm", "( 12s ) Ola: no", "<v Ola>hello", "1", "99:99 x: y", "Medium: chat", '"'],
            ),
            max_size=12,
        ).map(lambda lines: "\n".join(lines).encode()),
    ),
)  # fmt: skip
@example(".json", b"[" * 100_000)
@example(".json", b'{"turns": ' + b"[" * 100_000)
@example(".csv", b"\x00")
@example(".csv", b"\x1c")
@example(".csv", b'text,role\n"')
@example(".txt", b"Agent: \n")
@example(".eml", b"\n\n")
@example(".eml", b"Content-Type: text/plain; charset=nobody-knows\n\nhello")
@example(".eml", b"Content-Type: multipart/mixed; boundary=x\n\n--x\n")
@example(".vtt", b"WEBVTT\n\n00:01.000 --> 00:00.500\nx")
@example(".txt", "\u0661\u0662:\u0663\u0664 Agent: digits that are not ours".encode())
def test_any_bytes_give_a_transcript_or_one_clear_line(folder: Path, suffix: str, raw: bytes) -> None:
    path = put(folder, f"any{suffix}", raw)
    assert is_conversation(path) in (True, False)
    try:
        read = read_conversation(path)
    except TextError as error:
        assert one_line(error).startswith(path.name)  # noqa: PT017
        return
    assert read.turns
    assert all(turn.text.strip() for turn in read.turns)
    assert text_id(read) == text_id(read_conversation(path))


# --- our own JSON


@st.composite
def own_turns(draw: st.DrawFn, start: float) -> Turn:
    length = draw(st.floats(min_value=0, max_value=30))
    return Turn(
        draw(st.sampled_from(Role)),
        draw(SAID),
        start,
        start + length,
        (Word(draw(SAID), start, start + length, draw(SHARE)),) if draw(st.booleans()) else (),
        draw(st.none() | SHARE),
        draw(st.none() | SHARE),
        draw(st.none() | st.integers(0, 5)),
        draw(st.none() | st.just("ch0") | st.just("Mira Holt")),
    )


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    starts = sorted(draw(st.lists(SECONDS, min_size=1, max_size=5, unique=True)))
    turns = tuple(draw(own_turns(start)) for start in starts)
    notes, language = tuple(draw(st.lists(SAID))), draw(st.sampled_from(["", "en", "es", "mul"]))
    return Transcript(turns, draw(st.sampled_from(Medium)), draw(st.none() | SECONDS), notes, language)


@settings(max_examples=60, deadline=None)
@given(transcripts())
def test_a_transcript_of_ours_comes_back_exactly(folder: Path, transcript: Transcript) -> None:
    printed = {"file": "a.wav", "call_id": "x", **asdict(transcript), "made_by": {"engine": "whisper"}}
    path = put(folder, "own.json", json.dumps(printed))
    assert is_conversation(path)
    read = read_conversation(path)
    assert read == transcript
    assert read.content_hash == transcript.content_hash


def test_the_least_that_our_json_can_say(tmp_path: Path) -> None:
    path = put(
        tmp_path, "a.json", '{"turns": [{"role": "customer", "text": "hi"}, {"speaker": "Mira", "text": "yes"}]}'
    )
    assert read_conversation(path) == Transcript((Turn(Role.CUSTOMER, "hi"), Turn(Role.UNKNOWN, "yes", speaker="Mira")))


def test_whole_seconds_are_times_like_others(tmp_path: Path) -> None:
    whole = put(tmp_path, "a.json", '{"turns": [{"role": "agent", "text": "hi", "start": 1, "end": 2}]}')
    exact = put(tmp_path, "b.json", '{"turns": [{"role": "agent", "text": "hi", "start": 1.0, "end": 2.0}]}')
    assert read_conversation(whole).content_hash == read_conversation(exact).content_hash
    assert text_id(read_conversation(whole)) == text_id(read_conversation(exact))


@pytest.mark.parametrize(
    ("role", "expected", "speaker"),
    [
        ("agent", Role.AGENT, None),
        ("Agent", Role.AGENT, None),
        ("rep", Role.AGENT, "rep"),
        ("caller", Role.CUSTOMER, "caller"),
        ("IVR", Role.SYSTEM, "IVR"),
        ("Mira", Role.UNKNOWN, "Mira"),
        ("unknown", Role.UNKNOWN, None),
    ],
)
def test_other_words_for_roles(tmp_path: Path, role: str, expected: Role, speaker: str | None) -> None:
    path = put(tmp_path, "a.json", json.dumps({"turns": [{"role": role, "text": "hi"}]}))
    (turn,) = read_conversation(path).turns
    assert (turn.role, turn.speaker) == (expected, speaker)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"turns": [\n{"text": "hi",}\n]}', "line 2: not JSON"),
        ('{"turns": [{"role": "agent"}]}', "turns[0].text"),
        ('{"turns": [{"text": "hi", "strat": 1}]}', "turns[0].strat: no such field; did you mean 'start'?"),
        ('{"turns": [{"text": "hi"}], "mediun": "chat"}', "did you mean 'medium'?"),
        ('{"turns": [{"text": "hi"}], "medium": "smoke"}', "medium"),
        ('{"turns": [{"text": "hi", "start": 5, "end": 4}]}', "turns[0]: it ends at 4 s, before it begins at 5 s"),
        ('{"turns": [{"text": "hi", "start": -1}]}', "turns[0].start"),
        ('{"turns": [{"text": "hi", "start": NaN}]}', "turns[0].start"),
        ('{"turns": [{"text": "hi", "start": 1e999}]}', "turns[0].start"),
        ('{"turns": [{"text": "  "}]}', "nobody says anything"),
        ('{"turns": []}', "nobody says anything"),
        ('{"calls": []}', "neither 'turns' nor 'segments'"),
        ("[]", "neither 'turns' nor 'segments'"),
        ("", "the file is empty"),
    ],
)
def test_faults_of_json_name_their_place(tmp_path: Path, content: str, says: str) -> None:
    assert says in fault(put(tmp_path, "a.json", content))


# --- whisper's JSON

SEGMENT = {"id": 0, "seek": 0, "start": 0.5, "end": 2, "text": " Hello there.", "tokens": [1, 2], "temperature": 0.0,
           "avg_logprob": -0.25, "compression_ratio": 1.1, "no_speech_prob": 0.01}  # fmt: skip


def test_whispers_segments_become_turns_with_words(tmp_path: Path) -> None:
    words = [
        {"word": " Hello", "start": 0.5, "end": 1.0, "probability": 0.5},
        {"word": " there.", "start": 1.0, "end": 2.0, "probability": 1.0},
    ]
    later = {**SEGMENT, "start": 3.0, "end": 4.0, "text": " Bye."}
    content = {"text": " Hello there. Bye.", "segments": [later, {**SEGMENT, "words": words}], "language": "en"}
    read = read_conversation(put(tmp_path, "a.json", json.dumps(content)))
    assert read.language == "en"
    first, second = read.turns
    assert first == Turn(
        Role.UNKNOWN,
        "Hello there.",
        0.5,
        2.0,
        (Word("Hello", 0.5, 1.0, 0.5), Word("there.", 1.0, 2.0, 1.0)),
        confidence=0.75,
    )
    assert (second.text, second.words) == ("Bye.", ())
    assert second.confidence == pytest.approx(0.7788, abs=1e-4)


def test_whisper_without_a_measured_probability_has_no_confidence(tmp_path: Path) -> None:
    content = json.dumps({"segments": [{**SEGMENT, "avg_logprob": float("nan")}]})
    (turn,) = read_conversation(put(tmp_path, "a.json", content)).turns
    assert turn.confidence is None


def test_words_without_times_are_left_out_whole(tmp_path: Path) -> None:
    words = [{"word": "Hello", "start": 0.5, "end": 1.0, "probability": 0.5}, {"word": "there."}]
    content = json.dumps({"segments": [{**SEGMENT, "words": words, "speaker": "AGENT"}]})
    (turn,) = read_conversation(put(tmp_path, "a.json", content)).turns
    assert (turn.words, turn.role, turn.speaker) == ((), Role.AGENT, "AGENT")


# --- CSV


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["Agent", "Customer", "Mira Holt"]), SAID, SECONDS), min_size=1, max_size=5),
    st.sampled_from(",;\t"),
)
def test_csv_comes_back(folder: Path, rows: list[tuple[str, str, float]], delimiter: str) -> None:
    import csv
    import io

    rows = sorted(rows, key=lambda row: row[2])
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(["speaker", "text", "start", "end"])
    writer.writerows([(who, said, repr(start), repr(start + 1)) for who, said, start in rows])
    path = put(folder, "a.csv", written.getvalue())
    assert is_conversation(path)
    read = read_conversation(path)
    assert [(turn.speaker, turn.text, turn.start) for turn in read.turns] == rows
    assert {turn.role for turn in read.turns if turn.speaker == "Agent"} <= {Role.AGENT}


def test_csv_with_roles_names_and_clock_times(tmp_path: Path) -> None:
    content = (
        '\n"Role";Speaker Name;Message;Start Time\nAgent;Mira;Hello,\nyou;0:01\n;;;\nCustomer;Ola;"Hi; there";0:02,5\n'
    )
    first, second = read_conversation(put(tmp_path, "a.csv", content.replace("Hello,\nyou", '"Hello,\nyou"'))).turns
    assert first == Turn(Role.AGENT, "Hello, you", 1.0, speaker="Mira")
    assert second == Turn(Role.CUSTOMER, "Hi; there", 2.5, speaker="Ola")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("role,words\nagent,hi\n", "line 1: no such column 'words'"),
        ("speakr,text\nagent,hi\n", "did you mean 'speaker'?"),
        ("text,start\nhi,1\n", "'role' (or 'speaker')"),
        ("text,message,role\nhi,hi,agent\n", "two columns for 'text'"),
        ("role,text,start\nagent,hi,1\nagent,hi,soon\n", "line 3: 'soon' is not a time"),
        ("role,text,start,end\nagent,hi,2,1\n", "line 2: it ends at 1 s"),
        ("role,text,confidence\nagent,hi,7\n", "line 2: confidence 7"),
        ('role,text\nagent,"hi\n', "line"),
        ("role,text\n", "nobody says anything"),
    ],
)
def test_faults_of_csv_name_their_line(tmp_path: Path, content: str, says: str) -> None:
    assert says in fault(put(tmp_path, "a.csv", content))


# --- letters, identity, and what is none


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_letters_and_line_ends_of_every_system(tmp_path: Path, encoding: str, newline: str) -> None:
    text = newline.join(["Agent: Добрый день, naïve Łódź", "Customer: 電話", ""])
    read = read_conversation(put(tmp_path, "my call й.txt", text.encode(encoding)))
    assert [turn.text for turn in read.turns] == ["Добрый день, naïve Łódź", "電話"]


def test_other_letters_are_asked_for_not_guessed(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", "Agent: hello\nCustomer: naïve\n".encode("latin-1"))
    assert is_conversation(path)  # so that somebody is told
    assert "line 2: not UTF-8 text. Save it as UTF-8." in fault(path)


@pytest.mark.parametrize("name", ["a.txt", "a.vtt", "a.srt", "a.eml", "a.csv", "a.json", "a.tsv"])
def test_an_empty_file_is_one_line(tmp_path: Path, name: str) -> None:
    assert "the file is empty" in fault(put(tmp_path, name, b" \n"))


def test_a_missing_file_a_folder_and_another_ending(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    assert "cannot be read" in fault(tmp_path / "none.txt")
    assert "cannot be read" in fault(tmp_path / "folder.json")
    assert "reads no .docx" in fault(put(tmp_path, "a.docx", "x"))
    assert not is_conversation(tmp_path / "none.txt")
    assert not is_conversation(tmp_path / "folder.json")


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    assert "larger than 64 MB" in fault(path)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("manifest.csv", "file,agent_id\na.wav,A1\n", False),
        ("a.csv", "speaker,text\nA,hi\n", True),
        ("a.tsv", "speaker\ttext\nA\thi\n", True),
        ("a.csv", "", False),
        ("truth.json", '{"calls": [{"file": "a.wav", "turns": []}]}', False),
        ("a.json", '{"turns": []}', True),
        ("a.json", '{"segments": []}', True),
        ("a.json", '{"turns": 5}', False),
        ("a.json", '{"turns": [{"text": "cut of', True),
        ("a.json", '{"calls": [{"turns": [', False),
        ("notes.txt", "Call back on Monday.\nNote: bring the list.\n", False),
        ("README.txt", "Install: run make\nUsage: see below\n", False),
        ("a.txt", "Agent: hello\n", True),
        ("a.txt", "Mira: a\nOla: b\nMira: c\nOla: d\n", True),
        ("a.txt", "[00:01] Mira: a\n[00:02] Ola: b\n", True),
        ("a.txt", "[00:75] Agent: a\n", True),
        ("a.txt", "From: ola@example.org\nSubject: lamp\n\nBroken.\n", True),
        ("a.vtt", "", True),
        ("a.SRT", "x", True),
        ("a.eml", "", True),
        ("a.wav", "Agent: hello\n", False),
    ],
)
def test_which_files_are_meant_as_conversations(tmp_path: Path, name: str, content: str, expected: bool) -> None:
    assert is_conversation(put(tmp_path, name, content)) is expected


def test_the_same_words_are_the_same_call_under_any_name_and_format(tmp_path: Path) -> None:
    one = read_conversation(put(tmp_path, "one.txt", "Agent: hello\nCustomer: hi\n"))
    two = read_conversation(put(tmp_path, "two.txt", "\n**Agent:** hello\r\n\r\n- Customer:   hi"))
    three = read_conversation(put(tmp_path, "three.csv", "speaker,text\nAgent,hello\nCustomer,hi\n"))
    other = read_conversation(put(tmp_path, "other.txt", "Agent: hello\nCustomer: ho\n"))
    assert text_id(one) == text_id(two) == text_id(three) != text_id(other)
    assert len(text_id(one)) == 64


def test_a_long_conversation_is_read_in_a_moment(tmp_path: Path) -> None:
    lines = [
        f"[{at // 60:02}:{at % 60:02}] {('Agent', 'Customer')[at % 2]}: words and words {at}" for at in range(5000)
    ]
    path = put(tmp_path, "a.txt", "\n".join(lines))
    before = time.process_time()
    assert is_conversation(path)
    assert len(read_conversation(path).turns) == 5000
    assert time.process_time() - before < 5


def test_no_line_takes_for_ever(tmp_path: Path) -> None:
    spiteful = ["a" * 20_000, "Agent " * 4000 + ":", "[" * 20_000, "1:" * 10_000, "( " * 9000 + "s )", "<v " * 9000,
                " " * 20_000 + "x", "On " + "x " * 9000, "A " * 9000 + "10:02", "> " * 9000]  # fmt: skip
    before = time.process_time()
    for number, line in enumerate(spiteful):
        for suffix in (".txt", ".vtt", ".eml"):
            path = put(tmp_path, f"{number}{suffix}", f"Agent: hi\n{line}\n{line} wrote:\n> x\n")
            is_conversation(path)
            try:
                read_conversation(path)
            except TextError as error:
                one_line(error)
    assert time.process_time() - before < 10
