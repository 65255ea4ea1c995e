"""E-mail: one message or a thread, with what was quoted read as the messages it came from."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from scoring.calls import Medium, Role, Transcript, Turn
from scoring.errors import TextError
from scoring.texts.labels import make_turn, role_of, tidy
from scoring.texts.markup import text_of_html

_HEADER = re.compile(r"[>\s*]*(From|To|Cc|Bcc|Subject|Date|Sent|Reply-To)\s*:\**\s*(.*)", re.IGNORECASE)
_RULE = re.compile(r"\s*(?:-{2,}\s*(?:Original|Forwarded) Message\s*-{2,}|_{10,}|-{10,})\s*", re.IGNORECASE)
# "On Friday, 31 May 2024 at 14:05, Mira Holt <mira@example.org> wrote:"
_WROTE = re.compile(r"\s*(?:On|Am|Le|El|Il|Op)\b.{4,250}?:\s*", re.IGNORECASE | re.DOTALL)
_AFTER_DATE = re.compile(
    r".*(?:\b\d{1,2}:\d{2}(?::\d{2})?\s*(?:[AP]M)?|\b\d{4})\b[^\w<\"']*", re.IGNORECASE | re.DOTALL
)
_DEEPEST = 50  # answers to answers; deeper quoting is read as one text


@dataclass(frozen=True, slots=True)
class _Message:
    sender: str = ""
    subject: str = ""
    date: str = ""
    body: str = ""


def looks_mailed(text: str) -> bool:
    """Say whether a text begins with the headers of an e-mail."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and _headers(lines, 0) is not None


def read_eml(raw: bytes) -> Transcript:
    """Read an .eml file: plain text, else HTML; attachments are left alone.

    Raises:
        TextError: nothing is written in it.
    """
    message = message_from_bytes(raw.removeprefix(codecs.BOM_UTF8).lstrip(), policy=policy.default)
    try:
        body = _body(message)
        first = _Message(*(str(message.get(name, "")) for name in ("From", "Subject", "Date")))
    except (LookupError, ValueError, AttributeError, IndexError) as error:  # odd mail breaks the parser in many ways
        raise TextError(f"the message cannot be read: {error}.") from None
    return _thread(_split(replace(first, body=body)), newest_first=True)


def read_mail(text: str) -> Transcript:
    """Read text with From: and Subject: lines above each message.

    Raises:
        TextError: nothing is written in it.
    """
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip()), 0)
    head = _headers(lines, start)
    first, at = head or (_Message(), start)
    messages = _split(replace(first, body="\n".join(lines[at:])))
    replies = bool(re.match(r"(?:re|aw|sv|fwd?)\s*:", first.subject, re.IGNORECASE))
    answered = replies and not re.match(r"(?:re|aw|sv|fwd?)\s*:", messages[-1].subject, re.IGNORECASE)
    quoted = any(_RULE.fullmatch(line) or line.lstrip().startswith(">") for line in lines)
    return _thread(messages, newest_first=answered or quoted)


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeDecodeError):  # a character set that nobody knows
        raw = part.get_payload(decode=True)
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    text = text.replace("\r\n", "\n")
    return text_of_html(text) if part.get_content_subtype() == "html" else text


def _thread(messages: Sequence[_Message], *, newest_first: bool) -> Transcript:
    ordered = _by_date(messages) or (list(reversed(messages)) if newest_first else list(messages))
    turns = [_turn(message) for message in ordered]
    subject = next((message.subject for message in ordered if message.subject), "")
    notes = (f"subject: {tidy(subject)}",) if subject else ()
    return Transcript(tuple(turn for turn in turns if turn.text), Medium.EMAIL, None, notes)


def _turn(message: _Message) -> Turn:
    name, address = parseaddr(message.sender) if "@" in message.sender else (message.sender, "")
    speaker = tidy(name or address or message.sender).strip('"')
    turn = make_turn(speaker, tidy(message.body, lines=True))
    if turn.role is Role.UNKNOWN:
        return replace(turn, role=role_of(address.partition("@")[0]))
    return turn


def _by_date(messages: Sequence[_Message]) -> list[_Message] | None:
    """Messages by their dates, None when a date is missing or without a zone where others have one."""
    dates = [_date(message.date) for message in messages]
    known = [date for date in dates if date]
    if len(known) < len(messages) or len({date.tzinfo is None for date in known}) > 1:
        return None
    return [messages[at] for at in sorted(range(len(messages)), key=lambda at: known[at])]


def _date(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read(text.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _split(message: _Message, depth: int = 0) -> list[_Message]:
    """Part a message from those it answers, newest first."""
    lines = message.body.split("\n")
    for at in range(len(lines)):
        head = _headers(lines, at)
        if head is not None:
            own = _without_rule(lines[:at])
            return [*_quoted(replace(message, body="\n".join(own)), depth), *_older(head, lines, depth)]
    return _quoted(message, depth)


def _older(head: tuple[_Message, int], lines: Sequence[str], depth: int) -> list[_Message]:
    older = replace(head[0], body="\n".join(lines[head[1] :]))
    return [older] if depth >= _DEEPEST else _split(older, depth + 1)


def _without_rule(lines: Sequence[str]) -> Sequence[str]:
    kept = list(lines)
    while kept and (not kept[-1].strip() or _RULE.fullmatch(kept[-1])):
        kept.pop()
    return kept


def _quoted(message: _Message, depth: int) -> list[_Message]:
    """Part what a message says from the lines it quotes with ">"."""
    lines = message.body.split("\n")
    marks = [line.lstrip().startswith(">") for line in lines]
    if not any(marks) or depth >= _DEEPEST:
        return [message]
    start, sender = _attribution(lines, marks.index(True))
    own = [line for at, line in enumerate(lines) if not marks[at] and not start <= at < marks.index(True)]
    inner = [re.sub(r"^\s*> ?", "", line) for line, mark in zip(lines, marks, strict=True) if mark]
    older = _split(_Message(sender=sender, body="\n".join(inner)), depth + 1)
    return [replace(message, body="\n".join(own)), *older]


def _attribution(lines: Sequence[str], quote: int) -> tuple[int, str]:
    """Return where the "On … wrote:" above a quotation begins, and who wrote; else where the quotation begins."""
    end = quote
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    for start in range(end - 1, max(end - 4, -1), -1):
        said = " ".join(lines[start:end])
        if _WROTE.fullmatch(said):
            return start, _writer(said)
    return quote, ""


def _writer(said: str) -> str:
    name = _AFTER_DATE.sub("", said.strip().rstrip(":"), count=1)
    name = re.sub(r"\s+(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\s*$", "", name, flags=re.IGNORECASE)
    return name.strip(" ,")


def _headers(lines: Sequence[str], at: int) -> tuple[_Message, int] | None:
    """Read a block that begins with From: and has another header; returns it and the line after it."""
    if not (found := _HEADER.fullmatch(lines[at])) or found[1].casefold() not in ("from", "subject", "date", "to"):
        return None
    read: dict[str, str] = {}
    end = at
    while end < len(lines) and (found := _HEADER.fullmatch(lines[end])):
        read.setdefault(found[1].casefold().replace("sent", "date"), found[2].strip())
        end += 1
        while end < len(lines) and read and lines[end][:1] in (" ", "\t") and lines[end].strip():
            end += 1  # a folded header goes on
    if "from" not in read or len(read) < 2:
        return None
    return _Message(read["from"], read.get("subject", ""), read.get("date", "")), end
