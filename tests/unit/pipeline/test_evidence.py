"""The pager's evidence is the same, bit for bit, however its panes came to be judged."""

from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from driftwatch.decide.settings import AlertSettings
from driftwatch.nouns.judgements import AlertState, Evidence, State
from driftwatch.pipeline import Judging, tick
from driftwatch.store.memory import Memory
from tests.unit.pipeline.scenes import (
    BEGIN,
    HOUR,
    MINUTE,
    Crash,
    Line,
    Record,
    Scene,
    known,
    outcome,
    profile,
)

PAGER = AlertSettings(phi=1.0, tolerance=0.15, no_data=timedelta(days=3650))
DRIFT = range(120, 300)


def drifting(hours: int = 14) -> Scene:
    """Make two hours of what the reference is like, three of drift, then the former again."""
    records = []
    for at in range(60 * hours):
        usual = (at * 37) % 100 + 0.5
        records.append(Record(at, 0.15 * usual if at in DRIFT else usual))
    return Scene({"t/0": records})


class Kept(Memory):
    """A store that keeps the evidence of each boundary."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[int, tuple[Evidence, ...]] = {}

    def commit(self, judgement: Any) -> None:
        super().commit(judgement)
        if judgement.boundary != judgement.previous:
            self.told[judgement.boundary] = judgement.evidence


def scene(hours: int = 14) -> Scene:
    of = drifting(hours)
    of.store = Kept()
    return of


def judging(of: Scene, line: Any = None) -> Judging:
    return of.judging(line or of.store, alerts=PAGER)


def read(hours: int = 14) -> Scene:
    of = scene(hours)
    of.clock.now = BEGIN + 60 * HOUR
    of.read_all()
    of.rest(BEGIN + 80 * HOUR)
    return of


@pytest.fixture(scope="module")
def calm() -> Scene:
    of = read()
    tick(judging(of), of.clock, lambda: True)
    return of


def alerts(of: Scene) -> dict[str, AlertState]:
    return {state.key.alert: state for state in of.store.alerts()}


def moves(of: Scene, alert: str) -> list[tuple[State, float]]:
    told = reversed(of.store.transitions(100))
    return [(t.after, (t.boundary - BEGIN) / HOUR) for t in told if t.key.alert == alert]


def test_a_shift_pages_names_its_feature_and_resolves_once_it_is_over(calm: Scene) -> None:
    (fired, at), (resolved, until) = moves(calm, "CovariateShift")
    assert (fired, resolved) == (State.FIRING, State.RESOLVED)
    assert 2 < at <= 4
    assert until > 5
    told = [t for t in calm.store.transitions(100) if t.after is State.FIRING][-1]
    [feature] = told.evidence["features"]
    assert (feature["feature"], feature["family"]) == ("amount", "covariate")
    assert abs(feature["since"] - (BEGIN + 2 * HOUR)) <= HOUR
    assert feature["low"] <= feature["value"] <= feature["high"]
    assert feature["difference_low"] < feature["difference"] < feature["difference_high"] < 0
    assert told.why.startswith("amount <")
    assert moves(calm, "DataQuality") == []


def test_alerts_that_are_watched_are_there_before_they_fire(calm: Scene) -> None:
    assert set(alerts(calm)) == {"CovariateShift", "DataQuality", "NoData"}


def test_a_live_run_gathers_what_catching_up_does(calm: Scene) -> None:
    live = scene()
    source = live.source()
    live.clock.now = BEGIN + 60 * HOUR
    for _ in range(400):
        live.read(source, 2)
        tick(judging(live), live.clock, lambda: True)
        if live.is_read:
            break
    live.rest(BEGIN + 80 * HOUR)
    tick(judging(live), live.clock, lambda: True)
    assert told(live) == told(calm)
    assert outcome(live)["transitions"] == outcome(calm)["transitions"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_is_killed_at_any_commit_takes_no_pane_twice(calm: Scene, when: str) -> None:
    of = read()
    line, boundaries = Line(of.store), count()

    def going() -> bool:
        if next(boundaries) % 5 == 3:
            line.breaks = ("commit", Crash(), when)
        return True

    while True:
        with suppress(Crash):
            tick(judging(of, line), of.clock, going)
            break
    assert told(of) == told(calm)
    assert alerts(of) == alerts(calm)


def told(of: Scene) -> dict[int, tuple[Evidence, ...]]:
    """Give the evidence of each boundary at which there were rows."""
    store = of.store
    assert isinstance(store, Kept)
    return {at: found for at, found in store.told.items() if at <= BEGIN + 14 * HOUR}


def test_another_reference_begins_afresh_and_says_so() -> None:
    of = read(6)
    tick(
        judging(of),
        of.clock,
        lambda: (
            alerts(of).get("CovariateShift") is None
            or alerts(of)["CovariateShift"].state is not State.FIRING
        ),
    )
    before = of.store.snapshot(0).models["fraud"].boundary
    of.known = known(profile(print_="ref-2"))
    left = iter([True, False])
    tick(judging(of), of.clock, lambda: next(left))
    [move] = [t for t in of.store.transitions(9) if t.after is State.RESOLVED]
    assert before is not None
    assert (move.boundary, move.reference) == (before + 10 * MINUTE, "ref-1")
    assert "ref-2" in move.why
    opened = of.store.open("fraud", 10 * MINUTE)
    assert opened is not None
    assert opened.evidence == {}


def test_it_does_not_depend_on_how_far_boundaries_lie_apart(calm: Scene) -> None:
    """A boundary in three hours reads panes that the window has left behind."""
    of = read()
    of.window = of.window.model_copy(update={"step": timedelta(hours=3)})
    tick(judging(of), of.clock, lambda: True)
    store, whole = of.store, calm.store
    assert isinstance(store, Kept)
    assert isinstance(whole, Kept)
    same = [at for at in store.told if at in whole.told and at <= BEGIN + 14 * HOUR]
    assert len(same) >= 4
    for at in same:
        assert [e.body for e in store.told[at]] == [e.body for e in whole.told[at]]
