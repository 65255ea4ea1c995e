"""Plain text: "Agent: …", with or without times, call or chat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from scoring.calls import Medium, Role, Transcript, Turn
from scoring.errors import TextError
from scoring.texts.labels import at_line, in_order, make_turn, role_of, tidy
from scoring.texts.speakers import label_of, speakers_among
from scoring.texts.stamps import Stamp, is_time_of_day, leading_stamp, offsets, without_stamp

_BULLET = re.compile(r"^(?:[-*•>]\s+)+")
_MEDIUM = re.compile(r"\W*medium\s*[:=]\s*(\w+)\W*", re.IGNORECASE)
# what chat programs write between the lines of people
_EVENT = re.compile(
    r"(?!(?:I|we|you|they|he|she|it)\b).{0,60}\b(?:joined|left|entered|ended|closed|started)\s+(?:the |this )?"
    r"(?:chat|conversation|session)\b.{0,30}"
    r"|(?:live )?chat (?:started|ended|transcript|session|origin|history|log|closed)\b.{0,60}",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?P<label>[^\W\d_][^:\[\]\n]{0,56}?)[\s,]*(?P<stamp>[\[(]\s*\d[^\])]*[\])]|(?<=\s)\d[\d:.,]*(?:\s?[ap]m)?)\s*"
    r"(?::(?:\s+(?P<text>.*))?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line taken apart. `label` is a candidate until the whole text has been seen."""

    number: int
    whole: str
    text: str
    stamp: Stamp | None = None
    label: str | None = None
    sure: bool = False  # nothing but a speaker can stand where the label stands
    event: bool = False


@dataclass(slots=True)
class _Draft:
    """A turn while its lines are being gathered."""

    line: _Line
    parts: list[str] = field(default_factory=list)


def looks_spoken(text: str) -> bool:
    """Say whether lines of this text begin with speakers: a role, or two names with times or that come back."""
    try:
        lines = list(_lines(text))
    except TextError:
        return True
    named = [line.label for line in lines if line.label]
    if any(role_of(label) is not Role.UNKNOWN for label in named):
        return True
    timed = [line.label for line in lines if line.label and line.stamp]
    return len(set(timed)) >= 2 or len({label for label in named if named.count(label) > 1}) >= 2


def read_plain(text: str) -> Transcript:
    """Read text whose turns begin with a speaker's name or role; other lines go on with the turn before.

    A first line "Medium: chat" (or call, email) says what it is; else times of day and what chat programs write
    between the lines tell a chat.

    Raises:
        TextError: nobody is named, or a time cannot be.
    """
    asked, body = _asked_medium(text)
    lines = list(_lines(body))
    candidates = [line for line in lines if line.label]
    speakers = speakers_among(
        [line.label for line in candidates if line.label],
        whole=all(line.label or line.event for line in lines),
        certain=[line.label for line in candidates if line.sure and line.label],
    )
    if not candidates:
        raise TextError("no line begins with a speaker.", hint='Write turns as "Agent: …" and "Customer: …".')
    before, drafts = _gathered(lines, speakers)
    medium = asked or _medium([*before, *(draft.line for draft in drafts)])
    times = offsets([draft.line.stamp for draft in drafts], chat=medium is Medium.CHAT)
    turns = [_turn(draft, time, medium) for draft, time in zip(drafts, times, strict=True)]
    notes = tuple(tidy(line.whole) for line in before)
    return Transcript(in_order([turn for turn in turns if turn.text]), medium, None, notes)


def _asked_medium(text: str) -> tuple[Medium | None, str]:
    first, _, rest = text.lstrip().partition("\n")
    found = _MEDIUM.fullmatch(first.strip())
    if found is None:
        return None, text
    try:
        skipped = text[: len(text) - len(text.lstrip())].count("\n") + 1
        return Medium(found[1].casefold()), "\n" * skipped + rest
    except ValueError:
        raise at_line(1, f"no such medium {found[1]!r}; there are {', '.join(Medium)}") from None


def _lines(text: str) -> Iterator[_Line]:
    for number, raw in enumerate(text.split("\n"), start=1):
        whole = tidy(raw)
        if whole:
            try:
                yield _line(number, whole, apart="  " in raw.strip() or "\t" in raw.strip())
            except ValueError as error:
                raise at_line(number, error) from None


def _line(number: int, whole: str, *, apart: bool) -> _Line:
    plain = _BULLET.sub("", whole).replace("**", "").replace("__", "")
    stamp, rest = _leading(plain)
    beside = _BESIDE.fullmatch(rest) if stamp is None else None
    if beside:  # "Agent [0:12]: …", or "Mira Holt  0:12" with the words below
        stamp, left = _leading(beside["stamp"])
        if stamp and not left and (beside["text"] is not None or beside["stamp"][0] in "[("):
            rest = f"{beside['label']}: {beside['text'] or ''}"
        elif stamp and not left and label_of(f"{beside['label']}:"):
            return _Line(number, whole, "", stamp, beside["label"], sure=apart)
        else:
            stamp = None
    found = label_of(rest)
    if found is None:
        return _Line(number, whole, rest, stamp, event=_EVENT.fullmatch(rest) is not None)
    label, text = found
    if stamp is None and text.startswith(("[", "(")):
        stamp, text = _leading(text)
    return _Line(number, whole, text, stamp, label, sure=stamp is not None)


def _leading(text: str) -> tuple[Stamp | None, str]:
    """Take a time off, where it is one; a wrong one beside a speaker is a fault, in running words it is nothing."""
    try:
        return leading_stamp(text)
    except ValueError:
        if label_of(without_stamp(text)):
            raise
        return None, text


def _gathered(lines: Iterable[_Line], speakers: frozenset[str]) -> tuple[list[_Line], list[_Draft]]:
    """Return the lines before the first turn, and the turns."""
    before: list[_Line] = []
    drafts: list[_Draft] = []
    for line in lines:
        if line.event or (line.label in speakers):
            drafts.append(_Draft(line, [line.text]))
        elif drafts and not drafts[-1].line.event:
            drafts[-1].parts.append(line.whole)
        else:
            before.append(line)
    return before, drafts


def _medium(lines: Iterable[_Line]) -> Medium:
    for line in lines:
        if line.event or (line.stamp and is_time_of_day(line.stamp)) or _EVENT.fullmatch(line.whole):
            return Medium.CHAT
        if line.label and "visitor" in line.label.casefold():
            return Medium.CHAT
    return Medium.CALL


def _turn(draft: _Draft, times: tuple[float | None, float | None], medium: Medium) -> Turn:
    text = tidy("\n".join(draft.parts), lines=medium is not Medium.CALL)
    try:
        turn = make_turn(draft.line.label, text, *times)
    except ValueError as error:
        raise at_line(draft.line.number, error) from None
    return replace(turn, role=Role.SYSTEM) if draft.line.event else turn
