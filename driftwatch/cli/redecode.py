"""What would become of rejected records, as configuration and profiles are now?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from driftwatch.config import Config
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Decoded, Poll, Reason, RejectedRecord
from driftwatch.nouns.settings import microseconds
from driftwatch.reference.registry import Registry

ACCEPTED = "accepted"


def known(config: Config, folder: Path) -> Known:
    """Give the profiles as they are now; ConfigurationError where one cannot be used."""
    registry = Registry({model.name: model.reference for model in config.models}, folder)
    problems = registry.refresh()
    if problems:
        raise ConfigurationError("\n".join(problems))
    return registry.known


def again(
    config: Config, known: Known, records: Sequence[RejectedRecord]
) -> Iterator[tuple[RejectedRecord, str]]:
    """Say of each record what the present configuration makes of it, source by source."""
    future = microseconds(config.window.future)
    for entry in config.sources:
        ours = [record for record in records if record.source == entry.name]
        whole = [record for record in ours if _is_whole(record, entry.keep_payload)]
        models = frozenset(entry.models) or known.models
        fed = Known(models, {k: p for k, p in known.profiles.items() if k[0] in models})
        said = _said(whole, entry.format.build().decode(_poll(whole), fed), fed, future)
        yield from ((r, said.get(id(r), _not_whole(r))) for r in ours)
    names = {entry.name for entry in config.sources}
    yield from ((r, "its source is not configured") for r in records if r.source not in names)


def _is_whole(record: RejectedRecord, kept: int) -> bool:
    """Say whether all of a payload was kept: one that fills the room may have been cut."""
    if record.payload is None:
        return record.reason is Reason.TOMBSTONE
    return len(record.payload) < kept


def _not_whole(record: RejectedRecord) -> str:
    part = "nothing" if record.payload is None else "only the beginning"
    return f"cannot be said: {part} of its payload was kept"


def _poll(records: Sequence[RejectedRecord]) -> Poll:
    partitions = tuple(sorted({record.partition for record in records}))
    return Poll(
        bodies=[record.payload for record in records],
        partitions=partitions,
        partition=np.array([partitions.index(r.partition) for r in records], np.int16),
        offset=np.array([r.offset for r in records], np.int64),
        arrived=np.array([r.arrived for r in records], np.int64),
        span={},
    )


def _said(
    records: Sequence[RejectedRecord], decoded: Decoded, known: Known, future: int
) -> Mapping[int, str]:
    """Put what became of each record into words, by the record's identity."""
    said = {}
    for row, reason, detail in zip(
        decoded.rejected.tolist(), decoded.reasons, decoded.details, strict=True
    ):
        said[id(records[row])] = f"rejected: {reason.value}: {detail}"
    for batch in decoded.batches:
        judged = known.profile(batch.model, batch.version) is not None
        fine = ACCEPTED if judged else f"{ACCEPTED}, but version {batch.version} has no profile"
        for row, time in zip(batch.record.tolist(), batch.time.tolist(), strict=True):
            early = time - records[row].arrived > future
            said[id(records[row])] = f"rejected: {Reason.TIME_IN_FUTURE.value}" if early else fine
    return said
