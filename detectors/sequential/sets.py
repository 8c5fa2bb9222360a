"""Which fixed sets of values are watched, and how do counts by cell become counts by set?

The dictionary is chosen once, from the layout and the reference, and never changes with the data.
Every set is a run of neighbouring cells of one feature, or all that lies outside of one.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import Layout, NumericFeature, Summary

FAMILIES = ("covariate", "prior", "concept", "quality", "multivariate")
CUTS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
CENTRAL = ((0.05, 0.95), (0.1, 0.9), (0.25, 0.75))
ATOMS = 10
ENDS = 2  # the rows that drew the ends of a number's range, and so lie within it by choice
CUTS_WEIGHT, CENTRAL_WEIGHT, BINS_WEIGHT = 0.5, 0.25, 0.25

_BY_ROLE = {
    "feature": "covariate",
    "prediction": "prior",
    "score": "prior",
    "label": "prior",
    "derived": "multivariate",
}
_SOUND = frozenset({"feature", "prediction", "score"})  # whose quality is watched

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


class Kind(IntEnum):
    """What a set is, for its name and for its denominator."""

    RANGE = 0  # of rows with a finite number or a category
    CATEGORY = 1
    OTHER = 2
    UNSEEN = 3
    OUT_OF_RANGE = 4
    MISSING = 5  # of all rows


class _Set(NamedTuple):
    """One set while the dictionary is made; cells count from the feature's first."""

    family: int
    feature: int
    kind: Kind
    first: int
    end: int
    weight: float


@dataclass(frozen=True, eq=False)
class Sets:
    """The S sets of a layout; each belongs to one family and feature.

    family : int64[S], index into FAMILIES
    feature : int64[S], index into `layout.names`
    kind : int64[S], a `Kind`
    first, end : int64[S], the run of cells [first, end) in the whole layout; of OUT_OF_RANGE the
        cells that are within it
    weight : float64[S], in (0, 1]; those of a family sum to 1 at most

    >>> from detectors.summaries import numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("age", np.arange(100.0)),))
    >>> ages = np.array([np.arange(100.0)])
    >>> columns = ages, np.zeros((0, 100), np.int32), []
    >>> reference = tabulate(layout, *columns, np.zeros(100, np.int64), 1).summary(0)
    >>> sets = Sets.of(layout, reference, ["feature"])
    >>> sets.name(7), sets.name(len(sets) - 1)
    ('age < 59.4', 'age out of range')
    >>> k, n = sets.count(reference.counts)
    >>> int(k[7]), int(n[7])
    (60, 100)
    """

    layout: Layout
    family: Counts
    feature: Counts
    kind: Counts
    first: Counts
    end: Counts
    weight: Floats

    @classmethod
    def of(
        cls,
        layout: Layout,
        reference: Summary,
        roles: Sequence[str],
        *,
        threshold: float | None = None,
    ) -> Self:
        """Choose the sets of a reference.

        Parameters
        ----------
        reference : a summary over `layout`; only the edges nearest to its quantiles, and which
            single values are frequent, are taken from it
        roles : the role of each feature in the layout's order: feature, prediction, score, label,
            derived (a multivariate transform); columns of other roles are not watched
        threshold : of decisions by the score; {score >= threshold} is watched too

        Raises
        ------
        ValueError : where there is not one role for each feature
        """
        if len(roles) != len(layout.names):
            message = f"{len(roles)} roles are given for {len(layout.names)} features"
            raise ValueError(message)
        found = list(_distributions(layout, reference, roles, threshold))
        found += _qualities(layout, roles)
        shared = _shared(found)
        columns = [np.array(column) for column in zip(*shared, strict=True)] or [np.zeros(0)] * 6
        family, feature, kind, first, end = (column.astype(np.int64) for column in columns[:5])
        at = layout.start[feature]
        weight = columns[5].astype(np.float64)
        return cls(layout, family, feature, kind, first + at, end + at, weight)

    def __len__(self) -> int:
        return len(self.family)

    def count(self, counts: Counts) -> tuple[Counts, Counts]:
        """Count by set what is counted by cell, for any number of summaries at once.

        Of a reference some features are counted on half of its rows, so that the number of rows is
        that of the feature's own cells: each row falls into one of them.

        Parameters
        ----------
        counts : int64[..., layout.width]

        Returns
        -------
        k, n : int64[..., S], the rows within each set, and those that could be: rows that hold a
            value, a finite one if a number; of MISSING, all rows
        """
        held = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1), dtype=np.int64)
        np.cumsum(counts, axis=-1, out=held[..., 1:])
        inside = held[..., self.end] - held[..., self.first]
        start = self.layout.start
        rows = held[..., start[1:]] - held[..., start[:-1]]
        present = self._present(counts, rows)
        n = np.where(self._of_all, rows[..., self.feature], present[..., self.feature])
        return np.where(self._outside, n - inside, inside), n

    def _present(self, counts: Counts, rows: Counts) -> Counts:
        present = rows - counts[..., self.layout.missing_cells]
        present[..., : len(self.layout.numeric)] -= counts[..., self.layout.not_finite_cells]
        return present

    @cached_property
    def _of_all(self) -> NDArray[np.bool_]:
        of_all: NDArray[np.bool_] = self.kind == Kind.MISSING
        return of_all

    @cached_property
    def _outside(self) -> NDArray[np.bool_]:
        outside: NDArray[np.bool_] = self.kind == Kind.OUT_OF_RANGE
        return outside

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The families that have sets, in the order of FAMILIES."""
        return tuple(name for f, name in enumerate(FAMILIES) if (self.family == f).any())

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ where the dictionary does."""
        hashed = hashlib.blake2b(self.layout.digest.encode(), digest_size=8)
        for column in (self.family, self.feature, self.kind, self.first, self.end):
            hashed.update(column.astype("<i8").tobytes())
        hashed.update(self.weight.astype("<f8").tobytes())
        return hashed.hexdigest()

    def name(self, index: int) -> str:
        """Say in words what a set holds."""
        feature, kind = int(self.feature[index]), Kind(int(self.kind[index]))
        name = self.layout.names[feature]
        at = int(self.layout.start[feature])
        first, end = int(self.first[index]) - at, int(self.end[index]) - at
        if kind is Kind.RANGE:
            return _range(name, self.layout.numeric[feature].edges, first, end)
        if kind is Kind.CATEGORY:
            categories = self.layout.categorical[feature - len(self.layout.numeric)].categories
            return f"{name} is {categories[first]}"
        words = {
            Kind.OTHER: "is another known value",
            Kind.UNSEEN: "is a value never seen before",
            Kind.OUT_OF_RANGE: "out of range",
            Kind.MISSING: "missing",
        }
        return f"{name} {words[kind]}"


def _distributions(
    layout: Layout, reference: Summary, roles: Sequence[str], threshold: float | None
) -> Iterator[_Set]:
    """Give the sets of the families that watch distributions, a feature's weights summing to 1."""
    for j, role in enumerate(roles):
        if role not in _BY_ROLE:
            continue
        family = FAMILIES.index(_BY_ROLE[role])
        counts = reference.counts[layout.start[j] : layout.start[j + 1]]
        if j < len(layout.numeric):
            cut = threshold if role == "score" else None
            for (first, end), weight in _ranges(layout.numeric[j], counts, cut).items():
                yield _Set(family, j, Kind.RANGE, first, end, weight)
            continue
        kept = len(counts) - 3
        for cell in range(kept):
            yield _Set(family, j, Kind.CATEGORY, cell, cell + 1, 1 / (kept + 1))
        yield _Set(family, j, Kind.OTHER, kept, kept + 1, 1 / (kept + 1))


def _ranges(
    feature: NumericFeature, counts: Counts, threshold: float | None
) -> dict[tuple[int, int], float]:
    """Give the runs of cells of a number with their weights; equal runs are one."""
    held = np.cumsum(counts[:-2])  # {x < edges[i]} holds the cells 0 to i
    last = len(feature.edges) - 1
    if last < 2 or held[-1] == 0:
        return {}
    cuts = _nearest(held, CUTS)
    asked = [] if threshold is None else [int(np.searchsorted(feature.edges, threshold))]
    cuts = sorted({*cuts, *(i for i in asked if 0 < i < last)})
    central = sorted({tuple(_nearest(held, pair)) for pair in CENTRAL})
    deciles = sorted({int(i) for i in feature.deciles if 0 < i < last})
    bins = list(zip([-1, *deciles], [*deciles, last + 1], strict=True)) if deciles else []
    bins += [(i, i + 1) for i in _atoms(feature, counts)]
    groups = (
        ([(0, i + 1) for i in cuts], CUTS_WEIGHT),
        ([(i + 1, j + 1) for i, j in central if i < j], CENTRAL_WEIGHT),
        (sorted({(i + 1, j + 1) for i, j in bins}), BINS_WEIGHT),
    )
    found: dict[tuple[int, int], float] = {}
    for runs, weight in groups:
        for run in runs:
            found[run] = found.get(run, 0.0) + weight / len(runs)
    return found


def _nearest(held: Counts, shares: Sequence[float]) -> list[int]:
    """Give the edges nearest to some quantiles; the outermost ones cut off what is out of range."""
    below = held[1:-2] / held[-1]
    return [1 + int(np.argmin(np.abs(below - share))) for share in shares]


def _atoms(feature: NumericFeature, counts: Counts) -> list[int]:
    """Give the edges at which single values begin that are frequent in the reference."""
    edges, inner = feature.edges, counts[1:-3]
    single = np.nextafter(edges[:-1], np.inf) == edges[1:]
    frequent = np.flatnonzero(single & (inner * len(inner) > inner.sum()))
    most = frequent[np.argsort(-inner[frequent], kind="stable")]
    return sorted(most[:ATOMS].tolist())


def _qualities(layout: Layout, roles: Sequence[str]) -> Iterator[_Set]:
    """Give the sets that show broken data; a third of the weight is that of stuck values."""
    family = FAMILIES.index("quality")
    for j, role in enumerate(roles):
        if role not in _SOUND:
            continue
        width = int(layout.start[j + 1] - layout.start[j])
        yield _Set(family, j, Kind.MISSING, width - 1, width, 1 / 3)
        if j >= len(layout.numeric):
            yield _Set(family, j, Kind.UNSEEN, width - 2, width - 1, 1 / 3)
        elif width > 4:
            yield _Set(family, j, Kind.OUT_OF_RANGE, 1, width - 3, 1 / 3)


def _shared(found: list[_Set]) -> list[_Set]:
    """Share each family's weight equally among the features that it has sets of."""
    features: dict[int, set[int]] = {}
    for one in found:
        features.setdefault(one.family, set()).add(one.feature)
    return [one._replace(weight=one.weight / len(features[one.family])) for one in found]


def _range(name: str, edges: Floats, first: int, end: int) -> str:
    if end - first == 1 and first > 0 and np.nextafter(edges[first - 1], np.inf) == edges[first]:
        return f"{name} = {edges[first - 1]:.6g}"
    low = f"{edges[first - 1]:.6g} <= " if first > 0 else ""
    high = f" < {edges[end - 1]:.6g}" if end <= len(edges) else ""
    return f"{low}{name}{high}" if high else f"{name} >= {edges[first - 1]:.6g}"
