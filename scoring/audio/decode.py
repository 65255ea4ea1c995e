"""Decode a recording with PyAV, which carries FFmpeg's libraries, so no ffmpeg program is needed.

The file is read through Python's own `open`: its errors keep their names, any path works, and a playlist posing as
a recording cannot reach other files. Audio passes through in pieces of a few seconds; only the 16 kHz channels stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scoring.audio.signal import FULL_SCALE, SAMPLE_RATE, FloatArray, Sound, Spilled
from scoring.errors import RecordingError, TransientError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_DEMUXERS = "wav,w64,mp3,mov,mp4,m4a,3gp,3g2,mj2,aac,ogg,flac,amr,amrnb,aiff,au,caf,gsm,asf,matroska,webm"
_MOST_CHANNELS = 8
_LEAST_RATE = 4_000  # Hz; telephone speech needs 8,000
_LEAST_SECONDS = 0.1  # shorter than any word
_PIECE_SECONDS = 2.0
_IN_MEMORY = 1800  # seconds; a longer recording is held in an unnamed temporary file
_CUT_SHORT_SECONDS = 1.0  # missing against the header before it is worth a note
_CLIPPED_SHARE = 0.001


@dataclass(frozen=True, slots=True)
class Decoded:
    """All channels of a file at 16 kHz, each shape (n_samples,), and what was learnt while decoding."""

    channels: tuple[Sound, ...]
    audio_hash: str  # sha256 of the sound itself, the same for every lossless wrapping of it
    duration: float  # seconds
    rate: int  # Hz, of the source
    codec: str
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Faults:
    """What went wrong without stopping the decoder."""

    damaged: int = 0  # packets
    not_numbers: int = 0  # samples, over all channels
    clipped: int = 0
    samples: int = 0
    cut: bool = False
    streams: int = 1

    def notes(self, duration: float, declared: float | None) -> tuple[str, ...]:
        lines = []
        if self.cut or (declared and declared - duration > _CUT_SHORT_SECONDS):
            whole = f" of {declared:.1f} s" if declared and declared - duration > _CUT_SHORT_SECONDS else ""
            lines.append(f"the file is cut short: {duration:.1f} s{whole} could be decoded")
        if self.damaged:
            lines.append(f"{self.damaged} damaged pieces were left out")
        if self.not_numbers:
            lines.append(f"{self.not_numbers} samples were not numbers and were made silent")
        if self.clipped > _CLIPPED_SHARE * self.samples:
            lines.append("the sound goes over full scale and was clipped")
        if self.streams > 1:
            lines.append(f"the file holds {self.streams} sound tracks; the first was used")
        return tuple(lines)


def decode(path: Path, *, longest_seconds: float) -> Decoded:
    """Decode every channel of `path` to 16 kHz.

    Raises:
        RecordingError: the file cannot be decoded, is too short, too long or mostly not numbers.
        TransientError: the file could not be read to its end (a lost share).
    """
    with _opened(path) as (container, stream):
        declared = _declared_seconds(container, stream)
        _refuse_too_long(declared, longest_seconds)
        faults = _Faults(streams=len(container.streams.audio))
        codec = str(stream.codec.canonical_name)
        sink = _Sink(declared)
        for piece, rate in _pieces(container, stream, faults):
            sink.take(_mended(piece, faults), rate)
            _refuse_too_long(sink.seconds, longest_seconds)
    _refuse_unusable(sink, faults)
    channels = sink.channels()
    faults.cut = faults.cut or _wav_cut(path)
    notes = faults.notes(sink.seconds, declared)
    return Decoded(channels, sink.digest(), sink.seconds, sink.rate, codec, notes)


def declared_seconds(path: Path) -> float | None:
    """Return how long a recording is by its header, None where that does not say; nothing is decoded.

    Raises:
        RecordingError: the file cannot be opened as sound.
        TransientError: it could not be read.
    """
    with _opened(path) as (container, stream):
        return _declared_seconds(container, stream)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, AudioStream]]:
    """Open the first sound track, and turn every way in which that fails into one of ours."""
    import av

    av.logging.set_level(av.logging.PANIC)
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise RecordingError("The file is empty.", hint="Copy or export the recording again.")
            file.seek(0)
            with av.open(file, options={"format_whitelist": _DEMUXERS}) as container:
                if not container.streams.audio:
                    raise RecordingError("The file holds no sound.", hint="Is it a recording at all?")
                yield container, container.streams.audio[0]
    except av.error.FFmpegError as error:
        raise RecordingError(
            f"The file cannot be decoded as sound ({error.strerror}).",
            hint="Is it a recording at all? Export it as WAV, FLAC, MP3, M4A, OGG or AMR.",
        ) from None
    except OSError as error:
        raise reading_error(error) from None


def reading_error(error: OSError) -> RecordingError | TransientError:
    """Our error for a file that could not be read: the user's to mend, or worth trying again."""
    if isinstance(error, FileNotFoundError):
        return RecordingError("The file is not there.", hint="Check the path or the manifest.")
    if isinstance(error, PermissionError):
        return RecordingError(
            "The file may not be read.", hint="Give the user who runs callscore the right to read it."
        )
    if isinstance(error, IsADirectoryError | NotADirectoryError):
        return RecordingError("This is not a file.", hint="Name a recording.")
    return TransientError(
        f"The file could not be read to its end ({error.strerror or error}).", hint="Try again later."
    )


def _declared_seconds(container: InputContainer, stream: AudioStream) -> float | None:
    """Length by the header, which may be missing or wrong."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1_000_000 if container.duration else None


def _refuse_too_long(seconds: float | None, longest: float) -> None:
    if seconds is not None and seconds > longest:
        raise RecordingError(
            f"The recording lasts more than {longest / 3600:g} h.",
            hint="Raise recordings.longest_hours in callscore.toml if it is one call.",
        )


def _refuse_unusable(sink: _Sink, faults: _Faults) -> None:
    if not sink.rate:
        raise RecordingError("The file holds no sound that can be decoded.", hint="Copy or export it again.")
    if sink.seconds < _LEAST_SECONDS:
        raise RecordingError(
            f"The recording holds only {sink.seconds:.4f} s of sound.", hint="Copy or export it again."
        )
    if faults.not_numbers * 2 > faults.samples:
        raise RecordingError("Most samples are not numbers.", hint="Export it again.")


def _pieces(container: InputContainer, stream: AudioStream, faults: _Faults) -> Iterator[tuple[FloatArray, int]]:
    """Yield (samples of shape (n_channels, n_samples), Hz), about two seconds at a time."""
    waiting: list[FloatArray] = []
    count = 0
    form: tuple[int, int] | None = None  # Hz, channels
    for frame in _frames(container, stream, faults):
        shape = (int(frame.sample_rate), int(frame.layout.nb_channels))
        form = form or _checked(shape)
        if shape != form:
            raise RecordingError(
                f"The sound changes from {form[0]} Hz, {form[1]} channels to {shape[0]} Hz, {shape[1]} channels.",
                hint="Export it again in one form.",
            )
        waiting.append(_as_float(frame, form[1]))
        count += waiting[-1].shape[1]
        if count >= _PIECE_SECONDS * form[0]:
            yield np.concatenate(waiting, axis=1), form[0]
            waiting, count = [], 0
    if waiting and form:
        yield np.concatenate(waiting, axis=1), form[0]


def _frames(container: InputContainer, stream: AudioStream, faults: _Faults) -> Iterator[Any]:
    """Decode packet by packet: a damaged one is counted and left out, a broken container ends the sound."""
    from av.error import FFmpegError

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            faults.cut = True
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except FFmpegError:
            faults.damaged += 1


def _checked(form: tuple[int, int]) -> tuple[int, int]:
    rate, channels = form
    if rate < _LEAST_RATE:
        raise RecordingError(f"The sound has only {rate} samples a second.", hint="Speech needs 8,000 or more.")
    if not 1 <= channels <= _MOST_CHANNELS:
        raise RecordingError(f"The sound has {channels} channels.", hint="Export it with one or two.")
    return form


def _as_float(frame: Any, channels: int) -> FloatArray:
    """One decoded frame as (n_channels, n_samples), full scale 1.0."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, channels).T
    if raw.dtype.kind == "f":
        return np.asarray(raw, dtype=np.float32)
    if raw.dtype.kind == "u":
        return np.asarray((raw.astype(np.float32) - 128) / 2**7, dtype=np.float32)
    return np.asarray(raw / 2.0 ** (8 * raw.dtype.itemsize - 1), dtype=np.float32)


def _mended(piece: FloatArray, faults: _Faults) -> FloatArray:
    """Silence for every sample that is not a number, and full scale for what lies beyond it."""
    faults.samples += piece.size
    wrong = ~np.isfinite(piece)
    if wrong.any():
        faults.not_numbers += int(wrong.sum())
        piece = np.where(wrong, np.float32(0), piece)
    faults.clipped += int((np.abs(piece) > 1).sum())
    return np.clip(piece, -1, 1)


@dataclass(slots=True)
class _Sink:
    """Takes pieces at the source rate, keeps their hash and their sound at 16 kHz."""

    declared: float | None
    rate: int = 0
    count: int = 0  # samples of each channel at the source rate
    _hash: Any = field(default_factory=hashlib.sha256)
    _tracks: list[_Track] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return self.count / self.rate if self.rate else 0.0

    def take(self, piece: FloatArray, rate: int) -> None:
        if not self._tracks:
            self.rate = rate
            self._hash.update(f"{rate} Hz, {len(piece)} channels, 16 bit:".encode())
            self._tracks = [_Track(rate, self.declared) for _ in piece]
        self.count += piece.shape[1]
        self._hash.update(np.ascontiguousarray(_in_16_bits(piece).T.astype("<i2")).tobytes())
        for track, samples in zip(self._tracks, piece, strict=True):
            track.take(samples)

    def channels(self) -> tuple[Sound, ...]:
        return tuple(track.finish() for track in self._tracks)

    def digest(self) -> str:
        return str(self._hash.hexdigest())


class _Track:
    """One channel on its way to 16 kHz.

    It lies in a buffer of the declared length that grows when the header was wrong; what is long, in a file.
    """

    def __init__(self, rate: int, declared: float | None) -> None:
        from av.audio.resampler import AudioResampler

        self._rate = rate
        self._resampler = None if rate == SAMPLE_RATE else AudioResampler("fltp", "mono", SAMPLE_RATE)
        # zeros are not stored until written to: digital silence costs nothing
        self._buffer = np.zeros(round(min((declared or 60) + 1, _IN_MEMORY) * SAMPLE_RATE), dtype=np.int16)
        self._length = 0
        self._spilled: Spilled | None = None

    def take(self, samples: FloatArray) -> None:
        from av import AudioFrame

        if self._resampler is None:
            self._append(samples)
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[np.newaxis]), format="fltp", layout="mono")
        frame.sample_rate = self._rate
        for part in self._resampler.resample(frame):
            self._append(part.to_ndarray()[0])

    def finish(self) -> Sound:
        if self._resampler is not None:
            for part in self._resampler.resample(None):
                self._append(part.to_ndarray()[0])
        return Sound(self._buffer[: self._length] if self._spilled is None else self._spilled)

    def _append(self, samples: FloatArray) -> None:
        end = self._length + len(samples)
        if self._spilled is None and end > _IN_MEMORY * SAMPLE_RATE:
            self._spilled = Spilled()
            self._spilled.append(self._buffer[: self._length])
            self._buffer = self._buffer[:0].copy()  # the room goes back
        if self._spilled is not None:
            self._spilled.append(_in_16_bits(samples))
            return
        if end > len(self._buffer):
            grown = np.zeros(max(end, 2 * len(self._buffer)), dtype=np.int16)
            grown[: self._length] = self._buffer[: self._length]
            self._buffer = grown
        if samples.any():
            self._buffer[self._length : end] = _in_16_bits(samples)
        self._length = end


def _in_16_bits(samples: FloatArray) -> NDArray[np.int16]:
    return np.clip(np.rint(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def _wav_cut(path: Path) -> bool:
    """True when a RIFF header promises more bytes than the file has; the decoder does not say so."""
    with suppress(OSError), path.open("rb") as file:
        head = file.read(8)
        promised = int.from_bytes(head[4:8], "little")
        # recorders that stream write 0 or the largest number
        return head[:4] == b"RIFF" and 0 < promised < 0xFFFF_0000 and promised + 8 > path.stat().st_size + 1
    return False
