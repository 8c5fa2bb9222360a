"""With what does the pager watch a version?

A watch is a function of the profile, the settings and the width of a pane; what was gathered under
another one does not count.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import DAYS, Dispersion
from detectors.sequential.reference import Reference, Slots
from detectors.sequential.sets import Sets
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.nouns.profiles import Blocks, Profile, SetCounts
from driftwatch.nouns.settings import microseconds

FORMAT = "1"
UNMEASURED = 2.0  # about what 50 blocks of independent rows give
DENSE = 1e5  # rows an hour
_HOUR = microseconds(timedelta(hours=1))


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """A profile's detector, and the fingerprint of all that it is made of."""

    profile: Profile
    detector: Detector
    fingerprint: str


class Watches:
    """Makes each watch once: its bounds take longer than a boundary. Used by one thread only."""

    def __init__(self, settings: PagerSettings, pane: timedelta) -> None:
        self._settings, self._pane = settings, pane
        self._made: dict[tuple[str, str], Watch] = {}

    def of(self, profile: Profile) -> Watch:
        """Give a profile's."""
        key = (profile.model, profile.version)
        made = self._made.get(key)
        if made is None or made.profile.fingerprint != profile.fingerprint:
            made = self._made[key] = watch(profile, self._settings, self._pane)
        return made


def watch(profile: Profile, settings: PagerSettings, pane: timedelta) -> Watch:
    """Make the detector of a profile."""
    sets = profile.watched()
    blocks = profile.blocks
    if blocks is not None and blocks.sets != sets.digest:
        blocks = None
    reference = _reference(profile, sets, blocks, settings.phi)
    tuning = settings.tuning(pane, dense=_rows_an_hour(blocks) > DENSE)
    hashed = hashlib.blake2b(digest_size=8)
    made_of = (FORMAT, profile.fingerprint, sets.digest, repr(tuning), repr(settings.phi))
    for part in made_of:
        hashed.update(f"{len(part)}:{part}".encode())
    return Watch(profile, Detector.of(reference, tuning), hashed.hexdigest())


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
