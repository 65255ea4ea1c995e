"""Stretches of time on which measures rest: who spoke when, and who was silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from scoring.calls import Turn
from scoring.signals.types import Span

PAUSE = 0.6  # seconds between two words that end a stretch of speech


def stretches(turn: Turn) -> tuple[Span, ...]:
    """Return when a turn's speaker really spoke: its words joined over short pauses, else the whole turn."""
    if turn.words:
        return union((Span(word.start, word.end) for word in turn.words), PAUSE)
    if turn.start is None or turn.end is None or turn.end <= turn.start:
        return ()
    return (Span(turn.start, turn.end),)


def union(spans: Iterable[Span], pause: float = 0.0) -> tuple[Span, ...]:
    """Join spans that overlap or lie at most `pause` seconds apart; sorted by start."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if joined and span.start <= joined[-1].end + pause:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def total(spans: Iterable[Span]) -> float:
    """Return the seconds that spans last together."""
    return sum(span.end - span.start for span in spans)


def without(spans: Sequence[Span], removed: Sequence[Span]) -> tuple[Span, ...]:
    """Return `spans` with the time of `removed` cut out."""
    left = list(spans)
    for cut in removed:
        left = [part for span in left for part in _cut(span, cut)]
    return tuple(left)


def _cut(span: Span, cut: Span) -> list[Span]:
    if cut.end <= span.start or cut.start >= span.end:
        return [span]
    parts = (Span(span.start, cut.start), Span(cut.end, span.end))
    return [part for part in parts if part.end > part.start]


def gaps(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the time between joined, sorted spans."""
    return tuple(Span(a.end, b.start) for a, b in pairwise(spans))
