"""Speech to text: one small Protocol, the engine behind it, and a scripted one for tests."""

from collections.abc import Sequence

from scoring.settings import Settings
from scoring.transcribe.engine import (
    ChannelText,
    Fingerprint,
    Mark,
    MarkKind,
    SpeechEngine,
    engine_version,
    name_prompt,
)
from scoring.transcribe.languages import of_all
from scoring.transcribe.scripted import ScriptedEngine

__all__ = [
    "ChannelText",
    "Fingerprint",
    "Mark",
    "MarkKind",
    "ScriptedEngine",
    "SpeechEngine",
    "engine_version",
    "language_of",
    "load_engine",
    "name_prompt",
]


def language_of(texts: Sequence[ChannelText], expected: str) -> tuple[str, tuple[str, ...]]:
    """Return the language of a recording out of its channels', with a note where it is not the expected one."""
    language = of_all([text.language for text in texts if text.language])
    if not language or expected in ("auto", language):
        return language, ()
    from scoring.transcribe.tokens import language_code, language_name  # whisper: seconds to import

    code = language_code(expected)
    if language == code:
        return language, ()
    return language, (f"spoken in {language_name(language)}, not in {language_name(code)}",)


def load_engine(settings: Settings) -> SpeechEngine:
    """Return the speech engine that the settings name. Its models are loaded when it first hears something."""
    from scoring.transcribe.whisper_engine import WhisperEngine  # it pulls in scipy

    return WhisperEngine(settings)
