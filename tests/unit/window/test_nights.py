"""What happens when data stop, come from elsewhere in time, or from some partitions only?

Told with a log that is read, appended and asked for its watermark, as ingest and tick do it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from driftwatch.nouns.records import Delta, Offsets, Position, Tally
from driftwatch.window.delta import DeltaBuilder
from driftwatch.window.settings import WindowSettings
from driftwatch.window.watermark import ahead, watermark
from tests.unit.decode.samples import known, poll
from tests.unit.window.samples import HOUR, MINUTE, NOON, PROFILE, SECOND, batch, decoded

KNOWN = known(PROFILE)
OF = WindowSettings(
    lateness=timedelta(minutes=2), idle=timedelta(minutes=1), future=timedelta(minutes=10)
)


@dataclass
class Night:
    """A source of two partitions that appends after every poll; `now` is the wall clock."""

    now: int = NOON
    offsets: Offsets = field(default_factory=dict)
    appended: list[Delta] = field(default_factory=list)

    def read(self, *happened: tuple[int, int], standing: Sequence[str] = ("0", "1")) -> None:
        """Read records, given as (partition, event time), that arrive now."""
        first = {name: position.next for name, position in self.offsets.items()}
        one = poll(
            [b"{}"] * len(happened),
            partition=[p for p, _ in happened],
            partitions=["0", "1"],
            arrived=self.now,
            first=first,
            standing=standing,
        )
        made = DeltaBuilder("kafka", self.offsets, OF, 0, self.now)
        made.add(one, decoded(*[batch([t for _, t in happened])] if happened else []), KNOWN)
        if made.worth_appending:
            self.appended.append(made.build(self.now))
            self.offsets = {**self.offsets, **self.appended[-1].positions}

    def wait(self, duration: int, standing: Sequence[str] = ("0", "1")) -> None:
        """Let time pass, polling in vain every ten seconds."""
        for _ in range(duration // (10 * SECOND)):
            self.now += 10 * SECOND
            self.read(standing=standing)

    @property
    def closed(self) -> int | None:
        return watermark({"kafka": self.offsets}, OF, self.now)

    def tallied(self, kind: str) -> int:
        counts = [delta.tallies for delta in self.appended]
        return sum(n for some in counts for tally, n in some.items() if tally.kind == kind)


def test_on_an_idle_night_the_last_pane_closes_and_nothing_more_is_appended():
    night = Night()
    night.read((0, NOON), (1, NOON))
    night.wait(50 * SECOND)
    assert night.closed == NOON - 2 * MINUTE
    night.wait(3 * MINUTE)
    assert night.closed is not None
    assert night.closed >= NOON + MINUTE
    night.wait(8 * HOUR)
    assert len(night.appended) == 1


def test_in_the_morning_records_count_and_close_the_panes_again():
    night = Night()
    night.read((0, NOON), (1, NOON))
    night.wait(8 * HOUR)
    night.read((0, night.now - SECOND), (1, night.now))
    assert (night.tallied("observations"), night.tallied("late")) == (4, 0)
    assert night.closed == (night.now - SECOND) // MINUTE * MINUTE - 2 * MINUTE


def test_one_record_from_the_future_closes_nothing():
    night = Night()
    night.read((0, NOON), (1, NOON))
    night.read((0, NOON + 9 * HOUR), (0, NOON), (1, NOON))
    assert night.closed == NOON - 2 * MINUTE
    assert night.tallied("observations") == 4
    (rejected,) = (
        d.tallies
        for d in night.appended
        if Tally("rejected", NOON, reason="time_in_future") in d.tallies
    )
    assert rejected[Tally("rejected", NOON, reason="time_in_future")] == 1


def test_an_idle_partition_does_not_hold_back_the_other():
    night = Night()
    night.read((0, NOON), (1, NOON))
    for _ in range(30):
        night.now += MINUTE
        night.read((0, night.now))
    assert night.closed == NOON + 28 * MINUTE


def test_a_partition_that_trickles_is_waited_for():
    night = Night()
    night.read((0, NOON), (1, NOON))
    for _ in range(30):
        night.now += 30 * SECOND
        night.read((0, night.now), (1, NOON))
    assert night.closed == NOON - 2 * MINUTE
    assert night.tallied("late") == 0


def test_a_partition_that_cannot_be_read_is_waited_for():
    night = Night()
    night.read((0, NOON), (1, NOON))
    for _ in range(30):
        night.now += MINUTE
        night.read((0, night.now), standing=["0"])
    assert night.closed == NOON - 2 * MINUTE


def test_a_producer_an_hour_behind_is_waited_for_and_nothing_of_it_is_late():
    night = Night()
    for _ in range(90):
        night.now += MINUTE
        night.read((0, night.now), (1, night.now - HOUR))
    assert night.closed == night.now - HOUR - 2 * MINUTE
    assert (night.tallied("late"), night.tallied("observations")) == (0, 180)
    assert ahead(night.offsets, OF, night.now) == frozenset()


def test_a_partition_whose_backlog_is_read_holds_the_others():
    night = Night()
    night.read((0, NOON), (1, NOON - 10 * HOUR), standing=["0"])
    assert ahead(night.offsets, OF, night.now) == {"0"}
    night.wait(MINUTE, standing=[])
    night.read((1, NOON - HOUR), standing=["1"])
    assert ahead(night.offsets, OF, night.now) == frozenset()


def test_a_partition_that_was_found_and_not_read_yet_keeps_everything_open():
    night = Night(offsets={"1": Position(0)})
    night.read((0, NOON), standing=["0"])
    assert night.closed is None
    night.read(standing=["1"])
    assert night.closed is None
    night.wait(MINUTE, standing=["1"])
    assert night.closed == NOON - 2 * MINUTE


def test_what_comes_to_a_new_topic_partition_by_partition_closes_nothing_before_the_rest():
    night = Night(offsets={"0": Position(0), "1": Position(0)})
    night.read(standing=["0", "1"])
    night.read((0, NOON), standing=["1"])
    assert night.closed is None
    night.read((1, NOON - HOUR))
    assert night.closed == NOON - HOUR - 2 * MINUTE
