"""What does a source read between two appends?"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import merge, tabulate
from driftwatch.decode.json import JsonFormat
from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.nouns.records import (
    Decoded,
    Delta,
    Offsets,
    Poll,
    Population,
    Position,
    Reason,
    Skip,
    Skipped,
    Tally,
)
from driftwatch.window import delta as module
from driftwatch.window.delta import DeltaBuilder
from driftwatch.window.settings import WindowSettings
from tests.unit.decode.samples import body, known, poll
from tests.unit.window.samples import (
    HOUR,
    MINUTE,
    NOON,
    PROFILE,
    SETTINGS,
    batch,
    decoded,
    read,
)

KNOWN = known(PROFILE)
FRAUD = Population("fraud", "3")


def builder(offsets: Offsets | None = None, *, keep: int = 1024, now: int = NOON) -> DeltaBuilder:
    return DeltaBuilder("kafka", offsets or {}, SETTINGS, keep, now)


def delta_of(*reads: tuple[Poll, Decoded], of: Known = KNOWN, now: int = NOON) -> Delta:
    made = builder()
    for one in reads:
        made.add(*one, of)
    return made.build(now)


def counted(delta: Delta, kind: str) -> dict[int, int]:
    return {tally.pane: count for tally, count in delta.tallies.items() if tally.kind == kind}


def test_a_delta_covers_what_was_read_of_each_partition():
    made = builder({"0": Position(5), "1": Position(7), "2": Position(9)})
    made.add(*read([NOON, NOON], partition=[0, 1], first={"0": 5, "1": 7}), KNOWN)
    made.add(*read([NOON, NOON], partition=[0, 0], first={"0": 6}), KNOWN)
    built = made.build(NOON)
    assert built.source == "kafka"
    assert built.span == {"0": (5, 8), "1": (7, 8)}
    assert {name: p.next for name, p in built.positions.items()} == {"0": 8, "1": 8}


def test_a_delta_says_within_which_offsets_the_observations_of_each_pane_lie() -> None:
    times = [NOON, NOON + MINUTE, NOON + 1, NOON + MINUTE]
    first = read(times, partition=[0, 0, 0, 1], first={"0": 5, "1": 70})
    second = read([NOON, NOON - HOUR], partition=[0, 0], first={"0": 8})
    assert delta_of(first, second).places == {
        ("0", NOON): (5, 9),
        ("0", NOON + MINUTE): (6, 7),
        ("1", NOON + MINUTE): (70, 71),
    }


def test_a_poll_that_does_not_follow_is_a_conflict_and_leaves_the_delta_as_it_was():
    made = builder({"0": Position(5)})
    made.add(*read([NOON], first={"0": 5}), KNOWN)
    before = made.build(NOON)
    with pytest.raises(
        Conflict, match="0: the source goes on at offset 7, but the store stands at 6"
    ):
        made.add(*read([NOON], first={"0": 7}), KNOWN)
    assert made.build(NOON) == before


def test_a_partition_that_the_store_does_not_know_begins_anywhere():
    made = builder()
    made.add(*read([NOON], first={"0": 400}), KNOWN)
    assert made.build(NOON).span == {"0": (400, 401)}


def test_offsets_without_records_are_covered_too():
    made = builder({"0": Position(5)})
    empty = replace(poll([]), partitions=("0",), span={"0": (5, 9)})
    made.add(empty, decoded(), KNOWN)
    assert made.worth_appending
    assert made.build(NOON).span == {"0": (5, 9)}


def test_a_partition_that_was_found_and_not_read_yet_is_made_known():
    made = builder()
    made.add(replace(poll([]), partitions=("0",), span={"0": (3, 3)}), decoded(), KNOWN)
    built = made.build(NOON)
    assert (built.span, built.positions) == ({"0": (3, 3)}, {"0": Position(3)})


def test_positions_may_go_back_where_a_log_was_cut():
    made = builder({"0": Position(90, NOON)})
    made.add(replace(poll([]), partitions=("0",), span={"0": (90, 40)}), decoded(), KNOWN)
    made.add(*read([NOON], first={"0": 40}), KNOWN)
    built = made.build(NOON)
    assert (built.span, built.positions["0"].next) == ({"0": (90, 41)}, 41)


def test_the_log_is_remembered_with_the_position():
    made = builder({"0": Position(5, log="old")})
    made.add(replace(poll([]), partitions=("0",), logs={"0": "new"}), decoded(), KNOWN)
    assert made.build(NOON).positions == {"0": Position(5, log="new")}


def test_the_newest_event_time_is_kept_with_the_position():
    made = builder({"0": Position(0, NOON - HOUR), "1": Position(0, NOON)})
    made.add(*read([NOON - 5, NOON - 9], partition=[0, 1]), KNOWN)
    found = made.build(NOON).positions
    assert {name: p.high for name, p in found.items()} == {"0": NOON - 5, "1": NOON}


def silent(*standing: str) -> tuple[Poll, Decoded]:
    return poll([], partitions=["0", "1"], standing=standing), decoded()


def test_a_partition_stands_since_the_append_after_it_came_to_its_end():
    made = builder({"0": Position(5)})
    made.add(*silent("0"), KNOWN)
    assert made.worth_appending
    built = made.build(NOON + 7)
    assert (built.span, built.positions) == ({"0": (5, 5)}, {"0": Position(5, standing=NOON + 7)})


def test_an_idle_stretch_is_not_worth_an_append():
    made = builder({"0": Position(5, NOON, standing=NOON), "1": Position(6, NOON)})
    for _ in range(3):
        made.add(*silent("0"), KNOWN)
    assert not made.worth_appending
    assert made.build(NOON + HOUR).span == {}


def test_a_partition_that_is_no_more_at_its_end_does_not_stand():
    made = builder({"0": Position(5, NOON, standing=NOON)})
    made.add(*silent(), KNOWN)
    assert made.build(NOON + HOUR).positions == {"0": Position(5, NOON)}


def test_a_partition_that_moved_stands_anew():
    made = builder({"0": Position(0, standing=NOON - HOUR)})
    made.add(*read([NOON], standing=["0"]), KNOWN)
    made.add(*silent("0"), KNOWN)
    assert made.build(NOON + 1).positions["0"].standing == NOON + 1


def test_a_partition_that_stood_only_in_between_does_not_stand():
    made = builder({"0": Position(0)})
    made.add(*silent("0"), KNOWN)
    made.add(*silent(), KNOWN)
    assert not made.worth_appending


def test_partitions_of_others_are_left_alone():
    made = builder({"0": Position(0), "9": Position(3, NOON, standing=NOON)})
    made.add(*read([NOON]), KNOWN)
    assert set(made.build(NOON).span) == {"0"}
    assert made.partitions == {"0", "9"}


def test_parts_are_the_summaries_of_the_rows_of_each_pane():
    times = [NOON, NOON + MINUTE, NOON + 1, NOON + MINUTE + 2]
    built = delta_of(read(times))
    numbers, codes = batch(times).numbers, batch(times).codes
    group = np.array([0, 1, 0, 1])
    truth = tabulate(PROFILE.layout, numbers, codes, (["FR", "DE"],), group, 2)
    assert [(p.population, p.reference, p.pane, p.rows) for p in built.parts] == [
        (FRAUD, "print-of-3", NOON, 2),
        (FRAUD, "print-of-3", NOON + MINUTE, 2),
    ]
    assert [part.body for part in built.parts] == [truth.encode(0), truth.encode(1)]


def test_observations_late_and_unjudged_are_counted_by_their_pane_and_each_row_once():
    early = NOON - HOUR
    made = builder({"0": Position(0, NOON)})
    mixed = decoded(
        batch([NOON, early, NOON], record=[0, 1, 2]),
        batch([NOON, early], record=[3, 4], version="4", of=None),
    )
    made.add(poll([b"{}"] * 5, arrived=NOON), mixed, KNOWN)
    built = made.build(NOON)
    received = Tally("received", NOON)
    assert built.tallies == {
        Tally("observations", NOON, "fraud", "3"): 2,
        Tally("late", early, "fraud", "3"): 1,
        Tally("unjudged", NOON, "fraud", "4"): 1,
        Tally("late", early, "fraud", "4"): 1,
        received: 5,
    }
    assert [part.rows for part in built.parts] == [2]


def test_versions_without_a_profile_move_event_time_too():
    made = builder()
    made.add(poll([b"{}"], arrived=NOON), decoded(batch([NOON], version="4", of=None)), KNOWN)
    made.add(*read([NOON - HOUR], first={"0": 1}), KNOWN)
    assert counted(made.build(NOON), "late") == {NOON - HOUR: 1}


def test_rejected_records_are_counted_by_reason_and_the_pane_of_their_arrival():
    arrived = [NOON, NOON + MINUTE, NOON + MINUTE + 1]
    reasons = [Reason.NOT_JSON, Reason.TOMBSTONE, Reason.NOT_JSON]
    made = builder()
    broken = Decoded([], np.arange(3, dtype=np.int32), reasons, ["a", "b", "c"])
    made.add(poll([b"{", None, b"["], arrived=arrived), broken, KNOWN)
    built = made.build(NOON)
    assert built.tallies == {
        Tally("rejected", NOON, reason="not_json"): 1,
        Tally("rejected", NOON + MINUTE, reason="tombstone"): 1,
        Tally("rejected", NOON + MINUTE, reason="not_json"): 1,
        Tally("received", NOON): 1,
        Tally("received", NOON + MINUTE): 2,
    }
    kept = [(r.partition, r.offset, r.arrived, r.detail, r.payload) for r in built.rejected]
    assert kept == [
        ("0", 0, NOON, "a", b"{"),
        ("0", 1, NOON + MINUTE, "b", None),
        ("0", 2, NOON + MINUTE + 1, "c", b"["),
    ]


def test_a_record_from_the_future_is_rejected_and_says_so():
    made = builder()
    made.add(*read([NOON + 25 * HOUR, NOON], arrived=NOON), KNOWN)
    built = made.build(NOON)
    assert counted(built, "rejected") == {NOON: 1}
    assert counted(built, "observations") == {NOON: 1}
    (record,) = built.rejected
    assert (record.reason, record.model, record.offset) == (Reason.TIME_IN_FUTURE, "fraud", 0)
    assert record.detail == (
        "event time 2025-10-10T13:00:00+00:00 lies 1 day, 1:00:00 after its arrival (window.future)"
    )
    assert built.positions["0"].high == NOON


def reject(count: int, keep: int) -> Delta:
    made = builder(keep=keep)
    rows = np.arange(count, dtype=np.int32)
    found = Decoded([], rows, [Reason.NOT_JSON] * count, ["x"] * count)
    made.add(poll([b"0123456789"] * count), found, KNOWN)
    made.add(poll([b"0123456789"] * count, first={"0": count}), found, KNOWN)
    return made.build(NOON)


def test_as_much_of_a_payload_is_kept_as_is_wanted():
    assert {r.payload for r in reject(1, 4).rejected} == {b"0123"}
    assert {r.payload for r in reject(1, 0).rejected} == {None}


def test_a_thousand_rejected_records_are_kept_and_all_are_counted():
    built = reject(700, 4)
    assert [r.offset for r in built.rejected] == list(range(1000))
    assert sum(n for t, n in built.tallies.items() if t.kind == "rejected") == 1400


def test_what_was_lost_is_counted_by_why_and_a_poisonous_batch_is_named():
    made = builder({"0": Position(0), "1": Position(0)})
    skipped = (
        Skipped("0", Skip.EXPIRED, 0, 40, 40),
        Skipped("1", Skip.POISON, 0, 3, 3),
        Skipped("1", Skip.TRUNCATED, 3, 2, 0),
    )
    span = {"0": (0, 40), "1": (0, 2)}
    made.add(replace(poll([]), partitions=("0", "1"), span=span, skipped=skipped), decoded(), KNOWN)
    built = made.build(NOON + 1)
    assert built.tallies == {
        Tally("lost", NOON, reason="expired"): 40,
        Tally("lost", NOON, reason="poison"): 3,
        Tally("skipped", NOON, reason="expired"): 1,
        Tally("skipped", NOON, reason="poison"): 1,
        Tally("skipped", NOON, reason="truncated"): 1,
    }
    (record,) = built.rejected
    assert (record.partition, record.offset, record.reason) == ("1", 0, Reason.POISON)
    assert record.detail == "offsets 0 to 2 cannot be read from the log"


def test_very_many_unknown_versions_share_one_count():
    made = builder()
    batches = [batch([NOON], record=[i], version=f"v{i}", of=None) for i in range(40)]
    made.add(poll([b"{}"] * 40, arrived=NOON), decoded(*batches), KNOWN)
    counts = {t.version: n for t, n in made.build(NOON).tallies.items() if t.kind == "unjudged"}
    assert counts == {**{f"v{i}": 1 for i in range(16)}, "other": 24}


def test_a_reference_that_changes_in_between_is_kept_apart():
    newer = replace(PROFILE, fingerprint="newer")
    made = builder()
    made.add(*read([NOON]), KNOWN)
    made.add(*read([NOON, NOON], first={"0": 1}), known(newer))
    parts = {p.reference: p.rows for p in made.build(NOON).parts}
    assert parts == {"print-of-3": 1, "newer": 2}


def test_a_delta_can_be_built_again_after_more_was_read():
    made = builder()
    made.add(*read([NOON]), KNOWN)
    first = made.build(NOON)
    assert made.build(NOON) == first
    made.add(*read([NOON], first={"0": 1}), KNOWN)
    assert sum(part.rows for part in made.build(NOON).parts) == 2


def test_it_is_due_by_time_or_by_records():
    made = builder(now=NOON)
    assert not made.due(NOON + 10 * 10**6 - 1, timedelta(seconds=10), 3)
    assert made.due(NOON + 10 * 10**6, timedelta(seconds=10), 3)
    made.add(*read([NOON] * 3), KNOWN)
    assert made.due(NOON, timedelta(seconds=10), 3)
    assert not made.due(NOON, timedelta(seconds=10), 4)
    assert (made.records, made.rows) == (3, 3)


def test_it_is_due_before_it_takes_too_much_memory(monkeypatch):
    monkeypatch.setattr(module, "CELLS", 48)
    made = builder()
    made.add(*read([NOON, NOON + MINUTE]), KNOWN)
    assert not made.due(NOON, timedelta(hours=1), 100)
    made.add(*read([NOON, NOON + MINUTE], first={"0": 2}), KNOWN)
    assert made.due(NOON, timedelta(hours=1), 100)


def test_it_is_due_when_nothing_more_comes_because_partitions_wait_for_it():
    nothing = read([], first={"0": 1})
    waited_for = DeltaBuilder("kafka", {}, WindowSettings(), 0, NOON, held={"1"})
    waited_for.add(*read([NOON]), KNOWN)
    assert not waited_for.due(NOON, timedelta(hours=1), 100)
    waited_for.add(*nothing, KNOWN)
    assert waited_for.due(NOON, timedelta(hours=1), 100)
    alone = builder(now=NOON)
    for some in (read([NOON]), nothing):
        alone.add(*some, KNOWN)
    assert not alone.due(NOON, timedelta(hours=1), 100)


MOMENTS = st.integers(-10, 0).map(lambda minutes: NOON + minutes * MINUTE)
LOG = st.lists(st.tuples(MOMENTS, st.integers(0, 1)), min_size=1, max_size=20)


def run(log: list[tuple[int, int]], cuts: list[int], appends: set[int]) -> list[Delta]:
    """Read a log in polls cut at `cuts`, and append after those of them in `appends`."""
    of = WindowSettings(lateness=timedelta(minutes=2))
    offsets: Offsets = {}
    deltas, made = [], DeltaBuilder("kafka", {}, of, 0, NOON)
    following = {"0": 0, "1": 0}
    for first, end in zip([0, *cuts], [*cuts, len(log)], strict=True):
        some = log[first:end]
        partition = [p for _, p in some]
        one = poll([b"{}"] * len(some), partition=partition, arrived=NOON, first=following)
        amounts = [float(place) for place in range(first, end)]
        rows = [batch([t for t, _ in some], amounts=amounts)] if some else []
        made.add(one, decoded(*rows), KNOWN)
        following |= {name: span[1] for name, span in one.span.items()}
        if end in appends:
            deltas.append(made.build(NOON))
            offsets = {**offsets, **deltas[-1].positions}
            made = DeltaBuilder("kafka", offsets, of, 0, NOON)
    return [*deltas, made.build(NOON)]


@settings(max_examples=50, deadline=None)
@given(LOG, st.data())
def test_poll_sizes_and_appends_change_no_count(log, data):
    log = [(time, place % 2) for place, (time, _) in enumerate(log)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=5)))
    appends = data.draw(st.sets(st.sampled_from([*cuts, len(log)])))
    assert totals(run(log, cuts, appends)) == totals(run(log, [], set()))


def totals(deltas: list[Delta]) -> tuple[object, ...]:
    tallies: dict[Tally, int] = {}
    bodies: dict[int, list[bytes]] = {}
    positions: dict[str, Position] = {}
    for delta in deltas:
        for tally, count in delta.tallies.items():
            tallies[tally] = tallies.get(tally, 0) + count
        for part in delta.parts:
            bodies.setdefault(part.pane, []).append(part.body)
        positions |= delta.positions
    summed = {pane: merge(PROFILE.layout, some) for pane, some in bodies.items()}
    counts = {pane: (s.rows, s.counts.tolist(), s.low.tolist()) for pane, s in summed.items()}
    return tallies, counts, positions


def test_records_of_all_kinds_go_all_the_way_from_bytes_to_a_delta():
    profile_, of = full()
    bodies = [body(), b"{", body(version="9"), None, body(time="2025-10-09T07:00:00Z"), body()]
    one = poll(bodies, arrived=NOON)
    made = builder()
    made.add(one, JsonFormat().build().decode(one, of), of)
    built = made.build(NOON)
    kinds: dict[str, int] = {}
    for tally, count in built.tallies.items():
        kinds[tally.kind] = kinds.get(tally.kind, 0) + count
    read_ = {"received": 6, "unjudged": 1, "late": 1, "observations": 2}
    assert kinds == {**read_, "rejected": 2, "refused": 1}
    summary = merge(profile_.layout, [part.body for part in built.parts])
    assert (summary.rows, summary.finite.tolist()) == (2, [2, 2, 2, 2])


def full() -> tuple[Profile, Known]:
    of = known()
    return of.profiles["fraud", "3"], of
