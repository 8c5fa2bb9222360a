"""What is shown of a window as a whole: the shares of its classes, and all its columns at once."""

import math
from dataclasses import replace

import numpy as np

from detectors.multivariate import Discrepancy
from detectors.prior import Refused
from driftwatch.export.exposition import write_gauges
from driftwatch.export.state import gauges
from driftwatch.export.windows import CLASSES
from driftwatch.nouns.judgements import Snapshot
from tests.unit.export.samples import (
    Found,
    compared,
    estimated,
    named,
    parsed,
    refused,
    snapshot,
    value,
    verdicts,
)

WINDOW = {"model": "fraud", "version": "3", "window": "1h"}
PRIOR = "driftwatch_prior_probability"


def shown(of: Snapshot, *, max_series: int = 10_000) -> Found:
    return parsed(write_gauges(gauges(of, max_series=max_series, min_rows=30)[0]))


def test_the_share_of_each_class_stands_there_with_its_interval_and_its_reference() -> None:
    found = shown(snapshot(verdicts(priors={"bbse": estimated()})))
    labels = {**WINDOW, "estimator": "bbse", "class": "fraud"}
    assert value(found, PRIOR, **labels) == 0.2
    assert value(found, f"{PRIOR}_lower", **labels) == 0.19
    assert value(found, f"{PRIOR}_upper", **labels) == 0.22
    assert value(found, f"{PRIOR}_reference", **labels) == 0.5
    assert value(found, PRIOR, **WINDOW, **{"estimator": "bbse", "class": "legit"}) == 0.8


def test_the_test_of_prior_shift_says_whether_it_explains_the_scores() -> None:
    priors = {"bbse": estimated(explained=False), "mlls": estimated(explained=None)}
    found = shown(snapshot(verdicts(priors=priors)))
    assert value(found, "driftwatch_prior_fit_p_value", **WINDOW, estimator="bbse") == 0.25
    assert value(found, "driftwatch_prior_fit_explained", **WINDOW, estimator="bbse") == 0
    assert value(found, "driftwatch_prior_fit_explained", **WINDOW, estimator="mlls") is None


def test_an_estimate_that_was_refused_is_absent_rather_than_zero() -> None:
    alike = replace(
        estimated(), prior=np.full(2, math.nan), low=np.full(2, math.nan),
        high=np.full(2, math.nan), refused=Refused.ILL_CONDITIONED,
    )  # fmt: skip
    found = shown(snapshot(verdicts(priors={"bbse": alike, "mlls": refused()})))
    for suffix in ("", "_lower", "_upper"):
        assert named(found, f"{PRIOR}{suffix}") == []
    assert {s["estimator"] for s in named(found, f"{PRIOR}_reference")} == {"bbse"}


def test_an_estimate_from_too_few_rows_is_absent() -> None:
    found = shown(snapshot(verdicts(priors={"bbse": estimated(n=29), "mlls": estimated(n=30)})))
    for name in (PRIOR, f"{PRIOR}_reference", "driftwatch_prior_fit_explained"):
        assert {s["estimator"] for s in named(found, name)} == {"mlls"}


def test_of_very_many_classes_the_first_are_shown_and_the_rest_counted() -> None:
    many = CLASSES + 7
    wide = estimated([f"class {k}" for k in range(many)], [1 / many] * many)
    of = snapshot(verdicts(priors={"bbse": wide}, statistics={}))
    series, dropped = gauges(of, max_series=10_000, min_rows=30)
    assert len(named(parsed(write_gauges(series)), PRIOR)) == CLASSES
    assert dropped == {"fraud": 4 * 7}


def test_the_shares_count_among_the_series_of_a_model() -> None:
    of = snapshot(verdicts(priors={"bbse": estimated()}))
    series, dropped = gauges(of, max_series=12, min_rows=30)
    found = parsed(write_gauges(series))
    features = [name for name, labels in found if "feature" in dict(labels)]
    assert len(features) == 2  # 4 metrics of 2 classes, and 2 of the fit, leave room for two
    assert dropped["fraud"] > 0


def test_each_test_of_many_columns_has_its_own_series() -> None:
    results = {
        "mmd": Discrepancy(0.002, 0.03, 5000, 9000),
        "face mmd": Discrepancy(0.5, 0.0001, 29, 9000),
        "text mmd": Discrepancy(math.nan, math.nan, 0, 9000),
    }
    found = shown(snapshot(verdicts(discrepancies=results)))
    assert value(found, "driftwatch_multivariate_mmd", **WINDOW, test="mmd") == 0.002
    assert value(found, "driftwatch_multivariate_mmd_p_value", **WINDOW, test="mmd") == 0.03
    assert [s["test"] for s in named(found, "driftwatch_multivariate_mmd")] == ["mmd"]


def test_derived_features_are_told_apart_and_are_the_first_to_go() -> None:
    psi = {"psi": compared([0.1, 0.2, 0.3], p=[0.5] * 3), "g_test": compared([1, 2, 3], p=[1] * 3)}
    roles = ("feature", "derived", "score")
    wide = verdicts(features=("amount", "a + b", "score"), roles=roles, statistics=psi)
    whole = named(shown(snapshot(wide)), "driftwatch_feature_psi")
    assert {s["feature"]: s["role"] for s in whole} == dict(
        zip(("amount", "a + b", "score"), roles, strict=True)
    )
    assert len(named(shown(snapshot(wide)), "driftwatch_feature_g_test_p_value")) == 3
    few = shown(snapshot(wide), max_series=6)
    assert {s["role"] for s in named(few, "driftwatch_feature_psi")} == {"feature", "score"}
    assert len(named(few, "driftwatch_feature_g_test_statistic")) == 2
    assert len(named(few, "driftwatch_feature_g_test_p_value")) == 2
    assert gauges(snapshot(wide), max_series=6, min_rows=30)[1] == {"fraud": 3}
