"""How does a store come to the schema of this release?

Migrations only add, with defaults, so that the previous release goes on with the new schema. One
that cannot raises the number under `store.requires`: releases that do not know it keep out.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from driftwatch.nouns.errors import ConfigurationError, StoreIncompatible
from driftwatch.store.database import Database
from driftwatch.store.tables import metadata

SCRIPTS = Path(__file__).parent
VERSION_TABLE = "driftwatch_revision"
_ONE_AT_A_TIME = 0x6472_6966_7477


def migrate(database: Database, *, write: bool, scripts: Path = SCRIPTS) -> tuple[str, ...]:
    """Bring the schema up to the newest of the scripts, and say what was done.

    Without `write` nothing is changed, and an older schema is refused.
    """
    known = sorted(path.name[:4] for path in (scripts / "versions").glob("[0-9]*.py"))
    with database.read() as connection:
        current = _revision(connection)
        requires = _requires(connection) if current else ""
    if current == known[-1]:
        return ()
    if current and current not in known:
        return _newer(database, current, requires, known)
    if not write and not current:
        message = (
            f"store.url: there is no store at {database.place.shown}; `driftwatch run` makes one"
        )
        raise ConfigurationError(message)
    if not write:
        message = (
            f"store {database.place.shown}: its schema is that of an older release; start "
            "`driftwatch run` of this release once, which brings it up to date"
        )
        raise StoreIncompatible(message)
    return _upgrade(database, current, known[-1], scripts)


def _newer(database: Database, current: str, requires: str, known: list[str]) -> tuple[str, ...]:
    shown = f"store {database.place.shown}: its schema {current} was written by a newer release"
    if requires in known:
        return (f"{shown}; this one uses what it knows of it",)
    message = (
        f"{shown}, and needs at least {requires or current} where this one knows {known[-1]}; "
        "run the newer release, or name another store"
    )
    raise StoreIncompatible(message)


def _upgrade(database: Database, current: str, head: str, scripts: Path) -> tuple[str, ...]:
    from alembic import command  # noqa: PLC0415 - half a second, spent only when there is need
    from alembic.config import Config  # noqa: PLC0415

    copied = database.place.copy(f"before-{head}") if current else ""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        if not _revision(connection):
            _alone(database, connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    if not copied:
        return ()
    return (f"store {database.place.shown}: schema {head}; the file before is kept as {copied}",)


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
    return str(connection.scalar(query) or "")


def _requires(connection: Connection) -> str:
    query = text("SELECT value FROM meta WHERE key = 'store.requires'")
    return str(connection.scalar(query) or "")


def _alone(database: Database, connection: Connection) -> None:
    """Refuse a database in which others have tables of the same names."""
    taken = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        message = (
            f"store {database.place.shown}: it holds tables of another program "
            f"({', '.join(taken)}); give driftwatch a database or a schema of its own"
        )
        raise StoreIncompatible(message)
