"""WebVTT (https://www.w3.org/TR/webvtt1/) and SubRip: cues with times, and a speaker where one is written."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from scoring.calls import Role, Transcript, Turn
from scoring.texts.labels import at_line, clock, in_order, joined, make_turn, role_of, tidy
from scoring.texts.speakers import label_of, speakers_among

_TIME = r"(?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_TIMING = re.compile(rf"\s*({_TIME})\s*-->\s*({_TIME})(?:\s.*)?", re.ASCII)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAGS = re.compile(r"</?(?:v|c|i|b|u|ruby|rt|lang|font)(?:[.\s][^>]*)?>|<[\d:.]+>|\{\\[^}]*\}", re.IGNORECASE)
_ASIDE = ("WEBVTT", "NOTE", "STYLE", "REGION")
_SENTENCE_END = (".", "?", "!", "…", '"', "”", ":")
_GAP = 1.0  # seconds between cues that may still be one sentence


def read_cues(text: str, *, vtt: bool) -> Transcript:
    """Read a file of cues. A sentence that one speaker goes on with in the next cue becomes one turn.

    Raises:
        TextError: a cue without times, or with times that cannot be.
    """
    turns: list[Turn] = []
    for line, start, end, said in _cues(text):
        try:
            turns += [make_turn(label, words, start, end) for label, words in said_by(said, vtt) if words]
        except ValueError as error:
            raise at_line(line, error) from None
    return Transcript(_merged(_labelled(in_order(turns))))


def _cues(text: str) -> Iterator[tuple[int, float, float, str]]:
    """Yield each cue's line, start, end and text; a block without times goes on with the cue before it."""
    open_cue: tuple[int, float, float, str] | None = None
    for first, block in _blocks(text):
        at = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
        if at is not None:
            if open_cue:
                yield open_cue
            open_cue = (first + at, *_timing(first + at, block[at]), "\n".join(block[at + 1 :]))
        elif block[0].split()[0] in _ASIDE:
            continue
        elif open_cue is None:
            raise at_line(first, "text without a time, where a cue such as 00:01.000 --> 00:02.500 should begin")
        else:
            open_cue = (*open_cue[:3], "\n".join([open_cue[3], *block]))
    if open_cue:
        yield open_cue


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    block: list[str] = []
    first = 1
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        if line.strip():
            first = first if block else number
            block.append(line)
        elif block:
            yield first, block
            block = []


def _timing(line: int, text: str) -> tuple[float, float]:
    found = _TIMING.fullmatch(text)
    if found is None:
        raise at_line(line, f"{text.strip()!r} is not a time such as 00:01.000 --> 00:02.500")
    try:
        return clock(found[1]), clock(found[2])
    except ValueError as error:
        raise at_line(line, error) from None


def said_by(payload: str, vtt: bool) -> list[tuple[str | None, str]]:
    """Return the (speaker, text) of a cue, by its voice tags."""
    parts = _VOICE.split(payload)
    said = [(None, parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
    return [
        (_plain(name, vtt) or None if name else None, _plain(words, vtt))
        for name, words in said
        for words in ([words] if name else _by_role(words))
    ]


def _by_role(text: str) -> list[str]:
    """Part the lines of a cue where a line begins with another role: two people speak in it."""
    parts: list[list[str]] = [[]]
    for line in text.split("\n"):
        found = label_of(_TAGS.sub("", line).lstrip("-–— "))
        if parts[-1] and found and role_of(found[0]) is not Role.UNKNOWN:
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(lines) for lines in parts]


def _plain(text: str, vtt: bool) -> str:
    text = _TAGS.sub("", text)
    return tidy(html.unescape(text) if vtt else text)


def _labelled(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Take speakers written as "Name: words" out of the words."""
    found = [label_of(turn.text.lstrip("-–— ")) if turn.speaker is None else None for turn in turns]
    speakers = speakers_among([each[0] for each in found if each], whole=all(found))
    made = []
    for turn, each in zip(turns, found, strict=True):
        known = each is not None and each[0] in speakers
        made.append(make_turn(each[0], each[1], turn.start, turn.end) if each and known else turn)
    return tuple(turn for turn in made if turn.text)


def _merged(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    merged: list[Turn] = []
    for turn in turns:
        if merged and _goes_on(merged[-1], turn):
            merged[-1] = joined(merged[-1], turn)
        else:
            merged.append(turn)
    return tuple(merged)


def _goes_on(before: Turn, after: Turn) -> bool:
    if before.speaker is None or before.speaker != after.speaker or before.text.endswith(_SENTENCE_END):
        return False
    return (after.start or 0.0) - (before.end or 0.0) <= _GAP
