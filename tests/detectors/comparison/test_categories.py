"""The table of categories says which one changed, from what share to what."""

import numpy as np
import pytest

from detectors.comparison import CohensH, LInfinity, category_changes
from tests.detectors.comparison.test_numbers import shares_of
from tests.detectors.samples import layout_of, summarise


def test_the_category_that_changed_most_comes_first():
    sides = shares_of([600, 300, 100], [50, 20, 30])
    (changes,) = category_changes(*sides)
    assert changes.feature == "kind"
    assert changes.words[0] == "w02"
    assert (changes.reference[0], changes.current[0]) == (0.1, 0.3)
    assert sorted(changes.words) == ["(other)", "(unseen)", "w00", "w01", "w02"]


def test_its_first_row_is_what_the_statistics_say():
    sides = shares_of([600, 300, 100], [50, 20, 30])
    (changes,) = category_changes(*sides)
    largest = abs(changes.current[0] - changes.reference[0])
    assert largest == pytest.approx(LInfinity().compare(*sides).statistic[0])
    assert np.abs(changes.effect).max() == pytest.approx(CohensH().compare(*sides).statistic[0])


def test_its_intervals_are_newcombes():
    # Newcombe (1998), table II, column (a): 56/70 - 48/80 has (.0524, .3339) by method 10.
    (changes,) = category_changes(*shares_of([48, 32], [56, 14]))
    at = changes.words.index("w00")
    assert [changes.low[at], changes.high[at]] == pytest.approx([0.0524, 0.3339], abs=5e-5)


def test_new_and_left_out_categories_have_their_rows():
    layout = layout_of({"kind": ["a", "a", "b"]}, keep=1)
    sides = (summarise(layout, {"kind": kinds}) for kinds in (["a", "a", "b"], ["new", "b"]))
    (changes,) = category_changes(*sides)
    shares = dict(zip(changes.words, changes.current, strict=True))
    assert shares == {"a": 0.0, "(other)": 0.5, "(unseen)": 0.5}


@pytest.mark.parametrize("empty", [[], [None, None]])
def test_a_side_without_rows_has_no_shares_and_no_change(empty):
    layout = layout_of({"kind": ["a", "b"]})
    some, none = summarise(layout, {"kind": ["a"]}), summarise(layout, {"kind": empty})
    (changes,) = category_changes(some, none)
    assert np.isnan(changes.current).all()
    assert np.isnan(changes.effect).all()
    assert changes.reference.sum() == 1
    (changes,) = category_changes(none, some)
    assert np.isnan(changes.reference).all()
    assert np.isnan(changes.low).all()


def test_numbers_have_no_categories():
    layout = layout_of({"x": np.array([1.0, 2.0])})
    both = summarise(layout, {"x": np.array([1.0])})
    assert category_changes(both, both) == ()
