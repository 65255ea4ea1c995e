"""Speech to text: one small Protocol, the engine behind it, and a scripted one for tests."""

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
from scoring.transcribe.scripted import ScriptedEngine

__all__ = [
    "ChannelText",
    "Fingerprint",
    "Mark",
    "MarkKind",
    "ScriptedEngine",
    "SpeechEngine",
    "engine_version",
    "load_engine",
    "name_prompt",
]


def load_engine(settings: Settings) -> SpeechEngine:
    """Return the speech engine that the settings name. Its models are loaded when it first hears something."""
    from scoring.transcribe.whisper_engine import WhisperEngine  # it pulls in scipy

    return WhisperEngine(settings)
