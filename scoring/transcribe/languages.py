"""Which language a call is in: the expected one, another, or several.

Whisper says of every window how likely each language is. Names in a prompt bend that a little ("Gomez" towards
Spanish), so a doubt only leads to asking again without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoring.audio.signal import SAMPLE_RATE
from scoring.calls import SEVERAL_LANGUAGES
from scoring.transcribe.guards import NO_SPEECH
from scoring.transcribe.heard import Heard
from scoring.transcribe.packing import Window

_ENOUGH = 3 * SAMPLE_RATE  # of speech in a window: an "okay" may be in any language
_DOUBTED = 0.5  # chance of the language heard in, under which a window is worth asking again
_FOREIGN = 0.2  # the same, asked without a prompt, under which it is in another language
_FEW, _NEARLY_ALL = 0.2, 0.8  # of the speech in another language: less does not count, more is the whole call


def is_doubted(first: Sequence[Heard]) -> bool:
    """True when a fifth of the speech, or more, may be in another language than it was heard in."""
    return _share_below(_DOUBTED, {at: one.decoded.in_language for at, one in enumerate(first)}, first) >= _FEW


def settle(first: Sequence[Heard], chances: Sequence[Mapping[str, float]], expected: str) -> tuple[str, ...]:
    """Return the language of each window, decided over the whole call.

    Args:
        first: the windows, heard in the expected language.
        chances: for each of them, how likely languages are, 0..1.
        expected: a language's code.
    """
    foreign = {at: each.get(expected, 0.0) for at, each in enumerate(chances)}
    share = _share_below(_FOREIGN, foreign, first)
    if share < _FEW:
        return (expected,) * len(first)
    meant = {at for at, chance in foreign.items() if chance < _FOREIGN}
    other = likeliest([chances[at] for at in meant], [first[at].window for at in meant])
    return tuple(other if share > _NEARLY_ALL or at in meant else expected for at in range(len(first)))


def likeliest(chances: Sequence[Mapping[str, float]], windows: Sequence[Window]) -> str:
    """The language with the most speech, each window weighed by its length; the first in the alphabet of equals."""
    total: dict[str, float] = {}
    for each, window in zip(chances, windows, strict=True):
        for language, chance in each.items():
            total[language] = total.get(language, 0.0) + chance * window.length
    return max(sorted(total), key=lambda language: total[language])


def of_all(languages: Sequence[str]) -> str:
    """One word for the languages of several windows; "" for none."""
    found = set(languages)
    return SEVERAL_LANGUAGES if len(found) > 1 else next(iter(found), "")


def _share_below(limit: float, chances: Mapping[int, float], first: Sequence[Heard]) -> float:
    """The share of the speech, 0..1, in windows with a chance under the limit; windows of little speech do not vote."""
    voting = [
        (one.window.length, chances[at] < limit)
        for at, one in enumerate(first)
        if one.window.length >= _ENOUGH and one.decoded.tokens and one.decoded.no_speech <= NO_SPEECH
    ]
    whole = sum(length for length, _ in voting)
    return sum(length for length, below in voting if below) / whole if whole else 0.0
