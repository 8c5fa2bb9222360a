"""What becomes of what was read, when the store or the source does not go along?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from driftwatch.nouns.errors import StoreFull, Transient
from driftwatch.nouns.records import Counter, Delta, Offsets, Poll, Position, Skip, Skipped
from driftwatch.pipeline import ingest
from tests.unit.pipeline.scenes import (
    MINUTE,
    NOW,
    SOURCE,
    Crash,
    Line,
    LogSource,
    Record,
    Scene,
    away,
    known,
    profile,
)

SECOND = 1_000_000
RECEIVED = Counter("received", SOURCE)


def scene(*lengths: int) -> Scene:
    """Make partitions of so many records, a minute apart."""
    return Scene({f"t/{i}": [Record(at) for at in range(n)] for i, n in enumerate(lengths)})


def received(of: Scene) -> int:
    return of.store.counters().get(RECEIVED, 0)


class EagerSource(LogSource):
    """A source that gives records with the very poll in which it was placed."""

    def poll(self, limit: int) -> Poll:
        if self._next is None:
            super().poll(limit)
            return replace(super().poll(limit), restarted=True)
        return super().poll(limit)


def test_what_was_read_is_in_the_store_when_ingest_has_left():
    of = scene(30, 4)
    of.read(of.source(), 12)
    assert received(of) == 34
    assert of.store.offsets(SOURCE)["t/0"].next == 30


def test_a_span_is_acknowledged_only_after_it_is_in_the_store():
    of, source = scene(30), None
    stored: list[Offsets] = []

    class Watched(LogSource):
        def acknowledge(self, span: Any) -> None:
            super().acknowledge(span)
            stored.append(of.store.offsets(SOURCE))

    source = Watched(of.log, lambda: of.store.offsets(SOURCE), lambda: list(of.log))
    of.read(source, 8)
    assert source.acknowledged
    for span, offsets in zip(source.acknowledged, stored, strict=True):
        assert {n: following for n, (_, following) in span.items()} == {
            n: offsets[n].next for n in span
        }


def test_a_crash_between_append_and_acknowledge_counts_nothing_twice():
    of = scene(30)

    class Dying(LogSource):
        def acknowledge(self, span: Any) -> None:
            if any(first < following for first, following in span.values()):
                raise Crash

    with pytest.raises(Crash):
        of.read(Dying(of.log, lambda: of.store.offsets(SOURCE), lambda: list(of.log)), 8)
    assert received(of) == 14
    of.read(of.source(), 8)
    assert received(of) == 30


@pytest.mark.parametrize("kind", [LogSource, EagerSource])
def test_nothing_is_lost_if_the_store_is_away_when_a_source_is_first_read(kind: type[LogSource]):
    of = scene(30)
    source = kind(of.log, lambda: of.store.offsets(SOURCE), lambda: list(of.log))
    line = Line(of.store)
    line.breaks = ("offsets", away(), "before")
    of.read(source, 12, line)
    assert received(of) == 30


def test_what_was_read_before_a_rebalance_is_dropped_even_if_the_store_is_away_then():
    """Otherwise the delta of before would be offered for ever beside what is read again."""
    of = scene(30, 30)
    source, line = of.source(), Line(of.store)

    def rebalance() -> None:
        source.seek()
        line.breaks = ("offsets", away(), "before")

    of.read(source, 20, line, at={2: rebalance})
    assert received(of) == 60


class Full(Line):
    """A store that is full until it is told that there is room."""

    def __init__(self, of: Scene, error: Callable[[], Transient]) -> None:
        super().__init__(of.store)
        self.full, self.error, self.offered = True, error, 0

    def make_room(self) -> None:
        self.full = False

    def append(self, delta: Any, pane: int) -> Offsets:
        self.offered += 1
        if self.full:
            raise self.error()
        return super().append(delta, pane)


@pytest.mark.parametrize("error", [away, lambda: StoreFull("the disk is full")])
def test_while_the_store_is_full_or_away_nothing_more_is_read_and_the_same_delta_is_offered(
    error: Callable[[], Transient],
):
    of = scene(100, 100)
    source, line = of.source(), Full(of, error)
    left = list[int]()
    at = {poll: lambda: left.append(sum(source.lag().values())) for poll in range(10, 400)}
    of.read(source, 480, line, at={**at, 400: line.make_room})
    assert len(set(left)) == 1
    assert left[0] > 0
    assert line.offered > 300
    assert received(of) == 200
    assert source.paused == frozenset()


def test_what_is_wrong_with_the_store_is_said_and_taken_back():
    of, told = scene(30), list[str]()
    line = Full(of, away)
    of.read(of.source(), 15, line, at={10: line.make_room}, report=told.append)
    assert told[0] == told[-1] == ""
    assert "the store is away" in told


def test_a_conflict_reads_on_from_the_store_and_forgets_what_was_not_saved():
    of = scene(30)
    of.read(of.source(), 15, at={3: lambda: of.read(of.source(), 3)})
    assert received(of) == 30


def test_a_partition_held_for_running_ahead_is_held_again_after_a_conflict():
    of = Scene({"t/0": [Record(at * 3) for at in range(100)], "t/1": [Record(0)] * 300})
    source, held = of.source(), list[frozenset[str]]()
    at = {poll: lambda: held.append(source.paused) for poll in (35, 44)}
    of.read(source, 45, at={40: lambda: of.read(of.source(), 5), **at})
    assert held == [{"t/0"}, {"t/0"}]


def test_a_store_that_was_set_back_is_read_again_from_where_it_stands():
    of, backup = scene(30), scene(30)
    backup.read(backup.source(), 3)
    line = Line(of.store)
    source = LogSource(of.log, lambda: line.offsets(SOURCE), lambda: list(of.log))
    of.read(source, 15, line, at={5: lambda: line.lead_to(backup.store)})
    assert received(backup) == 30


def test_an_append_of_which_nobody_knows_if_it_happened_counts_once():
    for when in ("before", "after"):
        of = scene(30)
        line = Line(of.store)
        line.breaks = ("append", away(), when)
        of.read(of.source(), 12, line)
        assert received(of) == 30


def test_a_gap_in_the_log_is_saved_at_once():
    """A span that went back and forth again to where it began would be no fence."""
    of = scene()
    polls = [
        Poll(
            [], ("t/0",), *columns(0), span={"t/0": (50, 0)}, restarted=True,
            skipped=(Skipped("t/0", Skip.RECREATED, 50, 0, 0),),
        ),
        Poll([b"{"] * 50, ("t/0",), *columns(50), span={"t/0": (0, 50)}),
    ]  # fmt: skip
    of.log["t/0"] = []  # type: ignore[index]
    of.store.append(standing_at(50), MINUTE)

    class Told(LogSource):
        def poll(self, limit: int) -> Poll:
            return polls.pop(0)

    source = Told(of.log, lambda: of.store.offsets(SOURCE), lambda: ["t/0"])
    line = Line(of.store)
    going = iter([True, True, False])
    ingest(of.reading(source, line, records=10**6), of.clock, lambda: next(going))
    assert source.acknowledged == [{"t/0": (50, 0)}, {"t/0": (0, 50)}]


def columns(n: int) -> Any:
    return np.zeros(n, np.int16), np.arange(n), np.full(n, NOW)


def standing_at(offset: int) -> Delta:
    return Delta(SOURCE, {"t/0": (0, offset)}, {"t/0": Position(offset)}, (), {}, ())


def test_a_clock_that_was_set_back_does_not_keep_what_was_read_from_the_store():
    of, seen = scene(30), list[int]()

    def set_back() -> None:
        of.clock.now -= 3600 * SECOND

    at = {2: set_back, 8: lambda: seen.append(received(of))}
    of.read(of.source(), 9, at=at, records=10**6)
    assert seen == [30]


def test_decoding_and_counting_go_by_the_same_profiles():
    """A profile that is found between the two counts from the next poll on."""
    of = scene(30)
    with_profile, without, looks = of.known, known(), 0
    without = replace(with_profile, profiles={})

    def refreshing() -> Any:
        nonlocal looks
        looks += 1
        return with_profile if looks > 2 else without

    of.read(of.source(), 8, known=refreshing)
    kinds = {c.kind: n for c, n in of.store.counters().items()}
    assert kinds == {"received": 30, "unjudged": 7, "observations": 23}


def test_a_profile_replaced_under_the_same_version_is_counted_apart():
    of = scene(30)
    new, looks = known(profile(print_="ref-2")), 0

    def refreshing() -> Any:
        nonlocal looks
        looks += 1
        return of.known if looks < 3 else new

    of.read(of.source(), 8, known=refreshing)
    parts = of.store.panes("fraud", 0, 2**60)
    rows = {
        print_: sum(p.rows for p in parts if p.reference == print_) for print_ in ("ref-1", "ref-2")
    }
    assert rows == {"ref-1": 7, "ref-2": 23}
