"""How the pager watches segments: each by its own reference, all within the one budget."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.sequential.bounds import DELTA
from detectors.summaries import Summary
from driftwatch.decide.settings import AlertSettings
from driftwatch.decide.watch import UNMEASURED, Watches, watch
from driftwatch.nouns.judgements import AlertKey, State
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.records import Population
from driftwatch.nouns.segments import Segments
from tests.simulations.segments import POPULATIONS, pages, shares
from tests.unit.decide.test_pager import (
    LONG,
    PROFILE,
    RNG,
    SETTINGS,
    THREE,
    WIDTH,
    Watching,
    hour_of,
    summary,
)

FRENCH, REST = (replace(THREE, segment=f"country={name}") for name in ("FR", "other"))
COVARIATE = AlertKey("fraud", "3", "CovariateShift")
MOVED = 0.6  # how far the amounts of one country lie from the others


def divided(*values: str) -> Profile:
    """Divide the reference by country; the x of all others but the rest lies elsewhere."""
    parts = [summary(RNG.standard_normal((2, 8_000)) + np.array([[MOVED], [0]])) for _ in values]
    rest = summary(RNG.standard_normal((2, 20_000)))
    return replace(PROFILE, segments=(Segments("country", values, (*parts, rest)),))


DIVIDED = divided("FR")


def hours(of: Watching, n: int, moved: float = 0.0, french: int = 100) -> None:
    """Let hours pass in which a tenth is French, and moves as said."""
    for _ in range(n):
        own, rest = hour_of(french, x=MOVED + moved), hour_of(900)
        of.go({THREE: own + rest, FRENCH: own, REST: rest})


def share(of: Watching, population: Population) -> float:
    return of.evidence[population].ratios["covariate"]


def test_the_whole_has_half_of_the_budget_and_its_segments_the_other_half() -> None:
    alone, beside = Watching(profile=DIVIDED), Watching(profile=DIVIDED)
    rows: dict[Population, Summary] = {THREE: hour_of()}
    alone.go(rows)
    beside.go(rows | {FRENCH: hour_of(x=MOVED), REST: hour_of()})
    assert share(beside, THREE) == pytest.approx(share(alone, THREE) / 2, rel=1e-6)
    quarter = Watching(profile=DIVIDED)
    quarter.go({FRENCH: hour_of(x=MOVED)})  # all segments' half is its own here
    assert share(quarter, FRENCH) > 0
    with_both, with_one = Watching(profile=DIVIDED), Watching(profile=DIVIDED)
    french = hour_of(x=MOVED)
    with_both.go({THREE: rows[THREE], FRENCH: french, REST: hour_of()})
    with_one.go({THREE: rows[THREE], FRENCH: french})
    assert share(with_both, FRENCH) == pytest.approx(share(with_one, FRENCH) / 2, rel=1e-6)


def test_segments_that_are_not_watched_take_nothing() -> None:
    alone, beside = Watching(profile=DIVIDED), Watching(profile=DIVIDED)
    rows = hour_of()
    alone.go({THREE: rows})
    beside.go({THREE: rows, replace(THREE, segment="country=UK"): hour_of(x=3)})
    assert share(beside, THREE) == share(alone, THREE)
    assert list(beside.evidence) == [THREE]


def test_a_segment_is_held_against_its_own_reference() -> None:
    of = Watching(profile=DIVIDED)
    hours(of, 12)
    assert of.alerts[COVARIATE].state is State.INACTIVE


def test_a_drift_that_the_whole_does_not_show_pages_and_names_the_segment() -> None:
    of, without = Watching(profile=DIVIDED), Watching()
    hours(of, 6)
    for _ in range(6):
        without.go(hour_of(1000, x=MOVED / 10))
    for _ in range(24):
        hours(of, 1, moved=-0.6)  # as all others: the whole's mean moves by 0.06
        without.go(hour_of(100) + hour_of(900))
        if of.alerts[COVARIATE].state is State.FIRING:
            break
    assert without.alerts[COVARIATE].state is State.INACTIVE
    [told] = of.alerts[COVARIATE].evidence["features"]
    assert (told["segment"], told["feature"]) == ("country=FR", "x")
    assert told["difference_low"] < -0.6 < told["difference_high"]
    assert of.told[-1].why.startswith("country=FR: x")
    assert {key.alert for key in of.alerts} >= {"CovariateShift", "PriorShift", "DataQuality"}


def test_it_resolves_once_the_segment_is_back() -> None:
    of = Watching(profile=DIVIDED)
    hours(of, 10, moved=-0.6, french=400)
    assert of.alerts[COVARIATE].state is State.FIRING
    hours(of, 10, french=400)
    assert of.alerts[COVARIATE].state is State.RESOLVED


def test_other_segments_start_the_evidence_afresh() -> None:
    one, two = (Watches(SETTINGS, WIDTH).of(p) for p in (DIVIDED, divided("FR", "UK")))
    assert one.fingerprint != two.fingerprint
    assert one.fingerprint != Watches(SETTINGS, WIDTH).of(PROFILE).fingerprint


def test_the_chance_that_the_reference_misleads_is_shared_among_all() -> None:
    watches = Watches(SETTINGS, WIDTH)
    made = [watches.of_segment(DIVIDED, segment) for segment in ("", *DIVIDED.parts)]
    assert [one.detector.components.tuning.delta for one in made if one] == [DELTA / 3] * 3
    assert watch(PROFILE, SETTINGS, WIDTH).detector.components.tuning.delta == DELTA


def test_rows_of_a_segment_count_as_clustered_as_those_of_the_whole() -> None:
    measured = AlertSettings(no_data=LONG)
    made = Watches(measured, WIDTH).of_segment(DIVIDED, FRENCH.segment)
    assert made is not None
    assert np.all(made.detector.components.reference.dispersion.phi == UNMEASURED)
    assert made.detector.components.reference.daily is None


def test_a_watch_is_made_once() -> None:
    watches = Watches(SETTINGS, WIDTH)
    assert watches.of_segment(DIVIDED, FRENCH.segment) is watches.of_segment(
        DIVIDED, FRENCH.segment
    )
    assert watches.of_segment(DIVIDED, "country=UK") is None


def test_whole_and_ten_segments_keep_one_budget_where_the_null_ends() -> None:
    """A day's budget for 150 hours is 6.25 pages; 15 or more come with less than 1 in 500."""
    together, apart = pages(150, shares()), pages(150, [1.0] * len(POPULATIONS))
    assert sum(shares()) == pytest.approx(1)
    assert together < 15 < apart
