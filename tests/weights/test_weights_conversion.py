"""Whisper weights in CTranslate2's container become the very same openai-whisper model again."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
import whisper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.errors import WeightsError
from scoring.settings import Settings, TranscribeSettings
from scoring.weights import checkpoint, whisper_checkpoint, whisper_key
from scoring.weights.ctranslate import Tensors, read_variables, read_whisper

DIMS = {
    "n_mels": 80,
    "n_audio_ctx": 6,
    "n_audio_state": 8,
    "n_audio_head": 2,
    "n_audio_layer": 1,
    "n_vocab": 11,
    "n_text_ctx": 5,
    "n_text_state": 8,
    "n_text_head": 4,
    "n_text_layer": 2,
}
CODES = {np.dtype(np.float32): 0, np.dtype(np.int8): 1, np.dtype(np.int16): 2, np.dtype(np.float16): 4}


@lru_cache
def tiny_state() -> dict[str, torch.Tensor]:
    """A tiny model's tensors in half precision, as they are published."""
    torch.manual_seed(0)
    model = whisper.Whisper(whisper.ModelDimensions(**DIMS))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return {name: tensor.half() for name, tensor in model.state_dict().items()}


def container_of(state: dict[str, torch.Tensor]) -> Tensors:
    """The other direction, written from the names on CTranslate2's side: an oracle, not the code under test."""
    out: Tensors = {
        "encoder/num_heads": np.int16(DIMS["n_audio_head"]),  # type: ignore[dict-item]
        "decoder/num_heads": np.int16(DIMS["n_text_head"]),  # type: ignore[dict-item]
        "decoder/embeddings/weight": state["decoder.token_embedding.weight"].numpy(),
    }

    def copy(to: str, name: str, kinds: tuple[str, str]) -> None:
        out[f"{to}/{kinds[0]}"], out[f"{to}/{kinds[1]}"] = (
            state[f"{name}.weight"].numpy(),
            state[f"{name}.bias"].numpy(),
        )

    def fuse(to: str, names: list[str]) -> None:
        out[f"{to}/weight"] = np.concatenate([state[f"{name}.weight"].numpy() for name in names])
        zero = torch.zeros(8, dtype=torch.half)
        out[f"{to}/bias"] = np.concatenate([state.get(f"{name}.bias", zero).numpy() for name in names])

    for side, norm, layers in (("encoder", "ln_post", 1), ("decoder", "ln", 2)):
        out[f"{side}/position_encodings/encodings"] = state[f"{side}.positional_embedding"].numpy()
        copy(f"{side}/layer_norm", f"{side}.{norm}", ("gamma", "beta"))
        for layer in range(layers):
            old, new = f"{side}.blocks.{layer}", f"{side}/layer_{layer}"
            fuse(f"{new}/self_attention/linear_0", [f"{old}.attn.{name}" for name in ("query", "key", "value")])
            copy(f"{new}/self_attention/linear_1", f"{old}.attn.out", ("weight", "bias"))
            copy(f"{new}/self_attention/layer_norm", f"{old}.attn_ln", ("gamma", "beta"))
            copy(f"{new}/ffn/linear_0", f"{old}.mlp.0", ("weight", "bias"))
            copy(f"{new}/ffn/linear_1", f"{old}.mlp.2", ("weight", "bias"))
            copy(f"{new}/ffn/layer_norm", f"{old}.mlp_ln", ("gamma", "beta"))
            if side == "decoder":
                copy(f"{new}/attention/linear_0", f"{old}.cross_attn.query", ("weight", "bias"))
                fuse(f"{new}/attention/linear_1", [f"{old}.cross_attn.{name}" for name in ("key", "value")])
                copy(f"{new}/attention/linear_2", f"{old}.cross_attn.out", ("weight", "bias"))
                copy(f"{new}/attention/layer_norm", f"{old}.cross_attn_ln", ("gamma", "beta"))
    for conv in ("conv1", "conv2"):
        copy(f"encoder/{conv}", f"encoder.{conv}", ("weight", "bias"))
    return out


def written(variables: Tensors, *, version: int = 6, name: str = "WhisperSpec") -> bytes:
    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    out = struct.pack("<I", version) + text(name) + struct.pack("<II", 3, len(variables))
    for key, value in variables.items():
        array = np.asarray(value)
        out += text(key) + struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        out += struct.pack("<BI", CODES[array.dtype], array.nbytes) + array.tobytes()
    return out + struct.pack("<I", 1) + text("decoder/projection/weight") + text("decoder/embeddings/weight")


@lru_cache
def good_container() -> bytes:
    return written(container_of(tiny_state()))


def laid(folder: Path, container: bytes, config: str = '{"alignment_heads": [[1, 0], [1, 3]]}') -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.bin").write_bytes(container)
    (folder / "config.json").write_text(config)
    return folder


def test_every_tensor_comes_back_bit_for_bit(tmp_path: Path) -> None:
    found = read_whisper(laid(tmp_path, good_container()))
    assert found.dims_dict == DIMS
    assert found.alignment_heads == ((1, 0), (1, 3))
    assert found.tensors.keys() == tiny_state().keys()
    for name, tensor in tiny_state().items():
        np.testing.assert_array_equal(found.tensors[name], tensor.numpy(), err_msg=name)


def test_openai_whisper_takes_the_result_as_its_own(tmp_path: Path) -> None:
    found = read_whisper(laid(tmp_path, good_container()))
    model = whisper.Whisper(whisper.ModelDimensions(**found.dims_dict))
    missing = model.load_state_dict({name: torch.tensor(array) for name, array in found.tensors.items()})
    assert not missing.missing_keys
    assert not missing.unexpected_keys


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_off_anywhere_is_refused(share: float, tmp_path: Path) -> None:
    whole = good_container()
    # the aliases at the end are not needed; everything before them is
    cut = whole[: int(share * (len(whole) - 60))]
    with pytest.raises(WeightsError, match="does not hold a Whisper model"):
        read_whisper(laid(tmp_path, cut))


@pytest.mark.parametrize(
    "container",
    [
        written({}),
        written({}, version=5),
        written({}, name="TransformerSpec"),
        b"RIFF and the rest of something else",
    ],
)
def test_other_files_are_refused(tmp_path: Path, container: bytes) -> None:
    with pytest.raises(WeightsError, match="does not hold a Whisper model"):
        read_whisper(laid(tmp_path, container))


@pytest.mark.parametrize("config", ["", "{}", '{"alignment_heads": [[1]]}', '{"alignment_heads": 3}'])
def test_a_config_without_alignment_heads_is_refused(tmp_path: Path, config: str) -> None:
    with pytest.raises(WeightsError, match="does not hold a Whisper model"):
        read_whisper(laid(tmp_path, good_container(), config))


def test_a_key_bias_has_no_place_and_is_refused(tmp_path: Path) -> None:
    variables = container_of(tiny_state())
    bias = variables["encoder/layer_0/self_attention/linear_0/bias"].copy()
    bias[8] = 1  # the second third belongs to the key
    variables["encoder/layer_0/self_attention/linear_0/bias"] = bias
    with pytest.raises(WeightsError, match="key bias"):
        read_whisper(laid(tmp_path, written(variables)))


def test_variables_keep_shape_and_type(tmp_path: Path) -> None:
    values: Tensors = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array([1, -2], dtype=np.int8),
        "c/d": np.ones((2, 1, 2), dtype=np.float16),
    }
    (tmp_path / "x").write_bytes(written(values))
    for name, array in read_variables(tmp_path / "x").items():
        np.testing.assert_array_equal(array, values[name])
        assert array.dtype == values[name].dtype


class TestCheckpoint:
    """Which checkpoint is used, in which order."""

    @pytest.fixture(autouse=True)
    def _published(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = laid(tmp_path / "folder", good_container())
        monkeypatch.setattr(checkpoint, "locate", lambda *_: folder)

    @staticmethod
    def settings(tmp_path: Path, weights: Path | None = None, *, download: bool = False) -> Settings:
        return Settings(cache_dir=tmp_path / "cache", transcribe=TranscribeSettings(weights=weights, download=download))

    @staticmethod
    def known_to_whisper(monkeypatch: pytest.MonkeyPatch, content: bytes, source: Path) -> None:
        """Let openai-whisper know a model of ours, at an address on this machine."""
        from hashlib import sha256

        folder = source / sha256(content).hexdigest()
        folder.mkdir(parents=True)
        (folder / "base.pt").write_bytes(content)
        monkeypatch.setitem(whisper._MODELS, "base", f"{folder.as_uri()}/base.pt")

    def test_a_path_comes_first(self, tmp_path: Path) -> None:
        own = tmp_path / "own.pt"
        own.write_bytes(b"own")
        found = whisper_checkpoint("base", self.settings(tmp_path, own))
        assert (found.path, found.source) == (own, "settings")

    def test_a_path_to_nothing_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match="not a file"):
            whisper_checkpoint("base", self.settings(tmp_path, tmp_path / "no.pt"))

    def test_whispers_own_cache_comes_second(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known_to_whisper(monkeypatch, b"theirs", tmp_path / "web")
        cache = Path.home() / ".cache" / "whisper"
        cache.mkdir(parents=True)
        (cache / "base.pt").write_bytes(b"theirs")
        found = whisper_checkpoint("base", self.settings(tmp_path))
        assert (found.path, found.source) == (cache / "base.pt", "whisper")

    def test_a_spoilt_file_in_whispers_cache_is_passed_by(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.known_to_whisper(monkeypatch, b"theirs", tmp_path / "web")
        cache = Path.home() / ".cache" / "whisper"
        cache.mkdir(parents=True)
        (cache / "base.pt").write_bytes(b"spoilt")
        assert whisper_checkpoint("base", self.settings(tmp_path)).source == "packages"

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # whisper leaves its file open
    def test_downloading_is_done_only_when_asked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known_to_whisper(monkeypatch, b"theirs", tmp_path / "web")
        assert whisper_checkpoint("base", self.settings(tmp_path)).source == "packages"
        found = whisper_checkpoint("base", self.settings(tmp_path, download=True))
        assert found.source == "whisper"
        assert found.path.read_bytes() == b"theirs"

    def test_a_failed_download_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(whisper._MODELS, "base", (tmp_path / "gone" / "0" / "base.pt").as_uri())
        with pytest.raises(WeightsError, match="could not download"):
            whisper_checkpoint("base", self.settings(tmp_path, download=True))

    def test_packages_are_converted_once_and_load_without_running_code(self, tmp_path: Path) -> None:
        settings = self.settings(tmp_path)
        first = whisper_checkpoint("base", settings)
        changed = first.path.stat().st_mtime_ns
        assert whisper_checkpoint("base", settings) == first
        assert first.path.stat().st_mtime_ns == changed
        loaded = torch.load(first.path, weights_only=True)
        assert loaded["dims"] == DIMS
        assert loaded["alignment_heads"] == [[1, 0], [1, 3]]
        model = whisper.load_model(str(first.path), device="cpu")
        assert model.dims.n_vocab == DIMS["n_vocab"]

    def test_the_hash_is_the_published_one(self, tmp_path: Path) -> None:
        assert whisper_checkpoint("base", self.settings(tmp_path)).sha256.startswith("d01c3014")

    def test_a_spoilt_conversion_is_made_again(self, tmp_path: Path) -> None:
        settings = self.settings(tmp_path)
        path = whisper_checkpoint("base", settings).path
        good = path.read_bytes()
        path.write_bytes(b"spoilt")
        assert whisper_checkpoint("base", settings).path.read_bytes() == good

    @pytest.mark.parametrize(("model", "hint"), [("bas", "'base'"), ("small", "download")])
    def test_a_model_that_no_package_has(self, tmp_path: Path, model: str, hint: str) -> None:
        with pytest.raises(WeightsError) as caught:
            whisper_checkpoint(model, self.settings(tmp_path))
        assert hint in caught.value.hint


def test_keys_of_whisper_models() -> None:
    assert whisper_key("base") == "whisper-base"
    assert whisper_key("tiny.en") == "whisper-tiny.en"
    assert whisper_key("large") is None


@pytest.mark.models
def test_the_published_base_model_loads_and_answers() -> None:
    found = whisper_checkpoint("base", Settings())
    model = whisper.load_model(str(found.path), device="cpu")
    tokens = torch.tensor([[50258, 50259, 50359, 50363]])
    with torch.inference_mode():
        logits = model.logits(tokens, model.encoder(torch.zeros(1, 80, 3000)))
    assert logits.shape == (1, 4, 51865)
    assert found.source == "packages"
    assert torch.isfinite(logits).all()
