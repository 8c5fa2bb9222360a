"""How is a change of a set's share said in words?"""

import numpy as np

from detectors.gate import Judged
from detectors.sequential.sets import Kind, Sets
from detectors.summaries import NumericFeature
from driftwatch.report.cells import show_share

_WORDS = {
    Kind.OTHER: "of the other known values",
    Kind.UNSEEN: "of values never seen before",
    Kind.MISSING: "missing",
}


def change(judged: Judged, index: int) -> str:
    """Say which way the share of a set went: share below 12.5 rose from 10.0% to 14.2%."""
    before, now = float(judged.before[index]), float(judged.now[index])
    went = "rose" if now > before else "fell"
    return f"share {name(judged.sets, index)} {went} from {show_share(before)} to {show_share(now)}"


def name(sets: Sets, index: int) -> str:
    """Say what a set holds, without the name of its feature."""
    kind = Kind(int(sets.kind[index]))
    if kind in _WORDS:
        return _WORDS[kind]
    layout, feature = sets.layout, int(sets.feature[index])
    start = int(layout.start[feature])
    first, end = int(sets.first[index]) - start, int(sets.end[index]) - start
    if kind is Kind.CATEGORY:
        return f"of {layout.categorical[feature - len(layout.numeric)].categories[first]!r:.80}"
    number = layout.numeric[feature]
    if kind is Kind.OUT_OF_RANGE:
        return f"outside {number.edges[0]:.6g} to {number.edges[-1]:.6g}"
    return _range(number, first, end)


def _range(feature: NumericFeature, first: int, end: int) -> str:
    """Name the values of the cells [first, end); cell i begins at edge i - 1."""
    low = first - 1 if first > 0 else None
    high = end - 1 if end <= len(feature.edges) else None
    if low is not None and high == low + 1 and _is_next(feature, high):
        return f"equal to {feature.edges[low]:.6g}"
    ends = [] if low is None else [_begin(feature, low)]
    ends += [] if high is None else [_end(feature, high)]
    return " and ".join(ends)


def _begin(feature: NumericFeature, edge: int) -> str:
    if _is_next(feature, edge):
        return f"above {feature.edges[edge - 1]:.6g}"
    return f"from {feature.edges[edge]:.6g}"


def _end(feature: NumericFeature, edge: int) -> str:
    if _is_next(feature, edge):
        return f"up to {feature.edges[edge - 1]:.6g}"
    return f"below {feature.edges[edge]:.6g}"


def _is_next(feature: NumericFeature, edge: int) -> bool:
    """Say whether nothing lies between the edge before and this one."""
    edges = feature.edges
    return edge > 0 and bool(np.nextafter(edges[edge - 1], np.inf) == edges[edge])
