"""Turning Whisper weights in CTranslate2's container into the state of an openai-whisper model.

The container (CTranslate2 `src/models/model.cc`, binary version 6, little endian): version, name of the specification,
its revision, then named variables (shape, type, bytes), then aliases. numpy maps it without that library.
"""

from __future__ import annotations

import json
import mmap
import struct
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import WeightsError

Tensors = dict[str, NDArray[Any]]

_VERSION = 6
_SPECIFICATION = "WhisperSpec"
_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}  # DataType in CTranslate2's types.h


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The sizes openai-whisper's `ModelDimensions` takes, under its names."""

    n_mels: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_vocab: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int


@dataclass(frozen=True, slots=True)
class WhisperState:
    """A model as openai-whisper keeps it; `alignment_heads` are (layer, head) pairs for word times."""

    dims: Dimensions
    tensors: Tensors  # openai-whisper's names; views into the mapped file
    alignment_heads: tuple[tuple[int, int], ...]

    @property
    def dims_dict(self) -> dict[str, int]:
        """The sizes by name."""
        return asdict(self.dims)


def read_whisper(folder: Path) -> WhisperState:
    """Read `model.bin` and `config.json` of a Whisper model in CTranslate2's form.

    Raises:
        WeightsError: the file is no such model, or is cut off.
    """
    try:
        variables = read_variables(folder / "model.bin")
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        heads = tuple((int(layer), int(head)) for layer, head in config["alignment_heads"])
        return WhisperState(_dimensions(variables), _renamed(variables), heads)
    except (struct.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise WeightsError(f"{folder} does not hold a Whisper model that can be read: {error}.") from error


def read_variables(path: Path) -> Tensors:
    """Return the container's variables by name, aliases left out, as views into the mapped file.

    Raises:
        ValueError, struct.error: it is another container, or is cut off.
    """
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    version, at = _number(data, 0, "<I")
    name, at = _text(data, at)
    if version != _VERSION or name != _SPECIFICATION:
        raise ValueError(f"a container of version {version} for {name!r}")
    count, at = _number(data, at + 4, "<I")  # the revision of the specification is skipped
    variables: Tensors = {}
    for _ in range(count):
        name, at = _text(data, at)
        variables[name], at = _variable(data, at)
    return variables


def _number(data: mmap.mmap, at: int, form: str) -> tuple[int, int]:
    return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)


def _text(data: mmap.mmap, at: int) -> tuple[str, int]:
    length, at = _number(data, at, "<H")
    return data[at : at + length].rstrip(b"\0").decode(), at + length


def _variable(data: mmap.mmap, at: int) -> tuple[NDArray[Any], int]:
    rank, at = _number(data, at, "<B")
    shape = struct.unpack_from(f"<{rank}I", data, at)
    kind, at = _number(data, at + 4 * rank, "<B")
    size, at = _number(data, at, "<I")
    if at + size > len(data):
        raise ValueError("the file is cut off")
    dtype = np.dtype(_TYPES[kind])
    return np.frombuffer(data, dtype, size // dtype.itemsize, at).reshape(shape), at + size


def _layers(variables: Tensors, side: str) -> int:
    return len({name.split("/")[1] for name in variables if name.startswith(f"{side}/layer_") and name.count("/") > 2})


def _dimensions(variables: Tensors) -> Dimensions:
    audio_ctx, audio_state = variables["encoder/position_encodings/encodings"].shape
    text_ctx, text_state = variables["decoder/position_encodings/encodings"].shape
    return Dimensions(
        n_mels=variables["encoder/conv1/weight"].shape[1],
        n_audio_ctx=audio_ctx,
        n_audio_state=audio_state,
        n_audio_head=int(variables["encoder/num_heads"]),
        n_audio_layer=_layers(variables, "encoder"),
        n_vocab=variables["decoder/embeddings/weight"].shape[0],
        n_text_ctx=text_ctx,
        n_text_state=text_state,
        n_text_head=int(variables["decoder/num_heads"]),
        n_text_layer=_layers(variables, "decoder"),
    )


def _renamed(variables: Tensors) -> Tensors:
    state = {
        "encoder.positional_embedding": variables["encoder/position_encodings/encodings"],
        "decoder.positional_embedding": variables["decoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": variables["decoder/embeddings/weight"],
        **_norm(variables, "encoder/layer_norm", "encoder.ln_post"),
        **_norm(variables, "decoder/layer_norm", "decoder.ln"),
    }
    for conv in ("conv1", "conv2"):
        state |= _linear(variables, f"encoder/{conv}", f"encoder.{conv}")
    for side in ("encoder", "decoder"):
        for layer in range(_layers(variables, side)):
            state |= _block(variables, f"{side}/layer_{layer}", f"{side}.blocks.{layer}", cross=side == "decoder")
    return state


def _block(variables: Tensors, old: str, new: str, *, cross: bool) -> Tensors:
    own = f"{old}/self_attention"
    state = {
        **_fused(variables, f"{own}/linear_0", (f"{new}.attn.query", f"{new}.attn.key", f"{new}.attn.value")),
        **_linear(variables, f"{own}/linear_1", f"{new}.attn.out"),
        **_norm(variables, f"{own}/layer_norm", f"{new}.attn_ln"),
        **_linear(variables, f"{old}/ffn/linear_0", f"{new}.mlp.0"),
        **_linear(variables, f"{old}/ffn/linear_1", f"{new}.mlp.2"),
        **_norm(variables, f"{old}/ffn/layer_norm", f"{new}.mlp_ln"),
    }
    if cross:
        other, name = f"{old}/attention", f"{new}.cross_attn"
        state |= _linear(variables, f"{other}/linear_0", f"{name}.query")
        state |= _fused(variables, f"{other}/linear_1", (f"{name}.key", f"{name}.value"))
        state |= _linear(variables, f"{other}/linear_2", f"{name}.out")
        state |= _norm(variables, f"{other}/layer_norm", f"{name}_ln")
    return state


def _linear(variables: Tensors, old: str, new: str) -> Tensors:
    return {f"{new}.weight": variables[f"{old}/weight"], f"{new}.bias": variables[f"{old}/bias"]}


def _norm(variables: Tensors, old: str, new: str) -> Tensors:
    return {f"{new}.weight": variables[f"{old}/gamma"], f"{new}.bias": variables[f"{old}/beta"]}


def _fused(variables: Tensors, old: str, names: tuple[str, ...]) -> Tensors:
    """Split a projection made of several. openai-whisper's key has no bias; here it must be zero."""
    state: Tensors = {}
    weights = np.split(variables[f"{old}/weight"], len(names))
    biases = np.split(variables[f"{old}/bias"], len(names))
    for name, weight, bias in zip(names, weights, biases, strict=True):
        state[f"{name}.weight"] = weight
        if not name.endswith(".key"):
            state[f"{name}.bias"] = bias
        elif np.any(bias):
            raise ValueError(f"{old} has a key bias, which openai-whisper has no place for")
    return state
