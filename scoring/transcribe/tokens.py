"""What is asked of a Whisper model, whoever runs it: its tokenizer, the prompt, how much a window may say."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE, get_tokenizer

from scoring.audio.signal import SAMPLE_RATE
from scoring.calls import SEVERAL_LANGUAGES
from scoring.errors import SettingsError, nearest
from scoring.transcribe.packing import Window

UNSURE = -0.25  # mean log-probability of a token under which a beam looks for a better text, see benchmarks/README.md
_MOST = 224  # of one window, and of a prompt: half of Whisper's context, as openai-whisper has it
_PER_SECOND = 12  # no one speaks so fast: more is a loop


@lru_cache(maxsize=8)
def tokenizer_of(language: str, *, languages: int) -> Any:
    """Whisper's tokenizer.

    Args:
        language: a code or name as Whisper has them.
        languages: how many the model knows; 0 for a model that knows English alone.

    Raises:
        SettingsError: Whisper does not know the language.
    """
    code = language_code(language)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # whisper leaves its vocabulary's file open
        return get_tokenizer(languages > 0, num_languages=languages or len(LANGUAGES), language=code, task="transcribe")


def language_code(language: str) -> str:
    """Return the code of a language that is given by its code or its English name.

    Raises:
        SettingsError: Whisper does not know the language.
    """
    known = language.lower()
    if known in LANGUAGES:
        return known
    if known not in TO_LANGUAGE_CODE:
        hint = nearest(language, [*LANGUAGES, *TO_LANGUAGE_CODE])
        raise SettingsError(f"transcribe.language: Whisper does not know {language!r}.", hint=hint)
    return str(TO_LANGUAGE_CODE[known])


def language_name(code: str) -> str:
    """Return a language's English name; "several languages" for SEVERAL_LANGUAGES."""
    return "several languages" if code == SEVERAL_LANGUAGES else str(LANGUAGES[code]).title()


def never_said(tokenizer: Any, n_vocab: int) -> tuple[int, ...]:
    """Tokens that are no words: symbols, special tokens, timestamps."""
    return (*tokenizer.non_speech_tokens, *range(tokenizer.eot + 1, n_vocab))


def asked_tokens(prompt: str, tokenizer: Any) -> list[int]:
    """A prompt as tokens, as many as have room."""
    return list(tokenizer.encode(" " + prompt)[: _MOST - 1]) if prompt else []


def most_tokens(window: Window) -> int:
    """How many tokens a window may say."""
    return min(_MOST, 8 + window.length * _PER_SECOND // SAMPLE_RATE)
