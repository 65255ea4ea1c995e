"""Every kind of file comes out as the same sound; bad files come out as one clear line."""

from __future__ import annotations

import errno
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sounds import babble, noise, save, taking_turns, tone

from scoring.audio import ChannelLayout, file_hash, is_recording, read_recording
from scoring.audio.signal import Sound
from scoring.errors import RecordingError, TransientError

LOSSLESS = [
    ("wav", "pcm_s16le", 1e-4),
    ("wav", "pcm_s24le", 1e-4),
    ("wav", "pcm_s32le", 1e-4),
    ("wav", "pcm_f32le", 1e-4),
    ("wav", "pcm_f64le", 1e-4),
    ("wav", "pcm_u8", 0.01),
    ("wav", "pcm_mulaw", 0.02),
    ("wav", "pcm_alaw", 0.02),
    ("flac", "flac", 1e-4),
    ("aiff", "pcm_s16be", 1e-4),
    ("au", "pcm_mulaw", 0.02),
]
LOSSY = [
    ("mp3", "libmp3lame", 16_000),
    ("m4a", "aac", 16_000),
    ("ogg", "libopus", 48_000),
    ("amr", "libopencore_amrnb", 8_000),
]


# ---- the sound itself


@pytest.mark.parametrize(("ending", "codec", "error"), LOSSLESS)
def test_lossless_files_give_back_their_samples(tmp_path: Path, ending: str, codec: str, error: float) -> None:
    sound = np.stack(taking_turns(6.5))
    recording = read_recording(save(tmp_path / f"call.{ending}", sound, 16_000, codec))
    assert recording.layout is ChannelLayout.TWO_PARTY
    assert recording.source_rate == 16_000
    assert recording.source_channels == 2
    assert recording.codec == codec
    assert recording.notes == ()
    assert recording.duration == pytest.approx(6.5)
    for kept, wanted in zip(recording.channels, sound, strict=True):
        channel = kept[:]
        assert channel.dtype == np.float32
        assert channel.shape == wanted.shape
        assert np.abs(channel - wanted).max() < error


@pytest.mark.parametrize(("ending", "codec", "rate"), LOSSY)
def test_lossy_files_keep_the_voice_in_its_place(tmp_path: Path, ending: str, codec: str, rate: int) -> None:
    sound = babble(5, rate=rate)
    recording = read_recording(save(tmp_path / f"call.{ending}", sound, rate, codec))
    assert recording.layout is ChannelLayout.MONO
    assert recording.duration == pytest.approx(5, abs=0.15)
    step = rate // 100  # 10 ms
    wanted = np.sqrt(np.mean(sound.reshape(-1, step) ** 2, axis=1))
    whole = recording.channels[0][: len(recording.channels[0]) // 160 * 160]
    found = np.sqrt(np.mean(whole.reshape(-1, 160) ** 2, axis=1))[: len(wanted)]
    delays = [np.corrcoef(np.roll(wanted, shift)[5:-5], found[5 : len(wanted) - 5])[0, 1] for shift in range(-3, 4)]
    assert max(delays) > 0.9, "the envelope of the voice is not where it was"


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_every_rate_keeps_length_pitch_and_time(tmp_path: Path, rate: int) -> None:
    sound = tone(440, 5, rate=rate)
    channel = read_recording(save(tmp_path / "call.wav", sound, rate)).channels[0][:]
    assert abs(len(channel) - 80_000) <= 2
    wanted = tone(440, 5)[1_000:79_000]
    assert np.abs(channel[1_000:79_000] - wanted).max() < 0.01, "pieces do not join, or time is shifted"


@given(st.integers(0, 2**32 - 1), st.integers(1_600, 9_000), st.sampled_from([1, 2]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sound_is_the_identity_not_its_wrapping(tmp_path: Path, seed: int, count: int, channels: int) -> None:
    steps = np.random.default_rng(seed).integers(-32_768, 32_767, size=(channels, count))
    sound = steps / 32_768
    kinds = [("a.wav", "pcm_s16le"), ("b.flac", "flac"), ("c.wav", "pcm_s24le"), ("d.wav", "pcm_f32le")]
    hashes = {read_recording(save(tmp_path / name, sound, 16_000, codec)).audio_hash for name, codec in kinds}
    assert len(hashes) == 1
    other = sound.copy()
    other[0, count // 2] = -0.5 if other[0, count // 2] > 0 else 0.5
    assert read_recording(save(tmp_path / "a.wav", other, 16_000)).audio_hash not in hashes


def test_identity_tells_rate_and_channels_apart(tmp_path: Path) -> None:
    first, second = taking_turns(4)
    forms = [(np.stack([first, second]), 16_000), (np.stack([second, first]), 16_000), (first, 16_000), (first, 8_000)]
    found = {read_recording(save(tmp_path / "call.wav", sound, rate)).audio_hash for sound, rate in forms}
    assert len(found) == len(forms)


def test_reading_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    path = save(tmp_path / "call.mp3", babble(4, rate=44_100), 44_100, "libmp3lame")
    one, two = read_recording(path), read_recording(path)
    assert one.audio_hash == two.audio_hash
    assert np.array_equal(one.channels[0], two.channels[0])


def test_paths_with_spaces_and_cyrillic_letters(tmp_path: Path) -> None:
    folder = tmp_path / "Звонки за май"
    folder.mkdir()
    path = save(folder / "разговор № 1.wav", babble(2), 16_000)
    assert read_recording(path).path == path


def test_a_path_that_looks_like_an_address_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "call.wav", babble(2), 16_000).rename(tmp_path / "concat:call.wav")
    assert read_recording(Path("concat:call.wav")).duration == pytest.approx(2)


# ---- mended, and said so


def test_samples_that_are_not_numbers_become_silence(tmp_path: Path) -> None:
    sound = babble(3)
    sound[1_000:1_050] = np.nan
    sound[2_000] = np.inf
    recording = read_recording(save(tmp_path / "call.wav", sound, 16_000, "pcm_f32le"))
    assert np.isfinite(recording.channels[0][:]).all()
    assert not recording.channels[0][1_000:1_050].any()
    assert recording.notes == ("51 samples were not numbers and were made silent",)


def test_mostly_not_numbers_is_refused(tmp_path: Path) -> None:
    sound = np.full(16_000, np.nan)
    sound[:7_000] = 0.1
    with pytest.raises(RecordingError, match="not numbers"):
        read_recording(save(tmp_path / "call.wav", sound, 16_000, "pcm_f32le"))


def test_sound_beyond_full_scale_is_clipped_with_a_note(tmp_path: Path) -> None:
    recording = read_recording(save(tmp_path / "call.wav", babble(3) * 40, 16_000, "pcm_f32le"))
    assert np.abs(recording.channels[0][:]).max() == 1
    assert any("full scale" in note for note in recording.notes)


@pytest.mark.parametrize(("name", "codec"), [("c.mp3", "libmp3lame"), ("c.flac", "flac"), ("c.wav", "pcm_s16le")])
def test_a_file_cut_short_is_decoded_as_far_as_it_goes(tmp_path: Path, name: str, codec: str) -> None:
    path = save(tmp_path / name, babble(10) + noise(10, -50), 16_000, codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    recording = read_recording(path)
    assert 3 < recording.duration < 6
    assert "cut short" in recording.notes[0]


def test_damage_in_the_middle_is_left_out_and_counted(tmp_path: Path) -> None:
    path = save(tmp_path / "call.mp3", babble(10), 16_000, "libmp3lame")
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = np.random.default_rng(0).integers(0, 256, third, dtype=np.uint8).tobytes()
    path.write_bytes(data)
    recording = read_recording(path)
    assert recording.duration > 5
    assert any("damaged pieces" in note for note in recording.notes)


def test_a_whole_file_has_no_notes(tmp_path: Path) -> None:
    for name, codec in [("c.mp3", "libmp3lame"), ("c.flac", "flac"), ("c.wav", "pcm_s16le"), ("c.m4a", "aac")]:
        assert read_recording(save(tmp_path / name, babble(4), 16_000, codec)).notes == ()


# ---- refused, in one line


def refusal(path: Path) -> RecordingError:
    """The refusal, which names the file, is one line, and says what to do."""
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    assert str(path) in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


def test_empty_text_random_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    assert "empty" in refusal(tmp_path / "empty.wav").message
    (tmp_path / "letter.wav").write_text("Dear team, please find the notes of our meeting below.\n" * 40)
    assert "cannot be decoded" in refusal(tmp_path / "letter.wav").message
    (tmp_path / "random.wav").write_bytes(np.random.default_rng(1).bytes(20_000))
    refusal(tmp_path / "random.wav")
    assert "not there" in refusal(tmp_path / "gone.wav").message
    (tmp_path / "folder.wav").mkdir()
    assert "not a file" in refusal(tmp_path / "folder.wav").message


@pytest.mark.parametrize("count", [1, 2, 1_000])
def test_less_than_a_word_is_refused(tmp_path: Path, count: int) -> None:
    assert "holds only" in refusal(save(tmp_path / "call.wav", np.full(count, 0.1), 16_000)).message


def test_a_header_without_sound_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "call.wav", babble(1), 16_000)
    path.write_bytes(path.read_bytes()[:44])
    refusal(path)


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    import av

    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), dtype=np.uint8), format="rgb24")
        for packet in (*stream.encode(picture), *stream.encode(None)):
            file.mux(packet)
    assert "no sound" in refusal(path).message


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile secret.wav\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nsecret.wav\n#EXT-X-ENDLIST\n",
    ],
)
def test_a_playlist_cannot_reach_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "secret.wav", babble(2), 16_000)
    (tmp_path / "call.wav").write_text(text)
    refusal(tmp_path / "call.wav")


def test_too_long_is_refused_by_the_header_before_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "call.wav", babble(5), 16_000)
    assert read_recording(path, longest_hours=6 / 3600).duration == 5
    monkeypatch.setattr("scoring.audio.decode._pieces", lambda *_: pytest.fail("decoded"))
    with pytest.raises(RecordingError, match="more than"):
        read_recording(path, longest_hours=4 / 3600)


def test_too_long_is_refused_when_the_header_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoring.audio.decode._declared_seconds", lambda *_: None)
    with pytest.raises(RecordingError, match="longest_hours"):
        read_recording(save(tmp_path / "call.wav", babble(5), 16_000), longest_hours=3 / 3600)


def test_a_header_that_says_nothing_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "call.wav", noise(70, -20, rate=8_000), 8_000)
    known = read_recording(path).channels[0]
    assert isinstance(known, Sound)
    assert known.nbytes < 1.1 * 2 * len(known), "the header gives the size of the buffer"
    monkeypatch.setattr("scoring.audio.decode._declared_seconds", lambda *_: None)
    assert np.array_equal(read_recording(path).channels[0], known)


def test_a_rate_too_low_for_speech_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "call.wav", babble(2), 16_000)
    data = bytearray(path.read_bytes())
    data[24:28] = (500).to_bytes(4, "little")
    path.write_bytes(data)
    assert "500 samples a second" in refusal(path).message


# ---- the disk


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, RecordingError),
        (errno.ENOENT, RecordingError),
        (errno.EIO, TransientError),
        (errno.ESTALE, TransientError),
        (errno.ETIMEDOUT, TransientError),
    ],
)
def test_errors_of_the_disk_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    path = save(tmp_path / "call.wav", babble(2), 16_000)

    def refuse(*_: object, **__: object) -> io.BytesIO:
        raise OSError(number, "as the system says it")

    monkeypatch.setattr(Path, "open", refuse)
    for read in (read_recording, file_hash):
        with pytest.raises(kind, match=r"call\.wav"):
            read(path)


def test_a_share_lost_while_reading_may_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "call.wav", babble(20), 16_000)
    data = path.read_bytes()

    class Lost(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > len(data) // 2:
                raise OSError(errno.EIO, "the share is gone")
            return super().read(size)

    monkeypatch.setattr(Path, "open", lambda *_, **__: Lost(data))
    with pytest.raises(TransientError, match="share is gone"):
        read_recording(path)


def test_file_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 5_000)
    assert file_hash(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_recordings_are_known_by_their_ending() -> None:
    assert all(is_recording(Path(name)) for name in ("a.wav", "a.MP3", "б.m4a", "a.b.opus", "a.amr", "a.flac"))
    assert not any(is_recording(Path(name)) for name in ("a.csv", "a.json", "wav", "a.wav.txt", ".wav"))


def test_decoding_holds_little_beside_the_channels(tmp_path: Path) -> None:
    import tracemalloc

    path = save(tmp_path / "call.wav", np.zeros((2, 8_000 * 1_800)), 8_000)
    tracemalloc.start()
    recording = read_recording(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert recording.duration == 1_800
    both = 2 * 4 * 16_000 * 1_801
    assert peak - both < 20_000_000


def test_a_long_recording_lies_in_a_file_and_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "call.wav", noise(20, -20, rate=8_000), 8_000)
    known = read_recording(path)
    monkeypatch.setattr("scoring.audio.decode._IN_MEMORY", 7)
    for declared in (None, 20.0):
        monkeypatch.setattr("scoring.audio.decode._declared_seconds", lambda *_, found=declared: found)
        long = read_recording(path)
        assert isinstance(long.channels[0], Sound)
        assert long.channels[0].nbytes == 0
        assert np.array_equal(long.channels[0], known.channels[0])
        assert (long.audio_hash, long.duration) == (known.audio_hash, known.duration)
