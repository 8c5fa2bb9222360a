"""Statistics and ends of intervals may be infinite; JSON has no infinity, wherever it stands."""

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from detectors.comparison import DeviationRatio, KullbackLeibler, MeanDifference
from detectors.summaries import Layout, Summary, categorical_feature, numeric_feature, tabulate
from driftwatch.decide import messages
from driftwatch.decide.rules import decide
from driftwatch.decide.settings import AlertSettings
from driftwatch.notify.payload import document, written
from driftwatch.nouns.judgements import Opened, Transition, Verdicts
from driftwatch.nouns.records import Population
from driftwatch.report import json as report
from driftwatch.report.alerts import alerts

LAYOUT = Layout(
    (numeric_feature("amount", np.arange(100.0)),),
    (categorical_feature("country", {"DE": 5, "FR": 5}),),
)
RULES = {
    "mean_difference": "mean_difference > 1, at least 1 rows",
    "deviation_ratio": "deviation_ratio < 2, at least 1 rows",
    "kullback_leibler": "kullback_leibler > 1, at least 1 rows",
}
MADE = {
    "mean_difference": MeanDifference(),
    "deviation_ratio": DeviationRatio(),
    "kullback_leibler": KullbackLeibler(smoothing=0.0),
}


def summary(numbers: list[float], codes: list[int]) -> Summary:
    columns = np.array([numbers]), np.array([codes], dtype=np.int32), [["DE", "FR", "??"]]
    return tabulate(LAYOUT, *columns, np.zeros(len(numbers), np.int64), 1).summary(0)


def fired(kind: str) -> Transition:
    """Judge one row against a reference."""
    compared = MADE[kind].compare(summary([1.0, 2.0, 4.0], [0, 1, 1]), summary([9.0], [2]))
    infinite = [compared.statistic, compared.low, compared.high]
    assert np.isinf(infinite).any()
    verdicts = Verdicts(
        population=Population("fraud", "3"),
        reference="ref",
        window="1h",
        start=0,
        end=3_600_000_000,
        rows=1,
        features=("amount", "country"),
        roles=("feature", "feature"),
        statistics={kind: compared},
    )
    settings = AlertSettings.model_validate_json(json.dumps({"rules": [RULES[kind]]}))
    opened = Opened("fraud", None, 1, 1, {})
    _, (told,) = decide(opened, [verdicts], settings, {("fraud", "3"): "ref"})
    return told


def refuse(constant: str) -> None:
    raise AssertionError(constant)


def strict(text: str | bytes) -> Any:
    """Read JSON as it is defined, without NaN and Infinity."""
    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("kind", RULES)
def test_what_is_stored_sent_and_listed_is_json(kind: str) -> None:
    told = fired(kind)
    strict(json.dumps(dataclasses.asdict(told), allow_nan=False))
    sent = strict(written(document(messages.message(told, {}, 7_200_000_000))))
    assert sent["data"]["features"][0]["statistic"] == kind
    strict(report.write(alerts([], [told], [], [])))


@pytest.mark.parametrize("kind", ["mean_difference", "deviation_ratio"])
def test_an_end_that_is_infinite_is_not_told(kind: str) -> None:
    [entry] = fired(kind).evidence["features"]
    assert entry["high"] is None
    sent = strict(written(document(messages.message(fired(kind), {}, 7_200_000_000))))
    assert "high" not in sent["data"]["features"][0]
