"""Which rows choose, which are counted, and which are sampled: always the same ones."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.reference.sampling import Sample, choosing_half, scramble


def test_numbers_are_scrambled_as_splitmix64_does():
    # The first outputs of SplitMix64 seeded with 1234567, as in Vigna's splitmix64.c and on
    # rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64: the state grows by 0x9E3779B97F4A7C15.
    steps = np.arange(1, 4, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1234567)
    assert scramble(steps, 0, 0).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_about_half_of_the_rows_choose_and_another_seed_takes_others():
    rows = np.arange(100_000)
    half, other = choosing_half(rows, 0), choosing_half(rows, 1)
    # Five standard errors of a fair coin: sqrt(.25 / 100,000) * 5 = .008.
    assert abs(half.mean() - 0.5) < 0.008
    assert abs((half == other).mean() - 0.5) < 0.008


def filled(rows, size, seed, steps):
    sample = Sample(1, size, seed)
    for part in np.split(np.arange(rows), sorted(steps)):
        places = sample.wanted(part)
        sample.add(part[places], part[places][None, :].astype(np.float64))
    return sample.values


@settings(deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=20), st.integers(0, 2**63 - 1))
def test_the_sample_does_not_depend_on_the_size_of_chunks(steps, seed):
    np.testing.assert_array_equal(filled(3000, 200, seed, steps), filled(3000, 200, seed, []))


def test_fewer_rows_than_asked_for_are_all_sampled():
    assert filled(100, 100, 0, []).tolist() == [list(range(100))]


def test_the_sample_is_bounded_and_takes_every_part_of_the_rows_alike():
    sampled = filled(100_000, 10_000, 7, range(0, 100_000, 1000))
    assert sampled.shape == (1, 10_000)
    tenths = np.histogram(sampled, 10, (0, 100_000))[0]
    # Chi-square of nine degrees of freedom: above 27.9 once in a thousand seeds.
    assert np.sum((tenths - 1000) ** 2 / 1000) < 27.9
