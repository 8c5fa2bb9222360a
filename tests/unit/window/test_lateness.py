"""Which observations come too late, and which from the future?"""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.nouns.records import Poll
from driftwatch.window.lateness import Lateness, judge_lateness
from driftwatch.window.settings import WindowSettings
from tests.unit.decode.samples import poll
from tests.unit.window.samples import HOUR, MINUTE, NOON, SECOND

STRICT = WindowSettings(lateness=timedelta(minutes=2), future=timedelta(minutes=10))


def judge(times, partition=None, *, arrived=NOON, high=None, of=STRICT, records=None) -> Lateness:
    n = len(times) if records is None else max(records) + 1
    read: Poll = poll([b"{}"] * n, partition=partition, arrived=arrived)
    rows = np.arange(n, dtype=np.int32) if records is None else np.array(records, np.int32)
    return judge_lateness(read, np.array(times, np.int64), rows, high or {}, of)


def late(*args, **kwargs) -> list[bool]:
    return judge(*args, **kwargs).late.tolist()


def test_late_is_what_falls_into_a_pane_that_ended_before_the_newest_time_less_the_lateness():
    start = NOON - 10 * MINUTE
    times = [start + 3 * MINUTE, start + MINUTE - 1, start + MINUTE, start]
    assert late(times) == [False, True, False, True]


def test_a_pane_is_open_until_the_last_microsecond_of_the_lateness():
    start = NOON - 10 * MINUTE
    assert late([start + 3 * MINUTE - 1, start]) == [False, False]
    assert late([start + 3 * MINUTE, start]) == [False, True]


def test_only_what_comes_before_in_the_log_makes_an_observation_late():
    start = NOON - HOUR
    assert late([start, start + 30 * MINUTE, start]) == [False, False, True]


def test_a_late_observation_does_not_move_time_back():
    start = NOON - HOUR
    found = judge([start + 30 * MINUTE, start, start + 29 * MINUTE])
    assert found.late.tolist() == [False, True, False]
    assert found.high == {"0": start + 30 * MINUTE}


def test_the_maximum_of_earlier_polls_counts():
    assert late([NOON - HOUR], high={"0": NOON}) == [True]
    assert judge([NOON - HOUR], high={"0": NOON}).high == {"0": NOON}
    assert late([NOON - HOUR], high={"0": None}) == [False]


def test_partitions_are_judged_each_by_its_own_log():
    found = judge([NOON, NOON - HOUR, NOON - 2 * HOUR, NOON - HOUR], [0, 1, 1, 0])
    assert found.late.tolist() == [False, False, True, True]
    assert found.high == {"0": NOON, "1": NOON - HOUR}


def test_what_lies_too_far_after_its_arrival_is_from_the_future_and_does_not_move_time():
    found = judge([NOON + 10 * MINUTE + 1, NOON - 20 * MINUTE], arrived=NOON)
    assert found.in_future.tolist() == [True, False]
    assert found.late.tolist() == [False, False]
    assert found.high == {"0": NOON - 20 * MINUTE}


def test_what_lies_just_as_far_after_its_arrival_as_is_allowed_counts():
    found = judge([NOON + 10 * MINUTE], arrived=NOON)
    assert (found.in_future.tolist(), found.high) == ([False], {"0": NOON + 10 * MINUTE})


def test_a_partition_of_nothing_but_the_future_keeps_its_maximum():
    assert judge([NOON + HOUR], arrived=NOON).high == {}
    found = judge([NOON + HOUR], arrived=NOON, high={"0": NOON})
    assert (found.high, found.reached.tolist()) == ({}, [NOON])


def test_observations_are_judged_in_the_order_of_the_log_whatever_the_order_of_the_batches():
    times = [NOON - HOUR, NOON, NOON - HOUR]
    found = judge(times, records=[2, 1, 0])
    assert found.late.tolist() == [True, False, False]


def test_observations_of_one_record_follow_each_other():
    assert late([NOON, NOON - HOUR], records=[0, 0]) == [False, True]


def test_nothing_is_judged_of_an_empty_poll():
    found = judge([])
    assert (found.late.tolist(), found.in_future.tolist(), found.high) == ([], [], {})


def naive(log: list[tuple[int, int]]) -> tuple[list[str], int | None]:
    """Judge a partition's log of (time, arrival) record by record."""
    high, verdicts = None, []
    for time, arrived in log:
        if time > arrived + 10 * MINUTE:
            verdicts.append("future")
            continue
        high = time if high is None else max(high, time)
        end = time // MINUTE * MINUTE + MINUTE
        verdicts.append("late" if end <= high - 2 * MINUTE else "on time")
    return verdicts, high


MOMENTS = st.tuples(st.integers(-1200, 1200), st.integers(-60, 60)).map(
    lambda seconds: (NOON + seconds[0] * SECOND, NOON + seconds[1] * SECOND)
)
LOGS = st.lists(st.lists(MOMENTS, max_size=12), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(LOGS, st.data())
def test_poll_sizes_and_the_interleaving_of_partitions_change_nothing(logs, data):
    queue = [p for p, log in enumerate(logs) for _ in log]
    order = data.draw(st.permutations(queue))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=4)))
    place = [0] * len(logs)
    high: dict[str, int | None] = {}
    verdicts: list[list[str]] = [[] for _ in logs]
    for first, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
        partition = order[first:end]
        moments = []
        for p in partition:
            moments.append(logs[p][place[p]])
            place[p] += 1
        arrived = [moment[1] for moment in moments]
        found = judge([moment[0] for moment in moments], partition, arrived=arrived, high=high)
        high |= found.high
        flags = zip(partition, found.late.tolist(), found.in_future.tolist(), strict=True)
        for p, is_late, in_future in flags:
            verdicts[p].append("future" if in_future else "late" if is_late else "on time")
    for p, log in enumerate(logs):
        assert (verdicts[p], high.get(str(p))) == naive(log)


@pytest.mark.parametrize("pane", [timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)])
def test_time_never_makes_late_what_moves_it(pane):
    of = WindowSettings(pane=pane, step=pane, windows=(pane,), lateness=timedelta())
    assert late([NOON + i * HOUR for i in range(5)], arrived=NOON + 5 * HOUR, of=of) == [False] * 5
