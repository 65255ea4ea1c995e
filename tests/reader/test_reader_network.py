"""The network on a small scale: what a batch is, what an adapter adds, and which adapters it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from tiny_reader import WORDS_KNOWN, tiny_encoder, tiny_network

from scoring.calls import Role
from scoring.errors import WeightsError
from scoring.reader.adapt import Adapter, adaptable, learnt, loss
from scoring.reader.labels import LABELS, ROLES, shown_by
from scoring.reader.network import (
    ADAPTED,
    DIMENSIONS,
    PLACES,
    RANK,
    STRENGTH,
    Network,
    adapter_fingerprint,
    batch,
    load_network,
    merge,
    place,
)
from scoring.reader.tokens import FIRST_WORD, MARKS, Window, windows

Tensors = dict[str, torch.Tensor]
CLOSE = 2e-5


def made_windows(seed: int, count: int = 60) -> tuple[Window, ...]:
    """Windows over made sentences of many lengths."""
    draw = np.random.default_rng(seed)
    read = [draw.integers(1000, WORDS_KNOWN, draw.integers(1, 30)).tolist() for _ in range(count)]
    return windows(read, [list(MARKS)[draw.integers(4)] for _ in range(count)])


def run(network: Network, laid: tuple[Window, ...], count: int = 60) -> tuple[torch.Tensor, ...]:
    with torch.inference_mode():
        return network(*batch(laid, count))


@pytest.fixture(scope="module")
def learner() -> Network:
    """A network with adapters that add something, every number such that float16 can hold it."""
    network = adaptable(tiny_encoder(), 3).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.requires_grad:
                noise = 0.05 * torch.randn(parameter.shape) if name.endswith((".b", "Norm.weight")) else 0.0
                parameter.copy_((parameter + noise).half().float())
    return network


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small encoder as it lies on a disk."""
    path = tmp_path_factory.mktemp("encoder")
    tiny_encoder().save_pretrained(path)
    return path


# batches


@settings(max_examples=15)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_a_batch_takes_the_mean_over_each_piece(seed: int, most: int) -> None:
    laid = made_windows(seed)[:most]
    ids, mask, means, places = batch(laid, 60)
    assert ids.shape == mask.shape == (len(laid), means.shape[2])
    assert places.shape == (*means.shape[:2], PLACES)
    for row, window in enumerate(laid):
        size = len(window.ids)
        assert ids[row].tolist() == [*window.ids, *[0] * (ids.shape[1] - size)]
        assert mask[row].tolist() == [1.0] * size + [0.0] * (ids.shape[1] - size)
        there = torch.arange(means.shape[1]) < len(window.pieces)
        assert torch.allclose(means[row].sum(1), there.float())
        for at, piece in enumerate(window.pieces):
            mine = [i for i, owner in enumerate(window.owners) if owner == at]
            assert means[row, at].nonzero().flatten().tolist() == mine
            assert len(set(means[row, at, mine].tolist())) == 1
            assert places[row, at].tolist() == pytest.approx(place(piece, 60))


def test_padding_and_company_change_nothing() -> None:
    network, laid = tiny_network(), made_windows(1, 90)
    laid = (*laid[:3], Window(laid[0].ids[:9], laid[0].owners[:9], laid[0].pieces[: max(laid[0].owners[:9]) + 1]))
    together = run(network, laid, 90)
    for row, window in enumerate(laid):
        for alone, beside in zip(run(network, (window,), 90), together, strict=True):
            assert torch.allclose(alone[0], beside[row, : len(window.pieces)], atol=CLOSE)


def test_shapes_of_what_is_said() -> None:
    laid = made_windows(2)
    vectors, role, shows = run(tiny_network(), laid)
    assert vectors.shape[2] == DIMENSIONS
    assert role.shape[2] == len(ROLES)
    assert shows.shape[2] == len(LABELS)
    assert vectors.shape[:2] == role.shape[:2] == shows.shape[:2] == (len(laid), max(len(w.pieces) for w in laid))


def test_marks_are_added_to_their_numbers_alone() -> None:
    network = tiny_network()
    laid = made_windows(3)[1:2]  # not the first: the conversation does not begin in it
    before = run(network, laid)[0]
    used = {number for number in laid[0].ids if number < FIRST_WORD}
    with torch.no_grad():
        network.marks[sorted(set(range(FIRST_WORD)) - used)] += 1.0
    assert torch.equal(run(network, laid)[0], before)
    with torch.no_grad():
        network.marks[min(used)] += torch.randn(DIMENSIONS)  # a constant would be normed away
    assert not torch.allclose(run(network, laid)[0], before, atol=1e-3)


@given(st.integers(1, 500), st.data())
def test_a_place_is_numbers_between_nought_and_one(count: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, count - 1))
    found = place(index, count)
    mirrored = place(count - 1 - index, count)
    assert len(found) == PLACES
    assert all(0.0 <= each <= 1.0 for each in found)
    assert found[1:4] == mirrored[4:7]
    assert found[1:4] == sorted(found[1:4])  # near the end is nearish too


def test_places_by_hand() -> None:
    assert place(0, 1) == [0.0, 1, 1, 1, 1, 1, 1, 1 / 120]
    assert place(4, 61) == [4 / 60, 0, 1, 1, 0, 0, 0, 61 / 120]
    assert place(299, 300) == [1.0, 0, 0, 0, 1, 1, 1, 1.0]


@pytest.mark.parametrize("role", list(Role))
def test_who_can_show_what(role: Role) -> None:
    names = [LABELS[at] for at in shown_by(role)]
    assert len(LABELS) == len(set(LABELS))
    assert ("hold" in names) == (role in (Role.AGENT, Role.UNKNOWN))
    assert ("complaint" in names) == (role in (Role.CUSTOMER, Role.UNKNOWN))
    assert (names == []) == (role is Role.SYSTEM)


# adapters


def test_a_fresh_adapter_adds_nothing() -> None:
    linear = torch.nn.Linear(6, 4)
    adapter, x = Adapter(linear), torch.randn(3, 6)
    assert torch.equal(adapter(x), linear(x))
    with torch.no_grad():
        adapter.b += 1.0
    assert not torch.allclose(adapter(x), linear(x))


def test_only_adapters_norms_and_own_layers_learn(learner: Network) -> None:
    learning = {name for name, parameter in learner.named_parameters() if parameter.requires_grad}
    own = {"marks", "role.weight", "role.bias", "shows.weight", "shows.bias"}
    inside = "encoder.encoder.layer."
    assert own <= learning
    assert all(name.startswith(inside) for name in learning - own)
    assert all(name.endswith((".a", ".b")) or "LayerNorm" in name for name in learning - own)
    assert sum(name.endswith(".a") for name in learning) == 2 * len(ADAPTED)
    assert not any("word_embeddings" in name for name in learning)


def test_merged_is_the_same_as_kept_apart(learner: Network, folder: Path, tmp_path: Path) -> None:
    save_file(learnt(learner), tmp_path / "adapter.safetensors")
    merged = load_network(folder, tmp_path / "adapter.safetensors")
    assert not any(isinstance(module, Adapter) for module in merged.modules())
    laid = made_windows(4)
    for one, other in zip(run(merged, laid), run(learner, laid), strict=True):
        assert torch.allclose(one, other, atol=1e-4)
    bare = Network(tiny_encoder()).eval()
    assert not torch.allclose(run(bare, laid)[0], run(merged, laid)[0], atol=0.1)


def test_what_is_merged_is_the_product_of_both_parts(learner: Network) -> None:
    tensors = {name: tensor.float() for name, tensor in learnt(learner).items()}
    network, before = Network(tiny_encoder()), tiny_encoder()
    merge(network, tensors)
    for number in range(2):
        for name in ADAPTED:
            added = network.encoder.encoder.layer[number].get_submodule(name).weight
            was = before.encoder.layer[number].get_submodule(name).weight
            down, up = tensors[f"{number}.{name}.a"], tensors[f"{number}.{name}.b"]
            assert down.shape[0] == up.shape[1] == RANK
            assert torch.allclose(added - was, STRENGTH / RANK * up @ down, atol=1e-5)


def test_learnt_is_small_and_half_as_wide(learner: Network) -> None:
    kept = learnt(learner)
    assert {tensor.dtype for tensor in kept.values()} == {torch.float16}
    assert not any("embedding" in name for name in kept)
    assert sum(tensor.numel() for tensor in kept.values()) == sum(
        parameter.numel() for parameter in learner.parameters() if parameter.requires_grad
    )


def _without(name: str) -> Callable[[Tensors], Tensors]:
    return lambda kept: {key: tensor for key, tensor in kept.items() if key != name}


def _other(name: str, *shape: int) -> Callable[[Tensors], Tensors]:
    return lambda kept: {**kept, name: torch.zeros(shape, dtype=torch.float16)}


FOREIGN = {
    "no marks": _without("marks"),
    "no role": _without("role.weight"),
    "half an adapter": _without("1.output.dense.b"),
    "no norm": _without("0.output.LayerNorm.bias"),
    "a third layer": _other("2.output.dense.a", RANK, 64),
    "another rank": lambda kept: {
        **_other("0.output.dense.a", 2, 64)(kept),
        "0.output.dense.b": torch.zeros(DIMENSIONS, 2),
    },
    "a part that torch would stretch": _other("0.output.LayerNorm.weight", 1),
    "a row that torch would repeat": _other("0.output.dense.b", 1, RANK),
    "fewer labels": _other("shows.bias", len(LABELS) - 1),
    "other places": _other("role.weight", len(ROLES), DIMENSIONS),
    "nothing": lambda _: {},
}


@pytest.mark.parametrize("change", FOREIGN)
def test_an_adapter_of_another_network_is_refused(change: str, learner: Network, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "adapter.safetensors"
    save_file(FOREIGN[change](learnt(learner)), path)
    with pytest.raises(WeightsError, match="made for another network") as caught:
        load_network(folder, path)
    assert caught.value.hint


@pytest.mark.parametrize("damage", ["gone", "empty", "noise", "cut"])
def test_a_damaged_adapter_is_said_to_be_so(damage: str, learner: Network, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "adapter.safetensors"
    save_file(learnt(learner), path)
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "noise": b"\x07\xff" * 500, "cut": whole[: len(whole) // 2]}[damage])
    with pytest.raises(WeightsError, match="cannot be read") as caught:
        load_network(folder, path)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_a_folder_without_an_encoder_is_said_to_be_so(learner: Network, tmp_path: Path) -> None:
    save_file(learnt(learner), tmp_path / "adapter.safetensors")
    with pytest.raises(WeightsError, match="cannot be loaded") as caught:
        load_network(tmp_path, tmp_path / "adapter.safetensors")
    assert "\n" not in caught.value.hint


@pytest.mark.parametrize("damage", [b"", b"\x07\xff" * 500])
def test_a_damaged_encoder_is_said_to_be_so(damage: bytes, learner: Network, tmp_path: Path) -> None:
    save_file(learnt(learner), tmp_path / "adapter.safetensors")
    tiny_encoder().save_pretrained(tmp_path / "encoder")
    (tmp_path / "encoder" / "model.safetensors").write_bytes(damage)
    with pytest.raises(WeightsError, match="cannot be loaded"):
        load_network(tmp_path / "encoder", tmp_path / "adapter.safetensors")


def test_another_adapter_has_another_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "adapter.safetensors"
    assert adapter_fingerprint(path) == "none"
    prints = {"none"}
    for content in (b"one", b"two"):
        path.write_bytes(content)
        prints.add(adapter_fingerprint(path))
    assert len(prints) == 3


# losses


def _said(seed: int) -> Tensors:
    torch.manual_seed(seed)
    size = (2, 5)
    return {
        "role": torch.randn(*size, 3, requires_grad=True),
        "shows": torch.randn(*size, len(LABELS), requires_grad=True),
        "said_by": torch.randint(-1, 3, size),
        "shown": (torch.rand(*size, len(LABELS)) < 0.2).float(),
        "judged": (torch.rand(*size, len(LABELS)) < 0.5).float(),
    }


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_learnt_where_nothing_is_known(seed: int) -> None:
    given = _said(seed)
    loss(**given).backward()  # type: ignore[no-untyped-call]
    assert given["role"].grad is not None
    assert given["shows"].grad is not None
    assert torch.equal(given["role"].grad.abs().sum(-1) > 0, given["said_by"] >= 0)
    assert torch.equal(given["shows"].grad != 0, given["judged"] > 0)


@pytest.mark.parametrize("seed", range(5))
def test_one_step_against_the_slope_makes_the_loss_smaller(seed: int) -> None:
    given = _said(seed)
    before = loss(**given)
    before.backward()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for name in ("role", "shows"):
            given[name] -= 0.1 * given[name].grad  # type: ignore[operator]
    assert loss(**given) < before


def test_without_anything_known_there_is_no_loss() -> None:
    given = _said(0)
    nobody, nothing = torch.full((2, 5), -1), torch.zeros_like(given["judged"])
    found = loss(given["role"], given["shows"], nobody, given["shown"], nothing)
    assert float(found) == 0.0
    assert not found.requires_grad


def test_the_loss_of_knowing_nothing_by_hand() -> None:
    """Even logits cost log 3 for a role and log 2 for a label, which weighs eight times."""
    role, shows = torch.zeros(1, 2, 3), torch.zeros(1, 2, len(LABELS))
    judged = torch.zeros(1, 2, len(LABELS))
    judged[0, 0, :4] = 1
    found = loss(role, shows, torch.tensor([[0, -1]]), torch.zeros_like(judged), judged)
    assert float(found) == pytest.approx(np.log(3) + 8 * np.log(2), rel=1e-5)
