"""Does a database hold, after any history of appends, crashes and conflicts, what memory does?"""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.messages import Attempt, Instruction, Outcome
from driftwatch.nouns.records import Delta, Population, Position, Read, Tally
from driftwatch.store import Store
from driftwatch.store.memory import Memory
from driftwatch.store.sql import SqlStore
from driftwatch.store.tables import metadata
from tests.unit.store.conftest import RETENTION
from tests.unit.store.samples import (
    HOUR,
    MINUTE,
    alert,
    bad,
    everything,
    judgement,
    message,
    observed,
    part,
    transition,
)

SQL = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


class Crash(Exception):
    """The process is gone in the middle of a transaction."""


@dataclass(frozen=True)
class Append:
    """An append; `behind` its source makes a conflict, `crash` names the statement it dies at."""

    partitions: tuple[str, ...]
    behind: int
    panes: tuple[int, ...]
    rows: int
    rejected: int
    crash: int | None

    def apply(self, store: Store) -> None:
        stored = store.offsets("kafka")
        span, positions = {}, {}
        for partition in self.partitions:
            first = stored[partition].next - self.behind if partition in stored else 0
            span[partition] = (first, first + self.rows)
            read = Read("fraud", "3", self.rows) if self.rows % 2 else None
            positions[partition] = Position(first + self.rows, self.rows, None, "log", read)
        wholes = tuple(part(pane * MINUTE, self.rows) for pane in self.panes)
        segment = Population("fraud", "3", "other")
        parts = wholes + tuple(part(pane * MINUTE, 1, segment) for pane in self.panes)
        tallies = {**observed(parts), Tally("received", 0): self.rows}
        for pane in self.panes:
            tallies[Tally("refused", pane * MINUTE, "fraud", "3", "not_json")] = self.rejected
        records = tuple(bad(n) for n in range(self.rejected))
        store.append(Delta("kafka", span, positions, parts, tallies, records), MINUTE)


@dataclass(frozen=True)
class Judge:
    """A close, and a commit of the boundary if one is open; `stale` makes a conflict."""

    closed: int | None
    stale: bool
    fires: bool
    crash: int | None

    def apply(self, store: Store) -> None:
        reached = None if self.closed is None else self.closed * MINUTE
        store.close("fraud", lambda _: reached)
        opened = store.open("fraud", MINUTE)
        if opened is None:
            return
        boundary = opened.boundary
        kind = "firing" if self.fires else "resolved"
        decided = judgement(
            boundary - 2 * MINUTE if self.stale else opened.previous,
            boundary,
            alerts=(alert(since=boundary),),
            transitions=(transition(boundary),),
            messages=((message(f"m{boundary}", kind), ("people", "retrain")),),
            hours=(part(boundary // HOUR * HOUR, 60),),
            forget=boundary - 2 * MINUTE,
        )
        store.commit(decided)


@dataclass(frozen=True)
class Relay:
    """A look for what is due, and the answers to it."""

    outcome: Outcome
    limit: int
    crash: int | None

    def apply(self, store: Store) -> None:
        for sent in store.due("people", 5_000, 4_000, self.limit):
            tried = Attempt(sent.message.id, "people", 3_000, self.outcome, 200, "", 2_000)
            store.answered(tried)


@dataclass(frozen=True)
class Redeliver:
    """A person has all dead messages sent again."""

    crash: int | None

    def apply(self, store: Store) -> None:
        store.add(Instruction("redeliver", "people", 3_500))


crashes = st.one_of(st.none(), st.none(), st.integers(1, 9))
panes = st.lists(st.integers(0, 6), max_size=3, unique=True).map(tuple)
partitions = st.lists(st.sampled_from(["t-0", "t-1"]), max_size=2, unique=True).map(tuple)
steps = st.one_of(
    st.builds(
        Append,
        partitions=partitions,
        behind=st.sampled_from([0, 0, 0, 1]),
        panes=panes,
        rows=st.integers(0, 5),
        rejected=st.integers(0, 7),
        crash=crashes,
    ),
    st.builds(
        Judge,
        closed=st.one_of(st.none(), st.integers(0, 8)),
        stale=st.sampled_from([False, False, True]),
        fires=st.booleans(),
        crash=crashes,
    ),
    st.builds(
        Relay, st.sampled_from([Outcome.WAITING, Outcome.DEAD]), st.integers(1, 3), crash=crashes
    ),
    st.builds(Redeliver, crash=crashes),
)


class Both:
    """A store and its twin: each call is made on both, and must come to the same."""

    def __init__(self, store: Store, twin: Store) -> None:
        self._store, self._twin = store, twin

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            ours, theirs = getattr(self._store, name), getattr(self._twin, name)
            try:
                found = ours(*arguments)
            except Conflict:
                with pytest.raises(Conflict):
                    theirs(*arguments)
                raise
            assert found == theirs(*arguments)
            return found

        return call


@contextlib.contextmanager
def dying_at(engine: Engine, statement: int | None) -> Iterator[None]:
    """Let the process die before a statement, counted from 1."""
    left = itertools.count(1)

    def die(*_: object) -> None:
        if next(left) == statement:
            raise Crash

    event.listen(engine, "before_cursor_execute", die)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", die)


@pytest.mark.parametrize("stores", SQL, indirect=True)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(steps, max_size=14))
def test_any_history_leaves_what_the_twin_has(
    stores: tuple[SqlStore, Store], history: list[Append | Judge | Relay | Redeliver]
) -> None:
    store, _ = stores
    engine = store._database._engine
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    twin = Memory(RETENTION)
    both = cast(Store, Both(store, twin))
    for step in history:
        with contextlib.suppress(Conflict, Crash), dying_at(engine, step.crash):
            step.apply(both)
        assert everything(store) == everything(twin)
