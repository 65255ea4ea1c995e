"""The speech engine: Whisper behind voice activity detection, with a second try where it failed.

Speech regions of each channel are packed into full windows (`packing`), decoded in batches (`model`, `fast_model`), and
given word times from the decoder's attention (`alignment`). What looks invented or lost is heard again in another
cut and without the prompt, and marked. A worker process should call `torch.set_num_threads(1)`: one process a core is
faster than threads, and the engine leaves that choice to its caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from scoring.audio.signal import FloatArray, Samples
from scoring.audio.silero import SileroDetector
from scoring.audio.voice import FRAME_SECONDS, VoiceDetector, find_speech, voice_chances
from scoring.calls import Word
from scoring.settings import Settings
from scoring.transcribe.device import device_for
from scoring.transcribe.edges import audible, tighten
from scoring.transcribe.engine import ChannelText, Fingerprint, Mark, MarkKind, engine_version
from scoring.transcribe.heard import BATCH, Heard, Listener
from scoring.transcribe.languages import is_doubted, likeliest, of_all, settle
from scoring.transcribe.packing import Window, pack, spans_of
from scoring.transcribe.placing import onto_speech
from scoring.transcribe.second import Doubt, believe, fuller, is_bad, look_again, skipped
from scoring.weights import locate, published, speech_weights

if TYPE_CHECKING:
    from scoring.transcribe.precision import Precision  # torch: seconds to import

RECIPE = "6"  # raised whenever this package would give other words for the same sound


class WhisperEngine:
    """A `SpeechEngine` with openai-whisper or faster-whisper. Models are loaded at the first recording, not before.

    Args:
        settings: engine, model, weights, language and the threshold for voice activity.
        listener: hears instead of a Whisper model; for tests.
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
        checkpoint = speech_weights(self._settings)
        return (
            ("engine", engine_version(self._options.engine)),
            ("engine recipe", RECIPE),
            ("language", self._options.language + (" or another" if self._options.detect_language else "")),
            ("precision", self._precision.name),
            ("speech model", self._options.model),
            ("speech weights", checkpoint.sha256),
            ("voice activity", f"silero-vad {published('silero-vad').files[0].sha256}"),
            ("voice threshold", str(self._options.voice_threshold)),
        )

    def transcribe(self, channels: Sequence[Samples], prompt: str = "") -> tuple[ChannelText, ...]:
        """Return the words of each channel; see `SpeechEngine`.

        Raises:
            WeightsError: the weights are missing or damaged.
        """
        chances = [voice_chances(samples, self._detector) for samples in channels]
        windows = [window for number in range(len(channels)) for window in self._windows(number, channels, chances)]
        if not windows:
            return tuple(ChannelText((), "") for _ in channels)
        first, languages = self._first(windows, channels, prompt)
        if prompt:
            first = self._without_skipping(first, channels, languages)
        doubts = look_again(first, channels, prompt)
        second = self._hear([doubt.window for doubt in doubts], channels, [languages[doubt.of] for doubt in doubts])
        believed = believe(first, doubts, second, len(channels), _voices(doubts, chances))
        spoken = [
            of_all([language for one, language in zip(first, languages, strict=True) if one.window.channel == number])
            for number in range(len(channels))
        ]
        return tuple(
            _channel_text(samples, chances[number], believed.words[number], believed.marks[number], spoken[number])
            for number, samples in enumerate(channels)
        )

    def _first(
        self, windows: Sequence[Window], channels: Sequence[Samples], prompt: str
    ) -> tuple[list[Heard], tuple[str, ...]]:
        """Hear all windows in the language that is expected or, where that is not what is spoken, in theirs."""
        expected = self._expected(windows, channels)
        first = self._listener.hear(windows, channels, expected, prompt)
        languages = (expected,) * len(windows)
        if self._options.detect_language and is_doubted(first):
            languages = settle(first, self._listener.languages(windows, channels), expected)
        if set(languages) == {expected}:
            return first, languages
        return self._hear(windows, channels, languages, prompt), languages

    def _hear(
        self, windows: Sequence[Window], channels: Sequence[Samples], languages: Sequence[str], prompt: str = ""
    ) -> list[Heard]:
        """Hear each window in its own language."""
        heard: dict[int, Heard] = {}
        for language in sorted(set(languages)):
            numbers = [number for number, own in enumerate(languages) if own == language]
            said = self._listener.hear([windows[number] for number in numbers], channels, language, prompt)
            heard |= zip(numbers, said, strict=True)
        return [heard[number] for number in range(len(windows))]

    def _without_skipping(
        self, first: list[Heard], channels: Sequence[Samples], languages: Sequence[str]
    ) -> list[Heard]:
        """Hear windows in which words seem to be missing once more without the prompt, and keep the fuller hearing."""
        doubted = [
            at for at, one in enumerate(first) if not is_bad(one, "") and skipped(one, channels[one.window.channel])
        ]
        plain = self._hear([first[at].window for at in doubted], channels, [languages[at] for at in doubted])
        better = list(first)
        for at, other in zip(doubted, plain, strict=True):
            better[at] = fuller(first[at], other, channels[other.window.channel])
        return better

    @cached_property
    def _listener(self) -> Listener:
        checkpoint = speech_weights(self._settings)
        if self._options.engine == "faster-whisper":
            from scoring.transcribe.fast_model import FastWhisperModel

            return FastWhisperModel(checkpoint.path, self._precision)
        from scoring.transcribe.model import WhisperModel  # torch and whisper: seconds to import

        return WhisperModel(checkpoint.path, self._options.model, self._precision)

    @cached_property
    def _precision(self) -> Precision:
        from scoring.transcribe.precision import precision_for  # torch

        return precision_for(device_for(self._options.device), self._options.precision)

    @cached_property
    def _detector(self) -> VoiceDetector:
        return SileroDetector(locate("silero-vad", self._settings.cache_dir))

    def _windows(self, number: int, channels: Sequence[Samples], chances: Sequence[FloatArray]) -> tuple[Window, ...]:
        samples = channels[number]
        regions = find_speech(samples, chances[number], threshold=self._options.voice_threshold)
        return pack(samples, spans_of(regions, len(samples)), number)

    def _expected(self, windows: Sequence[Window], channels: Sequence[Samples]) -> str:
        """The language the call is first heard in: as set, or else what a few windows from all over it are in."""
        from scoring.transcribe.tokens import language_code  # whisper: seconds to import

        if self._options.language != "auto":
            return language_code(self._options.language)
        some = windows[:: -(-len(windows) // BATCH)]
        return likeliest(self._listener.languages(some, channels), some)


def _voices(doubts: Sequence[Doubt], chances: Sequence[FloatArray]) -> list[float]:
    """How sure voice activity is of each doubt, 0..1."""
    return [
        float(
            chances[doubt.window.channel][
                int(doubt.region.start / FRAME_SECONDS) : int(doubt.region.end / FRAME_SECONDS) + 1
            ].max(initial=0.0)
        )
        for doubt in doubts
    ]


def _channel_text(
    samples: Samples, chances: FloatArray, words: Sequence[Word], marks: Sequence[Mark], language: str
) -> ChannelText:
    kept, dropped = audible(sorted(words, key=lambda word: word.start), samples)
    told = [*marks, *(Mark(MarkKind.DROPPED, word.start, word.end, word.text) for word in dropped)]
    placed = tighten(onto_speech(kept, chances), samples)
    return ChannelText(placed, language, tuple(sorted(told, key=lambda mark: (mark.start, mark.kind))))
