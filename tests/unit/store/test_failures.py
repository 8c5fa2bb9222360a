"""What does a database's error mean for the caller?"""

import errno
import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import OperationalError as Wrapped
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from driftwatch.nouns.errors import DriftwatchError, StoreCorrupt, StoreFull, Transient
from driftwatch.store.failures import explain

PLACE = "/data/state.db"


def of_sqlite(name: str) -> DBAPIError:
    cause = sqlite3.OperationalError("what SQLite says\nand more")
    cause.sqlite_errorname = name
    return Wrapped("INSERT", {"password": "hunter2"}, cause)


@pytest.mark.parametrize(
    ("name", "full", "kind"),
    [
        ("SQLITE_FULL", False, StoreFull),
        ("SQLITE_IOERR_SHMSIZE", True, StoreFull),
        ("SQLITE_IOERR_WRITE", False, Transient),
        ("SQLITE_CANTOPEN", True, StoreFull),
        ("SQLITE_CANTOPEN", False, Transient),
        ("SQLITE_BUSY", False, Transient),
        ("SQLITE_BUSY_SNAPSHOT", False, Transient),
        ("SQLITE_READONLY", False, Transient),
        ("SQLITE_CORRUPT", False, StoreCorrupt),
        ("SQLITE_CORRUPT_INDEX", False, StoreCorrupt),
        ("SQLITE_NOTADB", False, StoreCorrupt),
    ],
)
def test_each_error_of_sqlite_is_what_the_caller_does_about_it(
    name: str, full: bool, kind: type[DriftwatchError]
) -> None:
    explained = explain(of_sqlite(name), PLACE, full=full)
    assert type(explained) is kind
    assert str(explained).startswith(f"store {PLACE}: what SQLite says")
    assert "hunter2" not in str(explained)
    assert "\n" not in str(explained)


@pytest.mark.parametrize("name", ["SQLITE_ERROR", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_MISMATCH"])
def test_a_mistake_of_ours_is_not_dressed_up(name: str) -> None:
    assert explain(of_sqlite(name), PLACE, full=False) is None


class ServerError(Exception):
    """An error as psycopg raises them."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("what the server says")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        (None, Transient),  # it cannot be reached
        ("53100", StoreFull),
        ("53300", Transient),  # too many connections
        ("40P01", Transient),  # deadlock
        ("40001", Transient),  # serialization
        ("55P03", Transient),  # lock timeout
        ("57P01", Transient),  # shutting down
        ("57P03", Transient),  # starting up
        ("25006", Transient),  # a standby
        ("25P03", Transient),  # idle in transaction for too long
        ("28P01", Transient),  # the password was refused, perhaps while it is being changed
        ("3D000", Transient),  # no such database
    ],
)
def test_what_may_pass_on_a_server_is_waited_for(
    sqlstate: str | None, kind: type[DriftwatchError]
) -> None:
    explained = explain(Wrapped("INSERT", {}, ServerError(sqlstate)), "db.example", full=False)
    assert type(explained) is kind


@pytest.mark.parametrize("sqlstate", ["23505", "42P01", "22021"])
def test_a_server_that_finds_fault_with_our_statement_is_not_waited_for(sqlstate: str) -> None:
    error = IntegrityError("INSERT", {}, ServerError(sqlstate))
    assert explain(error, "db.example", full=False) is None


def test_a_lost_connection_may_be_had_again() -> None:
    error = DBAPIError("INSERT", {}, ServerError("XX000"), connection_invalidated=True)
    assert isinstance(explain(error, "db.example", full=False), Transient)


def test_the_disk_and_the_pool_speak_for_themselves() -> None:
    full = explain(OSError(errno.ENOSPC, "No space left on device"), PLACE, full=False)
    assert isinstance(full, StoreFull)
    other = explain(OSError(errno.EIO, "Input/output error"), PLACE, full=False)
    assert type(other) is Transient
    assert isinstance(explain(PoolTimeoutError(), PLACE, full=False), Transient)
