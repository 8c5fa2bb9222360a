"""The smallest shift that can be seen: smaller with more rows, and said where it is large."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from driftwatch.cli.sizing import sizing
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.report.profile import describe

DAY = 24 * 3600


def profile(tmp_path, n, *, timed=True):
    rng = np.random.default_rng(4)
    time = pa.array(np.sort(rng.random(n)) * 4 * DAY + 1_767_571_200)
    given = {"time": time, "x": rng.normal(size=n), "score": rng.random(n)}
    if not timed:
        del given["time"]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(given), path)
    return build([path], Choices(model="m", version="1"))


def shifts(sized):
    return {row[0]: [float(h) for h in re.findall(r"h ([0-9.]+)", " ".join(row))] for row in sized}


def test_more_rows_show_smaller_shifts_and_a_day_smaller_ones_than_an_hour(tmp_path):
    few, many = (shifts(sizing(profile(tmp_path, n)).rows) for n in (2_000, 40_000))
    assert few.keys() == many.keys() >= {"covariate", "prior", "quality"}
    for family in few:
        assert many[family][0] < few[family][0]
        assert many[family][1] < many[family][0]
        assert many[family][1] > 0.05  # the tolerance


def test_a_reference_that_is_too_small_is_said(tmp_path):
    small = sizing(profile(tmp_path, 150)).warning
    assert small.startswith("too small for the pager: of most features it sees nothing less than")
    assert sizing(profile(tmp_path, 40_000)).warning == ""


def test_without_event_times_nothing_is_known_of_the_traffic(tmp_path):
    plain = profile(tmp_path, 2_000, timed=False)
    assert sizing(plain).rows == ()
    sections = {section.name: section for section in describe(plain).sections}
    sized = sections["smallest shift that the pager sees, nine times of ten"]
    assert (sized.rows, sized.empty) == ((), "not known without event times")
