"""What does a store on a PostgreSQL server owe besides the contract?"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from sqlalchemy import text

from driftwatch.nouns.errors import Conflict, StoreIncompatible, Transient
from driftwatch.nouns.messages import Circuit
from driftwatch.nouns.records import Delta, Part, Population, Position, Reason, Tally
from driftwatch.store import open_store
from driftwatch.store.intake import _count as count_in
from driftwatch.store.intake import append as append_in
from driftwatch.store.settings import StoreSettings, StoreUrl
from driftwatch.store.sql import SqlStore
from tests.real.parts import free_port
from tests.real.postgresql import Postgresql
from tests.unit.store.samples import MINUTE, committed, delta, message, part

pytestmark = pytest.mark.postgresql
SECRET = "secret-of-tests"
Started = Callable[..., Any]


def opened(url: str) -> SqlStore:
    store = open_store(StoreSettings(url=StoreUrl(url)), lambda: 0)
    assert isinstance(store, SqlStore)
    return store


@pytest.fixture
def replicas(postgresql_url: str) -> Iterator[tuple[SqlStore, SqlStore]]:
    first, second = opened(postgresql_url), opened(postgresql_url)
    yield first, second
    first.dispose()
    second.dispose()


@pytest.fixture
def start() -> Iterator[Started]:
    """Give a function that starts another in a thread of its own."""
    with ThreadPoolExecutor(8) as threads:
        yield threads.submit


@pytest.mark.parametrize("known", [False, True], ids=["first close", "later close"])
def test_an_append_before_a_close_is_seen_by_it(
    replicas: tuple[SqlStore, SqlStore], start: Started, known: bool
) -> None:
    """The close waits for the append's transaction, and reads the offsets that it left."""
    first, second = replicas
    if known:
        first.close("fraud", lambda _: 0)
    seen: list[object] = []
    with first._database.write() as connection:
        append_in(connection, delta(parts=(part(0),)), MINUTE, 10)
        closing = start(second.close, "fraud", lambda found: seen.append(found) or MINUTE)
        assert not wait([closing], 0.5).done
        assert seen == []
    assert closing.result(10) == MINUTE
    assert seen == [{"kafka": {"t-0": Position(10)}}]
    assert second.panes("fraud", 0, MINUTE) == [part(0)]


@pytest.mark.parametrize("known", [False, True], ids=["first close", "later close"])
def test_an_append_after_a_close_finds_its_panes_closed(
    replicas: tuple[SqlStore, SqlStore], start: Started, known: bool
) -> None:
    """The append waits for the close, and then reads the closed that it left."""
    first, second = replicas
    if known:
        first.close("fraud", lambda _: 0)
    inside, go_on = threading.Event(), threading.Event()

    def advance(_: object) -> int:
        inside.set()
        assert go_on.wait(10)
        return MINUTE

    closing = start(first.close, "fraud", advance)
    assert inside.wait(10)
    appending = start(second.append, delta(parts=(part(0, 4), part(MINUTE, 6))), MINUTE)
    assert not wait([appending], 0.5).done
    go_on.set()
    assert closing.result(10) == MINUTE
    appending.result(10)
    assert first.panes("fraud", 0, 5 * MINUTE) == [part(MINUTE, 6)]
    assert {c.kind: n for c, n in first.counters().items()} == {"observations": 6, "late": 4}


def test_two_first_appends_of_a_partition_are_one_append_and_one_conflict(
    replicas: tuple[SqlStore, SqlStore], start: Started
) -> None:
    first, second = replicas
    with first._database.write() as connection:
        append_in(connection, delta(0, 10, tallies={}), MINUTE, 10)
        appending = start(second.append, delta(5, 15, parts=(part(0),)), MINUTE)
        assert not wait([appending], 0.5).done
    with pytest.raises(Conflict):
        appending.result(10)
    assert second.offsets("kafka") == {"t-0": Position(10)}
    assert second.panes("fraud", 0, MINUTE) == []


def test_two_ticks_of_one_boundary_are_one_judgement(
    replicas: tuple[SqlStore, SqlStore], start: Started
) -> None:
    outcomes = []
    for turn in range(10):
        tries = [
            start(committed, replica, message(f"m{turn}", order=str(turn))) for replica in replicas
        ]
        outcomes.append(sorted(type(t.exception(30)).__name__ for t in tries))
    assert all(outcome in (["Conflict", "NoneType"], ["NoneType"] * 2) for outcome in outcomes)
    assert len(replicas[0].deliveries(100)) == 10


def test_two_relays_never_get_the_same_claim(
    replicas: tuple[SqlStore, SqlStore], start: Started
) -> None:
    committed(replicas[0], *(message(f"m{n}", order=str(n)) for n in range(60)))

    def claim(store: SqlStore) -> list[str]:
        found: list[str] = []
        while claimed := store.due("people", 5_000, 9_000, 2):
            found += [sent.message.id for sent in claimed]
        return found

    relays = [start(claim, store) for store in replicas * 2]
    claimed = [sent for relay in relays for sent in relay.result(60)]
    assert sorted(claimed) == sorted(f"m{n}" for n in range(60))


def test_replicas_that_append_while_one_closes_lose_nothing_and_count_nothing_twice(
    replicas: tuple[SqlStore, SqlStore], start: Started
) -> None:
    """Whatever was closed is what the close could see, to the row."""
    appends, done = 40, threading.Event()
    closed: dict[int, int] = {}

    def intake(store: SqlStore, partition: str, behind: int) -> None:
        for n in range(appends):
            pane = max(0, n // 4 - behind) * MINUTE
            part_ = Part(Population("fraud", "3"), "f1", pane, 3, partition.encode())
            tallies = {Tally("observations", pane, "fraud", "3"): 3}
            span, at = {partition: (n, n + 1)}, {partition: Position(n + 1, high=pane)}
            store.append(Delta("kafka", span, at, (part_,), tallies, ()), MINUTE)

    def newest(found: Any) -> int | None:
        highs = [position.high for position in found.get("kafka", {}).values()]
        time.sleep(0.01)  # a window for appends to slip in
        return max(highs, default=None)

    def close(store: SqlStore) -> None:
        while not done.is_set():
            # Nothing is waited for, so that many parts come late.
            end = store.close("fraud", newest)
            if end is not None and end not in closed:
                closed[end] = sum(p.rows for p in store.panes("fraud", -MINUTE, end))

    closing = start(close, replicas[1])
    writers = [
        start(intake, replicas[n % 2], partition, n) for n, partition in enumerate(("a", "b", "c"))
    ]
    for writer in writers:
        writer.result(60)
    done.set()
    closing.result(60)
    store = replicas[0]
    for end, rows in closed.items():
        assert sum(p.rows for p in store.panes("fraud", -MINUTE, end)) == rows
    counters = {counter.kind: n for counter, n in store.counters().items()}
    kept = sum(p.rows for p in store.panes("fraud", -MINUTE, appends * MINUTE))
    assert counters["observations"] == kept
    assert counters["observations"] + counters.get("late", 0) == 3 * 3 * appends
    assert len(closed) > 5


def test_two_replicas_that_start_at_once_make_one_schema(
    postgresql_url: str, start: Started
) -> None:
    starting = [start(opened, postgresql_url) for _ in range(3)]
    stores = [started.result(60) for started in starting]
    stores[0].append(delta(), MINUTE)
    assert [store.offsets("kafka") for store in stores] == [{"t-0": Position(10)}] * 3
    for store in stores:
        store.dispose()


def test_a_server_that_is_down_is_waited_for_and_the_password_is_not_shown() -> None:
    url = f"postgresql://ada:{SECRET}@127.0.0.1:{free_port()}/drift"
    with pytest.raises(Transient, match=r"127\.0\.0\.1") as waiting:
        opened(url)
    shown, error = "", waiting.value
    while error is not None:
        shown += repr(error) + str(error)
        error = error.__cause__  # type: ignore[assignment]
    assert SECRET not in shown


def test_a_restarted_server_is_used_again_without_opening_anew(
    postgresql: Postgresql, replicas: tuple[SqlStore, SqlStore]
) -> None:
    if postgresql.process is None:
        pytest.skip("the server named by DRIFTWATCH_TEST_POSTGRESQL is not ours to stop")
    store, _ = replicas
    store.append(delta(0, 10), MINUTE)
    postgresql.stop()
    try:
        for _ in range(2):
            with pytest.raises(Transient):
                store.append(delta(10, 20), MINUTE)
            with pytest.raises(Transient):
                store.snapshot(0)
    finally:
        postgresql.start()
    assert store.append(delta(10, 20), MINUTE) == {"t-0": Position(20)}


def test_a_replica_whose_session_the_server_ended_has_written_nothing(
    replicas: tuple[SqlStore, SqlStore],
) -> None:
    """So it goes for one that was frozen in a transaction: others need not wait for it."""
    frozen, other = replicas
    frozen.append(delta(0, 10), MINUTE)
    with pytest.raises(Transient), frozen._database.write() as connection:  # noqa: PT012
        append_in(connection, delta(10, 20, parts=(part(0),)), MINUTE, 10)
        ours = connection.scalar(text("SELECT pg_backend_pid()"))
        with other._database.write() as ending:
            ending.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ours})
        append_in(connection, delta(20, 30), MINUTE, 10)
    assert other.append(delta(10, 15), MINUTE) == {"t-0": Position(15)}
    with pytest.raises(Conflict):
        frozen.append(delta(10, 20, parts=(part(0),)), MINUTE)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("idle_in_transaction_session_timeout", "10s"),
        ("lock_timeout", "20s"),
        ("transaction_isolation", "read committed"),
        ("application_name", "driftwatch"),
    ],
)
def test_a_session_keeps_nobody_waiting_for_ever(
    replicas: tuple[SqlStore, SqlStore], setting: str, value: str
) -> None:
    with replicas[0]._database.write() as connection:
        assert connection.scalar(text(f"SHOW {setting}")) == value


def test_a_replica_that_freezes_behind_a_write_of_many_rows_loses_its_locks(
    replicas: tuple[SqlStore, SqlStore],
) -> None:
    frozen, other = replicas
    frozen.append(delta(0, 10), MINUTE)
    tallies = {Tally("rejected", 0, reason=reason): 1 for reason in Reason}
    appended: object = None
    with pytest.raises(Transient), frozen._database.write() as connection:  # noqa: PT012
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '1s'"))
        count_in(connection, "kafka", tallies)
        appended = other.append(delta(10, 15, tallies=tallies), MINUTE)
        connection.scalar(text("SELECT 1"))
    assert appended == {"t-0": Position(15)}


def test_a_wait_for_a_lock_ends_with_an_error_that_may_be_retried(
    replicas: tuple[SqlStore, SqlStore],
) -> None:
    first, second = replicas
    first.save_circuit(Circuit("people"))
    with first._database.write() as holding:
        holding.execute(text("SELECT * FROM circuits FOR UPDATE"))
        with pytest.raises(Transient, match="lock"), second._database.write() as waiting:  # noqa: PT012
            waiting.execute(text("SET LOCAL lock_timeout = '50ms'"))
            waiting.execute(text("SELECT * FROM circuits FOR UPDATE"))


def test_tables_of_another_program_are_left_alone(
    postgresql: Postgresql, postgresql_url: str
) -> None:
    schema = postgresql_url.rpartition("%3D")[2]
    postgresql.run(f"CREATE TABLE {schema}.messages (subject text)")
    with pytest.raises(StoreIncompatible, match="messages"):
        opened(postgresql_url)
