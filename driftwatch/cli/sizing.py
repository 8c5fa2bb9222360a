"""How small a shift does the pager see, with this reference and the traffic seen in it?"""

from dataclasses import dataclass
from datetime import timedelta
from math import asin, pi, sin

import numpy as np

from detectors.sequential.sets import FAMILIES
from detectors.sequential.sizing import smallest_shift
from driftwatch.decide.gather import share
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.decide.watch import watch
from driftwatch.nouns.profiles import Blocks, Profile
from driftwatch.nouns.records import Population
from driftwatch.nouns.settings import microseconds

_PANE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_HOURS = (1.0, 24.0)
_MEDIUM = 0.5  # Cohen's word for such an h


@dataclass(frozen=True, slots=True)
class Sizing:
    """The smallest shifts by family, and what is too small, in words; empty if nothing is."""

    rows: tuple[tuple[str, ...], ...] = ()
    warning: str = ""


def sizing(profile: Profile) -> Sizing:
    """Give the smallest shift of a median feature by family, under the pager's default settings."""
    if profile.blocks is None or not len(profile.blocks.blocks.rows):
        return Sizing()
    components = watch(profile, PagerSettings(), _PANE).detector.components
    traffic = rows_an_hour(profile.blocks)
    whole = share(Population(profile.model, profile.version), len(profile.parts))
    seen = [smallest_shift(components, traffic, hours, share=whole) for hours in _HOURS]
    features = components.feature < len(profile.columns)  # not what may be rejected
    found, warning = [], ""
    for name in components.families:
        own = (components.family == FAMILIES.index(name)) & features
        within = [float(np.median(shift[own])) for shift in seen]
        found.append((name, f"{own.sum()} features", *map(_shown, within)))
        if name == "covariate" and within[-1] > _MEDIUM:
            warning = (
                f"too small for the pager: of most features it sees nothing less than "
                f"{_shown(within[-1])} within a day, at {traffic:,.0f} rows an hour; take more rows"
            )
    return Sizing(tuple(found), warning)


def rows_an_hour(blocks: Blocks) -> float:
    """Give the traffic of the hours that hold any."""
    return float(blocks.blocks.rows.mean()) * microseconds(_HOUR) / blocks.length


def _shown(shift: float) -> str:
    """Show Cohen's h by what it makes of a share of a half."""
    angle = asin(0.5**0.5) + shift / 2
    if angle >= pi / 2:
        return f"none (h {shift:.2f})"
    return f"50% to {sin(angle) ** 2:.1%} (h {shift:.2f})"
