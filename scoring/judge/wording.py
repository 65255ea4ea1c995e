"""Plain words for times, quotes, lists and numbers, and the filling of a rubric's templates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scoring.calls import Medium
from scoring.results import Evidence

LONGEST_QUOTE = 160  # characters; a reader sees the whole turn beside it
MOST_QUOTES = 2
_VERBATIM = ("quote", "cue", "why")  # may hold people's words, which are never tidied

_UNITS = {"s": " s", "count": "", "words/min": " words a minute"}


def clock(seconds: float) -> str:
    """Return `m:ss`, or `h:mm:ss` from one hour on."""
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def place(evidence: Evidence, medium: Medium) -> str:
    """Return `0:42`, or `message 3` where there are no times."""
    if evidence.start is not None:
        return clock(evidence.start)
    return f"{'turn' if medium is Medium.CALL else 'message'} {evidence.turn + 1}"


def when(evidence: Evidence, medium: Medium) -> str:
    """Return `at 0:42`, or `in message 3` where there are no times."""
    return f"{'in' if evidence.start is None else 'at'} {place(evidence, medium)}"


def quoted(text: str) -> str:
    """Return the words in quotation marks, on one line, cut at a word when they are long; nothing for nothing."""
    line = " ".join(text.split())
    if len(line) > LONGEST_QUOTE:
        line = line[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    return f"“{line}”" if line else ""


def quotes(evidence: Sequence[Evidence]) -> str:
    """Return the first few different quotes, leaving out those that stand inside another."""
    texts = list(dict.fromkeys(item.quote.strip() for item in evidence if item.quote.strip()))
    apart = [text for text in texts if not any(text != other and text in other for other in texts)]
    return " … ".join(quoted(text) for text in apart[:MOST_QUOTES])


def listed(items: Sequence[str], last: str = "and") -> str:
    """Return `a, b and c`."""
    unique = list(dict.fromkeys(item for item in items if item))
    if len(unique) < 2:
        return "".join(unique)
    return f"{', '.join(unique[:-1])} {last} {unique[-1]}"


def number(value: float, unit: str) -> str:
    """Return a measured value as people write it: `45 %`, `12.5 s`, `3`."""
    if unit == "share":
        return f"{100 * value:.0f} %"
    return f"{value:.1f}".removesuffix(".0") + _UNITS.get(unit, f" {unit}")


def sentence(template: str, words: Mapping[str, str]) -> str:
    """Fill a template and make a sentence of it: no gaps where a word is empty, a capital, an end."""
    marks = {name: chr(0xE000 + index) for index, name in enumerate(_VERBATIM) if words.get(name)}
    text = " ".join(template.format_map({**words, **marks}).split())
    text = re.sub(r"\s+([,.;:])", r"\1", text)
    text = re.sub(r"[,:;–-]+\s*(?=\.?$)", "", text).rstrip()
    for name, mark in marks.items():
        text = text.replace(mark, words[name])
    text = text[:1].upper() + text[1:]
    return text if not text or re.search(r"[.!?…]”?$", text) else f"{text}."
