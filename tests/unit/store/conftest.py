"""The stores that the contract is tried on."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from driftwatch.store import Store, open_store
from driftwatch.store.memory import Memory
from driftwatch.store.settings import RetentionSettings, StoreSettings, StoreUrl

RETENTION = RetentionSettings(rejected=5)
KINDS = [
    "memory",
    "sqlite",
    "sqlite of the next release",
    pytest.param("postgresql", marks=pytest.mark.postgresql),
]


def at_noon() -> int:
    """Give the time at which the tests open their stores."""
    return 1_795_262_400_000_000


def opened(url: str, *, exclusive: bool = True) -> Store:
    settings = StoreSettings(url=StoreUrl(url), retention=RETENTION)
    return open_store(settings, at_noon, exclusive=exclusive)


def grow(path: Path) -> None:
    """Add to a schema what a later release might: a table, and a column to every table."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (name,) in names:
            connection.execute(f"ALTER TABLE {name} ADD COLUMN later TEXT DEFAULT 'x'")
        connection.execute("CREATE TABLE labels (id INTEGER PRIMARY KEY)")
        connection.execute("UPDATE driftwatch_revision SET version_num = '9999'")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of an empty store, for copying is quicker than migrating."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    opened(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(params=KINDS)
def stores(
    request: pytest.FixtureRequest, tmp_path: Path, migrated: Path
) -> Iterator[tuple[Store, Store]]:
    """Give one store, opened twice, as two processes would have it."""
    if request.param == "memory":
        store = Memory(RETENTION)
        yield store, store
        return
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    else:
        path = Path(shutil.copy(migrated, tmp_path / "state.db"))
        url = f"sqlite:///{path}"
    if "next" in request.param:
        grow(path)
    first = opened(url)
    second = opened(url, exclusive=False)
    yield first, second
    second.dispose()
    first.dispose()


@pytest.fixture
def store(stores: tuple[Store, Store]) -> Store:
    return stores[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def open_file(path: Path) -> Iterator[Callable[..., Store]]:
    """Give a function that opens the SQLite store at `path`; what it opens is closed after."""
    with contextlib.ExitStack() as left_open:

        def open_one(**options: bool) -> Store:
            store = opened(f"sqlite:///{path}", **options)
            left_open.callback(store.dispose)
            return store

        yield open_one
