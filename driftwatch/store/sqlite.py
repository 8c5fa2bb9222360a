"""What does a store in one SQLite file need?"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event

from driftwatch.nouns.errors import ConfigurationError, StoreFull, Transient
from driftwatch.store.database import READING, Clock

_BUSY = 10.0
_ROOM = 1 << 20
_LARGE = 128 << 20  # as much as can be read in half a second
_BIG = {"parts", "hours"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIDES = ("-wal", "-shm")
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=FAST",
    "PRAGMA journal_size_limit=67108864",
)


class File:
    """One SQLite file; a daemon holds it alone, by a lock on a file beside it."""

    def __init__(self, url: str, clock: Clock, *, exclusive: bool) -> None:
        self.path = Path(url.removeprefix("sqlite:///")).absolute()
        self.shown = str(self.path)
        self.notices: tuple[str, ...] = ()
        self._lock: int | None = None
        if exclusive:
            self._enter(clock)
        elif not self.path.exists():
            message = f"store.url: there is no store at {self.path}; `driftwatch run` makes one"
            raise ConfigurationError(message)

    def engine(self) -> Engine:
        """Make an engine on which reading transactions are deferred, all others immediate."""
        engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            connect_args={"timeout": _BUSY},
            pool_timeout=_BUSY,
            hide_parameters=True,
        )
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def full(self) -> bool:
        """Say whether less than a megabyte is left beside the file."""
        with contextlib.suppress(OSError):
            return shutil.disk_usage(self.path.parent).free < _ROOM
        return False

    def damaged(self) -> None:
        """Leave a mark, by which the next opening knows."""
        with contextlib.suppress(OSError):
            self._mark.touch()

    def copy(self, name: str) -> str:
        """Copy the file with all that is committed, whole or not at all."""
        target = self.path.with_name(f"{self.path.name}.{name}")
        unfinished = target.with_name(f"{target.name}.unfinished")
        unfinished.unlink(missing_ok=True)
        _private(unfinished)
        with (
            contextlib.closing(sqlite3.connect(self.path)) as source,
            contextlib.closing(sqlite3.connect(unfinished)) as copied,
        ):
            source.backup(copied)
        unfinished.replace(target)
        return str(target)

    def size(self, connection: Connection) -> int:
        """Give the bytes of the file and of its log."""
        return sum(_bytes(self._side(side)) for side in ("", *_SIDES))

    def vacuum(self, connection: Connection) -> None:
        """Give pages back once a quarter of the file is free; a part at a time."""
        free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        if free > 1000 and free * 4 > pages:
            # Each page is a step of the statement: `execute` would make the first one only.
            raw = cast(sqlite3.Connection, connection.connection.driver_connection)
            raw.executescript(f"PRAGMA incremental_vacuum({free // 2})")

    def leave(self) -> None:
        """Let the next daemon in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def _mark(self) -> Path:
        return self._side(".damaged")

    def _side(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def _enter(self, clock: Clock) -> None:
        self._lock = _lock(self._side(".lock"))
        try:
            self._set_aside(clock)
            _private(self.path)
        except BaseException:
            self.leave()
            raise

    def _set_aside(self, clock: Clock) -> None:
        """Move a damaged file away, with its log, so that a new store can begin."""
        if not self.path.exists():
            self._mark.unlink(missing_ok=True)
            return
        damage = _damage(self.path, suspected=self._mark.exists())
        if damage:
            moment = _EPOCH + timedelta(microseconds=clock())
            aside = self._side(f".corrupt-{moment:%Y%m%dT%H%M%SZ}")
            for side in _SIDES:
                with contextlib.suppress(FileNotFoundError):
                    self._side(side).rename(aside.with_name(aside.name + side))
            self.path.rename(aside)
            self.notices = (
                f"store {self.path}: the file is damaged ({damage}); it was set aside as "
                f"{aside.name}, and a new store begins",
            )
        self._mark.unlink(missing_ok=True)

    def _prepare(self, connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        if not connection.execute("PRAGMA page_count").fetchone()[0]:
            # It takes only while the file is empty, and later would wait for every writer.
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        answers = [connection.execute(pragma).fetchone() for pragma in _PRAGMAS]
        if answers[0] != ("wal",):
            message = (
                f"store.url: SQLite cannot keep a write-ahead log beside {self.path} (it said "
                f"{answers[0]}); put the file on a local disk, not on a network file system"
            )
            raise ConfigurationError(message)


def _private(path: Path) -> None:
    """Make a file that others cannot read: rejected records hold personal data."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a deferred transaction that reads first cannot wait for it."""
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _lock(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        message = (
            f"store {path.parent}: {error.strerror}; the folder must exist and be writable by "
            "driftwatch"
        )
        raise Transient(message, retry_after=5.0) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        message = f"store {path}: another daemon holds it; this one waits for it to leave"
        raise Transient(message, retry_after=1.0) from error
    return descriptor


def _damage(path: Path, *, suspected: bool) -> str:
    """Say what is wrong with a file; empty if it is sound."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY)) as connection:
            checks = _checks(connection, path.stat().st_size, suspected=suspected)
            said = {str(connection.execute(check).fetchone()[0]) for check in checks}
    except sqlite3.OperationalError as error:
        raise _passing(error, path) from error
    except sqlite3.DatabaseError as error:
        return str(error)
    return "; ".join(sorted(said - {"ok"}))


def _checks(connection: sqlite3.Connection, size: int, *, suspected: bool) -> list[str]:
    """Choose a check that lets the start take no longer than a second, but for a suspected file."""
    if suspected:
        return ["PRAGMA integrity_check(1)"]
    if size <= _LARGE:
        return ["PRAGMA quick_check(1)"]
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return [f"PRAGMA quick_check('{name}')" for (name,) in names if name not in _BIG]


def _passing(error: sqlite3.OperationalError, path: Path) -> Transient:
    if error.sqlite_errorname == "SQLITE_FULL":
        return StoreFull(f"store {path}: {error}")
    return Transient(f"store {path}: {error}", retry_after=5.0)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
