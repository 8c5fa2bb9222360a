"""Both text formats, read back by the client library's parsers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwatch.export.exposition import END, Rows, write, write_gauges
from driftwatch.export.metric import Metric
from tests.unit.export.samples import parsed, value

GAUGE = Metric("driftwatch_test_ratio", "gauge", "A test.", ("model", "feature"))
COUNTER = Metric("driftwatch_test_total", "counter", "A test.", ("model", "feature"))
INFO = Metric("driftwatch_test_info", "info", "A test.", ("model", "feature"))
HOSTILE = [
    'a"b',
    "a\\b",
    "a\nb",
    "a\\nb",
    "\\",
    '"',
    "a,b}c{d=e",
    "# HELP x y",
    "täglich 日本 😀",
    "\r",
    "\x00",
    " ",
    "",
    "%s %r %%",
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
rows = st.dictionaries(
    st.tuples(texts, texts),
    st.floats(allow_nan=False, allow_infinity=False),
    max_size=5,
)


@pytest.mark.parametrize("openmetrics", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("metric", [GAUGE, COUNTER, INFO], ids=lambda m: m.type)
def test_hostile_label_values_survive(metric: Metric, text: str, openmetrics: bool) -> None:
    body = write([(metric, [((text, "x"), 1.0)])], openmetrics=openmetrics)
    body += END if openmetrics else b""
    found = parsed(body, openmetrics=openmetrics)
    assert value(found, metric.name, model=text, feature="x") == 1.0


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_label_values_survive_in_gauges(text: str) -> None:
    body = write_gauges([(GAUGE, [((text, "x"), 1.0)])])
    assert value(parsed(body), GAUGE.name, model=text, feature="x") == 1.0
    assert value(parsed(body + END, openmetrics=True), GAUGE.name, model=text, feature="x") == 1.0


@given(rows)
def test_gauges_read_as_those_of_the_client_library(
    given_rows: dict[tuple[str, str], float],
) -> None:
    table: Rows = list(given_rows.items())
    ours = write_gauges([(GAUGE, table)])
    assert parsed(ours) == parsed(write([(GAUGE, table)], openmetrics=False))
    assert parsed(ours + END, openmetrics=True) == parsed(ours)


def test_half_of_a_surrogate_pair_is_written_out() -> None:
    body = write_gauges([(GAUGE, [(("a\ud800", "x"), 1.0)])])
    assert value(parsed(body), GAUGE.name, model="a\\ud800", feature="x") == 1.0
    body = write([(COUNTER, [(("a\ud800", "x"), 1.0)])], openmetrics=False)
    assert value(parsed(body), COUNTER.name, model="a\\ud800", feature="x") == 1.0


def test_a_gauge_without_labels_has_no_braces() -> None:
    bare = Metric("driftwatch_test_bytes", "gauge", "A test.")
    assert write_gauges([(bare, [([], 5)])]).endswith(b"\ndriftwatch_test_bytes 5.0\n")


def test_a_metric_without_series_is_announced_all_the_same() -> None:
    assert b"# TYPE driftwatch_test_ratio gauge\n" in write_gauges([(GAUGE, [])])


def test_the_mark_of_the_end_is_left_to_the_caller() -> None:
    assert END not in write([(COUNTER, [])], openmetrics=True)
