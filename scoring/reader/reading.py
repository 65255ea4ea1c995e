"""One conversation read: the chance of each role and of each label, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from scoring.calls import Role
from scoring.reader.labels import LABELS, ROLES
from scoring.reader.tokens import Piece, Tokenizer, numbers, pieces, windows

if TYPE_CHECKING:
    from scoring.reader.network import Network

FloatArray = npt.NDArray[np.float32]
DIMENSIONS = 384
READER_VERSION = "3"  # raised when code changes what is read with the same weights
ADAPTER = Path(__file__).parent / "model" / "adapter.safetensors"


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence of a turn, with the logit of each label: how far it shows what LABELS name."""

    turn: int
    start: int  # characters of the turn's text
    end: int
    logits: FloatArray  # (len(LABELS),)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of a conversation."""

    roles: FloatArray  # (n_turns, 3): log of the chance of agent, customer and system, in the order of ROLES
    shown: tuple[Shown, ...]  # sentence by sentence, in order
    vectors: FloatArray  # (n_turns, 384): the mean of what the model holds of each turn's sentences


class ConversationReader(Protocol):
    """Reads conversations."""

    fingerprint: str

    def read(self, texts: Sequence[str], roles: Sequence[Role] | None = None) -> Reading:
        """Read the turns of a conversation, in order; `roles` where they are known already."""
        ...


class MiniLmReader:
    """all-MiniLM-L6-v2 with callscore's adapter.

    Where the processor multiplies bfloat16 by itself this is used, for it is two to three times as fast; the logits
    differ in the third figure, and the fingerprint says which it was.
    """

    def __init__(self, network: Network, tokenizer: Tokenizer, fingerprint: str, *, bfloat16: bool = False) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._bfloat16 = bfloat16
        self._last: tuple[tuple[object, ...], Reading] | None = None
        self.fingerprint = f"{fingerprint}+{'bfloat16' if bfloat16 else 'float32'}"

    def read(self, texts: Sequence[str], roles: Sequence[Role] | None = None) -> Reading:
        """Read the turns of a conversation; see `ConversationReader`. The same again, at once, costs nothing."""
        asked = (tuple(texts), None if roles is None else tuple(roles))
        if self._last is None or self._last[0] != asked:
            self._last = asked, self._read(texts, roles)
        return self._last[1]

    def _read(self, texts: Sequence[str], roles: Sequence[Role] | None) -> Reading:
        found = pieces(texts)
        read = [numbers(texts[one.turn][one.start : one.end], self._tokenizer) for one in found]
        known = [Role.UNKNOWN if roles is None else roles[one.turn] for one in found]
        vectors, role, shows = self._run(read, known)
        return Reading(
            roles=_turn_roles(found, role, len(texts)),
            shown=tuple(Shown(one.turn, one.start, one.end, row) for one, row in zip(found, shows, strict=True)),
            vectors=_means(found, vectors, len(texts)),
        )

    def _run(self, read: Sequence[Sequence[int]], roles: Sequence[Role]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Vectors, logits of roles and of labels for each piece, from the window in which it stands most inside."""
        import torch

        from scoring.reader.network import batch

        count = len(read)
        made = [np.zeros((count, width), dtype=np.float32) for width in (DIMENSIONS, len(ROLES), len(LABELS))]
        inside = np.full(count, -1)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            for window in windows(read, roles):
                ids, _, means, places = batch([window], count)
                given = [each[0].float().numpy() for each in self._network(ids, None, means, places)]
                for at, piece in enumerate(window.pieces):
                    depth = _depth(at, window.pieces, count)
                    if depth > inside[piece]:
                        inside[piece] = depth
                        for kept, new in zip(made, given, strict=True):
                            kept[piece] = new[at]
        return made[0], made[1], made[2]


def _depth(at: int, inside: Sequence[int], count: int) -> int:
    """How many pieces stand around one in its window; the ends of the conversation cut nothing off."""
    before = at if inside[0] > 0 else count
    after = len(inside) - 1 - at if inside[-1] < count - 1 else count
    return min(before, after)


def _turn_roles(found: Sequence[Piece], logits: FloatArray, n_turns: int) -> FloatArray:
    """Log chances of a turn's role: those of its sentences multiplied; the same for all where it has no words."""
    total = np.zeros((n_turns, len(ROLES)), dtype=np.float32)
    for one, row in zip(found, logits, strict=True):
        total[one.turn] += row - np.logaddexp.reduce(row)
    return np.asarray(total - np.logaddexp.reduce(total, axis=1, keepdims=True), dtype=np.float32)


def _means(found: Sequence[Piece], vectors: FloatArray, n_turns: int) -> FloatArray:
    total = np.zeros((n_turns, DIMENSIONS), dtype=np.float32)
    count = np.bincount([one.turn for one in found], minlength=n_turns)[:, None]
    for one, row in zip(found, vectors, strict=True):
        total[one.turn] += row
    return np.asarray(total / np.maximum(count, 1), dtype=np.float32)


def load_reader(cache_dir: Path, adapter: Path = ADAPTER) -> ConversationReader:
    """Load the reader.

    Raises:
        WeightsError: the sentence model's weights or the adapter are missing or damaged.
    """
    from transformers import AutoTokenizer

    from scoring.reader.network import adapter_fingerprint, halve, load_network
    from scoring.weights import is_native, locate, published

    folder = locate("sentence-encoder", cache_dir)
    network = load_network(folder, adapter)
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    base = published("sentence-encoder").files[0].sha256
    native = is_native("bfloat16")
    if native:
        halve(network)
    return MiniLmReader(
        network, tokenizer, f"{READER_VERSION}+{base[:16]}+{adapter_fingerprint(adapter)[:16]}", bfloat16=native
    )
