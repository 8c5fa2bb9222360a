"""What does a store on a PostgreSQL server need?"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from driftwatch.nouns.errors import ConfigurationError
from driftwatch.store.settings import StoreUrl
from driftwatch.store.tables import metadata

# A server that is gone without a word is noticed within half a minute.
_CONNECTION = {
    "application_name": "driftwatch",
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# A frozen replica must not hold its locks for ever: the server ends its transaction, before others
# give up their wait for a lock. That ends too, so that the caller says what it waits for.
_SESSION = (
    "-c idle_in_transaction_session_timeout=10s -c lock_timeout=20s -c timezone=UTC "
    "-c client_min_messages=warning"
)
_SIZE = text(
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "
    "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace "
    "AND c.relname IN :names"
).bindparams(bindparam("names", expanding=True))


class Server:
    """A database that many daemons may share."""

    notices: tuple[str, ...] = ()

    def __init__(self, url: StoreUrl) -> None:
        self.shown = str(url)
        self._url = url

    def engine(self) -> Engine:
        """Make an engine by psycopg 3, which tests a connection before it is used again."""
        try:
            url = make_url(self._url.get_secret_value()).set(drivername="postgresql+psycopg")
            options = f"{_SESSION} {url.query.get('options', '')}".strip()
            engine = create_engine(
                url.set(query={**_CONNECTION, **url.query, "options": options}),
                pool_pre_ping=True,
                pool_recycle=1800,
                pool_timeout=10,
                isolation_level="READ COMMITTED",
                hide_parameters=True,
            )
        except ArgumentError as error:
            message = f"store.url: {self.shown} cannot be read as an address"
            raise ConfigurationError(message) from error
        except ModuleNotFoundError as error:
            message = (
                f"store.url: {self.shown} needs the PostgreSQL client; install "
                "driftwatch-daemon[postgresql]"
            )
            raise ConfigurationError(message) from error
        # Plain inserts of many rows go in one statement, all others row by row.
        engine.dialect.use_insertmanyvalues_wo_returning = True
        event.listen(engine, "do_executemany", _row_by_row)
        return engine

    def full(self) -> bool:
        """Leave it to the server, which says so itself."""
        return False

    def damaged(self) -> None:
        """Leave it to the server and those who run it."""

    def copy(self, name: str) -> str:
        """Make no copy: a migration is one transaction, and a server has its own backups."""
        return ""

    def size(self, connection: Connection) -> int:
        """Give the bytes of all tables with their indexes."""
        return int(connection.scalar(_SIZE, {"names": sorted(metadata.tables)}) or 0)

    def vacuum(self, connection: Connection) -> None:
        """Leave it to the server's own vacuum."""

    def leave(self) -> None:
        """Keep nobody out."""


def _row_by_row(cursor: Any, statement: str, rows: Sequence[Any], _context: Any) -> bool:
    """Stand in for the client's executemany, which ends with a flush behind the sync.

    Behind that the server's clock of idle transactions stands still: a replica that froze there
    would hold its locks for as long as it is frozen.
    """
    for row in rows:
        cursor.execute(statement, row)
    return True
