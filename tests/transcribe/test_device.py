"""Where a model runs and how much at once. No GPU is needed: what torch would say of one is made up."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from scoring.transcribe.device import device_for, windows_at_once
from scoring.transcribe.heard import BATCH, Decoded, Heard, InBatches
from scoring.transcribe.packing import Piece, Window

BASE = (6, 512)  # layers and width
LARGE = (32, 1280)


def test_the_cpu_is_taken_without_a_word_where_there_is_no_gpu(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_for("auto") == device_for("cpu") == "cpu"
    assert not caplog.records


def test_a_gpu_that_was_asked_for_and_is_not_there_is_missed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_for("cuda") == "cpu"
    assert "torch finds none" in caplog.text


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_a_gpu_that_does_not_answer_is_not_used(
    wanted: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nSee the manual")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "zeros", full)
    assert device_for(wanted) == "cpu"  # type: ignore[arg-type]
    assert "(CUDA out of memory.)" in caplog.text


def test_the_free_memory_says_how_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def windows(gigabytes: float, sizes: tuple[int, int]) -> int:
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (int(gigabytes * 2**30), (80 * 2**30)))
        return windows_at_once("cuda", *sizes)

    assert [windows(gigabytes, BASE) for gigabytes in (0.0, 0.2, 1, 4, 80)] == [1, 1, 4, 16, 64]
    assert [windows(gigabytes, LARGE) for gigabytes in (4, 16, 80)] == [2, 8, 32]
    assert windows_at_once("cpu", *LARGE) == BATCH


class Small(InBatches):
    """A GPU with room for two windows."""

    def __init__(self, room: int = 2) -> None:
        self.batch, self.room, self.heard = 8, room, []  # type: ignore[var-annotated]

    def _hear_batch(
        self, windows: Sequence[Window], channels: Sequence[np.ndarray], language: str, prompt: str
    ) -> list[Heard]:
        if len(windows) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
        self.heard.append(len(windows))
        nothing = Decoded((), np.zeros(0, np.float32), 0.0, 0.0, 1.0, np.zeros((1, 0, 1), np.float16), True)
        return [Heard(window, nothing, "", ()) for window in windows]

    def _languages_of_batch(self, windows: Sequence[Window], channels: Sequence[np.ndarray]) -> list[dict[str, float]]:
        return [{"en": 1.0} for _ in windows]


WINDOWS = [Window(0, (Piece(at, at + 1, 0),)) for at in range(7)]


def test_a_full_gpu_gets_less_at_once_and_nothing_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    listener = Small()
    with caplog.at_level(logging.WARNING):
        assert [one.window for one in listener.hear(WINDOWS, [], "en")] == WINDOWS
    assert listener.heard == [2, 2, 2, 1]
    assert [record.args for record in caplog.records] == [(4, 8), (2, 4)]


def test_what_does_not_fit_at_all_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="out of memory"):
        Small(room=0).hear(WINDOWS, [], "en")


def test_other_errors_are_not_swallowed() -> None:
    class Broken(Small):
        def _languages_of_batch(self, *_: object) -> list[dict[str, float]]:
            raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="size mismatch"):
        Broken().languages(WINDOWS, [])
