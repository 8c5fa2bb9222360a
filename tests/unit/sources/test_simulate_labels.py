"""What a simulated stream drifts by, and how many of its records hold their label."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from driftwatch.sources.fraud import FRAUD
from driftwatch.sources.simulate import SimulateSettings, Stream


def records(count: int = 4000, **settings: object) -> list[Mapping[str, Any]]:
    given = {"partitions": 1, "broken_share": 0.0, "late_share": 0.0, **settings}
    stream = Stream(SimulateSettings.model_validate(given))
    return [json.loads(body) for body in stream.records(0, 0, count)[0]]


def share(of: list[Mapping[str, Any]]) -> float:
    return float(np.mean([record["label"] == "fraud" for record in of]))


def test_records_hold_no_label_unless_they_are_asked_to() -> None:
    assert not any("label" in record for record in records(500))


def test_some_records_hold_their_label_and_are_otherwise_the_same() -> None:
    some = records(labelled=0.25)
    held = [record for record in some if "label" in record]
    assert len(held) == pytest.approx(1000, rel=0.15)
    assert {record["label"] for record in held} == {"fraud", "legit"}
    bare = [{k: v for k, v in record.items() if k != "label"} for record in some]
    assert bare == records()


@pytest.mark.parametrize("drifts", ["all", "prior"])
def test_frauds_become_more_frequent(drifts: str) -> None:
    quiet = records(labelled=1.0)
    moved = records(labelled=1.0, drifts_after="0s", drifts=drifts)
    assert share(quiet) == pytest.approx(FRAUD[0], abs=0.01)
    assert share(moved) == pytest.approx(FRAUD[1], abs=0.03)


def test_where_only_the_share_drifts_each_class_stays_as_it_was() -> None:
    quiet = records(8000, labelled=1.0)
    moved = records(8000, labelled=1.0, drifts_after="0s", drifts="prior")
    for label in ("legit", "fraud"):
        before, after = (
            [np.log(r["features"]["amount"]) for r in of if r["label"] == label]
            for of in (quiet, moved)
        )
        error = np.sqrt(np.var(before) / len(before) + np.var(after) / len(after))
        assert abs(np.mean(after) - np.mean(before)) < 4 * error
