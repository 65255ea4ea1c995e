"""The light heads on top of the sentence encoder: logistic regressions kept in one small file beside this module."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.errors import WeightsError
from scoring.signals.encoder import FloatArray
from scoring.signals.features import SIZE

FOLDER = Path(__file__).parent / "model"
WEIGHTS = FOLDER / "heads.safetensors"
CARD = FOLDER / "card.json"
# "said" and "meant" behaviours that a head judges, and who shows them; the order is that of the rows of weights
AGENT_HEADS = (
    "listen_clarify", "listen_paraphrase", "emp_expressed", "emp_dismissive", "close_next", "ownership", "reassurance",
    "blame", "said_checked",
)  # fmt: skip
CUSTOMER_HEADS = ("emp_needed", "complaint")
HEADS = (*AGENT_HEADS, *CUSTOMER_HEADS)

# How often a turn of that party shows it, our own estimate for ordinary calls. Examples are chosen to be telling, so
# they show everything far more often than calls do; the logits are moved half of the way (see train.py).
CALL_RATES = (0.06, 0.04, 0.015, 0.002, 0.05, 0.03, 0.015, 0.002, 0.03, 0.03, 0.02)

PARTS = ("weights", "bias", "slope", "shift")  # of Heads, and of the file
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heads:
    """One row for each name in HEADS; `slope` and `shift` calibrate the logits (Platt 1999)."""

    weights: Array  # (len(HEADS), SIZE)
    bias: Array  # (len(HEADS),)
    slope: Array  # (len(HEADS),)
    shift: Array  # (len(HEADS),)

    def probabilities(self, features: FloatArray) -> Array:
        """Return probabilities of shape (n, len(HEADS)) for features of shape (n, SIZE)."""
        logits = features.astype(np.float64) @ self.weights.T + self.bias
        return sigmoid(logits * self.slope + self.shift)


def sigmoid(values: Array) -> Array:
    """Return 1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)), dtype=np.float64)


@cache
def load_heads() -> Heads:
    """Read the heads that ship with callscore.

    Raises:
        WeightsError: the file is missing or damaged, or was made for other features.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(f"{WEIGHTS} cannot be read: {error}", hint="Install callscore again.") from None
    missing = sorted({*PARTS} - {*tensors})
    if missing:
        raise WeightsError(f"{WEIGHTS} lacks {', '.join(missing)}.", hint="Install callscore again.")
    heads = Heads(*(tensors[name].astype(np.float64) for name in PARTS))
    rows = (len(HEADS),)
    if [getattr(heads, name).shape for name in PARTS] != [(*rows, SIZE), rows, rows, rows]:
        raise WeightsError(f"{WEIGHTS} was made for other features.", hint="Run `python -m scoring.signals.train`.")
    return heads


def save_heads(heads: Heads, card: dict[str, object], folder: Path = FOLDER) -> None:
    """Write weights (float32) and the card beside them."""
    from safetensors.numpy import save_file

    folder.mkdir(exist_ok=True)
    save_file({name: getattr(heads, name).astype(np.float32) for name in PARTS}, folder / WEIGHTS.name)
    (folder / WEIGHTS.name).chmod(0o644)  # safetensors makes files that only their maker may read
    (folder / CARD.name).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def heads_fingerprint() -> str:
    """sha256 of the shipped weights."""
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() if WEIGHTS.exists() else "none"
