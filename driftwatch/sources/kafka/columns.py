"""How do a consumer's records become the columns of a Poll?"""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from driftwatch.nouns.records import Int16, Int64

Headers = tuple[tuple[str, bytes], ...]
OFFSET, TIMESTAMP, VALUE, HEADERS = (
    itemgetter(ConsumerRecord._fields.index(name))
    for name in ("offset", "timestamp", "value", "headers")
)


class Columns(NamedTuple):
    """The part of a Poll that is one entry a record."""

    bodies: list[bytes | None]
    partition: Int16
    offset: Int64
    arrived: Int64
    headers: list[Headers] | None


def columns(
    records: Mapping[TopicPartition, Sequence[ConsumerRecord]],
    index: Mapping[TopicPartition, int],
    now: int,
) -> Columns:
    """Turn records into columns; one without a timestamp counts as having arrived now.

    So does one that claims to come later: most topics keep the time of the producer's clock, and
    who believes one that is ahead lets it close everything.
    """
    rows = list(chain.from_iterable(records.values()))
    n = len(rows)
    counts = [len(some) for some in records.values()]
    arrived = np.fromiter(map(TIMESTAMP, rows), np.int64, n)
    unbelievable = (arrived < 0) | (arrived > now // 1000)
    arrived *= 1000
    arrived[unbelievable] = now
    return Columns(
        bodies=list(map(VALUE, rows)),
        partition=np.repeat(np.array([index[tp] for tp in records], np.int16), counts),
        offset=np.fromiter(map(OFFSET, rows), np.int64, n),
        arrived=arrived,
        headers=list(map(tuple, map(HEADERS, rows))) if any(map(HEADERS, rows)) else None,
    )
