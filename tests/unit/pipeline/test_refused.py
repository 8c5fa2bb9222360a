"""From broken records to an alert on the data's quality, through the whole path."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count

from driftwatch.decide.policy_settings import RetrainingSettings
from driftwatch.decide.settings import AlertSettings
from driftwatch.nouns.judgements import AlertState, Evidence, State
from driftwatch.nouns.records import Population, Tally
from driftwatch.nouns.retraining import Stage
from driftwatch.pipeline import tick
from tests.unit.pipeline.scenes import (
    BEGIN,
    HOUR,
    MINUTE,
    SOURCE,
    Crash,
    Line,
    Record,
    Scene,
)

PAGER = AlertSettings(phi=1.0, tolerance=0.15, no_data=timedelta(days=3650))
SETTINGS = RetrainingSettings(settle=timedelta(), cool_down=timedelta(), address="https://dw")
ROUTES = {"firing": ("people",), "retrain": ("ci",)}
THREE = Population("fraud", "3")


def usual(at: int) -> float:
    return (at * 37) % 100 + 0.5


def burst(at: int) -> bool:
    """Say which records of four hours are broken: two in three of the third hour."""
    return 120 <= at < 180 and at % 3 != 0


def scene(hours: int, broken: Callable[[int], bool], *, drift: float = 1.0) -> Scene:
    """Make a record a minute, each as it happens."""
    return Scene(
        {
            "t/0": [
                Record(at, usual(at) * (drift if at >= 120 else 1), broken(at), live=True)
                for at in range(60 * hours)
            ]
        }
    )


def caught_up(of: Scene) -> Scene:
    of.clock.now = BEGIN + 30 * HOUR
    of.read_all()
    of.rest(BEGIN + 50 * HOUR)
    of.judge(alerts=PAGER)
    return of


def alerts(of: Scene) -> dict[str, AlertState]:
    return {state.key.alert: state for state in of.store.alerts()}


def firings(of: Scene, alert: str) -> list[float]:
    """Give the hours at which an alert fired."""
    told = [t for t in of.store.transitions(100) if t.after is State.FIRING]
    return [(t.boundary - BEGIN) / HOUR for t in told if t.key.alert == alert]


def evidence(of: Scene) -> Evidence:
    """Give what was gathered, as the next boundary finds it."""
    of.store.close("fraud", lambda _: of.clock.now + 100 * HOUR)
    opened = of.store.open("fraud", 10 * MINUTE)
    assert opened is not None
    return opened.evidence[THREE]


def live(of: Scene) -> Scene:
    """Let each record be read a second after it happened, and all be judged at once."""
    whole = of.log["t/0"]
    of.log, of.clock.now = {"t/0": []}, BEGIN
    source, judging = of.source(), of.judging(of.store, alerts=PAGER)
    for record in whole:
        of.log["t/0"].append(record)
        of.clock.now = max(record.arrived, of.clock.now)
        of.read(source, 2, every=timedelta())
        tick(judging, of.clock, lambda: True)
    of.rest(BEGIN + 50 * HOUR)
    tick(judging, of.clock, lambda: True)
    return of


def test_a_burst_of_broken_records_raises_data_quality_and_nothing_else() -> None:
    of = caught_up(scene(6, burst))
    [at] = firings(of, "DataQuality")
    assert 2 < at <= 2.5
    assert firings(of, "CovariateShift") == []
    told = [t for t in of.store.transitions(100) if t.key.alert == "DataQuality"][-1]
    [entry] = told.evidence["features"]
    assert (entry["feature"], entry["statistic"]) == ("rejected records", "rejected")
    assert entry["since"] == BEGIN + 2 * HOUR
    assert entry["reasons"] == {"not_json": round(entry["value"] * entry["n"])}


def test_records_that_are_all_broken_raise_it_while_no_event_time_comes_any_more() -> None:
    of = live(scene(4, lambda at: at >= 120))
    [at] = firings(of, "DataQuality")
    assert 2 < at <= 3
    assert of.store.snapshot(0).models["fraud"].boundary >= BEGIN + 4 * HOUR


def test_a_live_run_gathers_what_catching_up_does() -> None:
    for broken in (burst, lambda at: 120 <= at < 200):
        made, same = live(scene(4, broken)), caught_up(scene(4, broken))
        assert evidence(made).body == evidence(same).body
        assert firings(made, "DataQuality") == firings(same, "DataQuality") != []


def test_a_process_that_is_killed_at_any_commit_or_append_counts_none_twice() -> None:
    calm, of = caught_up(scene(6, burst)), scene(6, burst)
    line, turns = Line(of.store), count()
    of.clock.now = BEGIN + 30 * HOUR
    for when in ("before", "after") * 6:
        line.breaks = ("append", Crash(), when)
        with suppress(Crash):
            of.read(of.source(), 9, line)
    of.read_all()
    of.rest(BEGIN + 50 * HOUR)

    def going() -> bool:
        turn = next(turns)
        if turn % 5 == 3:
            line.breaks = ("commit", Crash(), "before" if turn % 2 else "after")
        return True

    while True:
        with suppress(Crash):
            tick(of.judging(line, alerts=PAGER), of.clock, going)
            break
    assert evidence(of).body == evidence(calm).body
    assert alerts(of) == alerts(calm)


def test_it_holds_the_training_that_a_shift_asks_for() -> None:
    for broken, expected in ((burst, Stage.HELD), (lambda _: False, Stage.REQUESTED)):
        of = scene(4, broken, drift=0.15)
        of.clock.now = BEGIN + 30 * HOUR
        of.read_all()
        of.judge(alerts=PAGER, routes=ROUTES, retraining=SETTINGS)
        [wanted] = of.store.retrainings(9)
        assert wanted.stage is expected
        codes = {reason.code for reason in wanted.reasons}
        assert ("quality_alert" in codes) is (expected is Stage.HELD)


def test_what_comes_into_a_closed_pane_counts_in_the_first_open_one() -> None:
    of = scene(2, lambda _: False)
    of.clock.now = BEGIN + 30 * HOUR
    of.read_all()
    of.store.close("fraud", lambda _: BEGIN + 9 * HOUR)
    of.log["t/0"].append(Record(119, broken=True, live=True))
    of.read_all()
    [(place, _)] = [
        (tally, n)
        for (_, tally), n in of.store.tallies(0, 2**60).items()
        if tally.kind == "refused"
    ]
    assert place == Tally("refused", BEGIN + 9 * HOUR, "fraud", "3", "not_json")
    assert [one.pane for one in of.store.refused("fraud", [SOURCE], 0, 2**60)] == [place.pane]
