"""How is a delta saved with the offsets it covers: whole, once, or not at all?

Rows are always locked in the same order (models, then positions, then counts, each sorted), so that
replicas wait for each other and never in a circle.
"""

from collections import Counter as Count
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.records import Delta, Offsets, Part, Position, Read, Tally
from driftwatch.store import samples
from driftwatch.store.database import lock, upsert
from driftwatch.store.rules import (
    REFUSED,
    SEGMENT,
    by_segment,
    rename,
    settle,
    together,
    unnamed,
)
from driftwatch.store.tables import counters, models, parts, places, positions, rejected, tallies

_STANDS = ("next", "high", "standing", "log", "model", "version", "arrived")
_MOVE = (
    update(positions)
    .where(
        positions.c.source == bindparam("of"),
        positions.c.partition == bindparam("in"),
        positions.c.next == bindparam("first"),
    )
    .values({name: bindparam(f"to_{name}") for name in _STANDS})
)


def offsets(connection: Connection, source: str) -> Offsets:
    """Give every partition of a source that was ever read."""
    query = select(positions).where(positions.c.source == source)
    return {row.partition: position(row) for row in connection.execute(query)}


def position(row: Any) -> Position:
    """Read where a partition stands."""
    last = None if row.arrived is None else Read(row.model, row.version, row.arrived)
    return Position(row.next, row.high, row.standing, row.log, last)


def append(connection: Connection, delta: Delta, pane: int, bound: int) -> Offsets:
    """Save a delta; `bound` is how many rejected records are kept of a source."""
    written = {part.population.model for part in delta.parts}
    written |= {tally.model for tally in delta.tallies if tally.kind == REFUSED}
    closed = hold(connection, written | {sample.model for sample in delta.samples})
    _move(connection, delta)
    delta = _named(connection, delta)
    kept, counts = settle(delta, pane, closed)
    if kept:
        connection.execute(insert(parts), [{**part_row(p), "width": pane} for p in kept])
    _locate(connection, delta, pane)
    samples.keep(connection, delta, pane, closed)
    _count(connection, delta.source, counts)
    _count_segments(connection, delta.source, kept)
    _reject(connection, delta, bound)
    return offsets(connection, delta.source)


def hold(connection: Connection, names: Collection[str]) -> Mapping[str, int | None]:
    """Give `closed` of each model, and keep it from moving until this transaction ends.

    Without the lock, a part could be added to a pane which a concurrent `close` has just closed:
    it would be judged by nobody. Whoever comes second waits, and then reads what the first wrote.
    """
    if not names:
        return {}
    for name in sorted(names):
        lock(connection, name, shared=True)
    query = select(models.c.name, models.c.closed).where(models.c.name.in_(names))
    closed = {name: end for name, end in connection.execute(query)}
    unknown = sorted(set(names) - set(closed))
    if unknown:
        rows = [{"name": name} for name in unknown]
        connection.execute(upsert(connection, models).on_conflict_do_nothing(), rows)
        closed = {name: end for name, end in connection.execute(query)}
    return closed


def part_row(part: Part) -> dict[str, Any]:
    """Give the columns that minute panes and hour panes share."""
    population = part.population
    return {
        "model": population.model,
        "version": population.version,
        "segment": population.segment,
        "reference": part.reference,
        "pane": part.pane,
        "rows": part.rows,
        "body": part.body,
    }


def _move(connection: Connection, delta: Delta) -> None:
    """Move each offset from the span's first to its next; Conflict if any stands elsewhere."""
    if not delta.span:
        return
    query = select(positions.c.partition).where(
        positions.c.source == delta.source, positions.c.partition.in_(delta.span)
    )
    known = set(connection.scalars(query))
    moved = [_moved(delta, partition) for partition in sorted(known)]
    if sum(connection.execute(_MOVE, row).rowcount for row in moved) != len(moved):
        raise Conflict(_elsewhere(delta))
    new = [_new(delta, partition) for partition in sorted(set(delta.span) - known)]
    if new:
        try:
            connection.execute(insert(positions), new)
        except IntegrityError as error:
            raise Conflict(_elsewhere(delta)) from error


def _elsewhere(delta: Delta) -> str:
    spans = ", ".join(f"{p} [{first}, {next_})" for p, (first, next_) in delta.span.items())
    return f"source {delta.source}: {spans} does not start where the store stands"


def _moved(delta: Delta, partition: str) -> dict[str, Any]:
    first, _ = delta.span[partition]
    stands = {f"to_{name}": value for name, value in _stands(delta, partition).items()}
    return {"of": delta.source, "in": partition, "first": first, **stands}


def _new(delta: Delta, partition: str) -> dict[str, Any]:
    return {"source": delta.source, "partition": partition, **_stands(delta, partition)}


def _stands(delta: Delta, partition: str) -> dict[str, Any]:
    _, next_ = delta.span[partition]
    to, last = delta.positions[partition], delta.positions[partition].last
    read = (last.model, last.version, last.arrived) if last else ("", "", None)
    return dict(zip(_STANDS, (next_, to.high, to.standing, to.log, *read), strict=True))


def _named(connection: Connection, delta: Delta) -> Delta:
    """Count versions without a profile together where there are many."""
    new = unnamed(delta)
    if not new:
        return delta
    query = select(counters.c.model, counters.c.version, counters.c.kind).distinct()
    kinds = counters.c.kind.in_(("observations", "late", "unjudged"))
    ours = query.where(kinds, counters.c.model.in_({model for model, _ in new}))
    known = [(model, version, kind) for model, version, kind in connection.execute(ours)]
    return rename(delta, together(new, known))


def _locate(connection: Connection, delta: Delta, pane: int) -> None:
    """Note where the observations of each pane lie; what is known of it already widens."""
    rows = [
        {
            "source": delta.source,
            "partition": partition,
            "pane": start,
            "width": pane,
            "first": first,
            "next": next_,
        }
        for (partition, start), (first, next_) in sorted(delta.places.items())
    ]
    if not rows:
        return
    statement = upsert(connection, places)
    known, new = places.c, statement.excluded
    wider = {
        "first": case((new["first"] < known["first"], new["first"]), else_=known["first"]),
        "next": case((new["next"] > known["next"], new["next"]), else_=known["next"]),
    }
    keys = list(places.primary_key.columns)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=wider), rows)


def _count(connection: Connection, source: str, counts: Mapping[Tally, int]) -> None:
    totals: Count[tuple[str, str, str, str]] = Count()
    rows = []
    for tally, count in counts.items():
        kind = (tally.kind, tally.model, tally.version, tally.reason)
        totals[kind] += count
        rows.append((tally.pane, *kind, count))
    if not rows:
        return
    names = ("pane", "kind", "model", "version", "reason", "count")
    add_up(connection, tallies, [_row(names, row, source) for row in sorted(rows)])
    sums = sorted((*kind, count) for kind, count in totals.items())
    add_up(connection, counters, [_row(names[1:], row, source) for row in sums])


def _count_segments(connection: Connection, source: str, kept: Iterable[Part]) -> None:
    names = ("kind", "model", "version", "reason", "count")
    rows = [
        _row(names, (SEGMENT, of.model, of.version, of.segment, count), source)
        for of, count in sorted(by_segment(kept).items())
    ]
    if rows:
        add_up(connection, counters, rows)


def _row(names: tuple[str, ...], row: tuple[Any, ...], source: str) -> dict[str, Any]:
    return {"source": source, **dict(zip(names, row, strict=True))}


def add_up(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Add to counts, which begin at nothing."""
    statement = upsert(connection, table)
    total = table.c["count"] + statement.excluded["count"]
    keys = list(table.primary_key.columns)
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_={"count": total}), rows
    )


def _reject(connection: Connection, delta: Delta, bound: int) -> None:
    """Keep the newest rejected records of a source, up to the bound."""
    newest = delta.rejected[-bound:] if bound else ()
    if not newest:
        return
    rows = [
        {
            "source": record.source,
            "partition": record.partition,
            "offset": record.offset,
            "arrived": record.arrived,
            "reason": record.reason,
            "detail": record.detail,
            "model": record.model,
            "payload": record.payload,
        }
        for record in newest
    ]
    connection.execute(insert(rejected), rows)
    ours = select(rejected.c.id).where(rejected.c.source == delta.source)
    oldest_kept = ours.order_by(rejected.c.id.desc()).offset(bound - 1).limit(1).scalar_subquery()
    outgrown = ours.where(rejected.c.id < oldest_kept).with_for_update(skip_locked=True)
    connection.execute(delete(rejected).where(rejected.c.id.in_(outgrown)))
