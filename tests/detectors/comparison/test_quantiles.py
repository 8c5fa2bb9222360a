"""The table of quantiles is that of the raw values but for the width of a cell."""

import itertools

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import quantile_table
from tests.detectors.comparison.test_degenerate import COLUMNS
from tests.detectors.comparison.test_numbers import SHAPES
from tests.detectors.samples import layout_of, numbers, summarise


def table_of(reference, current, *levels):
    layout = layout_of(numbers(reference))
    sides = summarise(layout, numbers(reference)), summarise(layout, numbers(current))
    return quantile_table(*sides, *levels)


@pytest.mark.parametrize("shape", SHAPES)
def test_they_are_numpys_within_one_cell(shape):
    random = np.random.default_rng(25)
    reference, current = SHAPES[shape](random, 100_000, 0), SHAPES[shape](random, 10_000, 1)
    table = table_of(reference, current)
    edges = layout_of(numbers(reference)).numeric[0].edges
    for ours, raw in ((table.reference[0], reference), (table.current[0], current)):
        cells = (
            np.searchsorted(edges, side, side="right")
            for side in (ours, np.quantile(raw, table.levels))
        )
        one, other = cells
        assert (np.abs(one - other) <= 1).all()


def test_they_are_those_of_a_normal_distribution():
    random = np.random.default_rng(26)
    table = table_of(random.normal(size=100_000), random.normal(1, 2, 50_000))
    exact = stats.norm.ppf(table.levels)
    np.testing.assert_allclose(table.reference[0], exact, atol=0.03)
    np.testing.assert_allclose(table.current[0], 1 + 2 * exact, atol=0.15)


def test_they_never_fall_and_lie_between_the_smallest_and_the_largest_value():
    random = np.random.default_rng(27)
    current = random.standard_t(2, 500)
    table = table_of(random.standard_t(2, 3000), current, np.linspace(0, 1, 101))
    assert (np.diff(table.current[0]) >= 0).all()
    assert table.current[0, [0, -1]].tolist() == [current.min(), current.max()]


def test_a_frequent_value_is_itself():
    zeros = np.append(np.zeros(600), np.linspace(1, 2, 400))
    assert table_of(zeros, zeros, [0.2, 0.5]).current[0].tolist() == [0.0, 0.0]


def test_a_single_far_value_is_where_it_lies():
    rows = np.append(np.linspace(0, 1, 99), 1e6)
    assert table_of(np.linspace(0, 1, 500), rows, [0.5, 0.995]).current[0, 1] == pytest.approx(1e6)


def test_the_interval_covers_the_true_quantile():
    # 200 features x 9 levels, which depend on each other: of each level at least 95% should.
    random = np.random.default_rng(28)
    columns = numbers(*random.normal(size=(200, 4000)))
    layout = layout_of(columns)
    current = summarise(layout, numbers(*random.normal(size=(200, 1000))))
    table = quantile_table(summarise(layout, columns), current)
    exact = stats.norm.ppf(table.levels)
    covered = ((table.low <= exact) & (exact <= table.high)).sum(axis=0)
    assert (covered >= stats.binom.ppf(1e-5, 200, 0.95)).all()


def test_a_level_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"lie in \[0, 1\], not \[1.5\]"):
        table_of([1.0, 2.0], [1.0, 2.0], [1.5])


def test_any_column_beside_any_other_has_quantiles_where_it_has_values():
    for reference, current in itertools.product(COLUMNS.values(), repeat=2):
        table = table_of(reference, current)
        for found, raw in ((table.reference, reference), (table.current, current)):
            assert np.isfinite(found).all() == np.isfinite(raw).any()


def test_words_have_no_quantiles():
    layout = layout_of({"kind": ["a", "b"]})
    both = summarise(layout, {"kind": ["a"]})
    assert quantile_table(both, both).current.shape == (0, 9)
