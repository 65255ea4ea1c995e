"""Cheaper arithmetic says nearly the same, and the same for a row whatever stands beside it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest
import torch
import whisper
from torch import nn

from scoring.transcribe.decoder import Vocabulary, decode_greedily
from scoring.transcribe.encoder import Encoder
from scoring.transcribe.fast_model import compute_type
from scoring.transcribe.layers import TextLayers
from scoring.transcribe.precision import Linear, Precision, precision_for

NATIVE = precision_for("cpu")
needs_integers = pytest.mark.skipif(not NATIVE.integers, reason="this processor has no 8-bit dot product")
WAYS = [Precision("cpu"), Precision("cpu", short=torch.bfloat16)]
WAYS += [Precision("cpu", integers=True), Precision("cpu", integers=True, short=torch.bfloat16)] * NATIVE.integers


@lru_cache
def model() -> Any:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    return whisper.Whisper(whisper.ModelDimensions(80, 1500, 64, 2, 2, 51865, 448, 64, 2, 2)).eval()


@lru_cache
def mel(n_windows: int) -> torch.Tensor:
    return torch.randn(n_windows, 80, 3000, generator=torch.Generator().manual_seed(2))


@needs_integers
def test_integers_are_close() -> None:
    torch.manual_seed(3)
    layers = [nn.Linear(48, 32), nn.Linear(48, 16, bias=False)]
    x = torch.randn(2, 30, 48) * torch.logspace(-6, 6, 30)[:, None]  # rows of very different size
    with torch.inference_mode():
        exact, found = torch.cat([layer(x) for layer in layers], dim=-1), Linear(layers, integers=True)(x)
    apart = (found - exact).norm(dim=-1) / exact.norm(dim=-1)
    assert apart.max() < 0.02


@needs_integers
def test_a_row_of_zeros_gives_the_bias() -> None:
    layer = nn.Linear(16, 8)
    with torch.inference_mode():
        assert torch.equal(Linear((layer,), integers=True)(torch.zeros(3, 16)), layer.bias.expand(3, 8))


@needs_integers
@pytest.mark.parametrize("count", [1, 2, 7, 8, 33])
def test_a_row_depends_on_itself_alone(count: int) -> None:
    torch.manual_seed(5)
    linear = Linear((nn.Linear(512, 700),), integers=True)
    rows = torch.randn(40, 512)
    with torch.inference_mode():
        assert torch.equal(linear(rows)[:count], linear(rows[:count]))


def test_without_integers_it_is_the_layer() -> None:
    layer = nn.Linear(16, 8)
    x = torch.randn(3, 16)
    with torch.inference_mode():
        assert torch.equal(Linear((layer,), integers=False)(x), layer(x))
        assert torch.equal(Linear.of(layer.weight, integers=False)(x), x @ layer.weight.T)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_encoder_is_openai_whispers(way: Precision) -> None:
    with torch.inference_mode():
        exact = model().encoder(mel(1))
    found = Encoder(model(), way)(mel(1))
    assert (found - exact).norm() / exact.norm() < (1e-4 if way == Precision("cpu") else 0.05)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_company_changes_nothing_that_is_said(way: Precision) -> None:
    layers = TextLayers(model(), ((0, 0), (1, 1)), way)
    words = Vocabulary((50258, 50259, 50359, 50363), 50361, 50257, 50362, tuple(range(50257, 51865)), (220,))
    features = Encoder(model(), way)(mel(3))
    together = decode_greedily(layers, features, words, [], [20] * 3)
    for at, one in enumerate(together):
        (alone,) = decode_greedily(layers, features[at : at + 1], words, [], [20])
        assert alone.tokens == one.tokens


def test_the_name_tells_the_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    able: dict[str, bool] = {"avx512_vnni": True, "avx512_bf16": True}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert precision_for("cpu").name == "cpu int8 bfloat16"
    able.clear()
    assert precision_for("cpu").name == precision_for("cpu", "float32").name == "cpu float32"
    able["avx_vnni"] = True
    assert precision_for("cpu").name == "cpu int8 float32"
    assert precision_for("cpu", "float32").name == "cpu float32"
    assert precision_for("cuda").name == "cuda float16"
    kinds = [
        compute_type(precision_for(device, wanted)) for device in ("cpu", "cuda") for wanted in ("auto", "float32")
    ]
    assert kinds == ["int8", "float32", "int8_float16", "float32"]
