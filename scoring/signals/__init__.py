"""What happened in a call: behaviours with probabilities, facts and measures."""

from scoring.signals.detect import DETECTORS_VERSION, Company, Detection, detect, fingerprint
from scoring.signals.types import FactValue, Hit, Measure, Signals, Span

__all__ = [
    "DETECTORS_VERSION",
    "Company",
    "Detection",
    "FactValue",
    "Hit",
    "Measure",
    "Signals",
    "Span",
    "detect",
    "fingerprint",
]
