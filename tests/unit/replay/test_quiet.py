import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson

from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.decide.settings import AlertSettings
from driftwatch.nouns.profiles import Profile
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.replay.quiet import Quiet, _poisson, quiet
from driftwatch.window.settings import WindowSettings

HOUR = 3_600_000


def profile(folder: Path, hours: int, shared: float, times: bool = True) -> Profile:
    """Build a profile of 200 rows an hour, which share a part of their value within each hour."""
    rng = np.random.default_rng(5)
    name = folder / "rows.ndjson"
    lines = []
    for hour in range(hours):
        common = rng.normal() * shared
        for i, value in enumerate(rng.normal(size=200) + common):
            row = {"x": round(float(value), 4)}
            lines.append(json.dumps({"time": 1_767_225_600_000 + hour * HOUR + i} | row))
    if not times:
        lines = [json.dumps({"x": json.loads(line)["x"]}) for line in lines]
    name.write_text("\n".join(lines))
    return build([name], Choices(model="m", version="1"))


def opposed(folder: Path, days: int, swing: float) -> Profile:
    """Build one of two countries whose values rise and fall by day, against each other."""
    rng = np.random.default_rng(6)
    name = folder / "rows.ndjson"
    lines = []
    for hour in range(days * 24):
        common = np.sin(hour / 24 * 2 * np.pi) * swing
        for i, value in enumerate(rng.normal(size=200)):
            x, country = value + (common if i % 2 else -common), "ab"[i % 2]
            row = {"x": round(float(x), 4), "country": country}
            lines.append(json.dumps({"time": 1_767_225_600_000 + hour * HOUR + i} | row))
    name.write_text("\n".join(lines))
    choices = Choices(model="m", version="1", segments=("country",), multivariate=False, bins=20)
    return build([name], choices)


def tried(made: Profile, settings: PagerSettings | None = None, months: int = 4) -> Quiet:
    chosen = settings or AlertSettings()
    rng = np.random.default_rng(0)
    return quiet(made, chosen, WindowSettings(), months, rng, progress=lambda done, total: None)


def test_undrifted_traffic_pages_no_more_often_than_the_budget(tmp_path: Path):
    found = tried(profile(tmp_path, 96, 0.0))
    assert found.why == ""
    assert found.low <= found.budget == pytest.approx(1.0)
    assert found.pages <= poisson.ppf(0.999, found.months)


def test_hours_that_resemble_themselves_page_where_phi_says_they_do_not(tmp_path: Path):
    made = profile(tmp_path, 96, 0.5)
    measured = tried(made, months=3)
    denied = tried(made, AlertSettings(phi=1.0), months=3)
    assert denied.pages > poisson.ppf(0.999, 3) >= measured.pages


def test_what_segments_do_against_each_other_is_tried_too(tmp_path: Path):
    made = opposed(tmp_path, 10, 0.5)
    assert list(made.parts) == ["country=a", "country=b"]
    with_them, without = tried(made, months=2), tried(replace(made, segments=()), months=2)
    assert (with_them.segments, without.segments) == (2, 0)
    assert with_them.budget == without.budget == pytest.approx(1.0)
    assert with_them.low > with_them.budget
    assert without.pages <= poisson.ppf(0.999, 2)


def test_quiet_segments_keep_to_the_one_budget(tmp_path: Path):
    found = tried(opposed(tmp_path, 10, 0.0), months=2)
    assert (found.why, found.segments) == ("", 2)
    assert found.pages <= poisson.ppf(0.999, found.months)


def test_a_profile_without_blocks_of_its_segments_says_why_nothing_can_be_tried(tmp_path: Path):
    made = opposed(tmp_path, 6, 0.0)
    [family] = made.segments
    found = tried(replace(made, segments=(replace(family, blocks=None),)))
    assert (found.months, found.segments) == (0, 0)
    assert "no blocks of time of the segments of country" in found.why


def test_the_hours_are_told_as_they_are_drawn(tmp_path: Path):
    told: list[tuple[int, int]] = []
    rng = np.random.default_rng(0)
    made = profile(tmp_path, 48, 0.0)
    quiet(made, AlertSettings(), WindowSettings(), 1, rng, progress=lambda *at: told.append(at))
    assert told == [(hour, 720) for hour in range(1, 721)]


def test_rows_without_times_say_why_nothing_can_be_tried(tmp_path: Path):
    found = tried(profile(tmp_path, 24, 0.0, times=False))
    assert "no blocks of time" in found.why
    assert found.months == 0


@pytest.mark.parametrize("events", [0, 1, 7])
def test_the_bounds_are_the_exact_ones_of_garwood(events: int):
    low, high = _poisson(events)
    assert poisson.cdf(events, high) == pytest.approx(0.025, abs=1e-9)
    assert low == 0 if not events else poisson.sf(events - 1, low) == pytest.approx(0.025, abs=1e-9)
