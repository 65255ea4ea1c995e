"""The script that makes the sample calls, with a fake voice instead of a model."""

from __future__ import annotations

import importlib
import io
import tarfile
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

SAMPLES = Path(__file__).parents[2] / "audio_samples"


def load(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SAMPLES))
        return importlib.import_module(name)


mixing, voices, speak = load("mixing"), load("voices"), load("speak")


class FakeSpeaker:
    """Hums a tenth of a second for each word, at 24 kHz."""

    def say(self, text: str, voice: str, pace: float = 1.0, phonemes: str = "") -> np.ndarray:
        clock = np.arange(int(2400 * len(text.split()) / pace)) / voices.RATE
        return (0.3 * np.sin(2 * np.pi * (600 + 40 * len(voice)) * clock)).astype(np.float32)


def script(*turns: dict[str, Any], **more: Any) -> dict[str, Any]:
    given_values = {
        "file": "call.wav",
        "layout": "stereo",
        "agent_channel": 1,
        "codec": "pcm16",
        "voices": {"agent": "a", "customer": "bbb", "system": "cc"},
        "level": {"agent": -20, "customer": -26, "system": -22},
        "noise": {"agent": -60, "customer": -50},
        "type": ["normal"],
        "direction": "inbound",
        "criteria": {"greeting": "met"},
        "items": {"hold": "n"},
        "turns": list(turns),
    }
    return {**given_values, **more}


def sounds(*turns: dict[str, Any], **more: Any) -> list[Any]:
    placed: list[Any] = speak.timeline(script(*turns, **more), FakeSpeaker())
    return placed


def db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(np.float64) ** 2)) + 1e-12))


# --- the clock


def test_a_gap_is_kept_and_a_negative_one_overlaps() -> None:
    one, two, three = sounds(
        {"agent": "one two three four five"}, {"customer": "six seven", "gap": 0.5}, {"agent": "no", "gap": -0.1}
    )
    assert one.start == speak.LEAD_IN
    assert two.start == pytest.approx(one.end + 0.5, abs=0.001)
    assert three.start == pytest.approx(two.end - 0.1, abs=0.001)


def test_a_back_channel_lies_inside_and_does_not_move_the_clock() -> None:
    told, under, after = sounds(
        {"customer": "a b c d e f g h i j"}, {"agent": "mhm", "under": 0.5}, {"customer": "k", "gap": 0.2}
    )
    assert told.start < under.start < under.end < told.end
    assert after.start == pytest.approx(told.end + 0.2, abs=0.001)


@given(st.lists(st.floats(-0.3, 3), min_size=1, max_size=6))
def test_turns_never_begin_before_the_recording_and_the_end_covers_all(gaps: list[float]) -> None:
    turns = [
        {"agent" if i % 2 else "customer": "a b c", "gap": max(0.0, gap) if i == 0 else gap}
        for i, gap in enumerate(gaps)
    ]
    placed = sounds(*turns)
    assert all(sound.start >= 0 for sound in placed)
    assert speak.duration_of(placed, script()) >= max(sound.end for sound in placed)


def test_unnamed_pauses_are_natural_and_the_same_every_time() -> None:
    turns = [{"agent": "yes please"}, {"customer": "no thanks"}, {"agent": "right then"}]
    first, again = sounds(*turns), sounds(*turns)
    assert [sound.start for sound in first] == [sound.start for sound in again]
    pauses = [b.start - a.end for a, b in pairwise(first)]
    assert all(speak.PAUSE[0] - 0.002 <= pause <= speak.PAUSE[1] + 0.002 for pause in pauses)
    other = sounds(*turns, file="another.wav")
    assert [sound.start for sound in other] != [sound.start for sound in first]


def test_silence_holds_the_line_open() -> None:
    _, silence, after = sounds({"agent": "wait"}, {"silence": 40, "gap": 0}, {"customer": "hello", "gap": 0})
    assert silence.end - silence.start == pytest.approx(40)
    assert after.start == silence.end


def test_a_spelling_for_the_voice_does_not_change_the_words_of_the_truth() -> None:
    placed = sounds({"agent": "Ms Doyle", "say": "Miz Doy ull"})
    assert placed[0].text == "Ms Doyle"
    assert placed[0].end - placed[0].start == pytest.approx(0.3, abs=0.01)


# --- channels and levels


@pytest.mark.parametrize("agent_channel", [0, 1])
def test_each_party_has_its_channel_and_the_system_speaks_from_the_agents_side(agent_channel: int) -> None:
    turns = [
        {"system": "press one now", "gap": 0.5},
        {"customer": "hello there you", "gap": 1},
        {"agent": "hi", "gap": 1},
    ]
    placed = sounds(*turns)
    channels = speak.mix(placed, script(*turns, agent_channel=agent_channel))
    for sound in placed:
        inside = slice(int(sound.start * 8000), int(sound.end * 8000))
        own = 1 - agent_channel if sound.role == "customer" else agent_channel
        assert db(channels[own][inside]) > db(channels[1 - own][inside]) + 15


def test_levels_are_the_scripts_within_the_sway() -> None:
    turns = [{"agent": "a b c d e f", "gap": 0.5}, {"customer": "a b c d e f", "gap": 1}]
    placed = sounds(*turns)
    for sound, level in zip(placed, (-20, -26), strict=True):
        assert db(sound.samples[400:-400]) == pytest.approx(level, abs=speak.SWAY + 3.1)


def test_mono_holds_both_parties() -> None:
    turns = [{"agent": "a b c"}, {"customer": "d e f"}]
    channels = speak.mix(sounds(*turns), script(*turns, layout="mono"))
    assert len(channels) == 1
    assert all(db(channels[0][int(s.start * 8000) : int(s.end * 8000)]) > -35 for s in sounds(*turns))


def test_music_steps_back_while_a_voice_speaks() -> None:
    turns = [{"music": 8}, {"system": "thank you for holding on with us", "under": 0.5}]
    tune, voice = sounds(*turns)
    ducked = speak._ducked(tune, [tune, voice])
    begin = int((voice.start - tune.start) * 8000)
    assert db(ducked[begin : begin + 4000]) < db(tune.samples[begin : begin + 4000]) - 10
    assert np.array_equal(ducked[:8000], tune.samples[:8000])


def test_a_tail_can_be_cut_short() -> None:
    placed = sounds({"agent": "a b"})
    assert speak.duration_of(placed, script(tail=0.0)) == pytest.approx(placed[-1].end, abs=0.001)


# --- the truth


def test_truth_is_told_in_the_order_of_time_and_keeps_sounds_apart() -> None:
    turns = [{"customer": "a b c d e f g h"}, {"agent": "mhm", "under": 0.9}, {"tone": "beep"}, {"silence": 5}]
    truth = speak.truth_of(script(*turns), sounds(*turns))
    assert [turn["role"] for turn in truth["turns"]] == ["customer", "agent"]
    assert [sound["kind"] for sound in truth["sounds"]] == ["beep", "silence"]
    assert truth["criteria"] == {"greeting": "met"}


# --- the line


def test_the_telephone_lets_speech_pass_and_keeps_hum_and_hiss_out() -> None:
    clock = np.arange(24_000) / 24_000
    passed = {hertz: db(mixing.telephone(np.sin(2 * np.pi * hertz * clock), 24_000)) for hertz in (50, 1000, 3900)}
    assert passed[1000] == pytest.approx(-3, abs=0.5)
    assert passed[50] < -40
    assert passed[3900] < -20


@given(st.floats(-1, 1))
def test_companding_is_close_and_odd(value: float) -> None:
    there, back = (float(mixing.companded(np.array([v], dtype=np.float32))[0]) for v in (value, -value))
    assert there == pytest.approx(-back, abs=1e-6)
    assert abs(there - value) <= max(0.025 * abs(value), 0.0005)


@given(st.floats(-40, -12))
def test_speech_is_put_at_its_level_whatever_its_pauses(level: float) -> None:
    clock = np.arange(8000) / 8000
    tone = np.sin(2 * np.pi * 500 * clock).astype(np.float32)
    paused = np.concatenate([tone, np.zeros(6000, dtype=np.float32)])
    plain, gapped = mixing.at_level(tone, level), mixing.at_level(paused, level)[:8000]
    assert db(gapped) == pytest.approx(db(plain), abs=3)


def test_noise_has_its_level_and_its_seed() -> None:
    first, again = (mixing.line_noise(16_000, -50, np.random.default_rng(3)) for _ in range(2))
    assert db(first) == pytest.approx(-50, abs=0.01)
    assert np.array_equal(first, again)


def test_music_and_tones_have_their_length_and_end_before_clipping() -> None:
    assert len(mixing.music(7.3)) == round(7.3 * 8000)
    assert len({len(mixing.tone(kind)) for kind in ("ring", "key", "beep")}) == 3
    assert db(mixing.music(4)) > -30


@pytest.mark.parametrize(
    ("codec", "ending"),
    [("mulaw", ".wav"), ("pcm16", ".wav"), ("flac", ".flac"), ("mp3", ".mp3"), ("opus", ".ogg"), ("aac", ".m4a")],
)
def test_every_format_keeps_channels_length_and_place(codec: str, ending: str, tmp_path: Path) -> None:
    import av

    dice = np.random.default_rng(5)
    left, right = (0.2 * mixing.telephone(dice.standard_normal(24_000 * 3), 24_000) for _ in range(2))
    right[:12_000] = 0
    path = tmp_path / f"x{ending}"
    mixing.write([left, right], codec, path)
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("fltp", "stereo", 8000)
        frames = [out.to_ndarray() for frame in file.decode(audio=0) for out in resampler.resample(frame)]
    heard = np.concatenate(frames, axis=1)
    assert heard.shape[1] == pytest.approx(24_000, abs=1_600)
    assert db(heard[1][1000:10_000]) < db(heard[0][1000:10_000]) - 20
    assert db(heard[1][14_000:22_000]) > -40


def test_the_same_call_is_the_same_bytes(tmp_path: Path) -> None:
    turns = [{"agent": "a b c"}, {"customer": "d e f"}, {"music": 2}]
    for name in ("one.ogg", "two.ogg"):
        mixing.write(speak.mix(sounds(*turns), script(*turns)), "opus", tmp_path / name)
    assert (tmp_path / "one.ogg").read_bytes() == (tmp_path / "two.ogg").read_bytes()


def test_a_wav_file_is_plain_16_bit(tmp_path: Path) -> None:
    mixing.write([np.linspace(-1, 1, 800, dtype=np.float32)], "pcm16", tmp_path / "x.wav")
    rate, values = wavfile.read(tmp_path / "x.wav")
    assert (rate, values.dtype, values[0], values[-1]) == (8000, np.dtype("int16"), -32767, 32767)


# --- voices


def test_trimming_leaves_the_sound_alone() -> None:
    sound = np.concatenate([np.full(500, 0.001), np.full(300, 0.5), np.zeros(50), np.full(20, -0.5), np.zeros(900)])
    assert len(voices.trim(sound.astype(np.float32))) == 370


def test_a_changed_file_is_refused_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "part.whl"
    path.write_bytes(b"not what it claims to be")
    assert voices._checked(path, voices.sha256(path)) == path
    with pytest.raises(SystemExit, match="expected"):
        voices._checked(path, "0" * 64)
    assert not path.exists()


def test_only_voice_tables_leave_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "kokoro-js-1.2.1.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("package/voices/af_x.bin", "package/dist/run.js", "package/voices/readme.txt"):
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(b"1234"))
    monkeypatch.setattr(voices, "VOICES", ("kokoro-js", "1.2.1", voices.sha256(archive)))
    folder = voices.fetch_voices(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["af_x.bin"]
    assert not (tmp_path / "package" / "dist").exists()


def test_a_failing_package_client_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="failed"):
        voices._command("python3", "-c", "import sys; sys.exit('no such package')", cwd=tmp_path)


def test_utterances_are_spoken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str] = []

    def hum(self: Any, letters: str, voice: str, pace: float) -> np.ndarray:
        spoken.append(letters)
        return np.ones(480, dtype=np.float32)

    def letters_are_text(self: Any, text: str, voice: str) -> str:
        return text

    monkeypatch.setattr(voices.Speaker, "phonemes", letters_are_text)
    monkeypatch.setattr(voices.Speaker, "_speak", hum)
    for _ in range(2):
        assert len(voices.Speaker(tmp_path).say("hello", "af_heart")) == 480
    voices.Speaker(tmp_path).say("hello", "af_heart", 1.1)
    assert spoken == ["hello", "hello"]
    assert not list(tmp_path.rglob("*.part*"))
