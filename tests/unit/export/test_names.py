"""Rules that every metric's name, help and labels follow."""

import dataclasses
import re
import typing
from pathlib import Path

import pytest

from detectors import comparison
from driftwatch.export import names
from driftwatch.export.metric import Metric, as_markdown
from driftwatch.export.names import every_metric
from driftwatch.export.statistics import P_VALUES, STATISTICS
from driftwatch.nouns.records import Counter

ALL = every_metric()
DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_every_comparison_has_a_metric_and_every_metric_a_comparison() -> None:
    kinds = {
        next(f.default for f in dataclasses.fields(made) if f.name == "kind")
        for made in typing.get_args(comparison.AnyComparison)
    }
    assert set(STATISTICS) == kinds
    assert set(P_VALUES) <= kinds


def test_no_metric_of_the_module_is_left_out_of_the_list() -> None:
    assert {m for m in vars(names).values() if isinstance(m, Metric)} <= set(ALL)


def test_names_are_unique() -> None:
    assert len({m.name for m in ALL}) == len(ALL)


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.name)
def test_a_name_says_its_type(metric: Metric) -> None:
    assert re.fullmatch(r"driftwatch_[a-z][a-z_]*[a-z]", metric.name)
    assert metric.name.endswith("_total") == (metric.type == "counter")
    assert metric.name.endswith("_info") == (metric.type == "info")


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.name)
def test_a_help_text_is_a_sentence_that_both_formats_write_alike(metric: Metric) -> None:
    assert metric.help[0].isupper() or metric.help[0].isdigit()
    assert metric.help.endswith(".")
    assert not set(metric.help) & set('"\\\n|')


@pytest.mark.parametrize("metric", ALL, ids=lambda m: m.name)
def test_labels_are_unique_and_none_is_set_by_prometheus(metric: Metric) -> None:
    assert len(set(metric.labels)) == len(metric.labels)
    assert not {"job", "instance", "le", "quantile"} & set(metric.labels)


@pytest.mark.parametrize("kind", names.COUNTERS)
def test_a_counters_labels_are_fields_of_the_stored_one(kind: str) -> None:
    metric, fields = names.COUNTERS[kind]
    assert len(metric.labels) == len(fields)
    assert set(fields) <= {f.name for f in dataclasses.fields(Counter)}


def test_the_documents_hold_the_table_of_all_metrics() -> None:
    assert as_markdown(ALL) in DOCS.read_text()
