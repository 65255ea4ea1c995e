"""What the store takes and gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scoring.calls import Call
from scoring.results import CallScore
from scoring.signals.types import Signals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call with everything made from it, and the content hash of what each part was made from.

    `files` are (path, sha256 of the file's bytes); `embeddings` is float32 of shape (n_turns, n_dimensions), kept under
    `signals_key`.
    """

    call: Call
    files: tuple[tuple[str, str], ...]
    transcript_key: str
    signals: Signals
    signals_key: str
    score: CallScore
    score_key: str
    embeddings: NDArray[np.float32] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideEntry:
    """A file that could not be scored, and why. One entry a file."""

    file: str
    file_hash: str | None  # sha256 of its bytes; None when it could not be read at all
    reason: str
    stage: str
    hint: str = ""
    transient: bool = False  # worth trying again unchanged
    tries: int = 1
