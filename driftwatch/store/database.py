"""How is a transaction had, whichever database it is?"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from driftwatch.nouns.errors import StoreCorrupt
from driftwatch.store.failures import explain

READING = "driftwatch_reading"
_MODELS = 0x6472_6966_74
Clock = Callable[[], int]
Insert = sqlite.Insert | postgresql.Insert
_INSERT: Mapping[str, Callable[[Table], Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


class Place(Protocol):
    """Where a database lives: a file, or a server."""

    shown: str
    notices: tuple[str, ...]

    def engine(self) -> Engine:
        """Make the engine; its reading connections carry the option READING."""

    def full(self) -> bool:
        """Say whether the disk is known to have no room."""

    def damaged(self) -> None:
        """Remember that the data were found to be damaged."""

    def copy(self, name: str) -> str:
        """Copy the data before the schema changes, and say where to; empty if nowhere."""

    def size(self, connection: Connection) -> int:
        """Give the bytes that the store takes."""

    def vacuum(self, connection: Connection) -> None:
        """Give free pages back, in a writing transaction of its own."""

    def leave(self) -> None:
        """Let go of what keeps others out."""


class Database:
    """Connections and transactions; every error comes out as what the caller does about it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._engine = place.engine()
        self._reading = self._engine.execution_options(**{READING: True})
        if self._engine.dialect.name == "postgresql":
            self._reading = self._reading.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Begin a transaction that writes; all of it is kept, or nothing."""
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a transaction that sees one moment and stands in no writer's way."""
        with self._explained(), self._reading.connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        """Close all connections, and let others in."""
        self._engine.dispose()
        self.place.leave()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            explained = explain(error, self.place.shown, full=self.place.full())
            if explained is None:
                raise
            if isinstance(explained, StoreCorrupt):
                self.place.damaged()
            raise explained from error


def lock(connection: Connection, name: str, *, shared: bool = False) -> None:
    """Lock a model until the transaction ends; SQLite has but one writer, who has it already.

    Those who wait are served in turn. Locks on its row are not: appends that follow each other
    closely would share it among them, and a close would wait for ever.
    """
    if connection.dialect.name != "postgresql":
        return
    take = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    connection.execute(select(take(func.hashtextextended(name, _MODELS))))


def upsert(connection: Connection, table: Table) -> Insert:
    """Begin an INSERT that can say what to do ON CONFLICT; both databases write it alike."""
    return _INSERT[connection.dialect.name](table)


def replace(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, in place of those with the same key."""
    if not rows:
        return
    connection.execute(_replacing(connection.dialect.name, table, tuple(rows[0])), rows)


@cache
def _replacing(dialect: str, table: Table, columns: tuple[str, ...]) -> Insert:
    statement = _INSERT[dialect](table)
    keys = list(table.primary_key.columns)
    rest = {name: statement.excluded[name] for name in columns if table.c[name] not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)
