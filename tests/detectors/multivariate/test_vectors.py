"""Embeddings take the road of columns."""

import json

import numpy as np
import pytest

from detectors.comparison import KolmogorovSmirnov
from detectors.multivariate import (
    Derived,
    MultivariateSettings,
    VectorTransforms,
    derive,
    fit_vector,
)
from detectors.summaries import Layout
from tests.detectors.multivariate.clouds import counted

RANDOM = np.random.default_rng(53)
MIXED = RANDOM.normal(size=(32, 32)) / np.sqrt(32)
SETTINGS = MultivariateSettings(mmd=64, seed=2)


def embedded(rows: int, moved: float = 0.0) -> np.ndarray:
    """Draw vectors of 32 components that hang together, the hidden first one moved."""
    hidden = RANDOM.normal(size=(32, rows)) * (0.8 ** np.arange(32))[:, None]
    hidden[0] += moved
    return MIXED @ hidden


TRANSFORMS = fit_vector("face", embedded(3000), SETTINGS)


def compared(current):
    derived = Derived(vectors=(TRANSFORMS,))
    rows = [TRANSFORMS.apply(side) for side in (embedded(3000), current)]
    layout = Layout(derived.features(rows[0]))
    reference, now = (counted(layout, side) for side in rows)
    p = dict(zip(layout.names, KolmogorovSmirnov().compare(reference, now).p_value, strict=True))
    return p, derived.discrepancies(reference, now)[0]


def test_vectors_that_moved_in_one_hidden_direction_are_seen():
    p, discrepancy = compared(embedded(3000, moved=0.5))
    assert min(value for name, value in p.items() if "projection" in name) < 1e-6
    assert discrepancy.p_value < 0.001


def test_vectors_that_did_not_move_are_not():
    p, discrepancy = compared(embedded(3000))
    assert min(value for name, value in p.items() if "mmd" not in name) > 0.001
    assert discrepancy.p_value > 0.001


def test_the_features_are_named_after_the_vector():
    assert len(TRANSFORMS.names) == 20 + 3 + 64
    assert all(name.startswith("face ") for name in TRANSFORMS.names)
    assert "face distance from the mean" in TRANSFORMS.names


def test_the_distance_from_the_mean_is_in_standard_deviations():
    rows = np.array([[1.0, -1, 1, -1], [10, 10, -10, -10]])
    made = fit_vector("v", rows, MultivariateSettings(projections=0))
    distance = made.apply(np.array([[3.0], [40.0]]))[made.names.index("v distance from the mean")]
    np.testing.assert_allclose(distance, [5.0], atol=1e-6)


def test_a_vector_that_lacks_a_component_has_no_features():
    rows = embedded(3)
    rows[5, 1] = np.nan
    rows[6, 2] = np.inf
    made = TRANSFORMS.apply(rows)
    assert np.isfinite(made[:, 0]).all()
    assert np.isnan(made[:, 1:]).all()


@pytest.mark.parametrize(
    "sample",
    [
        np.zeros((0, 0)),
        np.zeros((8, 0)),
        np.zeros((8, 20)),
        np.full((8, 20), np.nan),
        RANDOM.normal(size=(1, 20)),
        RANDOM.normal(size=(8, 1)),
    ],
    ids=lambda sample: str(sample.shape),
)
def test_of_vectors_that_do_not_vary_nothing_is_made(sample):
    transforms = fit_vector("v", sample)
    assert transforms.names == ()
    assert transforms.apply(sample).shape == (0, sample.shape[1])


def test_more_components_than_vectors_keep_no_more_than_64_directions():
    transforms = fit_vector("v", RANDOM.normal(size=(300, 100)))
    assert len(transforms.joint.scores.variances) == 64
    assert np.isfinite(transforms.apply(RANDOM.normal(size=(300, 50)))).all()


def test_vectors_come_back_from_json_to_the_last_bit():
    again = VectorTransforms.from_json(json.loads(json.dumps(TRANSFORMS.to_json())))
    rows = embedded(200)
    np.testing.assert_array_equal(again.apply(rows), TRANSFORMS.apply(rows))
    np.testing.assert_array_equal(again.mmd.quantiles, TRANSFORMS.mmd.quantiles)


def derived_of_all():
    numbers = RANDOM.normal(size=(2, 400))
    codes = RANDOM.integers(-1, 3, size=(1, 400)).astype(np.int32)
    texts = ["paid in time", "paid late", "never paid"]
    rows = numbers, codes, [["a", "b", "c"]]
    extra = (texts, RANDOM.integers(-1, 3, size=400).astype(np.int32)), embedded(400)
    derived = derive(
        ["x", "y"],
        *rows,
        ["kind"],
        SETTINGS,
        texts={"note": extra[0]},
        vectors={"face": extra[1]},
    )
    return derived, rows, extra


def test_columns_texts_and_vectors_lie_side_by_side_in_the_order_of_the_names():
    derived, rows, (text, vector) = derived_of_all()
    made = derived.apply(*rows, [text], [vector])
    assert made.shape == (len(derived.names), 400)
    at = derived.names.index("note length")
    np.testing.assert_array_equal(made[:at], derived.columns.apply(*rows))
    np.testing.assert_array_equal(made[at : at + 3], derived.texts[0].apply(*text))
    np.testing.assert_array_equal(made[at + 3 :], derived.vectors[0].apply(vector))
    assert len(set(derived.names)) == len(derived.names)


def test_all_of_it_comes_back_from_json_to_the_last_bit():
    derived, rows, (text, vector) = derived_of_all()
    again = Derived.from_json(json.loads(json.dumps(derived.to_json(), allow_nan=False)))
    assert again.names == derived.names
    np.testing.assert_array_equal(
        again.apply(*rows, [text], [vector]), derived.apply(*rows, [text], [vector])
    )


def test_features_of_which_the_mean_is_needed_have_no_edges_and_others_do():
    derived, rows, (text, vector) = derived_of_all()
    features = derived.features(derived.apply(*rows, [text], [vector]))
    without = {feature.name for feature in features if not len(feature.edges)}
    assert without == derived.edgeless
    assert len(without) == 128
    assert [feature.name for feature in features] == list(derived.names)


def test_the_discrepancy_of_summaries_is_that_of_the_rows():
    derived, rows, (text, vector) = derived_of_all()
    made = derived.apply(*rows, [text], [vector])
    layout = Layout(derived.features(made))
    said = derived.discrepancies(counted(layout, made[:, :250]), counted(layout, made[:, 250:]))
    assert len(said) == 2
    at = derived.names.index("face mmd 1")
    means = made[at : at + 64, :250].mean(axis=1), made[at : at + 64, 250:].mean(axis=1)
    wanted = derived.tests[1].judge(*means, 250, 150)
    assert said[1].statistic == pytest.approx(wanted.statistic, rel=1e-9)
    assert (said[1].p_value, said[1].n, said[1].m) == (wanted.p_value, 150, 250)


def test_a_window_without_rows_has_no_discrepancy():
    derived, rows, (text, vector) = derived_of_all()
    made = derived.apply(*rows, [text], [vector])
    layout = Layout(derived.features(made))
    said = derived.discrepancies(counted(layout, made), counted(layout, made[:, :0]))[0]
    assert np.isnan([said.statistic, said.p_value]).all()
    assert said.n == 0


def test_a_layout_without_the_features_is_refused():
    layout = Layout(())
    with pytest.raises(ValueError, match="the layout has no feature 'face mmd 1'"):
        TRANSFORMS.mmd.compare(*[counted(layout, np.zeros((0, 3)))] * 2)


def test_nothing_is_derived_where_nothing_is_asked_for():
    assert Derived().apply(*derived_of_all()[1]).shape == (0, 400)
    assert Derived.from_json(Derived().to_json()).names == ()
