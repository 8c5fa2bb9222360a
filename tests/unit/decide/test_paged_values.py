"""A page of unseen values names them; one of anything else names none."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detectors.summaries import merge, newcomers, tabulate
from driftwatch.decide.evidence import MOST_VALUES
from driftwatch.decide.pager import Pager
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.decide.refused import Past
from driftwatch.decide.watch import Watches
from driftwatch.nouns.judgements import Opened
from driftwatch.nouns.records import Population
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.stretches import HOUR

START = 1_767_571_200_000_000
OF = Population("m", "1")


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    rng = np.random.default_rng(3)
    n = 20_000
    given = {
        "time": np.linspace(START / 1e6, START / 1e6 + 4 * 86_400, n).round(),
        "x": rng.normal(size=n),
        "kind": np.array(["a", "b"])[rng.integers(0, 2, n)],
    }
    path = tmp_path_factory.mktemp("paged") / "a.parquet"
    pq.write_table(pa.table(given), path)
    return build([path], Choices(model="m", version="1"))


def hours(profile, count, *, new=0.0, moved=0.0):
    """Summarise hours of 1,000 rows; a share `new` of them holds values never seen before."""
    rng = np.random.default_rng(4)
    words = [["a", "b", *(f"new{i}" for i in range(8))]]
    for hour in range(count):
        numbers = rng.normal(moved, 1, (1, 1000))
        came = np.where(rng.random(1000) < new, rng.integers(2, 10, 1000), rng.integers(0, 2, 1000))
        codes = came[None].astype(np.int32)
        group = np.zeros(1000, np.int64)
        grouped = tabulate(profile.layout, numbers, codes, words, group, 1)
        sketches = newcomers.newcomers(profile.layout, codes, words, group).get(0, {})
        body = grouped.encode(0) + newcomers.encode(sketches)
        yield START + hour * HOUR, merge(profile.layout, [body])


def decided(profile, count, **shift):
    entered = [(at, summary, 0) for at, summary in hours(profile, count, **shift)]
    boundary = START + count * HOUR
    past = Past([(at // HOUR, summary, 0) for at, summary, _ in entered])
    pager = Pager(PagerSettings(), Watches(PagerSettings(), timedelta(minutes=1)))
    opened = Opened("m", None, boundary, boundary, {})
    return pager.decide(opened, {"1": profile}, {OF: entered}, lambda _: past)


def told(paged):
    return {
        t.key.alert: t.evidence["features"] for t in paged.transitions if "features" in t.evidence
    }


def test_a_page_of_unseen_values_names_them(profile):
    (entry, *_) = told(decided(profile, 30, new=0.05))["DataQuality"]
    assert (entry["feature"], entry["statistic"]) == ("kind", "unseen")
    assert len(entry["unseen_values"]) == MOST_VALUES
    assert set(entry["unseen_values"]) <= {f"new{i}" for i in range(8)}


def test_a_page_of_something_else_names_no_values(profile):
    entries = told(decided(profile, 30, moved=0.5))["CovariateShift"]
    assert entries[0]["feature"] == "x"
    assert all("unseen_values" not in entry for entry in entries)


def test_rows_like_the_reference_do_not_page(profile):
    assert decided(profile, 48).transitions == ()
