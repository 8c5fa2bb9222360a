"""Which records of a version without a profile are kept, to learn one from?

Those with the lowest ranks, a hash of a record's place in the logs: a uniform sample, and the same
one however the logs are cut into polls, and whichever replicas read them. Of a version and a day of
event time as many are kept as the whole sample is to have, so that the days may be put together
later: what is among the lowest of all days is among the lowest of its own.
"""

import hashlib
from dataclasses import dataclass, field

import numpy as np

from driftwatch.nouns.records import Batch, Int16, Int64, Poll, Sample, UInt64

DAY = 86_400_000_000
LARGEST = 65_536  # bytes of a record that is kept
_SLACK = 1.25  # so many times its room a sample may take before it is pruned


@dataclass(slots=True)
class _Kept:
    """The records of one version and day."""

    records: list[Sample] = field(default_factory=list)
    below: int = 2**63  # no record of this rank or a higher one is wanted

    def prune(self, quota: int) -> None:
        """Keep the lowest ranks."""
        if len(self.records) > quota:
            self.records.sort(key=lambda record: record.rank)
            self.below = self.records[quota].rank
            del self.records[quota:]


class Samples:
    """Gathers the samples of one append. Used by one ingest thread."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._kept: dict[tuple[str, str, int], _Kept] = {}
        self._salts: dict[str, int] = {}
        self.quotas: dict[str, int] = {}

    @property
    def kept(self) -> tuple[Sample, ...]:
        """The records of the lowest ranks of each version and day."""
        for (model, _, _), kept in self._kept.items():
            kept.prune(self.quotas[model])
        return tuple(record for kept in self._kept.values() for record in kept.records)

    def add(self, poll: Poll, batch: Batch, quota: int) -> Int64:
        """Look at the records of a batch, of which `quota` a day are wanted.

        Give the event times of those that are too large to be kept.
        """
        self.quotas[batch.model] = quota
        partition = poll.partition[batch.record]
        offset = poll.offset[batch.record]
        rank = self._ranks(poll, partition, offset)
        sizes = (len(poll.bodies[place] or b"") for place in batch.record.tolist())
        fits = np.fromiter(sizes, np.int64, len(batch.record)) <= LARGEST
        day = batch.time // DAY * DAY
        for start in np.unique(day).tolist():
            kept = self._kept.setdefault((batch.model, batch.version, start), _Kept())
            for row in np.flatnonzero((day == start) & (rank < kept.below) & fits).tolist():
                body = poll.bodies[int(batch.record[row])]
                if body is None:
                    continue
                kept.records.append(
                    Sample(
                        model=batch.model,
                        version=batch.version,
                        rank=int(rank[row]),
                        source=self._source,
                        partition=poll.partitions[int(partition[row])],
                        offset=int(offset[row]),
                        time=int(batch.time[row]),
                        body=body,
                    )
                )
            if len(kept.records) > _SLACK * quota:
                kept.prune(quota)
        too_large: Int64 = batch.time[~fits]
        return too_large

    def _ranks(self, poll: Poll, partition: Int16, offset: Int64) -> Int64:
        salts = np.array([self._salt(name) for name in poll.partitions], np.uint64)
        return ranks(offset, salts[partition])

    def _salt(self, partition: str) -> int:
        if partition not in self._salts:
            self._salts[partition] = salt(self._source, partition)
        return self._salts[partition]


def salt(source: str, partition: str) -> int:
    """Give what tells a partition's ranks from those of others."""
    place = f"{len(source)}/{source}/{partition}".encode()
    return int.from_bytes(hashlib.blake2b(place, digest_size=8).digest(), "big")


def ranks(offset: Int64, salts: UInt64) -> Int64:
    """Hash each offset to 63 bits (the finaliser of SplitMix64)."""
    mixed = offset.astype(np.uint64) ^ salts
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    found: Int64 = ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
    return found
