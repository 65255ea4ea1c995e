"""The default speech engine: openai-whisper behind voice activity detection, with a second try where it failed.

Speech regions of each channel are packed into full windows (`packing`), decoded greedily in batches (`model`), and
given word times from the decoder's own attention (`alignment`). What looks invented or lost is heard again in another
cut and without the prompt, and marked. A worker process should call `torch.set_num_threads(1)`: one process a core is
faster than threads, and the engine leaves that choice to its caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version

from scoring.audio.signal import SAMPLE_RATE, FloatArray
from scoring.audio.voice import Region, SileroDetector, VoiceDetector, energetic, find_speech
from scoring.calls import Word
from scoring.settings import Settings
from scoring.transcribe.edges import audible, tighten
from scoring.transcribe.engine import ChannelText, Fingerprint, Mark, MarkKind
from scoring.transcribe.guards import (
    LEAST_LOGPROB,
    MOST_COMPRESSION,
    NO_SPEECH,
    compression_ratio,
    leaked,
    loops,
)
from scoring.transcribe.heard import Heard, Listener
from scoring.transcribe.packing import Piece, Window, cut, pack, spans_of
from scoring.weights import locate, published, whisper_checkpoint

RECIPE = "1"  # raised whenever this package would give other words for the same sound
_MISSED_SECONDS = 0.5  # of outstanding sound without words that is worth a second try
_FINER = 10 * SAMPLE_RATE  # longest piece of a second try


@dataclass(frozen=True, slots=True)
class _Hole:
    """A piece whose sound ought to have words and has none."""

    channel: int
    piece: Piece


class WhisperEngine:
    """A `SpeechEngine` with openai-whisper. Models are loaded at the first recording, not before.

    Args:
        settings: model, weights, language and the threshold for voice activity.
        listener: hears instead of openai-whisper; for tests.
        detector: finds voices instead of Silero; for tests.
    """

    def __init__(
        self, settings: Settings, *, listener: Listener | None = None, detector: VoiceDetector | None = None
    ) -> None:
        self._settings = settings
        self._options = settings.transcribe
        if listener is not None:
            self._listener = listener
        if detector is not None:
            self._detector = detector

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """Engine, weights, options and voice activity.

        Raises:
            WeightsError: the weights are missing or damaged.
        """
        checkpoint = whisper_checkpoint(self._options.model, self._settings)
        return (
            ("engine", f"openai-whisper {version('openai-whisper')}"),
            ("engine recipe", RECIPE),
            ("language", self._options.language),
            ("speech model", self._options.model),
            ("speech weights", checkpoint.sha256),
            ("voice activity", f"silero-vad {published('silero-vad').files[0].sha256}"),
            ("voice threshold", str(self._options.voice_threshold)),
        )

    def transcribe(self, channels: Sequence[FloatArray], prompt: str = "") -> tuple[ChannelText, ...]:
        """Return the words of each channel; see `SpeechEngine`.

        Raises:
            WeightsError: the weights are missing or damaged.
        """
        windows = [window for number, samples in enumerate(channels) for window in self._windows(number, samples)]
        if not windows:
            return tuple(ChannelText((), self._options.language) for _ in channels)
        language = self._language(windows, channels)
        good, bad = _parted(self._listener.hear(windows, channels, language, prompt), prompt)
        holes = [hole for heard in good for hole in _holes(heard, channels)]
        again = [finer for heard in bad for finer in _finer(heard.window, channels)]
        second = self._listener.hear([*again, *map(_alone, holes)], channels, language)
        settled = [_settled(one) for one in second[: len(again)]] + [_filled(one) for one in second[len(again) :]]
        words = [(heard.window.channel, heard.words) for heard in good]
        words += [(one.channel, one.words) for one in settled]
        return tuple(
            _channel_text(number, samples, words, settled, language) for number, samples in enumerate(channels)
        )

    @cached_property
    def _listener(self) -> Listener:
        from scoring.transcribe.model import WhisperModel  # torch and whisper: seconds to import

        checkpoint = whisper_checkpoint(self._options.model, self._settings)
        return WhisperModel(checkpoint.path, self._options.model, _device(self._options.device))

    @cached_property
    def _detector(self) -> VoiceDetector:
        return SileroDetector(locate("silero-vad", self._settings.cache_dir))

    def _windows(self, number: int, samples: FloatArray) -> tuple[Window, ...]:
        regions = find_speech(samples, self._detector, threshold=self._options.voice_threshold)
        return pack(samples, spans_of(regions, len(samples)), number)

    def _language(self, windows: Sequence[Window], channels: Sequence[FloatArray]) -> str:
        if self._options.language != "auto":
            return self._options.language
        return self._listener.language(windows, channels)


@dataclass(frozen=True, slots=True)
class _Settled:
    """The outcome of a second try."""

    channel: int
    words: tuple[Word, ...]
    mark: Mark


def _device(wanted: str) -> str:
    import torch  # seconds to import

    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"


def _parted(heard: Iterable[Heard], prompt: str) -> tuple[list[Heard], list[Heard]]:
    """Part windows into believable ones and those that need another try."""
    good: list[Heard] = []
    bad: list[Heard] = []
    for one in heard:
        (bad if _invented(one) or _unsure(one) or leaked(one.text, prompt) else good).append(one)
    return good, bad


def _invented(heard: Heard) -> bool:
    """The text goes round in circles, or never ends."""
    decoded = heard.decoded
    return not decoded.finished or compression_ratio(heard.text) > MOST_COMPRESSION or loops(decoded.tokens)


def _unsure(heard: Heard) -> bool:
    return heard.decoded.mean_logprob < LEAST_LOGPROB


def _finer(window: Window, channels: Sequence[FloatArray]) -> list[Window]:
    """The window's pieces, each alone; longer ones cut at their quietest."""
    samples = channels[window.channel]
    spans = cut(samples, [(piece.start, piece.end) for piece in window.pieces], _FINER)
    return [Window(window.channel, (Piece(start, end, 0),)) for start, end in spans]


def _alone(hole: _Hole) -> Window:
    return Window(hole.channel, (Piece(hole.piece.start, hole.piece.end, 0),))


def _holes(heard: Heard, channels: Sequence[FloatArray]) -> list[_Hole]:
    """Pieces of a window without words although there is sound to be heard in them."""
    window = heard.window
    samples = channels[window.channel]
    middles = [(word.start + word.end) / 2 * SAMPLE_RATE for word in heard.words]
    return [
        _Hole(window.channel, piece)
        for piece in window.pieces
        if not any(piece.start <= middle <= piece.end for middle in middles)
        and energetic(samples, _region(piece)) >= _MISSED_SECONDS
    ]


def _region(piece: Piece) -> Region:
    return Region(piece.start / SAMPLE_RATE, piece.end / SAMPLE_RATE)


def _settled(heard: Heard) -> _Settled:
    """The second try of a bad window: believed, doubted but kept, or not believed at all."""
    if _invented(heard) or (heard.decoded.no_speech > NO_SPEECH and _unsure(heard)):
        return _outcome(heard, (), MarkKind.UNHEARD)
    return _outcome(heard, heard.words, MarkKind.DOUBTFUL if _unsure(heard) else MarkKind.AGAIN)


def _filled(heard: Heard) -> _Settled:
    """The second try of a hole: its words count only when the model has no doubt that somebody speaks."""
    if _invented(heard) or _unsure(heard) or heard.decoded.no_speech > NO_SPEECH or not heard.words:
        return _outcome(heard, (), MarkKind.UNHEARD)
    return _outcome(heard, heard.words, MarkKind.AGAIN)


def _outcome(heard: Heard, words: tuple[Word, ...], kind: MarkKind) -> _Settled:
    region = _region(heard.window.pieces[0])
    return _Settled(heard.window.channel, words, Mark(kind, region.start, region.end))


def _channel_text(
    number: int,
    samples: FloatArray,
    words: Iterable[tuple[int, tuple[Word, ...]]],
    settled: Iterable[_Settled],
    language: str,
) -> ChannelText:
    own = sorted((word for channel, some in words if channel == number for word in some), key=lambda word: word.start)
    kept, dropped = audible(own, samples)
    marks = [one.mark for one in settled if one.channel == number]
    marks += [Mark(MarkKind.DROPPED, word.start, word.end, word.text) for word in dropped]
    return ChannelText(tighten(kept, samples), language, tuple(sorted(marks, key=lambda mark: (mark.start, mark.kind))))
