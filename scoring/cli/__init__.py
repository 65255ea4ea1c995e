"""The `callscore` command. Composition only: every command calls a room and prints what it returns."""

from scoring.cli.main import main

__all__ = ["main"]
