"""By how much may a test's numbers differ from those of raw values, and why?"""

import numpy as np

from detectors.comparison import AndersonDarling, Compared, KolmogorovSmirnov
from detectors.comparison.kolmogorov_smirnov import two_sided_sf
from detectors.summaries import NumericFeature
from tests.peers.ours import Feature, Reference, Values, every_value, largest_bin

ONE_BIN = (
    "between two edges nothing is known, where the functions cannot part by more than the mass "
    "of the largest bin that holds several values"
)
STRAIGHT_LINES = (
    "between edges the difference is taken as a straight line: at most .0004 standard deviations "
    "with light tails, .01 with heavy ones"
)


TIES = (
    "with tied values theirs counts every tie as a distance: it subtracts 1 to n from midranks "
    "(`cramervonmises_2samp` of scipy, and `_cvm_2samp` of Evidently, which is like it), so "
    "columns with few distinct values always drift"
)
PARABOLA = (
    "theirs is a parabola through seven tabulated points, which misses them by up to 2.5%, as they "
    "do the limiting distribution, which ours is; it ends at .001 and .25 (`anderson_ksamp` of "
    "scipy)"
)
YATES = (
    "of two categories theirs takes half a row off every distance (Yates; `correction=True` is "
    "what scipy's `chi2_contingency` does unasked), ours does not: it was taken off for this line; "
    "else the same convention: rounding"
)


def all_values(reference: Reference, current: Values) -> Feature:
    """Give every value a cell of its own."""
    return every_value(reference.values, current)


def one_bin(reference: Reference, current: Values) -> float:
    """Bound by the mass of the largest bin."""
    feature = reference.feature
    assert isinstance(feature, NumericFeature)
    return largest_bin(feature, reference.values, current)


def straight_lines(reference: Reference, _current: Values) -> float:
    """Bound by a part of the standard deviation; more where few values make the fourth moment."""
    values = reference.values
    apart = (values - values.mean()) / values.std()
    heavy = (apart**4).mean() > 6
    return (0.01 if heavy else 0.0004) * float(values.std())


def of_the_deviation(reference: Reference, current: Values) -> float:
    """Bound as a part of the standard deviation, for distances over it."""
    return straight_lines(reference, current) / float(reference.values.std())


def of_the_expansion(reference: Reference, current: Values) -> float:
    """Give how near our p-value of a distance is said to be to the exact one."""
    p = float(reference.compared(KolmogorovSmirnov(), current).p_value[0])
    return 3e-8 + (0.05 * p if p < 1e-3 else 0.0)


def one_bin_of_p(reference: Reference, current: Values) -> float:
    """Bound what the p-value can move by when the distance grows by the largest bin."""
    n, m = len(current), len(reference.values)
    distance = float(reference.compared(KolmogorovSmirnov(), current).statistic[0])
    ends = np.array([distance, distance + one_bin(reference, current)])
    p = two_sided_sf(ends, np.full(2, round(n * m / (n + m))))
    return float(p[0] - p[1])


def clipped_p_value(said: Compared, _reference: Reference, _current: Values) -> float:
    """Take the p-value within the ends of the peers' table."""
    return float(np.clip(said.p_value[0], 0.001, 0.25))


def twentieth_of_p(reference: Reference, current: Values) -> float:
    """Allow a twentieth of our own p-value."""
    feature = all_values(reference, current)
    said = reference.compared_between(AndersonDarling(), feature, current)
    return 0.05 * clipped_p_value(said, reference, current)


def untied(reference: Reference, current: Values) -> bool:
    """Say whether no value comes twice."""
    both = np.concatenate([reference.values, current])
    return len(np.unique(both)) == len(both)


def tied(reference: Reference, current: Values) -> bool:
    """Say whether some value comes twice."""
    return not untied(reference, current)


def with_yates(said: Compared, reference: Reference, current: Values) -> float:
    """Take half a row off the distance of each cell from its expected number, of two categories."""
    squared = float(said.statistic[0])
    words, counts = np.unique(np.concatenate([reference.values, current]), return_counts=True)
    if len(words) != 2:
        return squared
    distance = abs(
        float((current == words[0]).sum()) - counts[0] * len(current) / float(counts.sum())
    )
    return float(squared * (max(distance - 0.5, 0.0) / distance) ** 2)
