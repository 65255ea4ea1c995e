"""The benchmark counts right: a figure in the README is only worth what its script is."""

from __future__ import annotations

import importlib.util
import json
import sys
import wave
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import numpy as np
import pytest

from scoring.calls import Word
from scoring.transcribe import ChannelText

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "transcription.py"
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # whisper's normaliser leaves its file open


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPT.parent)  # as for a script
    spec = importlib.util.spec_from_file_location("speech_benchmark", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["speech_benchmark"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def words(text: str, start: float, step: float = 0.5) -> tuple[Word, ...]:
    return tuple(
        Word(one, start + number * step, start + number * step + 0.4, 1.0) for number, one in enumerate(text.split())
    )


def test_errors_are_counted_by_kind(benchmark: ModuleType) -> None:
    turns = [benchmark.Turn("agent", 1.0, 4.0, "good morning how are you")]
    tally = benchmark.tally_of(words("good evening how are", 1.0), turns)
    assert (tally.words, tally.wrong, tally.left_out, tally.put_in, tally.from_silence) == (5, 1, 1, 0, 0)
    assert tally.rate.split() == ["40.0", "%", "of", "5"]


def test_numbers_and_case_are_no_errors(benchmark: ModuleType) -> None:
    turns = [benchmark.Turn("agent", 1.0, 4.0, "one hundred thirty five dollars please")]
    tally = benchmark.tally_of(words("$135, please.", 1.0), turns)
    assert (tally.wrong, tally.left_out, tally.put_in) == (0, 0, 0)


def test_words_where_nobody_speaks_are_counted(benchmark: ModuleType) -> None:
    turns = [benchmark.Turn("agent", 1.0, 2.0, "hello there")]
    tally = benchmark.tally_of((*words("hello there", 1.0), *words("you", 9.0)), turns)
    assert tally.from_silence == 1
    assert benchmark.tally_of(words("thank you", 3.0), []).from_silence == 2


def test_edges_are_measured_only_where_the_word_was_understood(benchmark: ModuleType) -> None:
    turns = [benchmark.Turn("agent", 1.0, 2.0, "hello there")]
    starts, ends = benchmark.edges(words("hello where", 1.1), turns)
    assert starts == [pytest.approx(0.1)]
    assert ends == []


def test_a_channel_is_compared_with_the_role_it_fits(benchmark: ModuleType) -> None:
    turns = [benchmark.Turn("agent", 0, 2, "good morning"), benchmark.Turn("customer", 3, 5, "hello there")]
    for text in ("good morning", "hello there"):
        tally = benchmark.compare(ChannelText(words(text, 0.0), "en"), turns, 2)
        assert (tally.words, tally.wrong) == (2, 0)
    both = benchmark.compare(ChannelText(words("good morning hello there", 0.0), "en"), turns, 1)
    assert (both.words, both.wrong) == (4, 0)


def test_tallies_add_up(benchmark: ModuleType) -> None:
    one = benchmark.Tally(5, 1, 1, 0, 0, [0.1], [])
    both = one + benchmark.Tally(5, 0, 0, 2, 1, [0.2], [0.3])
    assert (both.words, both.wrong, both.left_out, both.put_in, both.from_silence) == (10, 1, 1, 2, 1)
    assert (both.starts, both.ends) == ([0.1, 0.2], [0.3])
    assert benchmark.Tally().rate == "no words"


def write_wave(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        tone = 8000 * np.sin(np.arange(32_000) * 0.1)
        file.writeframes(tone.astype(np.int16).tobytes())


@pytest.mark.parametrize("kind", ["txt", "jsonl"])
def test_both_kinds_of_reference_are_read(benchmark: ModuleType, tmp_path: Path, kind: str) -> None:
    write_wave(tmp_path / "call.wav")
    if kind == "txt":
        (tmp_path / "call.txt").write_text("0.50\t1.50\tagent\thello [noise] there <unk>\n")
    else:
        turns = [{"role": "agent", "start": 0.5, "end": 1.5, "text": "hello there"}]
        (tmp_path / "truth.jsonl").write_text(json.dumps({"file": "call.wav", "turns": turns}) + "\n")
    ((recording, turns),) = benchmark.read_references(tmp_path)
    assert recording == tmp_path / "call.wav"
    assert [turn.text.split() for turn in turns] == [["hello", "there"]]


def result(benchmark: ModuleType, name: str, cpu: float, wrong: int) -> object:
    tally = benchmark.Tally(words=10, wrong=wrong, starts=[0.1], ends=[])
    return benchmark.Result(name, cpu, cpu, 10**9, tally, {"call": tally}, 0, {"silence": 3})


def test_the_table_and_the_plot_name_every_system(benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["transcription.py", "folder"])
    results = [result(benchmark, "callscore (openai-whisper)", 1.0, 1), result(benchmark, "whisper command", 6.0, 3)]
    table = benchmark.table(results, benchmark.arguments(), 7.0)
    assert "| callscore (openai-whisper) | 1.00 | 1.00 | 1.00 GB | 10.0 % of 10 | 1 / 0 / 0 | 0 | 0 | 3 |" in table
    assert "| whisper command | 6.00 | 6.00 | 1.00 GB | 30.0 % of 10 | 3 / 0 / 0 | – | 0 | 3 |" in table
    picture = ElementTree.fromstring(benchmark.plot(results))
    said = [element.text for element in picture.iter() if element.tag.endswith("text")]
    assert {"callscore (openai-whisper)", "whisper command"} <= set(said)


def test_the_median_of_the_rounds_counts_and_other_words_are_told(benchmark: ModuleType) -> None:
    text = ChannelText(words("good morning", 1.0), "en")
    other = ChannelText(words("good evening", 1.0), "en")
    turns = [benchmark.Turn("agent", 1.0, 4.0, "good morning")]
    rounds = [[benchmark.Run((text if cpu < 9 else other,), cpu, 2 * cpu, 5)] for cpu in (1.0, 9.0, 3.0)]
    found = benchmark.result_of("x", rounds, [(Path("call.wav"), turns)], 2.0)
    assert (found.cpu, found.wall, found.unlike, found.tally.words) == (1.5, 3.0, 1, 2)


def test_the_sounds_without_speech_last_as_long_as_asked_and_stay_the_same(benchmark: ModuleType) -> None:
    for make in benchmark.SOUNDS.values():
        sound = make(3)
        assert sound.shape == (48_000,)
        assert 0 < np.abs(sound).max() <= 1
        assert np.array_equal(sound, make(3))
