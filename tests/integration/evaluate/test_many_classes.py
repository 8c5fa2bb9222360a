"""Three classes with a probability each: their shares are told from a window's summary."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from detectors.prior import (
    BlackBoxShift,
    CalibratedLikelihood,
    Estimated,
    HistogramLikelihood,
    Refused,
)
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.reference.build import build
from tests.unit.pipeline.scenes import ARRIVED, BEGIN, HOUR, Scene

CLASSES = ("cat", "dog", "eel")
THEN, NOW = (0.6, 0.3, 0.1), (0.3, 0.3, 0.4)
DETECTORS = (
    HistogramLikelihood(),
    BlackBoxShift(),
    BlackBoxShift(soft=True),
    CalibratedLikelihood(),
)


@dataclass(frozen=True)
class Row:
    """A record as the log holds it."""

    body: bytes
    arrived: int = ARRIVED


def rows(shares: tuple[float, ...], n: int, seed: int, *, labels: bool) -> list[Row]:
    """Draw records of classes with given shares; the model knows the old ones."""
    random = np.random.default_rng(seed)
    truth = random.choice(3, n, p=shares)
    signal = random.normal(size=(n, 3)) + 1.6 * np.eye(3)[truth]
    odds = np.array(THEN) * np.exp(1.6 * signal)
    p = odds / odds.sum(axis=1, keepdims=True)
    times = BEGIN / 1e6 + np.arange(n) * (2 * HOUR / 1e6 - 1) / n
    made = []
    for at, one, label in zip(times.tolist(), p.tolist(), truth.tolist(), strict=True):
        record = {
            "time": at,
            "model": "fraud",
            "version": "3",
            "features": {"amount": one[0]},
            "prediction": CLASSES[int(np.argmax(one))],
            "scores": dict(zip(CLASSES, one, strict=True)),
        }
        made.append(
            Row(json.dumps(record | ({"label": CLASSES[label]} if labels else {})).encode())
        )
    return made


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    path = tmp_path_factory.mktemp("profile") / "heldout.ndjson"
    path.write_bytes(b"\n".join(row.body for row in rows(THEN, 8000, 0, labels=True)))
    return build([path])


def estimated(reference: Profile, live: list[Row], detector: object) -> Estimated:
    scene = Scene({"t-0": live})  # type: ignore[dict-item]
    scene.known = Known(frozenset({"fraud"}), {("fraud", "3"): reference})
    scene.read_all(poll=1000, records=10**6)
    scene.rest()
    scene.judge(detectors=(detector,))
    [whole] = [v for v in scene.store.snapshot(0).verdicts if v.end - v.start == 2 * HOUR]
    [found] = whole.priors.values()
    return found


@pytest.mark.parametrize("detector", DETECTORS, ids=repr)
def test_each_estimator_finds_the_shares(reference: Profile, detector: object) -> None:
    found = estimated(reference, rows(NOW, 3000, 1, labels=False), detector)
    assert found.classes == CLASSES
    assert found.refused is Refused.NOT_REFUSED
    assert found.n > 1400  # the last window, which slides by the hour, holds half of them
    for k, share in enumerate(NOW):
        assert found.low[k] < share < found.high[k]
        assert found.high[k] - found.low[k] < 0.15
    assert found.reference == pytest.approx(THEN, abs=0.02)
    assert found.explained is True


def test_without_probabilities_predictions_do(reference: Profile) -> None:
    bare = [json.loads(row.body) | {"scores": None} for row in rows(NOW, 3000, 2, labels=False)]
    live = [Row(json.dumps(record).encode()) for record in bare]
    bbse = estimated(reference, live, BlackBoxShift())
    for k, share in enumerate(NOW):
        assert bbse.low[k] < share < bbse.high[k]
    assert estimated(reference, live, HistogramLikelihood()).refused is Refused.NO_ROWS
