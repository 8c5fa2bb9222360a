"""What becomes of pages: alerts, whom they name, and how they end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from detectors.summaries import Layout, Summary, numeric_feature, tabulate
from driftwatch.decide.alerts import decide
from driftwatch.decide.pager import Pager
from driftwatch.decide.settings import AlertSettings
from driftwatch.decide.watch import UNMEASURED, Watches, watch
from driftwatch.nouns.judgements import AlertKey, AlertState, Case, Evidence, Opened, State
from driftwatch.nouns.profiles import Blocks, Column, Profile, Schema, SetCounts
from driftwatch.nouns.records import Population, Refused

MINUTE = 60_000_000
HOUR = 60 * MINUTE
WIDTH = timedelta(hours=1)
RNG = np.random.default_rng(3)
ROWS = RNG.standard_normal((2, 20_000))
LAYOUT = Layout(tuple(numeric_feature(name, ROWS[j], bins=20) for j, name in enumerate("xy")))
SCHEMA = Schema((Column("x", "numeric"), Column("y", "numeric", "prediction")))
THREE = Population("fraud", "3")
LONG = timedelta(days=3650)
SETTINGS = AlertSettings(phi=1.0, tolerance=0.1, no_data=LONG)


def summary(values: np.ndarray) -> Summary:
    n = values.shape[1]
    none = np.zeros((0, n), np.int32)
    return tabulate(LAYOUT, values, none, [], np.zeros(n, np.int64), 1).summary(0)


PROFILE = Profile("fraud", "3", SCHEMA, LAYOUT, summary(ROWS), "ref-3")


def hour_of(n: int = 500, x: float = 0.0, y: float = 0.0, missing: float = 0.0) -> Summary:
    values = RNG.standard_normal((2, n)) + np.array([[x], [y]])
    values[0, : int(missing * n)] = np.nan
    return summary(values)


class Watching:
    """Hour after hour, with what the store keeps in between."""

    def __init__(self, settings: AlertSettings = SETTINGS, profile: Profile = PROFILE) -> None:
        self.alerts: dict[AlertKey, AlertState] = {}
        self.evidence: dict[Population, Evidence] = {}
        self.past: dict[Population, list[tuple[int, Summary]]] = {}
        self.refused: list[Refused] = []
        self.told: list[Any] = []
        self.hour = 0
        self.set(settings, profile)

    def set(self, settings: AlertSettings, profile: Profile = PROFILE) -> None:
        self.settings, self.profile = settings, profile
        self.pager = Pager(settings, Watches(settings, WIDTH))

    def go(
        self, given: dict[Population, Summary] | Summary | None, **rejected: int
    ) -> dict[str, State]:
        """Take one hour, and give where each alert stands; `rejected` is by reason."""
        at = self.hour * HOUR
        refused = [Refused("3", at, reason, count) for reason, count in rejected.items()]
        self.refused += refused
        rows = {THREE: given} if isinstance(given, Summary) else given or {}
        for population, held in rows.items():
            self.past.setdefault(population, []).append((self.hour, held))
        opened = Opened(
            "fraud",
            self.hour * HOUR or None,
            (self.hour + 1) * HOUR,
            10**18,
            dict(self.alerts),
            evidence=dict(self.evidence),
        )
        case = Case(
            opened,
            (),
            10**18,
            profiles={"3": self.profile},
            entered={of: [(self.hour * HOUR, held)] for of, held in rows.items()},
            past=lambda of: self.past.get(of, []),
            refused=refused,
            refusals=lambda: self.refused,
        )
        made = decide(case, (), self.settings, self.pager, timedelta(0))
        self.alerts |= {state.key: state for state in made.alerts}
        self.evidence = {told.population: told for told in made.evidence}
        self.told += made.transitions
        self.hour += 1
        return {k.alert: s.state for k, s in self.alerts.items() if k.alert != "NoData"}


def firing(of: Watching) -> dict[str, list[str]]:
    return {
        key.alert: [entry["feature"] for entry in state.evidence["features"]]
        for key, state in of.alerts.items()
        if state.state is State.FIRING
    }


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({"x": 0.5}, {"CovariateShift": ["x"]}),
        ({"y": 0.5}, {"PriorShift": ["y"]}),
        ({"missing": 0.1}, {"DataQuality": ["x"]}),
        ({}, {}),
    ],
)
def test_each_family_has_its_alert(moved: dict[str, float], expected: dict[str, list[str]]):
    of = Watching()
    for _ in range(3):
        of.go(hour_of())
    for _ in range(4):
        of.go(hour_of(**moved))
    assert firing(of) == expected


def test_it_says_since_when_and_by_how_much():
    of = Watching()
    for _ in range(6):
        of.go(hour_of())
    while not firing(of):
        of.go(hour_of(5000, x=0.4))
    [told] = of.alerts[AlertKey("fraud", "3", "CovariateShift")].evidence["features"]
    assert abs(told["since"] - 6 * HOUR) <= HOUR
    assert told["difference_low"] < 0.4 < told["difference_high"]
    assert told["low"] < told["value"] < told["high"]
    assert told["effect"] > 0.1
    assert 0.9 < told["evidence"] <= 1
    assert told["confirmed"]


def test_it_resolves_once_enough_rows_are_back_and_never_for_want_of_them():
    of = Watching()
    while not firing(of):
        of.go(hour_of(x=0.6))
    for _ in range(100):
        of.go(None)
    assert firing(of) == {"CovariateShift": ["x"]}
    of.go(hour_of(n=100))
    assert firing(of) == {"CovariateShift": ["x"]}  # 4 / 0.1^2 = 400 rows are needed
    of.go(hour_of(n=400))
    assert firing(of) == {}
    assert of.told[-1].after is State.RESOLVED


def test_it_does_not_resolve_while_the_shift_stands():
    of = Watching()
    for _ in range(30):
        of.go(hour_of(x=0.5))
    assert firing(of) == {"CovariateShift": ["x"]}
    assert [t.after for t in of.told] == [State.FIRING]


@pytest.mark.parametrize(
    ("settings", "profile", "why"),
    [
        (SETTINGS, replace(PROFILE, fingerprint="other"), "from ref-3 to other"),
        (AlertSettings(phi=1.0, no_data=LONG), PROFILE, "the settings of alerts changed"),
        (AlertSettings(rules=("psi > 5",), no_data=LONG), PROFILE, "rules judge now"),
    ],
)
def test_other_settings_and_references_begin_afresh_and_say_so(
    settings: AlertSettings, profile: Profile, why: str
):
    of = Watching()
    while not firing(of):
        of.go(hour_of(x=0.6))
    of.set(settings, profile)
    of.go(hour_of())
    assert firing(of) == {}
    assert of.told[-1].after is State.RESOLVED
    assert why in of.told[-1].why


def test_what_fired_by_rules_is_resolved_when_the_pager_takes_over():
    of = Watching()
    key = AlertKey("fraud", "3", "CovariateShift")
    held = {"psi > 0.2": {"x": {"phase": "firing", "since": 0, "counted": 0, "looked": None}}}
    of.alerts[key] = AlertState(key, State.FIRING, 0, "ref-3", ordinal=1, memory=held)
    of.go(hour_of())
    assert of.alerts[key].state is State.RESOLVED


def test_evidence_on_a_version_without_a_profile_waits():
    of = Watching()
    of.go(hour_of())
    waiting = replace(of.evidence[THREE], population=Population("fraud", "9"))
    of.evidence[waiting.population] = waiting
    of.go(hour_of())
    assert of.evidence[waiting.population] == waiting


def blocks(number: int, *, per: int = 400) -> Profile:
    """Make a profile with blocks of an hour, rows of which come two at a time."""
    sets = PROFILE.watched()
    parts = [
        summary(np.repeat(RNG.standard_normal((2, per // 2)), 2, axis=1)) for _ in range(number)
    ]
    k, n = sets.count(np.stack([part.counts for part in parts]))
    start = np.arange(number) * HOUR
    rows = np.full(number, per)
    hours = SetCounts.of(start, rows, k, n)
    none = SetCounts.of(start[:0], rows[:0], k[:0], n[:0])
    return replace(PROFILE, blocks=Blocks(sets.digest, HOUR, hours, none, none, none))


def test_clusters_are_measured_on_the_references_blocks():
    found = watch(blocks(100), AlertSettings(), WIDTH).detector.components.reference
    assert 2 <= found.dispersion.phi.max() < 4


@pytest.mark.parametrize(
    ("profile", "phi", "expected"),
    [(PROFILE, None, UNMEASURED), (blocks(20), None, UNMEASURED), (blocks(100), 7.0, 7.0)],
)
def test_where_they_cannot_be_or_are_said_to_be_other_that_holds(
    profile: Profile, phi: float | None, expected: float
):
    found = watch(profile, AlertSettings(phi=phi), WIDTH).detector.components.reference
    assert set(found.dispersion.phi.tolist()) == {expected}


def test_a_version_without_rows_for_a_fortnight_leaves_no_evidence_and_its_alert_stands():
    of = Watching()
    while not firing(of):
        of.go(hour_of(x=0.6))
    for _ in range(14 * 24 - 1):
        of.go(None)
    assert THREE in of.evidence
    for _ in range(3):
        of.go(None)
    assert of.evidence == {}
    assert firing(of) == {"CovariateShift": ["x"]}


def test_another_shift_is_told_beside_one_that_stands():
    of = Watching()
    while not firing(of):
        of.go(hour_of(x=0.6))
    for _ in range(6):
        of.go(hour_of(x=0.6, y=0.6))
    assert firing(of) == {"CovariateShift": ["x"], "PriorShift": ["y"]}
