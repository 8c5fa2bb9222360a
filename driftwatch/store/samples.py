"""Which records of versions without a profile are kept, and which profiles were learned of them?

What is kept of a version and a day are the records of the lowest ranks. That is a function of the
logs: which replica appends what, and when it is pruned, changes nothing.
"""

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, select

from driftwatch.nouns.judgements import Learning, Progress
from driftwatch.nouns.records import Delta, Sample, Sampled
from driftwatch.store.database import upsert
from driftwatch.store.rules import DAY, LEARNED, LEARNING, is_sampled
from driftwatch.store.tables import learned, models, samples

_PLACE = (samples.c.model, samples.c.version, samples.c.day)


def keep(connection: Connection, delta: Delta, pane: int, closed: Mapping[str, int | None]) -> None:
    """Keep a delta's samples, but of panes that are closed, and of versions with a profile."""
    found: dict[tuple[str, str, int], list[Sample]] = defaultdict(list)
    for sample in delta.samples:
        if is_sampled(sample, pane, closed):
            found[sample.model, sample.version, sample.time // DAY * DAY].append(sample)
    for model in sorted({model for model, _, _ in found}):
        roomy = _versions(connection, model, {v for m, v, _ in found if m == model})
        for place in sorted(place for place in found if place[0] == model and place[1] in roomy):
            _add(connection, place, found[place], delta.quotas[model])


def _versions(connection: Connection, model: str, wanted: set[str]) -> set[str]:
    """Say of which versions records are kept: of few, and of none that was learned already."""
    done = set(connection.scalars(select(learned.c.version).where(learned.c.model == model)))
    query = select(samples.c.version).where(samples.c.model == model).distinct()
    known = set(connection.scalars(query))
    new = sorted(wanted - known - done)[: max(0, LEARNING - len(known))]
    return (wanted & known) - done | set(new)


def _add(
    connection: Connection, place: tuple[str, str, int], new: Sequence[Sample], quota: int
) -> None:
    here = and_(*(column == value for column, value in zip(_PLACE, place, strict=True)))
    held, highest = connection.execute(
        select(func.count(), func.max(samples.c.rank)).where(here)
    ).one()
    lower = [sample for sample in new if held < quota or sample.rank < highest]
    if not lower:
        return
    rows = [
        {
            "model": sample.model,
            "version": sample.version,
            "day": place[2],
            "rank": sample.rank,
            "source": sample.source,
            "partition": sample.partition,
            "offset": sample.offset,
            "time": sample.time,
            "body": zlib.compress(sample.body, 1),
        }
        for sample in sorted(lower, key=lambda sample: sample.rank)
    ]
    connection.execute(upsert(connection, samples).on_conflict_do_nothing(), rows)
    if held + len(rows) > quota:
        thin(connection, place[0], place[1], (place[2], place[2] + DAY), quota)


def thin(
    connection: Connection, model: str, version: str, days: tuple[int, int], quota: int
) -> None:
    """Keep the lowest ranks of the days in [start, end) together."""
    here = _within(model, version, days)
    order = select(samples.c.rank).where(here).order_by(samples.c.rank)
    last = connection.scalar(order.offset(quota - 1).limit(1))
    if last is not None:
        beyond = select(samples.c.rank).where(here, samples.c.rank > last)
        unheld = beyond.with_for_update(skip_locked=True)
        connection.execute(delete(samples).where(here, samples.c.rank.in_(unheld)))


def sampled(connection: Connection, model: str) -> Sampled:
    """Say how many records are kept of each version and day, and until when the model is closed."""
    closed = connection.scalar(select(models.c.closed).where(models.c.name == model))
    kept = _kept(connection).items()
    return Sampled(closed, {version: days for (of, version), days in kept if of == model})


def learning(
    connection: Connection, reached: Mapping[str, Progress]
) -> Mapping[tuple[str, str], Learning]:
    """Say how far versions without a profile have come."""
    return {
        pair: Learning.of(days, reached[pair[0]].closed if pair[0] in reached else None)
        for pair, days in _kept(connection).items()
    }


def _kept(connection: Connection) -> Mapping[tuple[str, str], dict[int, int]]:
    query = select(*_PLACE, func.count()).group_by(*_PLACE).order_by(*_PLACE)
    found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for model, version, day, count in connection.execute(query):
        found[model, version][day] = count
    return found


def within(
    connection: Connection, model: str, version: str, days: tuple[int, int], limit: int
) -> list[Sample]:
    """Give the records of the lowest ranks of the days in [start, end)."""
    query = select(samples).where(_within(model, version, days))
    rows = connection.execute(query.order_by(samples.c.rank).limit(limit))
    return [_sample(row) for row in rows]


def forget(connection: Connection, model: str, version: str) -> None:
    """Keep no record of a version any more."""
    ours = and_(samples.c.model == model, samples.c.version == version)
    connection.execute(delete(samples).where(ours))


def learn(
    connection: Connection, pair: tuple[str, str], fingerprint: str, body: bytes, at: int
) -> bool:
    """Keep a learned profile, and its records no more; False if another replica was first."""
    model, version = pair
    row = {"model": model, "version": version, "fingerprint": fingerprint, "at": at, "body": body}
    statement = upsert(connection, learned).on_conflict_do_nothing().returning(learned.c.version)
    first = connection.execute(statement, row).one_or_none() is not None
    forget(connection, model, version)
    newest = select(learned.c.version).where(learned.c.model == model)
    order = newest.order_by(learned.c.at.desc(), learned.c.version)
    outgrown = list(connection.scalars(order.offset(LEARNED)))
    connection.execute(
        delete(learned).where(learned.c.model == model, learned.c.version.in_(outgrown))
    )
    return first


def profiles(connection: Connection) -> Mapping[tuple[str, str], str]:
    """Give the fingerprints of learned profiles, the newest first."""
    query = select(learned.c.model, learned.c.version, learned.c.fingerprint)
    order = query.order_by(learned.c.at.desc(), learned.c.model, learned.c.version)
    return {(model, version): mark for model, version, mark in connection.execute(order)}


def profile(connection: Connection, model: str, version: str) -> bytes | None:
    """Give the document of a learned profile."""
    query = select(learned.c.body).where(learned.c.model == model, learned.c.version == version)
    body: bytes | None = connection.scalar(query)
    return body


def _within(model: str, version: str, days: tuple[int, int]) -> ColumnElement[bool]:
    start, end = days
    return and_(
        samples.c.model == model,
        samples.c.version == version,
        samples.c.day >= start,
        samples.c.day < end,
    )


def _sample(row: Row[Any]) -> Sample:
    return Sample(
        model=row.model,
        version=row.version,
        rank=row.rank,
        source=row.source,
        partition=row.partition,
        offset=row.offset,
        time=row.time,
        body=zlib.decompress(row.body),
    )
