"""Run as a process of its own: `store_worker.py write URL FIRST LAST` or `store_worker.py die URL NUMBER STATEMENT`."""

from __future__ import annotations

import os
import signal
import sys

from sqlalchemy import event
from store_samples import make_call

from scoring.store import Store


def write(url: str, first: int, last: int) -> None:
    with Store.open(url) as store:
        for number in range(first, last):
            store.save_call(make_call(number))


def die(url: str, number: int, statement: int) -> None:
    """Kill this process without warning after the given statement of the transaction."""
    store = Store.open(url)
    done = 0

    @event.listens_for(store._engine, "after_cursor_execute")
    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    store.save_call(make_call(number))
    print(done, flush=True)


if __name__ == "__main__":
    {"write": write, "die": die}[sys.argv[1]](sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
