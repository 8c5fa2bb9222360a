"""What every source owes: each function is one clause, run on every source.

A source is made over a log that holds at least two partitions with 300 records each.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from driftwatch.nouns.records import Offsets, Poll, Position

Stored = Callable[[], Offsets]
Make = Callable[[Stored], Any]
ENOUGH = 200


def gives_parallel_columns(make: Make) -> None:
    source = make(dict)
    try:
        for poll in several(source):
            n = len(poll.bodies)
            assert len(poll.partition) == len(poll.offset) == len(poll.arrived) == n
            assert (poll.partition.dtype, poll.offset.dtype) == (np.int16, np.int64)
            assert poll.arrived.dtype == np.int64
            assert poll.headers is None or len(poll.headers) == n
            assert not n or 0 <= poll.partition.min() <= poll.partition.max()
            assert not n or poll.partition.max() < len(poll.partitions)
            assert poll.standing <= set(poll.partitions)
    finally:
        source.close()


def gives_no_more_than_the_limit(make: Make) -> None:
    source = make(dict)
    try:
        sizes = [len(source.poll(7).bodies) for _ in range(40)]
    finally:
        source.close()
    assert 0 < max(sizes) <= 7


def names_itself(make: Make) -> None:
    source = make(dict)
    source.close()
    assert source.name


def is_restarted_at_first(make: Make) -> None:
    source = make(dict)
    try:
        polls = several(source)
    finally:
        source.close()
    assert next(p for p in polls if p.restarted or p.bodies).restarted


def covers_its_records_with_spans_that_follow_each_other(make: Make) -> None:
    source = make(dict)
    following: dict[str, int] = {}
    try:
        for poll in several(source):
            if poll.restarted:
                following.clear()
            for name, (first, after) in poll.span.items():
                assert following.setdefault(name, first) == first
                following[name] = after
            for name, offsets in by_partition(poll).items():
                first, after = poll.span[name]
                assert first <= offsets[0]
                assert offsets[-1] < after
                assert (np.diff(offsets) > 0).all()
    finally:
        source.close()


def goes_on_where_the_store_says(make: Make) -> None:
    before = make(dict)
    try:
        seen = read(before, ENOUGH)
    finally:
        before.close()
    name, offsets = min((name, sorted(bodies)) for name, bodies in seen.items())
    middle = offsets[len(offsets) // 2]
    stored = {other: Position(min(bodies)) for other, bodies in seen.items()}
    stored[name] = Position(middle)
    after = make(lambda: stored)
    try:
        again = read(after, 1, of=name)[name]
    finally:
        after.close()
    assert min(again) == middle
    both = set(seen[name]) & set(again)
    assert all(seen[name][offset] == again[offset] for offset in both)


def is_restarted_after_seek(make: Make) -> None:
    source = make(dict)
    try:
        first = read(source, ENOUGH)
        name = min(first)
        source.seek()
        assert source.poll(1).restarted
        source.seek()
        again = read(source, 1, of=name)
    finally:
        source.close()
    assert min(again[name]) == min(first[name])


def gives_nothing_of_what_is_paused(make: Make) -> None:
    source = make(dict)
    try:
        held = sorted(read(source, ENOUGH))[0]
        source.seek()
        source.pause([held])
        paused = several(source)
        source.pause([])
        resumed = read(source, 1, of=held)
    finally:
        source.close()
    assert held not in collected(paused)
    assert not any(held in poll.standing for poll in paused)
    assert held not in {name for poll in paused for name, (a, b) in poll.span.items() if a != b}
    assert held in resumed


def says_how_it_fares(make: Make) -> None:
    source = make(dict)
    try:
        seen = read(source, ENOUGH)
        lag, status = source.lag(), source.status()
    finally:
        source.close()
    assert status == ""
    assert set(seen) <= set(lag)
    assert all(isinstance(n, int) and n >= 0 for n in lag.values())


def takes_note_of_anything(make: Make) -> None:
    source = make(dict)
    source.acknowledge({"nobody/0": (0, 1)})
    try:
        seen = read(source, ENOUGH)
        source.acknowledge({name: (0, max(bodies) + 1) for name, bodies in seen.items()})
        source.acknowledge({"nobody/0": (0, 1)})
    finally:
        source.close()
        source.close()


CONTRACT: tuple[Callable[[Make], None], ...] = (
    gives_parallel_columns,
    gives_no_more_than_the_limit,
    names_itself,
    is_restarted_at_first,
    covers_its_records_with_spans_that_follow_each_other,
    goes_on_where_the_store_says,
    is_restarted_after_seek,
    gives_nothing_of_what_is_paused,
    says_how_it_fares,
    takes_note_of_anything,
)


def several(source: Any, records: int = ENOUGH) -> list[Poll]:
    """Poll until so many records came, or nothing comes any more."""
    polls: list[Poll] = []
    empty = 0
    while sum(len(p.bodies) for p in polls) < records and empty < 10:
        polls.append(source.poll(50))
        empty = 0 if polls[-1].bodies else empty + 1
    return polls


def read(source: Any, records: int, of: str = "") -> Mapping[str, Mapping[int, bytes | None]]:
    """Read until so many records came, of one partition if it is named."""
    polls: list[Poll] = []
    for _ in range(200):
        polls.append(source.poll(50))
        found = collected(polls)
        if sum(len(bodies) for name, bodies in found.items() if of in ("", name)) >= records:
            return found
    raise AssertionError(f"no {records} records of {of or 'anything'} came: {source.status()}")


def collected(polls: list[Poll]) -> dict[str, dict[int, bytes | None]]:
    """Give bodies by partition and offset."""
    found: dict[str, dict[int, bytes | None]] = {}
    for poll in polls:
        for body, p, offset in zip(poll.bodies, poll.partition, poll.offset, strict=True):
            found.setdefault(poll.partitions[p], {})[int(offset)] = body
    return found


def by_partition(poll: Poll) -> dict[str, Any]:
    """Give the offsets of each partition, in their order."""
    return {poll.partitions[p]: poll.offset[poll.partition == p] for p in np.unique(poll.partition)}
