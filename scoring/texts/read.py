"""From a file to a transcript: which format it is, and its words in the right letters."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import asdict
from pathlib import Path

from scoring.calls import Transcript, digest
from scoring.errors import TextError
from scoring.texts.cues import read_cues
from scoring.texts.mail import looks_mailed, read_eml, read_mail
from scoring.texts.plain import looks_spoken, read_plain
from scoring.texts.tables import is_heading, read_csv, read_json

SUFFIXES = (".vtt", ".srt", ".eml", ".json", ".csv", ".tsv", ".txt")
_NO_DOUBT = (".vtt", ".srt", ".eml")  # the others may hold anything
_LARGEST = 64 * 2**20  # bytes; no conversation is so long
_MEND = "Mend the file, or export it again."
_LOOK = 200_000  # characters that are looked at to tell what a file is


def read_conversation(path: Path) -> Transcript:
    """Read a written conversation: JSON, WebVTT, SubRip, CSV, e-mail or plain text.

    Roles are set where the file says them; names stay as `speaker`, with the role unknown. Times are seconds from the
    beginning where they are known.

    Raises:
        TextError: it is no conversation, or one with a fault; the line is named where there is one.
    """
    try:
        transcript = _read(path)
    except TextError as error:
        raise TextError(f"{path.name}: {error.message}", hint=error.hint or _MEND) from None
    if not transcript.turns:
        raise TextError(f"{path.name}: nobody says anything in it.", hint=_MEND)
    return transcript


def is_conversation(path: Path) -> bool:
    """Say whether a file is meant as a conversation, readable or not: by its ending, and by a look inside where other
    things end so too.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES or not path.is_file():
        return False
    if suffix in _NO_DOUBT:
        return True
    try:
        text = _decoded(_bytes(path), errors="replace")
    except TextError:
        return True  # reading it says what is wrong
    if suffix == ".json":
        return _is_conversation_json(text)
    if suffix in (".csv", ".tsv"):
        return bool(text.strip()) and is_heading(text.lstrip().split("\n")[0])
    return looks_mailed(text[:_LOOK]) or looks_spoken(text[:_LOOK])


def text_id(transcript: Transcript) -> str:
    """Return the identity of a written conversation: sha256 of its turns."""
    return digest([asdict(turn) for turn in transcript.turns])


def _read(path: Path) -> Transcript:
    raw = _bytes(path)
    suffix = path.suffix.lower()
    if suffix == ".eml" and raw.strip():
        return read_eml(raw)
    text = _decoded(raw)
    if not text.strip():
        raise TextError("the file is empty.")
    if suffix in (".vtt", ".srt"):
        return read_cues(text, vtt=suffix == ".vtt")
    if suffix == ".json":
        return read_json(text)
    if suffix in (".csv", ".tsv"):
        return read_csv(text)
    if suffix == ".txt":
        return read_mail(text) if looks_mailed(text) else read_plain(text)
    raise TextError(
        f"callscore reads no {suffix or 'files without an ending'}.", hint=f"It reads {', '.join(SUFFIXES)}."
    )


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise TextError(f"the file is larger than {_LARGEST // 2**20} MB.")
        return path.read_bytes()
    except OSError as error:
        raise TextError(f"it cannot be read: {error.strerror or error}.") from None


def _decoded(raw: bytes, errors: str = "strict") -> str:
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if utf16 else "utf-8-sig", errors)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TextError(f"line {line}: not UTF-8 text.", hint="Save it as UTF-8.") from None
    if "\x00" in text:
        raise TextError("it is not a text file.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_conversation_json(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        # cut off or misspelt, but meant as one: reading it says what is wrong
        return re.match(r"\s*\{[^{}\[\]]*\"(?:turns|segments)\"\s*:", text) is not None
    return isinstance(value, dict) and any(isinstance(value.get(name), list) for name in ("turns", "segments"))
