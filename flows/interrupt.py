"""Ctrl-C in a run by hand: leave at once, with every whole call stored and no process left behind."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing import util
from types import FrameType

from flows.workers import stop_all

EXIT_STOPPED = 130  # as shells have it: 128 + SIGINT


def leave_on_interrupt() -> None:
    """Make Ctrl-C end the workers and Prefect's temporary server, and leave.

    That server sits in the same terminal and dies of the same Ctrl-C, so Prefect's own way out would wait a minute for
    its answers. With a server of the user's (PREFECT_API_URL) nothing changes: Prefect tells it and leaves.
    """
    if "PREFECT_API_URL" not in os.environ:
        signal.signal(signal.SIGINT, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C changes nothing: we are leaving
    from prefect.server.api.server import SubprocessASGIServer

    stop_all()
    SubprocessASGIServer().stop()
    print("callscore: Stopped. What was finished is stored; run the same command again to go on.", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    util._exit_function()  # type: ignore[attr-defined]  # gives back the pool's semaphores
    os._exit(EXIT_STOPPED)
