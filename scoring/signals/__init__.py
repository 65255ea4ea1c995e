"""What happened in a call: behaviours with probabilities, facts and measures."""

from scoring.signals.detect import DETECTORS_VERSION, Company, Detection, detect, fingerprint
from scoring.signals.encoder import Encoder, load_encoder
from scoring.signals.types import FactValue, Hit, Measure, Signals, Span

__all__ = [
    "DETECTORS_VERSION",
    "Company",
    "Detection",
    "Encoder",
    "FactValue",
    "Hit",
    "Measure",
    "Signals",
    "Span",
    "detect",
    "fingerprint",
    "load_encoder",
]
