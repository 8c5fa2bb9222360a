"""Fraud becomes more frequent in the simulated stream: each hour's share is told without labels.

The whole path: a profile built from labelled rows, records decoded and counted, windows judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from detectors.prior import DEFAULTS, Estimated, Refused
from driftwatch.decide.settings import AlertSettings
from driftwatch.nouns.judgements import AlertState, State
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.pipeline import ingest, tick
from driftwatch.reference.build import build
from driftwatch.sources.fraud import FRAUD
from driftwatch.sources.simulate import SimulateSettings, Stream
from driftwatch.window.settings import WindowSettings
from tests.unit.pipeline.scenes import HOUR, Scene

ROWS = 30_000
PER_HOUR = 2000
HOURS = 40
DRIFTS = 20
WINDOW = WindowSettings(
    pane=timedelta(minutes=10),
    step=timedelta(hours=1),
    windows=(timedelta(hours=1),),
    lateness=timedelta(minutes=10),
)
STREAM = {"partitions": 1, "broken_share": 0.0, "late_share": 0.0, "drifts": "prior"}


def profile(folder: Path) -> Profile:
    """Build a profile from held-out rows of the same model, which all hold their label."""
    settings = {**STREAM, "seed": 7, "labelled": 1.0}
    stream = Stream(SimulateSettings.model_validate(settings))
    rows = folder / "heldout.ndjson"
    rows.write_bytes(b"\n".join(stream.records(0, 0, ROWS)[0]))
    return build([rows])


@dataclass
class Judged:
    """The estimates by hour, counted from 1, and the alerts that stood at the end."""

    estimates: dict[int, Mapping[str, Estimated]]
    alerts: Mapping[str, AlertState]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Judge every hour of a stream without labels."""
    reference = profile(tmp_path_factory.mktemp("profile"))
    settings = SimulateSettings.model_validate(
        {**STREAM, "seed": 1, "drifts_after": f"{DRIFTS}h", "speed": 1.0}
    )
    begins = int(settings.begins.timestamp() * 1e6)
    scene = Scene({"fraud/0": []}, window=WINDOW)
    scene.known = Known(frozenset({"fraud"}), {("fraud", "3"): reference})
    scene.clock.now = begins
    source = settings.build(lambda: scene.store.offsets("simulate"), "", scene.clock)
    polls = iter(range(3 + PER_HOUR * HOURS // 10_000))

    def going() -> bool:
        """Let the first poll see the beginning, and all others the whole stream."""
        poll = next(polls, None)
        scene.clock.now = begins + (HOURS * HOUR if poll else 0)
        return poll is not None

    reading = scene.reading(source, scene.store, every=timedelta(0), records=10**6, poll=10_000)
    ingest(reading, lambda: scene.clock.now, going)
    found: dict[int, Mapping[str, Estimated]] = {}

    def judging() -> bool:
        for verdicts in scene.store.snapshot(0).verdicts:
            found[(verdicts.end - begins) // HOUR] = verdicts.priors
        return True

    sources = {"simulate": lambda _: True}
    given = {"detectors": DEFAULTS, "sources": sources, "alerts": AlertSettings()}
    tick(scene.judging(scene.store, **given), scene.clock, judging)
    alerts = {state.key.alert: state for state in scene.store.snapshot(0).alerts}
    return Judged(found, alerts)


def hours(judged: Judged, share: float) -> list[Estimated]:
    """Give the estimates of the hours that lie wholly before the drift, or wholly after it."""
    chosen = range(2, DRIFTS + 1) if share == FRAUD[0] else range(DRIFTS + 1, HOURS)
    return [judged.estimates[hour]["histogram_likelihood"] for hour in chosen]


@pytest.mark.parametrize("share", FRAUD)
def test_the_true_share_lies_within_the_interval_as_often_as_it_says(
    judged: Judged, share: float
) -> None:
    """19 intervals that cover at a rate of .95 cover fewer than 15 times with a chance of .002."""
    found = hours(judged, share)
    assert len(found) == 19
    assert all(one.classes == ("legit", "fraud") for one in found)
    assert sum(bool(one.low[1] <= share <= one.high[1]) for one in found) >= 15
    widths = [one.high[1] - one.low[1] for one in found]
    assert max(widths) < 0.12  # of some 800 rows in a quiet hour, so that it says something
    assert np.mean([one.prior[1] for one in found]) == pytest.approx(share, rel=0.2)


def test_nothing_but_the_shares_moved_and_that_is_said(judged: Judged) -> None:
    """The test is wrong in .01 of windows: more than 3 of 38 is a chance of under .001."""
    found = [*hours(judged, FRAUD[0]), *hours(judged, FRAUD[1])]
    assert sum(one.explained is not True for one in found) <= 3


def test_no_label_came_and_that_is_said_too(judged: Judged) -> None:
    found = {one["observed_shares"].refused for one in judged.estimates.values()}
    assert found == {Refused.NO_LABELS}


def test_the_alert_tells_the_shares_that_the_classes_have_now(judged: Judged) -> None:
    alert = judged.alerts["PriorShift"]
    assert alert.state is State.FIRING
    told = {found["estimator"]: found for found in alert.evidence["priors"]}
    legit, fraud = told["histogram_likelihood"]["classes"]
    assert (legit["class"], fraud["class"]) == ("legit", "fraud")
    assert fraud["low"] < FRAUD[1] < fraud["high"]
    assert fraud["reference"] == pytest.approx(FRAUD[0], rel=0.1)
    assert told["observed_shares"]["refused"]
    assert "priors" not in judged.alerts["CovariateShift"].evidence
