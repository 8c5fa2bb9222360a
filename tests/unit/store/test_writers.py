"""Who writes what? Each table has one writer, so that no two can be at odds over it."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from driftwatch.nouns.judgements import Evidence
from driftwatch.nouns.messages import Circuit, Instruction
from driftwatch.nouns.retraining import Decision, Stage
from driftwatch.store import Store
from tests.unit.store.samples import (
    FRAUD,
    HOUR,
    MINUTE,
    alert,
    attempt,
    bad,
    committed,
    delta,
    judgement,
    message,
    part,
    transition,
    verdicts,
)
from tests.unit.store.test_retrainings import WHY, wish

WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")


@contextlib.contextmanager
def written(store: Store) -> Iterator[set[str]]:
    """Collect the tables that are written meanwhile."""
    tables: set[str] = set()
    engine = store._database._engine  # type: ignore[attr-defined]

    def note(_c: Any, _k: Any, statement: str, *_: object) -> None:
        if (found := WRITES.match(statement)) is not None:
            tables.add(found[1])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield tables
    finally:
        event.remove(engine, "before_cursor_execute", note)


def ingest(store: Store) -> None:
    store.append(delta(0, 10, parts=(part(0), part(HOUR)), rejected=(bad(3),)), MINUTE)
    located = {("t-0", HOUR): (10, 20)}
    store.append(replace(delta(10, 20, parts=(part(HOUR),)), places=located), MINUTE)


def tick(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    store.open("fraud", MINUTE)
    store.commit(
        judgement(
            None,
            MINUTE,
            verdicts=(verdicts(),),
            alerts=(alert(),),
            transitions=(transition(),),
            messages=((message("m2"), ("people",)),),
            hours=(part(0),),
            forget=MINUTE,
            retrainings=(wish(Stage.HELD),),
            decisions=(Decision("retrain_1", Stage.HELD, WHY, 1_000, MINUTE),),
            evidence=(Evidence(FRAUD, "f1", b"body"),),
        )
    )


def relay(store: Store) -> None:
    for _ in store.due("people", 5_000, 4_000, 10):
        store.answered(attempt())
    store.save_circuit(Circuit("people", 3))


def look(store: Store) -> None:
    store.snapshot(0)
    store.counters()
    store.positions()
    store.tallies(0, HOUR)
    store.rejected(10)
    store.transitions(10)
    store.deliveries(10)
    store.offsets("kafka")
    store.between("fraud")
    store.places(("kafka",), 0, HOUR)
    store.retrainings(10)
    store.decisions("retrain_1")


INGEST = {"places", "positions", "parts", "tallies", "counters", "rejected"}
JUDGED = {"models", "hours", "verdicts", "alerts", "transitions", "messages", "deliveries"}
JUDGED |= {"retrainings", "decisions"}
JUDGED |= {"evidence"}


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("writer", "tables"),
    [
        # A model that is new gets its row, so that there is something for `close` to move.
        (ingest, INGEST | {"models"}),
        # Minute panes that no window needs any more go with the judgement that outlived them.
        (tick, JUDGED | {"parts"}),
        # Tries are counted; they are counters of the relay's own.
        (relay, {"deliveries", "attempts", "circuits", "counters"}),
        (look, set()),
        (lambda store: store.add(Instruction("acknowledge", "m1", 5)), {"instructions"}),
    ],
    ids=["ingest", "tick", "relay", "looks", "people"],
)
def test_each_writes_its_own_tables_only(
    store: Store, writer: Callable[[Store], object], tables: set[str]
) -> None:
    if writer is relay:
        committed(store, message())
    with written(store) as found:
        writer(store)
    assert found == tables
