"""What does an alert remember of the features that it was called by, until they are back?

Of each: the sets that carried its evidence, and their rows since, pooled until there are enough to
tell a return from noise. Features never come back for want of rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Self

import numpy as np

from detectors.sequential.components import Components
from detectors.sequential.pages import Page
from detectors.sequential.resolution import is_back, rows_needed
from driftwatch.decide.gather import HOUR, Gathered
from driftwatch.nouns.records import Int64


@dataclass(frozen=True, slots=True)
class Pool:
    """The rows of a called feature since `first`, the hour in which pooling began.

    `pairs` are those of the watch's components; `k` and `n` count their sets. `looked` is the last
    hour at whose start they were looked at.
    """

    pairs: tuple[int, ...]
    first: int
    looked: int
    k: tuple[int, ...]
    n: tuple[int, ...]

    @classmethod
    def begun(cls, pairs: tuple[int, ...], first: int) -> Self:
        """Begin to pool."""
        nothing = (0,) * len(pairs)
        return cls(pairs, first, first, nothing, nothing)

    def add(self, columns: Int64, k: Int64, n: Int64) -> "Pool":
        """Pool the counts of one more pane."""
        pairs = columns[list(self.pairs)]
        held = tuple(a + int(b) for a, b in zip(self.k, k[pairs], strict=True))
        total = tuple(a + int(b) for a, b in zip(self.n, n[pairs], strict=True))
        return replace(self, k=held, n=total)

    def saved(self) -> dict[str, Any]:
        """Write it as JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> Self:
        """Read what `saved` wrote."""
        pairs, k, n = (tuple(saved[key]) for key in ("pairs", "k", "n"))
        return cls(pairs, saved["first"], saved["looked"], k, n)


def follow(
    pools: Mapping[str, Pool], gathered: Gathered, boundary: int, resolve_after: int
) -> dict[str, Pool]:
    """Pool what came in, and leave out the features that are back."""
    left, components = dict(pools), gathered.watch.detector.components
    for hour, panes in groupby(gathered.panes if pools else (), key=itemgetter(0)):
        left = _settled(left, gathered, hour, resolve_after)
        k, n = _counted(components, list(panes))
        left = {
            name: pool.add(components.column, k, n) if hour >= pool.first else pool
            for name, pool in left.items()
        }
    return _settled(left, gathered, boundary // HOUR, resolve_after)


def _counted(
    components: Components, panes: Sequence[tuple[int, Int64, Int64, int]]
) -> tuple[Int64, Int64]:
    """Count the panes of one hour, in which the same cells are watched once one has rows."""
    _, cells, stuck, rejected = zip(*panes, strict=True)
    return components.count(np.sum(cells, axis=0), stuck[-1], sum(rejected))


def begun(pages: Iterable[Page], gathered: Gathered) -> dict[str, Pool]:
    """Begin to pool the rows of each feature called, from the hour after the page on."""
    return {
        identify(gathered, page.family, called.feature): Pool.begun(
            called.pairs, page.hour + (page.clock == "hour")
        )
        for page in pages
        for called in page.called
    }


def identify(gathered: Gathered, family: str, feature: int) -> str:
    """Name a feature within an alert."""
    name, _ = gathered.watch.column(feature)
    return f"{gathered.population.segment}|{family}|{name}"


def _settled(
    pools: dict[str, Pool], gathered: Gathered, hour: int, resolve_after: int
) -> dict[str, Pool]:
    """Look, once in each hour, at what was pooled before it, where that is enough."""
    components = gathered.watch.detector.components
    left = {}
    for name, pool in pools.items():
        if hour <= pool.looked:
            left[name] = pool
            continue
        pairs, n = np.array(pool.pairs, np.int64), np.array(pool.n, np.int64)
        waits = (hour - pool.first) * HOUR < resolve_after
        if waits or np.any(n < rows_needed(components, pairs, n)):
            left[name] = replace(pool, looked=hour)
        elif not is_back(components, pairs, np.array(pool.k, np.int64), n):
            left[name] = Pool.begun(pool.pairs, hour)
    return left
