"""The options of the Jensen-Shannon distance are those of other tools."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from detectors.comparison import JensenShannon
from tests.detectors.samples import layout_of, numbers, summarise

RANDOM = np.random.default_rng(29)
REFERENCE, CURRENT = RANDOM.gamma(2, size=5000), RANDOM.gamma(3, size=700) * 1.5


def said_of(detector, reference=REFERENCE, current=CURRENT):
    layout = layout_of(numbers(reference))
    return detector.compare(
        summarise(layout, numbers(reference)), summarise(layout, numbers(current))
    )


def test_without_leftover_it_is_that_of_the_reference_histogram_alone():
    edges = np.histogram_bin_edges(REFERENCE, bins="doane")
    q, p = (np.histogram(side, edges)[0] for side in (REFERENCE, CURRENT))
    assert p.sum() < len(CURRENT)
    said = said_of(JensenShannon(leftover=False))
    assert said.statistic[0] == pytest.approx(jensenshannon(p, q, base=2), abs=1e-9)


def test_on_deciles_it_is_that_of_the_raw_counts():
    cuts = np.quantile(REFERENCE, np.arange(1, 10) / 10)
    q, p = (
        np.bincount(np.searchsorted(cuts, side, side="right"), minlength=10)
        for side in (REFERENCE, CURRENT)
    )
    said = said_of(JensenShannon(bins="deciles", base="e"))
    assert said.statistic[0] == pytest.approx(jensenshannon(p, q), abs=1e-9)


def test_where_everything_is_left_over_nothing_is_in_common():
    said = said_of(JensenShannon(leftover=False), current=REFERENCE + 1e3)
    assert said.statistic[0] == pytest.approx(1.0)


def test_its_p_value_is_of_all_rows():
    both = (said_of(JensenShannon(leftover=leftover)).p_value[0] for leftover in (True, False))
    assert len(set(both)) == 1


def test_deciles_leave_nothing_over():
    with pytest.raises(ValueError, match="by doane bins only"):
        JensenShannon(bins="deciles", leftover=False)
