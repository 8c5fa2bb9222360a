"""What comes in: payloads at offsets, observations in them, and what is kept of both?

All times are int64 microseconds UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


class Reason(StrEnum):
    """Why a record was rejected."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    WRONG_LENGTH = "wrong_length"
    NUMBER_AS_TEXT = "number_as_text"
    NOT_FINITE = "not_finite"
    TIME_UNPARSEABLE = "time_unparseable"
    TIME_ABSURD = "time_absurd"
    TIME_IN_FUTURE = "time_in_future"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    BAD_UTF8 = "bad_utf8"
    UNKNOWN_MODEL = "unknown_model"
    TOMBSTONE = "tombstone"
    POISON = "poison"


class Skip(StrEnum):
    """Why a source went past offsets without reading a record."""

    EXPIRED = "expired"  # the log starts after the stored offset: records were lost
    TRUNCATED = "truncated"  # the log ends before the stored offset
    RECREATED = "recreated"  # the topic was deleted and made again
    POISON = "poison"  # a batch that cannot be read


@dataclass(frozen=True, slots=True, order=True)
class Population:
    """Whom a summary describes; `segment` is empty for the whole of a version."""

    model: str
    version: str
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """The last observation of a partition: whose it was, and when it arrived."""

    model: str
    version: str
    arrived: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a source stands in one partition, as the store keeps it.

    `high` is the running maximum of the partition's event times (None before the first);
    `standing` the wall time since which it stands at the end of its log (None while it does not);
    `log` identifies the log itself (Kafka: the topic id), so that a recreated one is noticed.
    `last` is the last of its records that could be read.
    """

    next: int
    high: int | None = None
    standing: int | None = None
    log: str = ""
    last: Read | None = None


Offsets = Mapping[str, Position]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Offsets passed without reading, with the number of records lost if it is known."""

    partition: str
    why: Skip
    first: int
    next: int
    lost: int


@dataclass(frozen=True, slots=True, eq=False)
class Poll:
    """What one poll of a source gave: n payloads in log order within each partition.

    `partition` indexes `partitions`; a body of None is a tombstone. `span` says for every partition
    that moved which offsets [first, next) this poll covers, records or not (control records,
    skips). `arrived` is the log's own time. `standing` names the partitions that stand at the end
    of their log after this poll. `restarted` says that positions were set anew from the store:
    whatever was read and not appended must be dropped first.
    """

    bodies: list[bytes | None]
    partitions: tuple[str, ...]
    partition: Int16
    offset: Int64
    arrived: Int64
    span: Mapping[str, tuple[int, int]]
    headers: list[tuple[tuple[str, bytes], ...]] | None = None
    skipped: tuple[Skipped, ...] = ()
    standing: frozenset[str] = frozenset()
    restarted: bool = False
    logs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """n observations of one (model, version), in the order of the poll they came in.

    `record` is the row of the Poll (a payload may hold many). `numbers` is float64[p, n] in the
    order of the schema's numeric columns, NaN where missing. `codes` is int32[q, n] in the order of
    its categorical columns, indexing `words[column]`, -1 where missing. `key` pairs predictions
    with late labels. A batch of a version without a profile has p = q = 0: it is counted only.
    `texts` holds a column of texts each, as the distinct ones and int32[n] codes; `vectors` one of
    vectors each, float64[length, n], NaN where missing.
    """

    model: str
    version: str
    record: Int32
    time: Int64
    numbers: Float64
    codes: Int32
    words: tuple[list[str], ...]
    key: UInt64
    texts: tuple[tuple[list[str], Int32], ...] = ()
    vectors: tuple[Float64, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that could not be decoded, with its place and the wrong value's description."""

    source: str
    partition: str
    offset: int
    arrived: int
    reason: Reason
    detail: str
    payload: bytes | None = None
    model: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What a format made of a poll. `rejected` rows index the Poll; details are parallel.

    So is `whose`: the model and version that a rejected record names, None where it cannot be told.
    Without `whose` it can be told of none.
    """

    batches: list[Batch]
    rejected: Int32
    reasons: list[Reason]
    details: list[str]
    whose: Sequence[tuple[str, str] | None] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """What a counter counts.

    `kind` is observations, late, unjudged, unlearned, refused, rejected, received or lost; `pane`
    is the pane of event time for the first five, of arrival for the others. Refused are those of
    the rejected that are taken to be of a version with a profile, unlearned those of the unjudged
    that are too large to learn from. `reason` is a Reason or a Skip or empty.
    """

    kind: str
    pane: int
    model: str = ""
    version: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Rejected records that are taken to be of a version, and of a pane of event time."""

    version: str
    pane: int
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one append adds to one pane of one population: an encoded Summary, and its rows."""

    population: Population
    reference: str
    pane: int
    rows: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Sample:
    """A record of a version without a profile, kept to learn one from.

    `rank` is a hash of its place in the logs: those of the lowest rank are kept. `time` is its
    event time.
    """

    model: str
    version: str
    rank: int
    source: str
    partition: str
    offset: int
    time: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Sampled:
    """How many records are kept of each version without a profile, by the start of their day.

    `closed` is the model's.
    """

    closed: int | None
    versions: Mapping[str, Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Delta:
    """All that one source read since its last append; covers exactly its span.

    `places` has, by partition and pane, the offsets [first, next) within which lie the observations
    that fell into it. `quotas` says of how many records a day a model's `samples` are.
    """

    source: str
    span: Mapping[str, tuple[int, int]]
    positions: Offsets
    parts: tuple[Part, ...]
    tallies: Mapping[Tally, int]
    rejected: tuple[RejectedRecord, ...]
    places: Mapping[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    quotas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Counter:
    """A committed counter that only grows: a Tally without its pane, of one source.

    Of kind delivery it counts the tries of an endpoint, which takes the place of the source, by
    their outcome, which takes that of the reason; of kind segment the rows of one, likewise.
    """

    kind: str
    source: str
    model: str = ""
    version: str = ""
    reason: str = ""
