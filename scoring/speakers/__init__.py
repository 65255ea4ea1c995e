"""Who spoke: by channel, by voice, by what is said."""

from scoring.speakers.diarize import Stretch, Voices, diarize
from scoring.speakers.transcript import assign_roles, build_transcript
from scoring.speakers.voices import VoiceModels, fingerprint, load_voices

__all__ = [
    "Stretch",
    "VoiceModels",
    "Voices",
    "assign_roles",
    "build_transcript",
    "diarize",
    "fingerprint",
    "load_voices",
]
