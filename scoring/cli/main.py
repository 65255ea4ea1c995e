"""The command's frame: sub-commands, and errors as one line instead of a traceback."""

from __future__ import annotations

import errno
import sys

import typer

from scoring.cli import calls, checks, database, evaluate, rubrics
from scoring.errors import CallscoreError, InputError

EXIT_ASIDE = 1  # the batch ended, but some calls could not be scored
EXIT_USAGE = 2  # what was asked for cannot be done as it was asked
EXIT_STOPPED = 130  # Ctrl-C, as shells have it

app = typer.Typer(
    name="callscore",
    help="Quality scorecards for customer-service calls, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(calls.score)
app.command()(calls.transcribe)
app.command()(calls.publish)
app.command()(calls.show)
app.command()(calls.judge)
app.command()(checks.compare)
app.command()(evaluate.evaluate)
app.command()(checks.doctor)
app.command()(checks.web)
app.add_typer(rubrics.app, name="rubric")
app.add_typer(database.app, name="db")
app.add_typer(checks.models_app, name="models")


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(standalone_mode=True)
    except CallscoreError as error:
        _complain(str(error.args[0]) if not isinstance(error, InputError) else str(error), error.hint)
        sys.exit(EXIT_USAGE if isinstance(error, InputError) else EXIT_ASIDE)
    except SystemExit as left:
        if left.code == EXIT_STOPPED:  # Typer makes this of Ctrl-C, and says nothing
            _complain("Stopped.", "What was finished is stored; run the same command again to go on.")
        raise
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:  # the machine refused something: no fault of ours that a traceback would explain
        _complain(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", _way_out(error))
        sys.exit(EXIT_USAGE)


def _way_out(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}:
        return "Free some space or choose another folder."
    return "Check that path and try again."


def _complain(message: str, hint: str) -> None:
    text = message if hint in message else f"{message} {hint}"
    print(f"callscore: {text.strip()}", file=sys.stderr)
