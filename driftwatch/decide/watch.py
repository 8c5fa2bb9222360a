"""With what does the pager watch a version?

A watch is a function of the profile, the settings and the width of a pane; what was gathered under
another one does not count.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import DAYS, Dispersion
from detectors.sequential.reference import Reference, Slots
from detectors.sequential.sets import Sets
from detectors.sequential.tuning import Tuning
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.nouns.profiles import Blocks, Profile, SetCounts
from driftwatch.nouns.settings import microseconds

FORMAT = "1"
RECORDS = "rejected records"  # stand in the place of a feature
UNMEASURED = 2.0  # about what 50 blocks of independent rows give
DENSE = 1e5  # rows an hour
_HOUR = microseconds(timedelta(hours=1))


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """A profile's detector, and the fingerprint of all that it is made of.

    `spread` is the phi that the segments' features have, None where there are no segments.
    """

    profile: Profile
    detector: Detector
    fingerprint: str
    spread: Dispersion | None = None

    def column(self, feature: int) -> tuple[str, str]:
        """Give the name and the role of what the detector numbers as a feature."""
        columns = self.profile.columns
        return columns[feature] if feature < len(columns) else (RECORDS, "record")


class Watches:
    """Makes each watch once: its bounds take longer than a boundary. Used by one thread only."""

    def __init__(self, settings: PagerSettings, pane: timedelta) -> None:
        self._settings, self.pane = settings, pane
        self._made: dict[tuple[str, str, str], Watch] = {}

    def of(self, profile: Profile) -> Watch:
        """Give a profile's."""
        return self._kept(profile, "") or self._keep("", watch(profile, self._settings, self.pane))

    def of_segment(self, profile: Profile, segment: str) -> Watch | None:
        """Give that of a segment, or of the whole; None where the segment is not watched."""
        if not segment:
            return self.of(profile)
        if (kept := self._kept(profile, segment)) is not None:
            return kept
        made = watch_segment(self.of(profile), segment, self._settings, self.pane)
        return None if made is None else self._keep(segment, made)

    def _kept(self, profile: Profile, segment: str) -> Watch | None:
        kept = self._made.get((profile.model, profile.version, segment))
        return kept if kept and kept.profile.fingerprint == profile.fingerprint else None

    def _keep(self, segment: str, made: Watch) -> Watch:
        self._made[made.profile.model, made.profile.version, segment] = made
        return made


def watch(profile: Profile, settings: PagerSettings, pane: timedelta) -> Watch:
    """Make the detector of a profile."""
    sets = profile.watched()
    blocks = profile.blocks
    if blocks is not None and blocks.sets != sets.digest:
        blocks = None
    reference = _reference(profile, sets, blocks, settings.phi)
    tuning = settings.tuning(pane, dense=_rows_an_hour(blocks) > DENSE)
    clusters = settings.phi or UNMEASURED
    tuning = replace(tuning, allowance=settings.rejected, clusters=clusters)
    made = _made(profile, reference, tuning, settings.phi)
    if not profile.segments:
        return made
    return replace(made, spread=_spread(sets, blocks, settings.phi))


def watch_segment(
    whole: Watch, segment: str, settings: PagerSettings, pane: timedelta
) -> Watch | None:
    """Make the detector of a segment, which has sets of its own; None where it is not watched.

    It has no blocks of time: each feature's phi is the largest of the whole's, with the hours of
    the day in it, and there is a daily clock only where phi is said.
    """
    profile = whole.profile.of(segment)
    if profile is None or whole.spread is None:
        return None
    sets = profile.watched()
    phi, rows = whole.spread.phi[sets.feature], whole.spread.rows[sets.feature]
    own = Dispersion(phi, rows, whole.spread.length)
    daily = None if settings.phi is None else own
    share = profile.reference.rows / max(whole.profile.reference.rows, 1)
    dense = share * _rows_an_hour(whole.profile.blocks) > DENSE
    reference = Reference(sets, profile.reference, own, daily)
    return _made(profile, reference, settings.tuning(pane, dense=dense), settings.phi)


def _made(profile: Profile, reference: Reference, tuning: Tuning, phi: float | None) -> Watch:
    """Make a watch; the chance that the reference misleads is shared with the segments."""
    segments = tuple(profile.parts)
    tuning = replace(tuning, delta=tuning.delta / (1 + len(segments)))
    detector = Detector.of(reference, tuning)
    shape = repr((detector.components.columns, detector.components.weight.shape))
    hashed = hashlib.blake2b(digest_size=8)
    made_of = [FORMAT, shape, profile.fingerprint, reference.sets.digest, repr(tuning), repr(phi)]
    if segments:
        made_of += [repr(segments)]
    for part in made_of:
        hashed.update(f"{len(part)}:{part}".encode())
    return Watch(profile, detector, hashed.hexdigest())


def _spread(sets: Sets, blocks: Blocks | None, phi: float | None) -> Dispersion:
    """Give the phi of each feature: as said, or the largest of its sets over the whole's blocks."""
    d = len(sets.layout.names)
    if phi is not None:
        return Dispersion.said(phi, d)
    found = Dispersion.said(UNMEASURED, d)
    measured = _measured(sets, blocks, None) if blocks is not None else None
    if measured is None:
        return found
    largest = found.phi.copy()
    np.maximum.at(largest, sets.feature, measured.phi)
    return Dispersion(largest, np.full(d, measured.rows.mean()), measured.length)


def _reference(profile: Profile, sets: Sets, blocks: Blocks | None, phi: float | None) -> Reference:
    slots = _slots(blocks) if blocks is not None else None
    if phi is not None:
        said = Dispersion.said(phi, len(sets))
        return Reference(sets, profile.reference, said, said, slots)
    measured = _measured(sets, blocks, slots) if blocks is not None else None
    if measured is None or blocks is None:
        return Reference(sets, profile.reference, Dispersion.said(UNMEASURED, len(sets)))
    days = blocks.days
    daily = Dispersion.measured(days.k, days.n, sets.feature, length=24.0, least=DAYS)
    return Reference(sets, profile.reference, measured, daily, slots)


def _measured(sets: Sets, blocks: Blocks, slots: Slots | None) -> Dispersion | None:
    stratum = None
    if slots is not None and len(slots.places()) == slots.period:
        hours = blocks.blocks.start // _HOUR
        stratum = np.array([slots.of(int(hour)) for hour in hours], dtype=np.int64)
    counts = blocks.blocks
    return Dispersion.measured(
        counts.k, counts.n, sets.feature, length=blocks.length / _HOUR, stratum=stratum
    )


def _slots(blocks: Blocks) -> Slots | None:
    """Go by the hours of the week where all of them hold rows enough, else by those of the day."""
    for period, counts in ((168, blocks.hours_of_week), (24, blocks.hours_of_day)):
        if len(counts.start) == period or (period == 24 and len(counts.start)):
            return _slots_of(period, counts)
    return None


def _slots_of(period: int, counts: SetCounts) -> Slots:
    return Slots(period, counts.start // _HOUR, counts.rows, counts.k, counts.n)


def _rows_an_hour(blocks: Blocks | None) -> float:
    if blocks is None or not len(blocks.blocks.rows):
        return 0.0
    return float(blocks.blocks.rows.mean()) * _HOUR / blocks.length
