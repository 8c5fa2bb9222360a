"""How much more do counts vary than those of independent rows?"""

import numpy as np
import pytest

from detectors.sequential.dispersion import BLOCKS, Dispersion

RNG = np.random.default_rng(7)
GROUP = np.zeros(3, np.int64)


def test_independent_rows_have_a_phi_of_little_more_than_one():
    n = np.full((200, 3), 500)
    found = Dispersion.measured(RNG.binomial(n, 0.3), n, GROUP)
    assert found is not None
    assert ((found.phi >= 1) & (found.phi < 1.5)).all()


def test_rows_that_come_five_at_a_time_have_a_phi_of_five():
    n = np.full((400, 3), 500)
    found = Dispersion.measured(5 * RNG.binomial(n // 5, 0.3), n, GROUP)
    assert found is not None
    assert 5 <= found.phi[0] < 7


def test_it_errs_to_the_large_side_nine_times_in_ten():
    low = 0
    for _ in range(200):
        n = np.full((50, 1), 400)
        found = Dispersion.measured(4 * RNG.binomial(n // 4, 0.4), n, np.zeros(1, np.int64))
        assert found is not None
        low += found.phi[0] < 4
    assert low / 200 < 0.17  # 10%, and three standard errors


def test_fewer_blocks_say_nothing():
    n = np.full((BLOCKS - 1, 3), 500)
    assert Dispersion.measured(n // 2, n, GROUP) is None


def test_sets_of_a_feature_have_the_largest_of_theirs_and_rare_ones_do_not_count():
    n = np.full((100, 3), 1000)
    k = RNG.binomial(n, 0.3)
    k[:, 1] = 4 * RNG.binomial(n[:, 1] // 4, 0.5)
    k[:, 2] = 0
    k[7, 2] = 60  # once, all at once: less than one a block
    found = Dispersion.measured(k, n, np.array([0, 0, 0]))
    assert found is not None
    assert len(set(found.phi.tolist())) == 1
    assert 4 <= found.phi[0] < 7


def test_what_differs_between_the_hours_of_the_day_alone_is_no_noise():
    hours = np.arange(240) % 24
    p = 0.3 + 0.2 * np.sin(2 * np.pi * hours / 24)[:, None]
    n = np.full((240, 1), 1000)
    k = RNG.binomial(n, p)
    pooled = Dispersion.measured(k, n, np.zeros(1, np.int64))
    sliced = Dispersion.measured(k, n, np.zeros(1, np.int64), stratum=hours)
    assert pooled is not None
    assert sliced is not None
    assert pooled.phi[0] > 50
    assert sliced.phi[0] < 2


def test_it_grows_with_the_rows_of_an_hour_beyond_the_references():
    found = Dispersion(np.array([3.0]), np.array([1001.0]))
    assert found.at(np.array([500])) == pytest.approx([3.0])
    assert found.at(np.array([10_001])) == pytest.approx([21.0])
    quarter = Dispersion(np.array([3.0]), np.array([1001.0]), length=0.25)
    assert quarter.at(np.array([4 * 10_001])) == pytest.approx([1 + 2 * 10_000.25 / 1000], rel=1e-3)
    assert Dispersion.said(5.0, 1).at(np.array([10**7])) == pytest.approx([5.0])
