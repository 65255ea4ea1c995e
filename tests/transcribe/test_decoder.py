"""Our loops against openai-whisper's own decoding, with a small model of random weights."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch
import whisper
from whisper.decoding import DecodingOptions, DecodingTask
from whisper.model import disable_sdpa

from scoring.transcribe.beam import decode_with_beam
from scoring.transcribe.decoder import Vocabulary, decode_greedily
from scoring.transcribe.layers import TextLayers
from scoring.transcribe.precision import Precision

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # whisper leaves its vocabulary's file open
    pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning"),  # and gives numpy lists of tensors
]

HEADS = ((0, 1), (1, 0), (1, 3))


@lru_cache
def model() -> Any:
    torch.manual_seed(4)
    torch.set_num_threads(1)
    dims = whisper.ModelDimensions(80, 60, 32, 2, 1, 51865, 448, 32, 4, 2)
    made = whisper.Whisper(dims).eval()
    for name, parameter in made.named_parameters():
        if "bias" in name or "ln" in name:
            continue
        torch.nn.init.normal_(parameter, std=0.3)
    return made


@lru_cache
def layers() -> TextLayers:
    return TextLayers(model(), HEADS, Precision("cpu"))


@lru_cache
def features(n_windows: int) -> torch.Tensor:
    return torch.randn(n_windows, 60, 32, generator=torch.Generator().manual_seed(7))


def task(prompt: str, length: int, beam: int | None = None) -> DecodingTask:
    options = DecodingOptions(
        language="en", without_timestamps=True, fp16=False, sample_len=length, prompt=prompt or None, beam_size=beam
    )
    return DecodingTask(model(), options)


def vocabulary(of: DecodingTask) -> Vocabulary:
    tokenizer = of.tokenizer
    return Vocabulary(
        start=tuple(tokenizer.sot_sequence_including_notimestamps),
        before_prompt=tokenizer.sot_prev,
        end=tokenizer.eot,
        no_speech=tokenizer.no_speech,
        never=tuple(of._get_suppress_tokens()),
        not_first=(*tokenizer.encode(" "), tokenizer.eot),
    )


def prompt_tokens(of: DecodingTask, prompt: str) -> list[int]:
    return of.tokenizer.encode(" " + prompt) if prompt else []


@pytest.mark.parametrize("prompt", ["", "Acme. Agent Maya, customer Tom."])
@pytest.mark.parametrize("n_windows", [1, 3])
def test_the_text_is_openai_whispers(prompt: str, n_windows: int) -> None:
    theirs = task(prompt, 20)
    expected = theirs.run(features(n_windows))
    ours = decode_greedily(
        layers(), features(n_windows), vocabulary(theirs), prompt_tokens(theirs, prompt), [20] * n_windows
    )
    for one, other in zip(ours, expected, strict=True):
        assert list(one.tokens) == other.tokens
        assert one.no_speech == pytest.approx(other.no_speech_prob, rel=1e-3)


@pytest.mark.parametrize("prompt", ["", "Acme. Agent Maya, customer Tom."])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_beam_finds_openai_whispers_text(prompt: str, width: int) -> None:
    theirs = task(prompt, 20, width)
    expected = [theirs.run(features(3)[at : at + 1])[0] for at in range(3)]  # it cannot search several at once
    ours = decode_with_beam(
        layers(), features(3), vocabulary(theirs), prompt_tokens(theirs, prompt), [20] * 3, width=width
    )
    for one, other in zip(ours, expected, strict=True):
        assert list(one.tokens) == other.tokens
        assert one.no_speech == pytest.approx(other.no_speech_prob, rel=1e-3)


def test_a_beam_of_one_is_greedy() -> None:
    words = vocabulary(task("", 15))
    greedy = decode_greedily(layers(), features(3), words, [], [15, 4, 15])
    beams = decode_with_beam(layers(), features(3), words, [], [15, 4, 15], width=1)
    for one, other in zip(beams, greedy, strict=True):
        assert one.tokens == other.tokens
        np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-3)
        if other.finished:
            np.testing.assert_allclose(one.attention, other.attention, rtol=1e-3, atol=2e-4)
            assert one.mean_logprob == pytest.approx(other.mean_logprob, rel=1e-3)


@pytest.mark.parametrize("loop", [decode_greedily, decode_with_beam])
def test_the_attention_is_that_of_a_second_pass_over_the_found_text(loop: Any) -> None:
    theirs = task("", 12)
    (found,) = loop(layers(), features(1), vocabulary(theirs), [], [12])
    seen: dict[int, torch.Tensor] = {}
    hooks = [
        block.cross_attn.register_forward_hook(lambda _, __, out, layer=layer: seen.__setitem__(layer, out[1][0]))
        for layer, block in enumerate(model().decoder.blocks)
    ]
    start = theirs.tokenizer.sot_sequence_including_notimestamps
    with torch.no_grad(), disable_sdpa():
        logits = model().decoder(torch.tensor([[*start, *found.tokens]]), features(1))[0]
    for hook in hooks:
        hook.remove()
    expected = torch.stack([seen[layer][head] for layer, head in HEADS])[:, len(start) - 1 :]
    np.testing.assert_allclose(found.attention, expected.numpy(), rtol=1e-3, atol=2e-4)
    logits[:, list(vocabulary(theirs).never)] = -torch.inf
    chances = logits.softmax(dim=-1)[len(start) : len(start) + 11]
    by_hand = chances[range(11), list(found.tokens[1:])].numpy()
    np.testing.assert_allclose(found.probabilities[1:], by_hand, rtol=1e-3)


@pytest.mark.parametrize("loop", [decode_greedily, decode_with_beam])
def test_a_window_alone_and_in_company_says_the_same(loop: Any) -> None:
    words = vocabulary(task("", 10))
    together = loop(layers(), features(3), words, [], [10, 3, 10])
    for index, limit in enumerate((10, 3, 10)):
        (alone,) = loop(layers(), features(3)[index : index + 1], words, [], [limit])
        assert alone.tokens == together[index].tokens
        np.testing.assert_allclose(alone.attention, together[index].attention, rtol=1e-3, atol=2e-4)


@pytest.mark.parametrize("loop", [decode_greedily, decode_with_beam])
def test_a_limit_is_kept_and_told(loop: Any) -> None:
    (found,) = loop(layers(), features(1), vocabulary(task("", 5)), [], [5])
    assert len(found.tokens) == len(found.probabilities) == 5
    assert found.attention.shape == (len(HEADS), 6, 60)
    assert not found.finished


def test_the_end_of_text_ends_it() -> None:
    words = vocabulary(task("", 5))
    everything_else = tuple(token for token in range(51865) if token not in (11, words.end))
    only = Vocabulary(words.start, words.before_prompt, words.end, words.no_speech, everything_else, (words.end,))
    (found,) = decode_greedily(layers(), features(1), only, [], [50])
    assert found.tokens[:1] == (11,)
    assert set(found.tokens) == {11}
    assert found.attention.shape[1] == len(found.tokens) + 1
    assert found.finished == (len(found.tokens) < 50)


@pytest.mark.parametrize("loop", [decode_greedily, decode_with_beam])
def test_forbidden_tokens_are_never_said(loop: Any) -> None:
    words = vocabulary(task("", 15))
    found = loop(layers(), features(3), words, [], [15] * 3)
    assert not {token for one in found for token in one.tokens} & {*words.never, words.end}


def test_a_prompt_leaves_room_for_text() -> None:
    words = vocabulary(task("", 5))
    found = decode_greedily(layers(), features(1), words, [220] * 440, [100])
    assert 0 < len(found[0].tokens) <= 448 - 441 - 4
    assert decode_with_beam(layers(), features(1), words, [220] * 440, [100])[0].tokens
