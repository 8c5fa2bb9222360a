"""Whose are rejected records, and when did they happen?"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Decoded, Offsets, Position, Read, Reason, Tally
from driftwatch.window.delta import DeltaBuilder
from tests.unit.decode.samples import poll, profile
from tests.unit.window.samples import HOUR, MINUTE, NOON, PROFILE, SETTINGS, batch

FOUR = profile("4", *PROFILE.schema.columns)
KNOWN = Known(frozenset({"fraud"}), {("fraud", "3"): PROFILE, ("fraud", "4"): FOUR})
R = Reason
One = tuple[int | Reason, int]  # an event time or why it is rejected, and the arrival


def stored(high: int | None = None, last: Read | None = None) -> Offsets:
    return {"0": Position(0, high, last=last), "1": Position(0)}


def taken(
    ones: Sequence[One],
    at: Offsets | None = None,
    *,
    size: int = 1000,
    partition: Sequence[int] | None = None,
    versions: Sequence[str] | None = None,
    whose: tuple[str, str] | None = None,
) -> tuple[Counter[tuple[int, str, str]], Offsets]:
    """Read records in polls of a size; give the refused by pane, version and reason."""
    made = DeltaBuilder("log", at or stored(), SETTINGS, 0, NOON)
    where = [0] * len(ones) if partition is None else list(partition)
    of = ["3"] * len(ones) if versions is None else list(versions)
    moved = [0, 0]
    for begin in range(0, len(ones), size):
        some = ones[begin : begin + size]
        places = where[begin : begin + size]
        first = {str(p): moved[p] for p in set(places)}
        read = poll([b"{}"] * len(some), partition=places, first=first)
        read.arrived[:] = [arrived for _, arrived in some]
        for p in places:
            moved[p] += 1
        batches = [
            batch([some[i][0] for i in rows], record=rows, version=version)
            for version in sorted(set(of[begin : begin + size]))
            if (
                rows := [
                    i
                    for i, (what, _) in enumerate(some)
                    if isinstance(what, int) and of[begin + i] == version
                ]
            )
        ]
        bad = [i for i, (what, _) in enumerate(some) if isinstance(what, Reason)]
        reasons = [some[i][0] for i in bad]
        made.add(
            read,
            Decoded(
                batches, np.array(bad, np.int32), reasons, ["x"] * len(bad), [whose] * len(bad)
            ),
            KNOWN,
        )
    built = made.build(NOON)
    found: Counter[tuple[int, str, str]] = Counter()
    for tally, count in built.tallies.items():
        if tally.kind == "refused":
            found[tally.pane, tally.version, tally.reason] += count
    return found, built.positions


def test_one_that_cannot_be_read_is_of_the_version_and_the_time_of_the_one_before_it():
    ones = [(NOON - 5 * MINUTE, NOON), (R.NOT_JSON, NOON), (NOON, NOON), (R.TOO_DEEP, NOON)]
    found, _ = taken(ones, versions=["4", "", "3", ""])
    assert found == {
        (NOON - 5 * MINUTE, "4", "not_json"): 1,
        (NOON, "3", "too_deep"): 1,
    }


def test_one_that_names_its_version_is_of_that():
    found, _ = taken([(NOON, NOON), (R.WRONG_TYPE, NOON)], whose=("fraud", "4"))
    assert found == {(NOON, "4", "wrong_type"): 1}


def test_time_goes_on_as_records_arrive():
    ones = [(NOON - HOUR, NOON), *((R.NOT_JSON, NOON + i * MINUTE) for i in range(3))]
    found, positions = taken(ones)
    assert found == {(NOON - HOUR + i * MINUTE, "3", "not_json"): 1 for i in range(3)}
    assert positions["0"].high == NOON - HOUR  # and nothing that comes after is late for it


def test_arrivals_that_run_backwards_do_not_take_time_back():
    found, _ = taken([(NOON, NOON), (R.NOT_JSON, NOON - HOUR)])
    assert found == {(NOON, "3", "not_json"): 1}


def test_the_newest_time_counts_and_not_that_of_a_late_one():
    found, _ = taken([(NOON, NOON), (NOON - HOUR, NOON), (R.NOT_JSON, NOON)])
    assert found == {(NOON, "3", "not_json"): 1}


def test_what_was_read_before_a_restart_counts():
    at = stored(NOON, Read("fraud", "4", NOON + MINUTE))
    found, positions = taken([(R.NOT_JSON, NOON + 3 * MINUTE)], at)
    assert found == {(NOON + 2 * MINUTE, "4", "not_json"): 1}
    assert positions["0"].last == at["0"].last


def test_each_partition_goes_by_itself():
    ones = [(NOON, NOON), (NOON - HOUR, NOON), (R.NOT_JSON, NOON), (R.NOT_JSON, NOON)]
    found, _ = taken(ones, partition=[0, 1, 1, 0], versions=["3", "4", "", ""])
    assert found == {(NOON, "3", "not_json"): 1, (NOON - HOUR, "4", "not_json"): 1}


def test_before_the_first_that_could_be_read_only_what_names_its_version_counts():
    assert taken([(R.NOT_JSON, NOON)])[0] == {}
    found, _ = taken([(R.MISSING_FIELD, NOON)], whose=("fraud", "3"))
    assert found == {(NOON, "3", "missing_field"): 1}


def test_the_future_is_refused_where_the_partition_had_come_to():
    found, positions = taken([(NOON, NOON), (NOON + 100 * HOUR, NOON + MINUTE)])
    assert found == {(NOON, "3", "time_in_future"): 1}
    assert positions["0"].high == NOON


def test_records_of_unknown_models_and_of_versions_without_a_profile_are_not_held_against_any():
    assert taken([(NOON, NOON), (R.UNKNOWN_MODEL, NOON)])[0] == {}
    assert taken([(NOON, NOON), (R.NOT_FINITE, NOON)], whose=("fraud", "9"))[0] == {}


def test_the_tallies_by_arrival_stay_as_they_were():
    made = DeltaBuilder("log", stored(), SETTINGS, 0, NOON)
    read = poll([b"{"], arrived=NOON + HOUR)
    bad = Decoded([], np.zeros(1, np.int32), [R.NOT_JSON], ["x"])
    made.add(read, bad, KNOWN)
    assert made.build(NOON).tallies == {
        Tally("received", NOON + HOUR): 1,
        Tally("rejected", NOON + HOUR, reason="not_json"): 1,
    }


def test_a_partition_that_brings_only_what_is_rejected_stands_still():
    at = {"0": Position(0, NOON, standing=NOON - HOUR)}
    made = DeltaBuilder("log", at, SETTINGS, 0, NOON)
    read = poll([b"{"], standing=["0"])
    made.add(read, Decoded([], np.zeros(1, np.int32), [R.NOT_JSON], ["x"]), KNOWN)
    assert made.build(NOON + MINUTE).positions["0"].standing == NOON - HOUR


WHAT = st.one_of(
    st.integers(-20, 20).map(lambda minute: NOON + minute * MINUTE),
    st.sampled_from([R.NOT_JSON, R.WRONG_TYPE]),
)
LOG = st.lists(
    st.tuples(WHAT, st.integers(0, 30).map(lambda m: NOON + m * MINUTE), st.integers(0, 1)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(LOG, st.integers(1, 9), st.data())
def test_the_size_of_polls_changes_nothing(log, size, data):
    ones = [(what, arrived) for what, arrived, _ in log]
    partition = [p for _, _, p in log]
    versions = data.draw(st.lists(st.sampled_from("34"), min_size=len(log), max_size=len(log)))
    whole = taken(ones, partition=partition, versions=versions)
    assert taken(ones, size=size, partition=partition, versions=versions) == whole


@pytest.mark.parametrize("high", [None, NOON])
def test_a_store_of_an_earlier_release_knows_no_last_record(high):
    found, _ = taken([(R.NOT_JSON, NOON + MINUTE)], stored(high), whose=("fraud", "3"))
    assert found == {(NOON + MINUTE, "3", "not_json"): 1}
