"""A shift of what joins columns shows in derived features while every column stands still."""

import numpy as np
import pytest

from detectors.comparison import KolmogorovSmirnov
from detectors.multivariate import MultivariateSettings, fit
from tests.detectors.multivariate.clouds import correlated, fit_numbers, sides

ROWS = 20_000


def as_before(rows: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Give each column the values that it had before, in the order of the new rows."""
    ranks = rows.argsort(axis=1).argsort(axis=1)
    return np.take_along_axis(np.sort(before, axis=1), ranks, axis=1)


@pytest.fixture(scope="module")
def compared():
    """Compare 10 columns of which two correlate by .3, and then by .6."""
    random = np.random.default_rng(42)
    rows = [random.normal(size=(10, ROWS)) for _ in range(3)]
    for x, correlation in zip(rows, (0.3, 0.3, 0.6), strict=True):
        x[1] = correlation * x[0] + np.sqrt(1 - correlation**2) * x[1]
    fitted, before, after = rows
    transforms = fit_numbers(fitted, MultivariateSettings(pairs=45, mmd=64, seed=3))
    reference, current = sides(transforms, before, as_before(after, before))
    said = KolmogorovSmirnov().compare(reference, current)
    p = dict(zip(reference.layout.names, said.p_value, strict=True))
    return p, transforms.mmd.compare(reference, current)


def test_no_column_by_itself_shows_it(compared):
    assert [compared[0][f"x{j}"] for j in range(10)] == pytest.approx([1.0] * 10)


def test_the_pair_shows_it(compared):
    assert compared[0]["x0 + x1"] < 1e-5
    assert compared[0]["x0 - x1"] < 1e-5


def test_other_pairs_do_not(compared):
    others = [
        p for name, p in compared[0].items() if " + " in name and not {"x0", "x1"} & {*name.split()}
    ]
    assert len(others) == 28
    assert min(others) > 0.05 / 28


def test_random_projections_show_it(compared):
    projections = [p for name, p in compared[0].items() if name.startswith("projection")]
    assert min(projections) < 1e-4 / len(projections)


def test_the_reconstruction_error_shows_it(compared):
    assert compared[0]["reconstruction error"] < 1e-3


def test_the_discrepancy_of_the_means_shows_it(compared):
    assert compared[1].p_value < 0.01


def test_columns_that_always_agreed_and_cease_to_show_in_what_was_hidden_before():
    # The difference of two nearly equal columns has a variance of 1e-4: whitening lifts it.
    random = np.random.default_rng(43)
    rows = random.normal(size=(3, 3, 3000))
    for x, spread in zip(rows, (0.01, 0.01, 0.03), strict=True):
        x[1] = x[0] + spread * x[1]
    fitted, before, after = rows
    reference, current = sides(fit_numbers(fitted), before, after)
    p = dict(
        zip(
            reference.layout.names,
            KolmogorovSmirnov().compare(reference, current).p_value,
            strict=True,
        )
    )
    assert min(p[f"x{j}"] for j in range(3)) > 0.001
    assert p["x0 - x1"] < 1e-9
    assert p["mahalanobis distance"] < 1e-9
    assert min(p[name] for name in p if name.startswith("projection")) < 1e-9


def test_a_category_that_ceases_to_go_with_a_number_shows():
    random = np.random.default_rng(44)
    size = 6000
    kind = random.choice(3, size, p=[0.5, 0.3, 0.2]).astype(np.int32)
    amount = kind * 1.0 + random.normal(size=size)
    words = [["card", "cash", "cheque"]]
    transforms = fit(["amount"], amount[None, :3000], kind[None, :3000], words, ["kind"])
    tied = transforms.apply(amount[None, 3000:], kind[None, 3000:], words)
    loose = transforms.apply(amount[None, 3000:], random.permutation(kind[3000:])[None, :], words)
    at = transforms.names.index("amount + kind")
    assert tied[at].std() < 0.9 * loose[at].std()


def test_correlated_columns_of_one_kind_are_seen_whatever_their_units():
    random = np.random.default_rng(45)
    units = np.array([1e-6, 1.0, 1e9])[:, None]
    plain = correlated(random, 2000, 3, 0.5)
    one, other = fit_numbers(plain), fit_numbers(plain * units)
    for made, again in zip(
        sides(one, plain, plain)[1].moments[3:],
        sides(other, plain * units, plain * units)[1].moments[3:],
        strict=True,
    ):
        np.testing.assert_allclose(made, again, rtol=1e-4, atol=1e-4)
