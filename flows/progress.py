"""How far a batch is, and how long it will still take."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 20.0  # without a terminal: often enough to see life, rarely enough for a log file


class BatchProgress:
    """A bar on a terminal, a line now and then elsewhere. Writes to stderr, so that stdout stays for results."""

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        self._total, self._done, self._quiet = total, 0, quiet
        self._began = self._said = time.monotonic()
        self._bar: Progress | None = None
        if sys.stderr.isatty() and not quiet:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("scoring calls", total=total)

    def __enter__(self) -> BatchProgress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def step(self, what: str) -> None:
        """One more call is done."""
        self._done += 1
        if self._bar:
            self._bar.update(self._task, advance=1, description=what)
        elif not self._quiet and self._due():
            self._said = time.monotonic()
            print(f"  {self._done}/{self._total} calls · {self._left()}", file=sys.stderr, flush=True)

    def _due(self) -> bool:
        return self._done == self._total or time.monotonic() - self._said >= LINE_EVERY_S

    def _left(self) -> str:
        spent = time.monotonic() - self._began
        left = spent / self._done * (self._total - self._done)
        return f"about {_spell(left)} left" if self._done < self._total else f"done in {_spell(spent)}"


def _spell(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
