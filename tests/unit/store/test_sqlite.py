"""What does a store in one SQLite file owe besides the contract?"""

import contextlib
import os
import re
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from driftwatch.nouns.errors import (
    ConfigurationError,
    StoreCorrupt,
    StoreFull,
    Transient,
)
from driftwatch.store import Store, sqlite
from driftwatch.store.sql import SqlStore
from tests.unit.store.samples import MINUTE, bad, committed, delta, everything, message, part

Open = Callable[..., SqlStore]
ASIDE = "state.db.corrupt-20261121T120000Z"


def pragma(store: SqlStore, name: str) -> object:
    with store._database.write() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def fill(store: Store, appends: int = 40) -> None:
    for n in range(appends):
        body = os.urandom(3_000)
        parts = (part(n * MINUTE, body=body),)
        store.append(delta(n, n + 1, parts=parts, rejected=(bad(n),)), MINUTE)


def test_every_write_is_synced_to_a_write_ahead_log(open_file: Open, path: Path) -> None:
    store = open_file()
    assert pragma(store, "journal_mode") == "wal"
    assert pragma(store, "synchronous") == 2
    assert pragma(store, "auto_vacuum") == 2
    fill(store, 1)
    assert path.with_name("state.db-wal").stat().st_size > 0


def test_a_place_that_cannot_keep_a_write_ahead_log_is_refused(
    open_file: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("PRAGMA journal_mode=DELETE",))
    with pytest.raises(ConfigurationError, match=r"write-ahead log.*local disk"):
        open_file()


def test_a_second_daemon_waits_until_the_first_has_left(open_file: Open) -> None:
    first = open_file()
    with pytest.raises(Transient, match="another daemon") as waiting:
        open_file()
    assert waiting.value.retry_after is not None
    first.append(delta(), MINUTE)
    first.dispose()
    assert open_file().offsets("kafka")["t-0"].next == 10


def test_a_failed_opening_keeps_nobody_out(open_file: Open, path: Path) -> None:
    path.mkdir()
    with pytest.raises(Transient):
        open_file()
    path.rmdir()
    assert open_file().notices == ()


def test_nobody_else_can_read_what_is_kept(open_file: Open, path: Path) -> None:
    store = open_file()
    fill(store, 1)
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        assert stat.S_IMODE(path.with_name(name).stat().st_mode) == 0o600


def test_a_missing_folder_is_waited_for(open_file: Open, path: Path, tmp_path: Path) -> None:
    tmp_path.rmdir()
    with pytest.raises(Transient, match="must exist"):
        open_file()
    tmp_path.mkdir()
    open_file().append(delta(), MINUTE)


def test_a_command_uses_the_store_beside_the_daemon(open_file: Open) -> None:
    daemon = open_file()
    committed(daemon, message())
    command = open_file(exclusive=False)
    assert [d.delivery.message.id for d in command.deliveries(9)] == ["m1"]


def test_a_command_does_not_make_a_store(open_file: Open, path: Path) -> None:
    with pytest.raises(ConfigurationError, match="driftwatch run"):
        open_file(exclusive=False)
    assert not path.exists()


def test_reading_does_not_wait_for_a_writer(open_file: Open) -> None:
    store = open_file()
    store.append(delta(0, 10), MINUTE)
    with store._database.write() as connection:
        connection.exec_driver_sql("UPDATE positions SET next = 99")
        assert store.offsets("kafka")["t-0"].next == 10
    assert store.offsets("kafka")["t-0"].next == 99


def test_writers_take_turns(open_file: Open) -> None:
    """A transaction that reads before it writes gets the lock at once, or waits for it."""
    store, errors = open_file(), []

    def count(partition: str) -> None:
        try:
            for n in range(25):
                store.append(delta(n, n + 1, partition=partition, parts=(part(0, 1),)), MINUTE)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=count, args=(f"t-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(store.counters().values()) == 100


def header(path: Path) -> None:
    path.write_bytes(os.urandom(4096) + path.read_bytes()[4096:])


def middle(path: Path) -> None:
    content = path.read_bytes()
    half = len(content) // 8192 * 4096
    path.write_bytes(content[:half] + os.urandom(16_384) + content[half + 16_384 :])


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [header, middle, cut])
def test_a_damaged_file_is_set_aside_and_a_new_store_begins(
    open_file: Open, path: Path, damage: Callable[[Path], None]
) -> None:
    store = open_file()
    fill(store)
    store.dispose()
    damage(path)
    damaged = path.read_bytes()
    anew = open_file()
    assert anew.positions() == {}
    [notice] = anew.notices
    assert str(path) in notice
    assert ASIDE in notice
    assert path.with_name(ASIDE).read_bytes() == damaged
    anew.append(delta(), MINUTE)
    anew.dispose()
    again = open_file()
    assert again.notices == ()
    assert again.offsets("kafka")["t-0"].next == 10


def test_the_log_of_a_damaged_file_is_set_aside_with_it(open_file: Open, path: Path) -> None:
    store = open_file()
    fill(store)
    store.dispose()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as command:
        command.execute("BEGIN")
        command.execute("SELECT * FROM positions").fetchone()
        store = open_file()
        store.remember("last", "words")
        store.dispose()
        log = path.with_name("state.db-wal").read_bytes()
        middle(path)
        assert open_file().notices != ()
        assert path.with_name(f"{ASIDE}-wal").read_bytes() == log


def test_a_file_found_damaged_while_in_use_is_set_aside_by_the_next_opening(
    open_file: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_LARGE", 0)
    store = open_file()
    fill(store)
    store.dispose()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        root, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) "
            "FROM sqlite_schema WHERE name = 'parts'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(os.urandom(size))
    store = open_file()
    assert store.notices == ()
    with pytest.raises(StoreCorrupt, match=re.escape(str(path))):
        store.panes("fraud", 0, 100 * MINUTE)
    store.dispose()
    assert ASIDE in open_file().notices[0]


def test_of_a_large_file_the_small_tables_are_looked_at(
    open_file: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_LARGE", 0)
    store = open_file()
    fill(store)
    store.dispose()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        [root] = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'positions'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(os.urandom(4096))
    assert ASIDE in open_file().notices[0]


def test_a_full_disk_is_said_to_be_full_and_nothing_is_written(open_file: Open) -> None:
    store = open_file()
    fill(store, 5)
    before = everything(store)
    engine = store._database._engine

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count=1")

    event.listen(engine, "connect", limit)
    engine.dispose()
    with pytest.raises(StoreFull, match="full"):
        store.append(delta(5, 6, parts=(part(0, body=os.urandom(500_000)),)), MINUTE)
    assert everything(store) == before
    event.remove(engine, "connect", limit)
    engine.dispose()
    store.append(delta(5, 6, parts=(part(0, body=os.urandom(500_000)),)), MINUTE)
    assert store.offsets("kafka")["t-0"].next == 6


def test_room_is_given_back_once_much_of_the_file_is_free(open_file: Open) -> None:
    store = open_file()
    big = tuple(part(n * MINUTE, body=os.urandom(100_000)) for n in range(60))
    store.append(delta(parts=big), MINUTE)
    full = pragma(store, "page_count")
    store.maintain(0)
    assert pragma(store, "page_count") == full
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM parts")
    for _ in range(5):
        store.maintain(0)
    assert isinstance(full, int)
    assert pragma(store, "page_count") < full * 2 // 3


def test_paths_may_hold_any_character(tmp_path: Path) -> None:
    from tests.unit.store.conftest import opened

    odd = tmp_path / "größe %41 ?x#y.db"
    store = opened(f"sqlite:///{odd}")
    store.append(delta(), MINUTE)
    store.dispose()
    assert odd.exists()
