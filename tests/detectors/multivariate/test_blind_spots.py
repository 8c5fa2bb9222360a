"""What each derived feature cannot see, as its description says."""

import numpy as np

from detectors.multivariate import MultivariateSettings, fit
from tests.detectors.multivariate.clouds import correlated, fit_numbers, named

RANDOM = np.random.default_rng(51)


def parities(rows: int, joined: float) -> np.ndarray:
    """Draw three signs of which the product is 1 with the chance `joined`."""
    signs = RANDOM.choice([-1.0, 1.0], size=(3, rows))
    signs[2] = signs[0] * signs[1] * np.where(RANDOM.random(rows) < joined, 1, -1)
    return signs


def test_pairs_do_not_see_what_joins_three_columns_and_no_two():
    transforms = fit_numbers(parities(20_000, 0.5), MultivariateSettings(mmd=64))
    before, after = (named(transforms, parities(20_000, joined)) for joined in (0.5, 1.0))
    for name, value in before.items():
        if " + " in name or " - " in name:
            assert abs(value.std() - after[name].std()) < 0.05
    # The product gives the third moment of a mixture of all three away.
    skew = [
        max(abs((value**3).mean()) for name, value in made.items() if name.startswith("projection"))
        for made in (before, after)
    ]
    assert skew[1] > 3 * skew[0]


def test_pairs_do_not_see_a_correlation_that_was_not_among_the_largest():
    rows = RANDOM.normal(size=(4, 5000))
    rows[1] += rows[0]
    names = fit_numbers(rows, MultivariateSettings(pairs=1)).names
    assert not any("x2" in name or "x3" in name for name in names)


def test_the_reconstruction_error_does_not_see_what_moves_within_the_leading_components():
    rows = correlated(RANDOM, 20_000, 5, 0.8)
    transforms = fit_numbers(rows)
    # All columns of one row moved by the same: along the first component, but for its noise.
    before, after = (named(transforms, rows + shift) for shift in (0.0, 1.0))
    error = "reconstruction error"
    assert abs(after[error].mean() - before[error].mean()) < 0.02 * before[error].mean()
    assert abs(after["x0 + x1"].mean() - before["x0 + x1"].mean()) > 1


def test_the_mahalanobis_distance_does_not_see_one_correlation_trading_places_with_another():
    # Rotating a whitened cloud leaves all distances: two columns that change places, for one.
    rows = np.stack([correlated(RANDOM, 20_000, 2, 0.6), correlated(RANDOM, 20_000, 2, 0.6)])
    rows = rows.reshape(4, -1)
    transforms = fit_numbers(rows)
    before, after = (named(transforms, moved) for moved in (rows, rows[[2, 3, 0, 1]]))
    distance = "mahalanobis distance"
    assert abs(after[distance].mean() - before[distance].mean()) < 0.01
    turned = np.stack([-rows[0], rows[1], -rows[2], rows[3]])
    assert named(transforms, turned)[distance].mean() > 1.2 * before[distance].mean()


def test_the_mean_discrepancy_of_many_columns_hardly_sees_one():
    def usual_p_value(columns: int) -> float:
        p_values = []
        for _ in range(9):
            rows = RANDOM.normal(size=(3, columns, 2000))
            rows[2, 0] += 0.3
            test = fit_numbers(rows[0], MultivariateSettings(pairs=0, mmd=64)).mmd
            means = [test.fourier.apply(side).mean(axis=1) for side in rows[1:]]
            p_values.append(test.judge(*means, 2000, 2000).p_value)
        return float(np.median(p_values))

    assert usual_p_value(2) < 0.001
    assert usual_p_value(100) > 0.001


def test_equally_frequent_categories_that_change_places_are_not_seen():
    random = np.random.default_rng(52)
    amount = random.normal(size=(1, 3000))
    kind = np.repeat([0, 1, 2, 3], [900, 900, 600, 600]).astype(np.int32)[None, :]
    swapped = np.array([1, 0, 3, 2], dtype=np.int32)[kind]
    words = [["a", "b", "c", "d"]]
    transforms = fit(["amount"], amount, kind, words, ["kind"])
    np.testing.assert_array_equal(
        transforms.apply(amount, kind, words), transforms.apply(amount, swapped, words)
    )
