"""How a consumer's records become columns."""

import numpy as np
import pytest
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from driftwatch.sources.kafka.columns import columns

NOW = 1_800_000_000_000_000
A, B = TopicPartition("t", 0), TopicPartition("t", 1)


def record(partition, offset, value, at=1_700_000_000_123, headers=()):
    return ConsumerRecord(
        *partition, 0, offset, at, 0, None, value, list(headers), None, -1, -1, -1
    )


def test_records_keep_their_order_and_place():
    made = columns(
        {B: [record(B, 5, b"x"), record(B, 7, b"y")], A: [record(A, 0, None)]}, {A: 0, B: 1}, 0
    )
    assert made.bodies == [b"x", b"y", None]
    assert made.partition.tolist() == [1, 1, 0]
    assert made.offset.tolist() == [5, 7, 0]
    assert (made.partition.dtype, made.offset.dtype) == (np.int16, np.int64)


def test_arrival_is_the_logs_timestamp_in_microseconds():
    assert columns({A: [record(A, 0, b"")]}, {A: 0}, NOW).arrived.tolist() == [
        1_700_000_000_123_000
    ]


def test_a_record_without_a_timestamp_arrives_now():
    assert columns({A: [record(A, 0, b"", at=-1)]}, {A: 0}, 9).arrived.tolist() == [9]


@pytest.mark.parametrize("at", [NOW // 1000 + 1, NOW, NOW * 1000, 2**63 - 1])
def test_a_record_of_a_producer_whose_clock_is_ahead_arrives_no_later_than_it_is_read(at):
    """Else its event time, just as far ahead, would be believed, and close everything."""
    assert columns({A: [record(A, 0, b"", at=at)]}, {A: 0}, NOW).arrived.tolist() == [NOW]


def test_headers_are_given_only_where_there_are_some():
    assert columns({A: [record(A, 0, b"")]}, {A: 0}, 0).headers is None
    some = {A: [record(A, 0, b"", headers=[("k", b"v")]), record(A, 1, b"")]}
    assert columns(some, {A: 0}, 0).headers == [(("k", b"v"),), ()]


def test_no_records_make_empty_columns():
    made = columns({}, {}, 0)
    assert made.bodies == []
    assert made.partition.shape == made.offset.shape == made.arrived.shape == (0,)
