"""Sentence embeddings from a MiniLM model kept on disk. torch and transformers load here and nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scoring.errors import WeightsError

FloatArray = npt.NDArray[np.float32]
DIMENSIONS = 384  # all-MiniLM-L6-v2
MAX_TOKENS = 128
BATCH = 32


class Encoder(Protocol):
    """Turns texts into vectors."""

    fingerprint: str

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return float32 of shape (len(texts), 384), rows of length 1."""
        ...


class MiniLmEncoder:
    """all-MiniLM-L6-v2: mean of the last hidden states over real tokens, normalised (as its own card says)."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            self._model: Any = AutoModel.from_pretrained(str(folder), local_files_only=True).float().eval()
        except (OSError, ValueError) as error:
            raise WeightsError(
                f"The sentence model in {folder} cannot be loaded: {error}", hint="Run `callscore doctor`."
            ) from None
        with (folder / "model.safetensors").open("rb") as file:
            self.fingerprint = hashlib.file_digest(file, "sha256").hexdigest()

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return float32 of shape (len(texts), 384), rows of length 1; equal texts are encoded once."""
        unique = sorted(set(texts), key=lambda text: (len(text), text))
        rows = dict(zip(unique, self._embed_sorted(unique), strict=True))
        made = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for index, text in enumerate(texts):
            made[index] = rows[text]
        return made

    def _embed_sorted(self, texts: Sequence[str]) -> FloatArray:
        import torch

        parts = [np.zeros((0, DIMENSIONS), dtype=np.float32)]
        with torch.inference_mode():
            for first in range(0, len(texts), BATCH):
                batch = self._tokenizer(
                    list(texts[first : first + BATCH]),
                    padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt",
                )  # fmt: skip
                hidden = self._model(**batch).last_hidden_state  # (batch, tokens, 384)
                mask = batch["attention_mask"].unsqueeze(-1).float()
                mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
                parts.append(torch.nn.functional.normalize(mean, dim=1).numpy().astype(np.float32))
        return np.concatenate(parts)


def load_encoder(cache_dir: Path) -> Encoder:
    """Load the sentence encoder.

    Raises:
        WeightsError: its weights are missing or not what they claim to be.
    """
    from scoring.weights import locate

    return MiniLmEncoder(locate("sentence-encoder", cache_dir))
