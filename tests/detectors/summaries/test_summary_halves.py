"""A reference counts some features on half of its rows, and each has shares of its own rows."""

from dataclasses import replace

import numpy as np

from detectors.comparison import Missing
from detectors.comparison.categories import category_changes
from detectors.summaries import Layout, categorical_feature, tabulate

LAYOUT = Layout((), (categorical_feature("kind", {"a": 6, "b": 2}),))


def counted(codes):
    """Count codes of a and b, -1 where missing."""
    n = len(codes)
    columns = np.zeros((0, n)), np.array([codes], np.int32), [["a", "b"]]
    return tabulate(LAYOUT, *columns, np.zeros(n, np.int64), 1).summary(0)


HALF = replace(counted([0, 0, 1, -1]), rows=8)
CURRENT = counted([0, 0, 1, -1])


def test_rows_are_those_that_the_feature_was_counted_on():
    assert HALF.counted.tolist() == [4]
    assert HALF.present.tolist() == [3]


def test_shares_of_a_half_are_not_those_of_all_rows():
    (changes,) = category_changes(HALF, CURRENT)
    np.testing.assert_allclose(changes.reference[:2], changes.current[:2])
    missing = Missing(measure="difference").compare(HALF, CURRENT)
    assert missing.statistic.tolist() == [0]
    assert missing.m.tolist() == [4]
