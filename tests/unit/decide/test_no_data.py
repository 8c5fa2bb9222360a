"""When is silence news?"""

from dataclasses import replace
from datetime import timedelta

from driftwatch.decide.no_data import decide
from driftwatch.nouns.judgements import AlertKey, AlertState, Opened, State, Transition
from driftwatch.nouns.records import Population
from driftwatch.nouns.settings import microseconds

MINUTE = microseconds(timedelta(minutes=1))
HOUR = 60 * MINUTE
THREE, FOUR = Population("fraud", "3"), Population("fraud", "4")


class Watcher:
    """Boundary after boundary, with what the store keeps in between."""

    def __init__(self) -> None:
        self.alerts: dict[AlertKey, AlertState] = {}
        self.told: list[Transition] = []

    def at(self, boundary: int, *populations: Population, behind: int = 0) -> dict[str, State]:
        opened = Opened("fraud", None, boundary, boundary, self.alerts)
        alerts, transitions = decide(
            opened,
            {of: [boundary - MINUTE] for of in populations},
            {"3": "ref-3", "4": "ref-4"},
            after=timedelta(hours=1),
            behind=timedelta(minutes=10),
            now=boundary + behind,
        )
        self.alerts = {**self.alerts, **{state.key: state for state in alerts}}
        self.told += transitions
        return {key.version: state.state for key, state in self.alerts.items()}


def test_it_fires_once_nothing_came_for_so_long_and_resolves_with_the_next_record():
    of = Watcher()
    assert of.at(HOUR, THREE) == {"3": State.INACTIVE}
    assert of.at(2 * HOUR - 2 * MINUTE) == {"3": State.INACTIVE}
    assert of.at(2 * HOUR) == {"3": State.FIRING}
    assert of.at(3 * HOUR) == {"3": State.FIRING}
    assert of.at(4 * HOUR, THREE) == {"3": State.RESOLVED}
    assert [move.after for move in of.told] == [State.FIRING, State.RESOLVED]
    assert "no record could be read since 1970-01-01T00:59:00Z" in of.told[0].why


def test_a_source_that_lags_is_not_silent():
    """Its boundaries come late: what lies behind the wall clock says nothing of now."""
    of = Watcher()
    of.at(HOUR, THREE)
    assert of.at(9 * HOUR, behind=11 * MINUTE) == {"3": State.INACTIVE}
    assert of.at(9 * HOUR, behind=10 * MINUTE) == {"3": State.FIRING}


def test_it_goes_on_firing_while_the_source_is_away():
    of = Watcher()
    of.at(HOUR, THREE)
    of.at(3 * HOUR)
    assert of.at(4 * HOUR, behind=2 * HOUR) == {"3": State.FIRING}


def test_a_version_that_another_took_over_from_is_not_missed():
    of = Watcher()
    of.at(HOUR, THREE)
    of.at(2 * HOUR, FOUR)
    assert of.at(5 * HOUR, FOUR) == {"3": State.INACTIVE, "4": State.INACTIVE}
    assert of.at(7 * HOUR) == {"3": State.INACTIVE, "4": State.FIRING}


def test_a_model_that_was_never_seen_cannot_be_missed():
    assert Watcher().at(100 * HOUR) == {}


def test_what_does_not_change_is_not_written():
    of = Watcher()
    of.at(HOUR, THREE)
    opened = Opened("fraud", None, HOUR + MINUTE, HOUR + MINUTE, of.alerts)
    again = decide(
        opened,
        {},
        {},
        after=timedelta(hours=1),
        behind=timedelta(minutes=10),
        now=replace(opened).boundary,
    )
    assert again == ((), ())
