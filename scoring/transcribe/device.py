"""Where a speech model runs, and how many windows it hears at once there. Imports torch only when asked."""

from __future__ import annotations

import logging
from typing import Literal

from scoring.transcribe.heard import BATCH

_log = logging.getLogger("callscore")

_MOST = 64  # windows: more gain nothing, and a call of ten minutes has no more
_OF_FREE = 0.5  # share of the free memory that may be used
_COLUMNS, _TOKENS = 1500, 448  # of a window: Whisper's encoder output and the decoder's context
_BYTES = 2  # of a float16
# what a window holds beside the decoder's keys and values: the encoder's activations, logits, attention that is kept
_BESIDE = 2.0


def device_for(wanted: Literal["auto", "cpu", "cuda"]) -> str:
    """Return "cuda" where a GPU is wanted and answers, else "cpu"; with a message where one was asked for."""
    import torch  # seconds to import

    if wanted == "cpu":
        return "cpu"
    reason = "torch finds none"
    if torch.cuda.is_available():
        try:
            torch.zeros(1, device="cuda")
        except RuntimeError as error:  # a driver that does not fit, a GPU that others fill
            reason = str(error).splitlines()[0]
        else:
            return "cuda"
    elif wanted == "auto":
        return "cpu"
    _log.warning("The GPU cannot be used (%s): speech is recognised on the CPU.", reason)
    return "cpu"


def windows_at_once(device: str, n_layers: int, n_state: int) -> int:
    """How many windows are decoded together: by the GPU's free memory, a power of two; `BATCH` on a CPU.

    Args:
        device: "cpu" or "cuda".
        n_layers: of the decoder; each keeps keys and values of the sound and of the text.
        n_state: width of the model.
    """
    if device != "cuda":
        return BATCH
    import torch

    free, _ = torch.cuda.mem_get_info()
    each = (1 + _BESIDE) * 2 * n_layers * (_COLUMNS + _TOKENS) * n_state * _BYTES
    fits = int(free * _OF_FREE / each)
    return min(_MOST, 1 << max(0, fits.bit_length() - 1))
