"""When is the profile of a version learned that has none, and who else must know?

Looked at by the tick's thread. The store keeps the first profile of a version that a replica
learns, and all replicas take it from there.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
import structlog

from driftwatch.config import Config
from driftwatch.decode.json import JsonFormat
from driftwatch.decode.plain import plain
from driftwatch.nouns.errors import ProfileError, StoreCorrupt, Transient
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.nouns.records import Poll, Sample
from driftwatch.reference.document import dump
from driftwatch.reference.learn import Days, Learned, learn, whole_days
from driftwatch.reference.settings import LearnSettings
from driftwatch.reference.stretches import DAY
from driftwatch.store import Store
from driftwatch.store.rules import LEARNING

log = structlog.get_logger("driftwatch")

REFUSED = 0.01  # a profile by which more records of its own sample are refused is of no use
SILENT = 30 * DAY  # after so long without a record a version is forgotten,
CROWDED = 2 * DAY  # or after so long, where no other could be learned
LARGEST = 1_000_000  # rows of a sample, as the settings have it
_POLL = 1_000


class Learner:
    """Learns the profiles of all models for which it is asked for."""

    def __init__(self, config: Config, store: Store) -> None:
        self._store = store
        self._models = {m.name: m.reference.learn for m in config.models if m.reference.learn}
        self._segments = {watched.name: watched.segments for watched in config.watched}
        self._formats: Mapping[str, JsonFormat] = {s.name: s.format for s in config.sources}
        self._failed: dict[tuple[str, str], str] = {}

    def look(self, known: Known, problems: list[str]) -> bool:
        """Learn what can be learned, and say whether anything was; add what is wrong."""
        found = False
        self._failed = {of: why for of, why in self._failed.items() if not known.profile(*of)}
        try:
            for model, settings in self._models.items():
                found |= self._look(model, settings, known)
        except (Transient, StoreCorrupt) as error:
            problems.append(f"learning waits: {error}")
        problems += self._failed.values()
        return found

    def _look(self, model: str, settings: LearnSettings, known: Known) -> bool:
        sampled, found = self._store.sampled(model), False
        crowded = len(sampled.versions) >= LEARNING
        for version, days in sampled.versions.items():
            since = (sampled.closed or 0) - max(days) - DAY
            if known.profile(model, version) or since > (CROWDED if crowded else SILENT):
                self._store.forget(model, version)
            elif (span := whole_days(days, sampled.closed, settings)) is not None:
                found |= self._learn((model, version), span, settings)
            else:
                self._thin((model, version), days, sampled.closed or 0, settings.rows)
        return found

    def _thin(
        self, pair: tuple[str, str], days: Mapping[int, int], closed: int, quota: int
    ) -> None:
        """Keep no more of all days that are closed than the sample has room for.

        Of the first day, which is left out, one record is kept, to know it by.
        """
        first, over = min(days), {day: rows for day, rows in days.items() if day + DAY <= closed}
        if over.pop(first, 0) > 1:
            self._store.thin(*pair, (first, first + DAY), 1)
        if sum(over.values()) > quota:
            self._store.thin(*pair, (first + DAY, max(over) + DAY), quota)

    def _learn(self, pair: tuple[str, str], span: Days, settings: LearnSettings) -> bool:
        """Learn a profile; where that fails, another sample is begun."""
        self._store.thin(*pair, span, settings.rows)
        try:
            rows = ((sample.rank, self._plain(sample)) for sample in self._ordered(pair, span))
            profile = learn(rows, Learned(*pair, span, self._segments[pair[0]]))
            self._try(profile, span)
        except ProfileError as error:
            text = f"model {pair[0]}: the profile of version {pair[1]} cannot be learned: {error}"
            self._failed[pair] = f"{text}; build one with driftwatch profile"
            log.warning("reference.not_learned", model=pair[0], version=pair[1], error=str(error))
            self._store.forget(*pair)
            return False
        self._failed.pop(pair, None)
        self._store.learn(pair, profile.fingerprint, dump(profile), span[1])
        log.info(
            "reference.learned",
            model=pair[0],
            version=pair[1],
            fingerprint=profile.fingerprint,
            **profile.lineage["learned"],
        )
        return True

    def _plain(self, sample: Sample) -> dict[str, object] | None:
        format_ = self._formats.get(sample.source)
        return None if format_ is None else plain(sample.body, sample.time, format_)

    def _ordered(self, pair: tuple[str, str], span: Days) -> Iterator[Sample]:
        """Give the sample in order of time, a day at a time: it may be large."""
        for day in range(*span, DAY):
            found = self._store.samples(*pair, (day, day + DAY), LARGEST)
            yield from sorted(found, key=lambda s: (s.time, s.source, s.partition, s.offset))

    def _try(self, profile: Profile, span: Days) -> None:
        """Raise ProfileError where too many records of the sample itself would be refused."""
        pair = (profile.model, profile.version)
        known = Known(frozenset({profile.model}), {pair: profile})
        decoders = {source: format_.build() for source, format_ in self._formats.items()}
        refused, total, why = 0, 0, ""
        going = self._ordered(pair, span)
        while some := list(islice(going, _POLL)):
            total += len(some)
            for source, decoder in decoders.items():
                ours = [sample for sample in some if sample.source == source]
                decoded = decoder.decode(_poll(ours), known)
                refused += len(decoded.rejected)
                why = why or next(iter(decoded.details), "")
        if refused > REFUSED * total:
            message = f"{refused:,} of its own {total:,} records would be refused: {why}"
            raise ProfileError(message)


def _poll(samples: Sequence[Sample]) -> Poll:
    n = len(samples)
    return Poll(
        bodies=[sample.body for sample in samples],
        partitions=("",),
        partition=np.zeros(n, np.int16),
        offset=np.arange(n),
        arrived=np.array([sample.time for sample in samples], np.int64),
        span={},
    )
