"""Published model weights: what they are, where they lie, and how they are fetched. Every file is checked by sha256."""

from scoring.weights.cache import WeightStatus, locate, status
from scoring.weights.checkpoint import CheckpointInfo, speech_weights, whisper_checkpoint, whisper_key
from scoring.weights.fetch import fetch
from scoring.weights.native import is_native
from scoring.weights.table import PUBLISHED, DataFile, Part, Published, published

__all__ = [
    "PUBLISHED",
    "CheckpointInfo",
    "DataFile",
    "Part",
    "Published",
    "WeightStatus",
    "fetch",
    "is_native",
    "locate",
    "published",
    "speech_weights",
    "status",
    "whisper_checkpoint",
    "whisper_key",
]
