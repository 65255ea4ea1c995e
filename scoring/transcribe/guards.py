"""Telling text that was heard from text that was made up."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

MOST_COMPRESSION = 2.4  # openai-whisper's own limits: repeated text compresses better than speech
LEAST_LOGPROB = -1.0
NO_SPEECH = 0.6
_LONGEST_LOOP = 12  # tokens in one round of a loop
_LOOP_TOKENS = 12  # a loop has at least so many tokens in all …
_LOOP_ROUNDS = 4  # … and so many rounds: people do say "no, no, no"
_PROMPT_ROLES = re.compile(r"\b(?:agent|customer) [^.,]+", re.IGNORECASE)


def compression_ratio(text: str) -> float:
    """Bytes of a text per byte of it compressed; 0 for no text."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def loops(tokens: Sequence[int]) -> bool:
    """True when the same run of tokens follows itself again and again."""
    for length in range(1, _LONGEST_LOOP + 1):
        needed = max(_LOOP_ROUNDS * length, _LOOP_TOKENS) - length
        same = 0
        for token, earlier in zip(tokens[length:], tokens, strict=False):
            same = same + 1 if token == earlier else 0
            if same >= needed:
                return True
    return False


def leaked(text: str, prompt: str) -> bool:
    """True when the text says the prompt's own words: "agent" or "customer" with the name after it."""
    said = _plain(text)
    return any(_plain(phrase) in said for phrase in _PROMPT_ROLES.findall(prompt))


def _plain(text: str) -> str:
    return " " + " ".join(re.findall(r"\w+", text.lower())) + " "
