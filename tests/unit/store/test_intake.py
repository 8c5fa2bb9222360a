"""What does every store owe to whoever appends?"""

import dataclasses

import numpy as np
import pytest

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.records import (
    Counter,
    Population,
    Position,
    Read,
    Reason,
    Refused,
    Tally,
)
from driftwatch.store import Store
from tests.unit.store.samples import FRAUD, HOUR, MINUTE, bad, delta, everything, part

OBSERVED = Counter("observations", "kafka", "fraud", "3")
LATE = Counter("late", "kafka", "fraud", "3")
SEGMENT = Population("fraud", "3", "country=DE")


def test_a_delta_is_saved_with_the_offsets_that_it_covers(store: Store) -> None:
    position = Position(10, high=7 * MINUTE, standing=99, log="topic-id")
    saved = delta(parts=(part(0), part(MINUTE, 3)), position=position, rejected=(bad(4),))
    assert store.append(saved, MINUTE) == {"t-0": position}
    assert store.offsets("kafka") == {"t-0": position}
    assert store.positions() == {"kafka": {"t-0": position}}
    assert store.panes("fraud", 0, HOUR) == [part(0), part(MINUTE, 3)]
    assert store.counters() == {OBSERVED: 13}
    assert store.tallies(0, MINUTE) == {("kafka", Tally("observations", 0, "fraud", "3")): 10}
    assert store.rejected(9) == [bad(4)]


def test_a_source_that_was_never_read_has_no_offsets(store: Store) -> None:
    assert store.offsets("kafka") == {}
    assert store.positions() == {}


def test_a_delta_that_does_not_start_where_the_store_stands_is_a_conflict(store: Store) -> None:
    store.append(delta(0, 10, parts=(part(0),)), MINUTE)
    before = everything(store)
    for first in (0, 9, 11):
        with pytest.raises(Conflict, match="t-0"):
            store.append(delta(first, 20, parts=(part(0),), rejected=(bad(12),)), MINUTE)
    assert everything(store) == before


def test_one_partition_that_moved_makes_a_conflict_of_the_whole_delta(store: Store) -> None:
    store.append(delta(0, 10, partition="t-0"), MINUTE)
    store.append(delta(0, 10, partition="t-2"), MINUTE)
    before = everything(store)
    spans = {"t-0": (10, 20), "t-1": (0, 5), "t-2": (9, 20)}
    both = dataclasses.replace(
        delta(parts=(part(0),), rejected=(bad(4),)),
        span=spans,
        positions={partition: Position(next_) for partition, (_, next_) in spans.items()},
    )
    with pytest.raises(Conflict):
        store.append(both, MINUTE)
    assert everything(store) == before


def test_several_partitions_move_in_one_append(store: Store) -> None:
    for spans in ({"t-0": (0, 10), "t-1": (7, 9)}, {"t-0": (10, 20), "t-1": (9, 11)}):
        positions = {partition: Position(next_) for partition, (_, next_) in spans.items()}
        given = dataclasses.replace(delta(), span=spans, positions=positions)
        assert store.append(given, MINUTE) == positions


def test_an_unknown_partition_matches_any_first(store: Store) -> None:
    assert store.append(delta(1_000, 1_010), MINUTE) == {"t-0": Position(1_010)}


def test_an_empty_span_may_say_that_a_partition_stands_at_its_end(store: Store) -> None:
    store.append(delta(0, 10), MINUTE)
    standing = Position(10, high=5, standing=77)
    assert store.append(delta(10, 10, position=standing), MINUTE) == {"t-0": standing}


def test_a_recreated_log_begins_anew(store: Store) -> None:
    store.append(delta(0, 500, position=Position(500, log="old")), MINUTE)
    anew = Position(3, log="new")
    assert store.append(delta(500, 3, position=anew), MINUTE) == {"t-0": anew}
    assert store.append(delta(3, 4, position=Position(4, log="new")), MINUTE)["t-0"].next == 4


def test_sources_do_not_share_partitions(store: Store) -> None:
    store.append(delta(0, 10, source="a"), MINUTE)
    assert store.append(delta(0, 20, source="b"), MINUTE) == {"t-0": Position(20)}
    assert store.offsets("a") == {"t-0": Position(10)}


def test_a_part_of_a_closed_pane_is_counted_late_and_not_kept(store: Store) -> None:
    store.append(delta(0, 10, parts=(part(MINUTE),)), MINUTE)
    store.close("fraud", lambda _: 2 * MINUTE)
    store.append(delta(10, 20, parts=(part(MINUTE, 4), part(2 * MINUTE, 6))), MINUTE)
    assert store.panes("fraud", 0, HOUR) == [part(MINUTE), part(2 * MINUTE, 6)]
    assert store.counters() == {OBSERVED: 16, LATE: 4}
    late = Tally("late", MINUTE, "fraud", "3")
    assert store.tallies(0, HOUR)["kafka", late] == 4


def test_a_pane_that_ends_after_closed_is_not_late(store: Store) -> None:
    store.append(delta(0, 10, parts=(part(0),)), MINUTE)
    store.close("fraud", lambda _: 2 * MINUTE - 1)
    store.append(delta(10, 20, parts=(part(MINUTE),)), MINUTE)
    assert LATE not in store.counters()


def test_the_width_of_the_pane_says_when_it_ends(store: Store) -> None:
    store.append(delta(0, 10, parts=(part(0),)), 5 * MINUTE)
    store.close("fraud", lambda _: 4 * MINUTE)
    store.append(delta(10, 20, parts=(part(0, 1),)), 5 * MINUTE)
    assert store.counters() == {OBSERVED: 11}


def test_late_rows_are_counted_once_whatever_segments_they_are_in(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    parts = (part(0, 10), part(0, 6, SEGMENT), part(0, 4, Population("fraud", "3", "other")))
    store.append(delta(parts=parts), MINUTE)
    assert store.counters() == {LATE: 10}
    assert store.panes("fraud", 0, HOUR) == []


def test_the_rows_of_segments_are_counted_beside_those_of_the_whole(store: Store) -> None:
    given = (part(0, 10), part(0, 6, SEGMENT), part(MINUTE, 5), part(MINUTE, 3, SEGMENT))
    store.append(delta(parts=given), MINUTE)
    store.append(delta(10, 20, parts=(part(MINUTE, 4), part(MINUTE, 2, SEGMENT))), MINUTE)
    counted = Counter("segment", "kafka", "fraud", "3", "country=DE")
    assert store.counters() == {OBSERVED: 19, counted: 11}
    assert {tally.kind for _, tally in store.tallies(0, HOUR)} == {"observations"}


def test_each_model_closes_for_itself(store: Store) -> None:
    other = Population("churn", "1")
    store.close("fraud", lambda _: HOUR)
    store.append(delta(parts=(part(0), part(0, 2, other))), MINUTE)
    assert store.panes("churn", 0, HOUR) == [part(0, 2, other)]
    assert store.panes("fraud", 0, HOUR) == []


def test_counters_add_up_over_panes_and_appends(store: Store) -> None:
    store.append(delta(0, 10, parts=(part(0), part(MINUTE))), MINUTE)
    store.append(delta(10, 20, parts=(part(MINUTE), part(HOUR))), MINUTE)
    assert store.counters() == {OBSERVED: 40}
    tallied = store.tallies(0, 2 * HOUR)
    assert {tally.pane: n for (_, tally), n in tallied.items()} == {0: 10, MINUTE: 20, HOUR: 10}


def test_counts_are_kept_apart_by_reason_and_version(store: Store) -> None:
    tallies = {
        Tally("rejected", 0, "fraud", "", "not_json"): 2,
        Tally("rejected", 0, "fraud", "", "tombstone"): 3,
        Tally("unjudged", 0, "fraud", "4"): 5,
    }
    store.append(delta(tallies=tallies), MINUTE)
    assert store.counters() == {
        Counter("rejected", "kafka", "fraud", "", "not_json"): 2,
        Counter("rejected", "kafka", "fraud", "", "tombstone"): 3,
        Counter("unjudged", "kafka", "fraud", "4"): 5,
    }


def test_the_newest_rejected_records_of_each_source_are_kept(store: Store) -> None:
    store.append(delta(0, 1, source="inbox", rejected=(bad(0, source="inbox"),)), MINUTE)
    store.append(delta(0, 4, rejected=tuple(bad(n) for n in range(4))), MINUTE)
    store.append(delta(4, 12, rejected=tuple(bad(n) for n in range(4, 12))), MINUTE)
    store.append(delta(12, 13, rejected=(bad(12),)), MINUTE)
    kept = [(record.source, record.offset) for record in store.rejected(100)]
    assert [offset for source, offset in kept if source == "kafka"] == [12, 11, 10, 9, 8]
    assert ("inbox", 0) in kept


def test_rejected_records_are_found_by_source_reason_model_and_place(store: Store) -> None:
    others = (bad(1, reason=Reason.TOMBSTONE, payload=None), bad(2, model="churn"))
    store.append(delta(rejected=(bad(0), *others)), MINUTE)
    assert store.rejected(9, reason=Reason.TOMBSTONE) == [others[0]]
    assert store.rejected(9, model="churn") == [others[1]]
    assert store.rejected(9, source="inbox") == []
    assert store.rejected(2) == [others[1], others[0]]
    assert store.rejected_at("kafka", "t-0", 1) == others[0]
    assert store.rejected_at("kafka", "t-1", 1) is None


def test_text_that_no_database_takes_does_not_stop_the_intake(store: Store) -> None:
    store.append(delta(rejected=(bad(0, detail="a\0b\ud800c", model="\udfff"),)), MINUTE)
    [kept] = store.rejected(1)
    assert (kept.detail, kept.model) == ("a\ufffdb?c", "?")


def test_numbers_of_numpy_are_stored_as_numbers(store: Store) -> None:
    position = Position(np.int64(10), high=np.int64(5), standing=np.int64(3))  # type: ignore[arg-type]
    odd = part(np.int64(MINUTE), np.int64(7))  # type: ignore[arg-type]
    store.append(delta(0, np.int64(10), position=position, parts=(odd,)), MINUTE)  # type: ignore[arg-type]
    assert store.offsets("kafka") == {"t-0": Position(10, 5, 3)}
    assert store.panes("fraud", MINUTE, HOUR) == [part(MINUTE, 7)]
    assert store.counters() == {OBSERVED: 7}


def test_another_opening_of_the_same_store_sees_what_was_appended(
    stores: tuple[Store, Store],
) -> None:
    first, second = stores
    first.append(delta(0, 10, parts=(part(0),)), MINUTE)
    assert second.panes("fraud", 0, MINUTE) == [part(0)]
    second.append(delta(10, 20), MINUTE)
    with pytest.raises(Conflict):
        first.append(delta(10, 20), MINUTE)


def test_panes_come_by_population_and_pane(store: Store) -> None:
    given = (part(MINUTE), part(0, 2, SEGMENT), part(0), part(MINUTE, 5, SEGMENT))
    store.append(delta(0, 10, parts=given), MINUTE)
    store.append(delta(10, 20, parts=(part(0, 9),)), MINUTE)
    found = store.panes("fraud", 0, 2 * MINUTE)
    expected = [(FRAUD, 0, 10), (FRAUD, 0, 9), (FRAUD, MINUTE, 10)]
    expected += [(SEGMENT, 0, 2), (SEGMENT, MINUTE, 5)]
    assert [(p.population, p.pane, p.rows) for p in found] == expected


def refused(
    pane: int, count: int, model: str = "fraud", reason: str = "not_json"
) -> dict[Tally, int]:
    return {Tally("refused", pane, model, "3", reason): count}


def test_the_last_record_that_could_be_read_is_kept_with_the_position(store: Store) -> None:
    read = Position(10, high=7, last=Read("fraud", "3", 9))
    assert store.append(delta(position=read), MINUTE) == {"t-0": read}
    assert store.positions() == {"kafka": {"t-0": read}}
    later = Position(20, high=8, last=Read("fraud", "4", 0))
    store.append(delta(10, 20, position=later), MINUTE)
    assert store.offsets("kafka") == {"t-0": later}


def test_what_was_rejected_of_a_model_is_summed_over_its_sources(store: Store) -> None:
    store.append(delta(tallies={**refused(0, 2), **refused(MINUTE, 1)}), MINUTE)
    store.append(delta(10, 20, tallies=refused(0, 3)), MINUTE)
    store.append(delta(source="http", tallies=refused(0, 4)), MINUTE)
    store.append(delta(source="files", tallies=refused(0, 100)), MINUTE)
    store.append(delta(20, 30, tallies=refused(0, 100, "churn")), MINUTE)
    store.append(delta(30, 40, tallies=refused(0, 5, reason="too_deep")), MINUTE)
    both = ["kafka", "http"]
    assert store.refused("fraud", both, 0, MINUTE) == [
        Refused("3", 0, "not_json", 9),
        Refused("3", 0, "too_deep", 5),
    ]
    assert store.refused("fraud", both, MINUTE, HOUR) == [Refused("3", MINUTE, "not_json", 1)]
    assert store.refused("fraud", [], 0, HOUR) == []


def test_what_was_rejected_counts_in_the_first_open_pane_once_its_own_is_closed(
    store: Store,
) -> None:
    store.close("fraud", lambda _: 5 * MINUTE)
    early = {**refused(0, 2), **refused(3 * MINUTE, 1), **refused(6 * MINUTE, 4)}
    store.append(delta(tallies=early), MINUTE)
    assert store.refused("fraud", ["kafka"], 0, HOUR) == [
        Refused("3", 5 * MINUTE, "not_json", 3),
        Refused("3", 6 * MINUTE, "not_json", 4),
    ]
    assert store.counters() == {Counter("refused", "kafka", "fraud", "3", "not_json"): 7}
