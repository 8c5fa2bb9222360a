"""When does a replay of river's concept streams page?

1,000 rows an hour, two days of reference and one of quiet. Then the concept changes for a day, or
a change is planted into rows of the old one: an input, or the share of a class. A planted change
is as large as what the sizing says is seen within HOURS; twice as many are allowed, for the sizing
leaves out chance, and that no theta of the grid is the best one. The draw of the planted rows is
fixed: among others some inputs of Hyperplane and LED take an hour more than that.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import asin, sin, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from detectors.sequential.sets import FAMILIES
from detectors.sequential.sizing import smallest_shift
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.decide.watch import watch
from driftwatch.nouns.profiles import Profile
from driftwatch.reference.choices import Choices
from tests.peers.environments import FOLDER
from tests.peers.replayed.case import HOUR, Case, fired, named
from tests.simulations.table import Row, at_most

Columns = Mapping[str, NDArray[Any]]

BEGIN = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
HOURLY = 1_000
REFERENCE, QUIET = 48_000, 24_000  # rows
HOURS = 6.0
FACTOR = 2.0
SEED = 2026
_PANE = timedelta(minutes=10)
PLANTED = {"SEA": "0", "Agrawal": "loan", "Sine": "0", "Mixed": "2", "Hyperplane": "0", "LED": "0"}


def rows(name: str) -> Iterator[Row]:
    """Replay what river drew of one generator: the concept's change, and both planted ones."""
    with np.load(FOLDER / f"river_{name}.npz") as data:
        drawn = dict(data)
    one, other = _side(drawn, "one"), _side(drawn, "other")
    folder = FOLDER / "replayed" / name
    folder.mkdir(parents=True, exist_ok=True)
    reference = _written(folder, "reference", _part(one, slice(REFERENCE)), 0)
    choices = Choices(
        roles={"time": "time", "y": "label"},
        types={"y": "categorical"},
        fallback=("peer", "1"),
        rows="heldout",
    )
    case = Case.of(folder, reference, choices, pane="10m", step="1h")
    quiet = _part(one, slice(REFERENCE, REFERENCE + QUIET))
    spare = _part(one, slice(REFERENCE + QUIET, None))
    random = np.random.default_rng(SEED)
    column = PLANTED[name]
    yield from _stays_silent(name, case, folder, quiet, other)
    size = _size(case.profile, "covariate", f"x{column}")
    planted = _moved(spare, f"x{column}", size, random)
    yield from _pages(f"{name}, input h {size:.3f}", case, folder, quiet, planted, "CovariateShift")
    size = _size(case.profile, "prior", "y")
    planted = _resampled(spare, size, random)
    yield from _pages(f"{name}, classes h {size:.3f}", case, folder, quiet, planted, "PriorShift")


def _stays_silent(
    name: str, case: Case, folder: Path, quiet: Columns, other: Columns
) -> Iterator[Row]:
    pages = fired(case.replay(_written(folder, "concept", _joined(quiet, other), REFERENCE)))
    found = named(pages, "CovariateShift")
    yield at_most(f"{name}, another concept: CovariateShift", len(found), 0, "pages")


def _pages(
    name: str, case: Case, folder: Path, quiet: Columns, planted: Columns, alert: str
) -> Iterator[Row]:
    pages = fired(case.replay(_written(folder, alert, _joined(quiet, planted), REFERENCE)))
    change = BEGIN + (REFERENCE + QUIET) // HOURLY * HOUR
    early = [page for page in pages if page.boundary <= change]
    yield at_most(f"{name}: pages before it", len(early), 0, "pages")
    late = named([page for page in pages if page.boundary > change], alert)
    delay = (late[0].boundary - change) / HOUR if late else np.inf
    yield at_most(f"{name}: {alert}", delay, FACTOR * HOURS)


def _size(profile: Profile, family: str, feature: str) -> float:
    """Give what the sizing says is seen of a feature within HOURS in the median."""
    settings = PagerSettings.model_validate({})
    components = watch(profile, settings, _PANE).detector.components
    names = list(profile.layout.names)
    group = (components.family == FAMILIES.index(family)) & (
        components.feature == names.index(feature)
    )
    return float(smallest_shift(components, HOURLY, HOURS, chance=0.5)[group][0])


def _grown(share: float, size: float) -> float:
    """Give the share that is larger by a Cohen's h."""
    return sin(asin(sqrt(share)) + size / 2) ** 2


def _moved(columns: Columns, name: str, size: float, random: np.random.Generator) -> Columns:
    """Let the share of the upper half of a column grow, by putting its values in other rows."""
    values = columns[name]
    above = values > (0.5 if len(np.unique(values)) == 2 else np.median(values))
    share = above.mean()
    redrawn = random.random(len(values)) < (_grown(share, size) - share) / (1 - share)
    return {**columns, name: np.where(redrawn, random.choice(values[above], len(values)), values)}


def _resampled(columns: Columns, size: float, random: np.random.Generator) -> Columns:
    """Take rows by their class, none twice, so that the share of one class is larger."""
    classes = columns["y"]
    least = min(np.unique(classes), key=lambda c: int((classes == c).sum()))
    ours, rest = np.flatnonzero(classes == least), np.flatnonzero(classes != least)
    share = _grown(len(ours) / len(classes), size)
    n = int(min(len(ours) / share, len(rest) / (1 - share)))
    taken = int(n * share)
    chosen = np.concatenate(
        [random.permutation(ours)[:taken], random.permutation(rest)[: n - taken]]
    )
    return _part(columns, random.permutation(chosen))


def _side(drawn: Columns, side: str) -> Columns:
    """Give one concept's columns; a feature is named x and what river calls it."""
    of = {k.partition("/")[2]: v for k, v in drawn.items() if k.startswith(f"{side}/")}
    return {name if name == "y" else f"x{name}": values for name, values in of.items()}


def _part(columns: Columns, rows: Any) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


def _joined(one: Columns, other: Columns) -> Columns:
    return {name: np.concatenate([values, other[name]]) for name, values in one.items()}


def _written(folder: Path, name: str, columns: Columns, first: int) -> Path:
    """Write rows at even distances in time; `first` is the number of the first since BEGIN."""
    number = np.arange(len(columns["y"])) + first
    time = pa.array(BEGIN + number * (HOUR // HOURLY), pa.timestamp("us", "UTC"))
    classes = np.char.add("class ", columns["y"].astype(str))
    path = folder / f"{name}.parquet"
    parquet.write_table(pa.table({**columns, "y": classes, "time": time}), path)
    return path
