"""What is heard twice: windows that look invented, and sound that was left without words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scoring.audio.signal import SAMPLE_RATE, Samples
from scoring.audio.voice import Region, energetic
from scoring.calls import Word
from scoring.transcribe.engine import Mark, MarkKind
from scoring.transcribe.guards import (
    LEAST_LOGPROB,
    MOST_COMPRESSION,
    NO_SPEECH,
    compression_ratio,
    leaked,
    loops,
)
from scoring.transcribe.heard import Heard
from scoring.transcribe.packing import Piece, Window, cut

_MISSED_SECONDS = 0.5  # of outstanding sound without words that is worth a second try
_SKIPPED_SECONDS = 0.15  # the same in a window heard with a prompt: a "yes" lasts no longer
_SURE_VOICE, _SURE_WORD = 0.5, 0.5  # a word out of a hole needs one of them: a voice, or the model's own belief
_FINER = 10 * SAMPLE_RATE  # longest piece of a second try


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something to be heard again, alone and without the prompt."""

    window: Window
    of: int  # which of the windows heard first
    hole: bool  # the first try found no words here; otherwise the whole window is not believed

    @property
    def region(self) -> Region:
        """The stretch of the recording."""
        piece = self.window.pieces[0]
        return Region(piece.start / SAMPLE_RATE, piece.end / SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class Believed:
    """Words and marks by channel."""

    words: tuple[list[Word], ...]
    marks: tuple[list[Mark], ...]


def skipped(heard: Heard, samples: Samples) -> int:
    """Return how many pieces of a window have sound and no words, even short ones."""
    return len(_holes(heard, samples, _SKIPPED_SECONDS))


def fuller(prompted: Heard, plain: Heard, samples: Samples) -> Heard:
    """Of one window heard with and without the prompt, the one that passes over less; the prompted one when equal.

    Over a few short words Whisper may take the prompt for the text, and skip what was said.
    """
    better = not is_bad(plain, "") and skipped(plain, samples) < skipped(prompted, samples)
    return plain if better else prompted


def look_again(first: Sequence[Heard], channels: Sequence[Samples], prompt: str) -> list[Doubt]:
    """Return what should be heard again: every piece of a bad window, and pieces of good ones without words."""
    doubts: list[Doubt] = []
    for number, heard in enumerate(first):
        samples = channels[heard.window.channel]
        bad = is_bad(heard, prompt)
        spans = _finer(heard.window, samples) if bad else _holes(heard, samples)
        alone = (Window(heard.window.channel, (Piece(start, end, 0),)) for start, end in spans)
        doubts += [Doubt(window, number, hole=not bad) for window in alone]
    return doubts


def believe(
    first: Sequence[Heard],
    doubts: Sequence[Doubt],
    second: Sequence[Heard],
    n_channels: int,
    voices: Sequence[float] | None = None,
) -> Believed:
    """Put both tries together.

    Args:
        first: the windows as first heard.
        doubts: what `look_again` said of them.
        second: one for each doubt.
        n_channels: of the recording.
        voices: one for each doubt, how sure voice activity is that somebody speaks there, 0..1; None: quite sure.
    """
    believed = Believed(tuple([] for _ in range(n_channels)), tuple([] for _ in range(n_channels)))
    own = [list(heard.words) for heard in first]
    for doubt, heard, voice in zip(doubts, second, voices or [1.0] * len(doubts), strict=True):
        kind = _filled(heard, voice) if doubt.hole else _settled(heard)
        words = () if kind is MarkKind.UNHEARD else heard.words
        before = own[doubt.of] if doubt.hole else []
        own[doubt.of] = _without_repeats(before, words)
        believed.words[heard.window.channel].extend(words)
        believed.marks[heard.window.channel].append(Mark(kind, doubt.region.start, doubt.region.end))
    for heard, words_left in zip(first, own, strict=True):
        believed.words[heard.window.channel].extend(words_left)
    return believed


def is_bad(heard: Heard, prompt: str) -> bool:
    """True when a window's words should not be believed as they are."""
    return _invented(heard) or _unsure(heard) or leaked(heard.text, prompt)


def _invented(heard: Heard) -> bool:
    """The text goes round in circles, or never ends."""
    decoded = heard.decoded
    return not decoded.finished or compression_ratio(heard.text) > MOST_COMPRESSION or loops(decoded.tokens)


def _unsure(heard: Heard) -> bool:
    return heard.decoded.mean_logprob < LEAST_LOGPROB


def _finer(window: Window, samples: Samples) -> tuple[tuple[int, int], ...]:
    """The window's pieces, longer ones cut at their quietest."""
    return cut(samples, [(piece.start, piece.end) for piece in window.pieces], _FINER)


def _holes(heard: Heard, samples: Samples, least: float = _MISSED_SECONDS) -> list[tuple[int, int]]:
    """Pieces without words although at least so many seconds of sound are to be heard in them."""
    middles = [(word.start + word.end) / 2 * SAMPLE_RATE for word in heard.words]
    return [
        (piece.start, piece.end)
        for piece in heard.window.pieces
        if not any(piece.start <= middle <= piece.end for middle in middles)
        and energetic(samples, Region(piece.start / SAMPLE_RATE, piece.end / SAMPLE_RATE)) >= least
    ]


def _settled(heard: Heard) -> MarkKind:
    """The second try of a bad window: believed, doubted but kept, or not believed at all."""
    if not heard.words or _invented(heard) or (heard.decoded.no_speech > NO_SPEECH and _unsure(heard)):
        return MarkKind.UNHEARD
    return MarkKind.DOUBTFUL if _unsure(heard) else MarkKind.AGAIN


def _filled(heard: Heard, voice: float) -> MarkKind:
    """The second try of a hole: its words count only when nothing speaks against them.

    Out of a cough or a crackle Whisper makes a short word that it half believes in itself.
    """
    confidence = sum(word.confidence for word in heard.words) / max(1, len(heard.words))
    guessed = voice < _SURE_VOICE and confidence < _SURE_WORD
    silent = guessed or not heard.words or heard.decoded.no_speech > NO_SPEECH
    return MarkKind.UNHEARD if silent or _invented(heard) or _unsure(heard) else MarkKind.AGAIN


def _without_repeats(own: Sequence[Word], found: Sequence[Word]) -> list[Word]:
    """Leave out words that the first try had put after a pause and the second found before it: they were said once."""
    if not found:
        return list(own)
    after = next((index for index, word in enumerate(own) if word.start >= found[-1].end), len(own))
    same = [_plain(word) for word in own[after : after + len(found)]] == [_plain(word) for word in found]
    return [*own[:after], *own[after + len(found) :]] if same else list(own)


def _plain(word: Word) -> str:
    return "".join(re.findall(r"\w", word.text.lower()))
