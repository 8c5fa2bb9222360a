"""Where do the peers cut numbers, and what do they put where a bin is empty?"""

from collections.abc import Callable

import numpy as np

from tests.peers.against.case import Allowed, Cut
from tests.peers.ours import Feature, Floats, Reference, Values, between
from tests.peers.theirs.exchange import ends

Shares = tuple[Floats, Floats]
Formula = Callable[[Floats, Floats], float]
Edges = Callable[[Reference, Values], Floats]


def pooled(bins: int | str, *, distinct: bool = False, few: int = 0) -> Edges:
    """Cut the range of both sides together into bins of equal width.

    By a rule's name, of as many as it takes for the values, or for the `distinct` ones. A reference
    of `few` distinct values or fewer has a bin for each value.
    """

    def edges(reference: Reference, current: Values) -> Floats:
        both = np.concatenate([reference.values, current])
        values = np.unique(both)
        if len(np.unique(reference.values)) <= few:
            return np.append(values, values[-1] + 1)
        return np.histogram_bin_edges(values if distinct else both, bins)

    return edges


def spaced(number: int) -> Edges:
    """Cut the range of both sides into bins of equal width, of which the range is a bit wider."""

    def edges(reference: Reference, current: Values) -> Floats:
        return np.linspace(*ends(np.concatenate([reference.values, current])), number + 1)

    return edges


def cut(edges: Edges) -> Cut:
    """Cut numbers there, and words into themselves."""

    def feature(reference: Reference, current: Values) -> Feature:
        if reference.values.dtype.kind != "f":
            return reference.feature
        return between(edges(reference, current))

    return feature


def shares(reference: Reference, current: Values, edges: Edges) -> Shares:
    """Give the shares of the reference and of the current values in such bins."""
    if reference.values.dtype.kind == "f":
        at = edges(reference, current)
        counts = [np.histogram(side, at)[0] for side in (reference.values, current)]
    else:
        words = np.unique(np.concatenate([reference.values, current]))
        counts = [(side[:, None] == words).sum(axis=0) for side in (reference.values, current)]
    return counts[0] / len(reference.values), counts[1] / len(current)


def psi(q: Floats, p: Floats) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(p == q, 0.0, (p - q) * np.log(p / q)).sum())


def apart(
    formula: Formula,
    theirs: Callable[[Floats], Floats],
    ours: Callable[[Floats], Floats],
    edges: Edges,
) -> Allowed:
    """Allow for what two ways with empty bins make of one formula, on the shares themselves.

    Ours leaves out what is empty on both sides.
    """

    def allowed(reference: Reference, current: Values) -> float:
        q, p = shares(reference, current, edges)
        used = q + p > 0
        return abs(formula(theirs(q), theirs(p)) - formula(ours(q[used]), ours(p[used])))

    return allowed
