"""What a database says when something is wrong, as one line for people."""

from __future__ import annotations

import sqlite3

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from scoring.errors import CallscoreError, StoreError, TransientError

_COPY = "Restore it from a copy, or name another database in the settings."

# SQLite result codes (https://www.sqlite.org/rescode.html): what happened, what to do
_SQLITE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("has no room left; nothing of this was stored", "Free some disk space and start again."),
    sqlite3.SQLITE_READONLY: ("may not be written", "Check who may write to the file and its folder."),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Check that its folder exists and may be written."),
    sqlite3.SQLITE_PERM: ("may not be opened", "Check who may write to the file and its folder."),
    sqlite3.SQLITE_NOTADB: ("is not a database", "Name another file in the settings, or move this one away."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", _COPY),
    sqlite3.SQLITE_IOERR: ("could not be read or written; nothing of this was stored", "Check the disk."),
    sqlite3.SQLITE_CONSTRAINT: ("refused a row that contradicts others", "This is a fault in callscore; report it."),
}
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# PostgreSQL error codes, appendix A of its manual: serialization, deadlock, lock, shutdown, too many connections
_POSTGRES_BUSY = ("40001", "40P01", "55P03", "57P01", "57P03", "53300")
_POSTGRES_FULL = "53100"


def shown(url: URL) -> str:
    """Return the database's name for messages, never with its password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    return url.set(query={}).render_as_string(hide_password=True)  # a password can stand in the query too


def sqlite_code(error: DBAPIError) -> int | None:
    """Return SQLite's primary result code, None where another database spoke."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def is_busy(error: Exception) -> bool:
    """Say whether the same work may succeed a moment later."""
    if not isinstance(error, DBAPIError):
        return False
    return (
        sqlite_code(error) in _BUSY or getattr(error.orig, "sqlstate", None) in _POSTGRES_BUSY or lost_connection(error)
    )


def lost_connection(error: DBAPIError) -> bool:
    """Say whether a database server went away."""
    return error.connection_invalidated and sqlite_code(error) is None


def translated(error: Exception, url: URL) -> CallscoreError:
    """Return the error to show for what the database driver raised."""
    where = f"The database {shown(url)}"
    if not isinstance(error, DBAPIError):
        return StoreError(f"{where} refused: {_line(error)}.")
    if is_busy(error):
        return TransientError(f"{where} is busy or away.", hint="Start again in a moment; nothing is lost.")
    code = sqlite_code(error)
    if code is None and getattr(error.orig, "sqlstate", None) == _POSTGRES_FULL:
        code = sqlite3.SQLITE_FULL
    said, hint = _SQLITE.get(code or 0, (f"refused: {_line(error.orig or error)}", ""))
    return StoreError(f"{where} {said}.", hint=hint)


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
