"""Blocks, days and slots of the reference: exact, in time order, within bounds."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference import document, stretches
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.sampling import choosing_half
from driftwatch.reference.stretches import DAY, HOUR, SECOND, Grid, grids

N = 6000
MONDAY = 1_767_571_200 * SECOND  # 2026-01-05T00:00:00Z
NAMED = Choices(model="m", version="1")


def columns(days=4.0, n=N):
    rng = np.random.default_rng(2)
    time = np.sort(MONDAY + (rng.random(n) * days * DAY).astype(np.int64))
    return {
        "time": pa.array(time, pa.timestamp("us", "UTC")),
        "x": rng.normal(size=n),
        "y": rng.normal(size=n),
        "kind": np.array(["a", "b"])[rng.integers(0, 2, n)],
    }


def put(path, given):
    pq.write_table(pa.table(given), path)
    return path


def times(given):
    return np.array(given["time"].cast(pa.int64()))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return put(tmp_path_factory.mktemp("stretches") / "a.parquet", columns())


@pytest.fixture(scope="module")
def profile(path):
    return build([path], NAMED)


def test_blocks_hold_what_happened_in_their_hour(profile):
    given, blocks = columns(), profile.blocks
    assert blocks.length == HOUR
    hour = times(given) // HOUR * HOUR
    starts, rows = np.unique(hour, return_counts=True)
    assert blocks.blocks.start.tolist() == starts.tolist()
    assert blocks.blocks.rows.tolist() == rows.tolist()
    sets = profile.watched()
    assert blocks.sets == sets.digest
    at = next(i for i in range(len(sets)) if sets.name(i).startswith("x < "))
    cut = float(sets.name(at).removeprefix("x < "))
    below = [(given["x"][hour == start] < cut).sum() for start in starts]
    assert np.abs(blocks.blocks.k[:, at] - below).max() <= 1  # the name rounds the cut
    assert blocks.blocks.n[:, at].tolist() == rows.tolist()


def test_all_blocks_together_are_the_reference(profile):
    sets = profile.watched()
    k, n = sets.count(profile.reference.counts)
    for part in (profile.blocks.blocks, profile.blocks.days):
        assert part.k.sum(axis=0).tolist() == k.tolist()
        assert part.n.sum(axis=0).tolist() == n.tolist()


def test_what_is_counted_on_half_of_the_rows_is_so_in_blocks_too(profile):
    sets, blocks = profile.watched(), profile.blocks.blocks
    counted = ~choosing_half(np.arange(N), 0)
    hour = times(columns()) // HOUR * HOUR
    at = next(i for i in range(len(sets)) if sets.name(i) == "kind is a")
    wanted = [int(counted[hour == start].sum()) for start in blocks.start]
    assert blocks.n[:, at].tolist() == wanted


def test_a_short_reference_has_shorter_blocks_that_lie_within_hours(tmp_path):
    blocks = build([put(tmp_path / "a.parquet", columns(days=0.5))], NAMED).blocks
    assert HOUR % blocks.length == 0
    assert blocks.length <= DAY / 2 / 50
    assert len(blocks.blocks.start) >= 30


def test_slots_are_kept_where_they_hold_rows_enough(path, monkeypatch):
    monkeypatch.setattr(stretches, "SLOT_ROWS", 240)
    blocks = build([path], NAMED).blocks
    hour = times(columns()) // HOUR
    rows = np.bincount(hour % 24, minlength=24)
    kept = np.flatnonzero(rows >= 240)
    assert 0 < len(kept) < 24
    assert blocks.hours_of_day.start.tolist() == (kept * HOUR).tolist()
    assert blocks.hours_of_day.rows.tolist() == rows[kept].tolist()
    assert len(blocks.hours_of_week.start) == 0


def test_hours_of_the_week_begin_on_monday():
    grid = grids(np.array([MONDAY, MONDAY + 60.0 * DAY]), 10**7, 10)["hours_of_week"]
    moments = np.array([MONDAY, MONDAY + 6 * DAY + 23 * HOUR, MONDAY - 1])
    assert grid.find(moments).tolist() == [0, 167, 167]


def test_a_long_reference_keeps_some_blocks_of_every_hour_of_the_week():
    found = grids(np.array([MONDAY, MONDAY + 1000.0 * DAY]), 10**6, 20_000)["blocks"]
    assert found.count <= 400
    kept = (found.starts // HOUR) % 168
    assert len(set(kept.tolist())) > 150
    at = found.find(found.starts + 17)
    assert at.tolist() == list(range(found.count))
    assert found.find(found.starts[:-1] + HOUR).tolist() == [-1] * (found.count - 1)


def test_what_is_counted_is_bounded_however_wide_and_long():
    for width in (10, 1000, 30_000, 150_000):
        made = grids(np.array([MONDAY, MONDAY + 3000.0 * DAY]), 10**9, width)
        assert sum(grid.count for grid in made.values()) * width < 1.4 * stretches.CELLS
        assert made["blocks"].count >= 30


def test_a_few_wrong_times_do_not_stretch_the_blocks():
    good = MONDAY + np.arange(10_000) * 60.0 * SECOND
    made = grids(np.append(good, [0.0, 9e15]), 10_002, 100)
    assert made["blocks"].first >= MONDAY - HOUR
    assert made["blocks"].starts[-1] <= good[-1]
    assert made["blocks"].stride == 1


@pytest.mark.parametrize("given", [[], [1.0], [np.nan] * 9, [MONDAY, MONDAY + 9.0 * SECOND]])
def test_without_event_times_or_a_span_of_them_there_are_none(given):
    assert grids(np.array(given, np.float64), 100, 10) == {}


def test_rows_without_time_belong_to_no_block():
    grid = Grid(MONDAY, HOUR, 5)
    assert grid.find(np.array([np.iinfo(np.int64).min, MONDAY, MONDAY - 1])).tolist() == [-1, 0, -1]


def test_a_profile_without_event_times_has_no_blocks(tmp_path):
    given = {name: column for name, column in columns().items() if name != "time"}
    profile = build([put(tmp_path / "a.parquet", given)], NAMED)
    assert profile.blocks is None
    assert document.parse(document.dump(profile)).blocks is None


def test_blocks_survive_the_file_and_the_fingerprint_covers_them(profile):
    body = document.dump(profile)
    again = document.parse(body).blocks
    np.testing.assert_array_equal(again.blocks.k, profile.blocks.blocks.k)
    np.testing.assert_array_equal(again.days.n, profile.blocks.days.n)
    edited = json.loads(body)
    edited["blocks"]["blocks"]["rows"][0] += 1
    with pytest.raises(ProfileError, match="edited or damaged"):
        document.parse(json.dumps(edited).encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b["rows"].pop(),
        lambda b: b.update(counts=b["counts"][:40]),
        lambda b: b.update(counts="AAAA"),
        lambda b: b.update(sets=b["sets"] + 1),
    ],
)
def test_damaged_blocks_are_refused(profile, change):
    raw = json.loads(document.dump(profile))
    del raw["fingerprint"]
    change(raw["blocks"]["blocks"])
    raw["fingerprint"] = document._fingerprint(raw)
    with pytest.raises(ProfileError, match=r"no valid profile .* its blocks"):
        document.parse(json.dumps(raw).encode())


def warned(profile, text):
    return [warning for warning in profile.lineage["warnings"] if text in warning]


def test_independent_rows_raise_no_doubt_about_their_rhythm(profile):
    assert profile.lineage["warnings"] == []


def test_a_daily_cycle_is_told_apart_from_rows_that_resemble_their_neighbours(tmp_path):
    given = columns(days=6, n=20_000)
    hour = times(given) // HOUR
    cycle = np.sin(hour % 24 * np.pi / 12)
    given["x"] += 2 * cycle
    given["y"] += np.random.default_rng(1).normal(size=200)[hour - hour[0]]
    profile = build(
        [put(tmp_path / "a.parquet", given)], Choices(model="m", version="1", multivariate=False)
    )
    (daily,) = warned(profile, "the hour of the day tells: x varies")
    assert "pager compares each hour with its like" in daily
    (alike,) = warned(profile, "rows of the same 60 min resemble each other: y varies")
    assert "kind" not in daily + alike


def test_too_few_blocks_are_said(tmp_path):
    given = columns(days=4, n=3000)
    time = times(given) // DAY * DAY + times(given) % HOUR  # one hour of each day
    given["time"] = pa.array(time, pa.timestamp("us", "UTC"))
    profile = build([put(tmp_path / "a.parquet", given)], NAMED)
    assert warned(profile, "only 4 blocks of time hold rows, and 30 are wanted")
