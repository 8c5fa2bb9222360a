"""What does a database's error mean for the caller?"""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from driftwatch.nouns.errors import DriftwatchError, StoreCorrupt, StoreFull, Transient

# PostgreSQL's codes: out of disk, read-only (a standby), shutting down or starting up.
_DISK_FULL = "53100"
_PASSING = ("08", "25006", "25P", "40", "53", "55", "57")
_WAIT = 5.0


def explain(error: Exception, place: str, *, full: bool) -> DriftwatchError | None:
    """Translate an error at a place; None if it is a mistake of ours, to be raised as it is.

    `full` says that the disk has no room, which some of SQLite's errors do not tell.
    """
    if isinstance(error, PoolTimeoutError):
        return Transient(f"store {place}: all connections are in use", retry_after=_WAIT)
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = f"store {place}: {_first_line(cause)}"
    if isinstance(cause, OSError):
        return StoreFull(text) if cause.errno == errno.ENOSPC else Transient(text)
    if isinstance(cause, sqlite3.DatabaseError):
        return _of_sqlite(cause, text, full=full)
    if isinstance(error, DBAPIError):
        return _of_server(error, text)
    return None


def _of_sqlite(cause: sqlite3.DatabaseError, text: str, *, full: bool) -> DriftwatchError | None:
    name = getattr(cause, "sqlite_errorname", "")
    if name == "SQLITE_FULL" or (full and name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN"))):
        return StoreFull(f"{text}; make room, and the intake goes on by itself")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreCorrupt(f"{text}; opening the store again sets the file aside")
    mistakes = ("SQLITE_ERROR", "SQLITE_CONSTRAINT", "SQLITE_MISUSE", "SQLITE_MISMATCH")
    if not name or name.startswith(mistakes):
        return None
    return Transient(text, retry_after=_WAIT)


def _of_server(error: DBAPIError, text: str) -> DriftwatchError | None:
    code = getattr(error.orig, "sqlstate", None) or ""
    if code == _DISK_FULL:
        return StoreFull(f"{text}; make room, and the intake goes on by itself")
    lost = error.connection_invalidated or isinstance(error, InterfaceError)
    unreachable = isinstance(error, OperationalError) and not code
    if lost or unreachable or code.startswith((*_PASSING, "28", "3D")):
        return Transient(text, retry_after=_WAIT)
    return None


def _first_line(cause: BaseException | None) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
