"""Which categories changed, from what share to what?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.comparison.compared import pair
from detectors.comparison.proportions import newcombe
from detectors.summaries import Summary

Floats = NDArray[np.float64]

OTHER = "(other)"
UNSEEN = "(unseen)"


@dataclass(frozen=True, slots=True, eq=False)
class CategoryChanges:
    """The categories of one feature, the one whose share changed most first.

    words : the kept categories, `OTHER` for the rest of the reference's, `UNSEEN` for new ones
    reference, current : their shares, NaN where that side has no rows
    low, high : 95% interval of current less reference, each category for itself (Newcombe's)
    effect : Cohen's h of the change, with its sign
    """

    feature: str
    words: tuple[str, ...]
    reference: Floats
    current: Floats
    low: Floats
    high: Floats
    effect: Floats


def category_changes(reference: Summary, current: Summary) -> tuple[CategoryChanges, ...]:
    """Give the changes of all categorical features, in the layout's order.

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "c"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> (changes,) = category_changes(counted([0, 0, 0, 0]), counted([0, 1, 1, 1]))
    >>> changes.words[:2], changes.reference[:2], changes.current[:2]
    (('a', '(unseen)'), array([1., 0.]), array([0.25, 0.75]))
    """
    sides = pair(reference, current)
    layout = reference.layout
    found = []
    for j, feature in enumerate(layout.categorical, start=len(layout.numeric)):
        cells = slice(layout.start[j], layout.missing_cells[j])
        words = (*feature.categories, OTHER, UNSEEN)
        rows = int(sides.m[j]), int(sides.n[j])
        found.append(
            _changes(feature.name, words, reference.counts[cells], current.counts[cells], rows)
        )
    return tuple(found)


def _changes(
    name: str,
    words: tuple[str, ...],
    before: NDArray[np.int64],
    now: NDArray[np.int64],
    rows: tuple[int, int],
) -> CategoryChanges:
    m, n = (np.full(len(words), max(side, 1)) for side in rows)
    q, p = before / m, now / n
    known = min(rows) > 0
    low, high = newcombe(now, n, before, m)
    effect = 2 * np.arcsin(np.sqrt(p)) - 2 * np.arcsin(np.sqrt(q))
    order = np.argsort(-np.abs(p - q), kind="stable") if known else np.arange(len(words))
    shares = (q if rows[0] else q + np.nan, p if rows[1] else p + np.nan)
    compared = (side if known else side + np.nan for side in (low, high, effect))
    columns = (side[order] for side in (*shares, *compared))
    return CategoryChanges(name, tuple(words[i] for i in order), *columns)
