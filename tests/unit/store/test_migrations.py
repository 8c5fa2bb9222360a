"""How does a store of another release become one of this release, or is refused?"""

import contextlib
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from driftwatch.nouns.errors import ConfigurationError, StoreIncompatible
from driftwatch.nouns.messages import Instruction
from driftwatch.store import Store, migrations
from driftwatch.store.database import Database
from driftwatch.store.sql import SqlStore
from driftwatch.store.sqlite import File
from driftwatch.store.tables import metadata
from tests.unit.store.conftest import at_noon, grow
from tests.unit.store.samples import MINUTE, delta, everything, part

Open = Callable[..., SqlStore]
KNOWN = sorted(path.name[:4] for path in (migrations.SCRIPTS / "versions").glob("[0-9]*.py"))
HEAD = KNOWN[-1]
NEXT = f"{int(HEAD) + 1:04}"
ADDING = f'''
"""A later schema."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{HEAD}"


def upgrade() -> None:
    op.add_column("parts", sa.Column("later", sa.Text(), server_default="x"))
    op.create_table("labels", sa.Column("id", sa.Integer(), primary_key=True))
'''
FAILING = ADDING + '    op.execute("INSERT INTO nowhere VALUES (1)")\n'


def execute(path: Path, statement: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


def next_release(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str = ADDING) -> Path:
    """Give the migrations of a release that has one more."""
    scripts = folder / "migrations"
    kept = shutil.ignore_patterns("__pycache__")
    shutil.copytree(migrations.SCRIPTS, scripts, ignore=kept)
    (scripts / "versions" / f"{NEXT}_later.py").write_text(script)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return scripts


def migrate(path: Path, scripts: Path, *, write: bool = True) -> tuple[str, ...]:
    database = Database(File(f"sqlite:///{path}", at_noon, exclusive=write))
    try:
        return migrations.migrate(database, write=write, scripts=scripts)
    finally:
        database.dispose()


@pytest.mark.parametrize(
    "stores", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_the_migrations_make_just_the_tables_that_the_code_knows(
    stores: tuple[SqlStore, Store],
) -> None:
    with stores[0]._database.read() as connection:
        options = {"version_table": migrations.VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_opening_again_changes_nothing_and_does_not_load_the_migrations_machine(
    open_file: Open, path: Path
) -> None:
    open_file().dispose()
    loaded = {name for name in sys.modules if name.startswith("alembic.command")}
    for name in loaded:
        del sys.modules[name]
    assert open_file().notices == ()
    assert "alembic.command" not in sys.modules
    assert [p.name for p in path.parent.iterdir() if ".before" in p.name] == []


def test_a_new_schema_keeps_the_data_and_leaves_a_copy_of_the_file_before(
    open_file: Open, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_file()
    store.append(delta(parts=(part(0),)), MINUTE)
    before = everything(store)
    store.dispose()
    [notice] = migrate(path, next_release(tmp_path, monkeypatch))
    copied = path.with_name(f"state.db.before-{NEXT}")
    assert str(copied) in notice
    assert execute(path, "SELECT later FROM parts") == [("x",)]
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert execute(copied, "SELECT version_num FROM driftwatch_revision") == [(HEAD,)]
    assert everything(open_file()) == before
    copied.replace(path.with_name("restored.db"))
    path.unlink()
    path.with_name("restored.db").replace(path)
    assert everything(open_file(exclusive=False)) == before


def test_a_migration_that_fails_changes_nothing(
    open_file: Open, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file().dispose()
    before = execute(path, "SELECT sql FROM sqlite_schema ORDER BY name")
    with pytest.raises(Exception, match="nowhere"):
        migrate(path, next_release(tmp_path, monkeypatch, FAILING))
    assert execute(path, "SELECT sql FROM sqlite_schema ORDER BY name") == before
    assert execute(path, "SELECT version_num FROM driftwatch_revision") == [(HEAD,)]


def test_this_release_runs_on_the_schema_of_the_next_and_says_so(
    open_file: Open, path: Path
) -> None:
    open_file().dispose()
    grow(path)
    [notice] = open_file().notices
    assert "newer release" in notice
    assert execute(path, "SELECT version_num FROM driftwatch_revision") == [("9999",)]


def test_a_schema_that_needs_a_newer_release_is_refused(open_file: Open, path: Path) -> None:
    open_file().dispose()
    grow(path)
    execute(path, "UPDATE meta SET value = '9998' WHERE key = 'store.requires'")
    with pytest.raises(StoreIncompatible, match=f"needs at least 9998 .* knows {HEAD}"):
        open_file()
    assert path.exists()


def test_a_command_does_not_migrate(
    open_file: Open, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file().dispose()
    with pytest.raises(StoreIncompatible, match="driftwatch run"):
        migrate(path, next_release(tmp_path, monkeypatch), write=False)
    path.write_bytes(b"")
    with pytest.raises(ConfigurationError, match="driftwatch run"):
        open_file(exclusive=False)


def test_tables_of_another_program_are_left_alone(open_file: Open, path: Path) -> None:
    execute(path, "CREATE TABLE messages (subject TEXT)")
    with pytest.raises(StoreIncompatible, match="messages"):
        open_file()
    assert execute(path, "SELECT name FROM sqlite_schema") == [("messages",)]


def test_a_store_of_the_first_release_is_brought_up_to_date_with_all_that_it_holds(
    open_file: Open, path: Path, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    shutil.copytree(migrations.SCRIPTS, first, ignore=shutil.ignore_patterns("__pycache__"))
    for script in (first / "versions").glob("[0-9]*.py"):
        if script.name[:4] != "0001":
            script.unlink()
    migrate(path, first)
    execute(path, "INSERT INTO models VALUES ('fraud', 60000000, 60000000, 5)")
    execute(path, "INSERT INTO instructions VALUES (1, 'enable', 'people', 7, 'ada', '')")
    store = open_file()
    assert store.instructions(9) == [Instruction("enable", "people", 7, "ada")]
    store.close("fraud", lambda _: 2 * MINUTE)
    store.append(delta(parts=(part(2 * MINUTE),)), MINUTE)
    store.close("fraud", lambda _: 3 * MINUTE)
    opened = store.open("fraud", MINUTE)
    assert opened is not None
    assert opened.standing.born is None


def test_the_release_before_writes_what_it_always_wrote(open_file: Open, path: Path) -> None:
    store = open_file()
    execute(path, "INSERT INTO models (name) VALUES ('churn')")
    columns = 'kind, subject, given_at, "by", reason'
    execute(path, f"INSERT INTO instructions ({columns}) VALUES ('enable', 'a', 7, 'ada', '')")
    assert store.instructions(9) == [Instruction("enable", "a", 7, "ada")]
