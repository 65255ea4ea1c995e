"""Lines where there is no terminal: seldom, on stderr, and with a time left that is believable."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.progress import LINE_EVERY_S, BatchProgress


class Clock:
    """A monotonic clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "monotonic", made)
    return made


def run(total: int, seconds: Iterable[float], clock: Clock, *, quiet: bool = False) -> None:
    with BatchProgress(total, quiet=quiet) as progress:
        for number, spent in enumerate(seconds, 1):
            clock.now += spent
            progress.step(f"call{number}.wav")


def test_a_line_says_how_many_and_how_long_still(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    run(4, [30.0], clock)
    said = capsys.readouterr()
    assert said.err == "  1/4 calls · about 1 min 30 s left\n"
    assert said.out == ""


def test_the_last_line_says_how_long_it_took_even_when_it_was_quick(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    run(3, [1.0, 1.0, 1.0], clock)
    assert capsys.readouterr().err == "  3/3 calls · done in 3 s\n"


def test_lines_come_now_and_then_counted_from_the_last_line(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    run(100, [LINE_EVERY_S - 1, 1.0, LINE_EVERY_S - 1, 1.0, 0.5], clock)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["2/100", "4/100"]


def test_the_time_left_is_the_mean_of_all_calls_and_not_of_the_last(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    run(4, [100.0, 20.0], clock)
    assert capsys.readouterr().err.splitlines()[-1] == "  2/4 calls · about 2 min 0 s left"


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (61.0, "1 min 1 s"), (3600, "60 min 0 s")],
)
def test_seconds_carry_over_into_minutes(
    clock: Clock, capsys: pytest.CaptureFixture[str], seconds: float, spelled: str
) -> None:
    run(1, [seconds], clock)
    assert capsys.readouterr().err == f"  1/1 calls · done in {spelled}\n"


def test_quiet_says_nothing_at_all(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    run(2, [100.0, 100.0], clock, quiet=True)
    assert capsys.readouterr() == ("", "")


def test_quiet_draws_no_bar_on_a_terminal_either(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    run(2, [100.0, 100.0], clock, quiet=True)
    assert terminal.getvalue() == ""


def test_a_terminal_gets_a_bar_and_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with BatchProgress(2) as progress:
        progress.step("one.wav")
        progress.step("two.wav")
    assert "2/2" in terminal.getvalue()
    assert "calls · done" not in terminal.getvalue()


def test_an_error_inside_is_not_swallowed(clock: Clock) -> None:
    with pytest.raises(KeyError, match="lost"), BatchProgress(2):
        raise KeyError("lost")


@given(st.lists(st.floats(0, 90), min_size=1, max_size=30))
def test_any_batch_ends_with_its_whole_and_never_goes_back(seconds: list[float]) -> None:
    clock, heard = Clock(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", clock)
        patch.setattr(sys, "stderr", heard)
        run(len(seconds), seconds, clock)
    lines = heard.getvalue().splitlines()
    counts = [int(line.split("/")[0]) for line in lines]
    assert counts == sorted(set(counts))
    assert counts[-1] == len(seconds)
    assert [("done in" in line) for line in lines] == [False] * (len(lines) - 1) + [True]
    assert all(re.fullmatch(r"  \d+/\d+ calls · (about|done in) (\d+ min )?[1-5]?\d s( left)?", line) for line in lines)
    assert len(lines) <= sum(seconds) / LINE_EVERY_S + 1
