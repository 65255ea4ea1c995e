"""Detectors of voices that need no model."""

from __future__ import annotations

import numpy as np


class Everywhere:
    """A detector that hears a voice everywhere."""

    fingerprint = "everywhere"

    def probabilities(self, samples: np.ndarray) -> np.ndarray:
        return np.ones(-(-len(samples) // 512), dtype=np.float32)
