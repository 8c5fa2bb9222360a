"""How far the pager's evidence has come is shown by family, and never of models left out."""

from dataclasses import replace

from driftwatch.export.state import configured, gauges
from driftwatch.nouns.records import Population
from tests.unit.export.samples import snapshot

SEGMENTS = "driftwatch_segment_evidence_ratio"
RATIOS = {
    Population("fraud", "3"): {"covariate": 0.25, "quality": 1.5},
    Population("fraud", "3", "DE"): {"covariate": 0.75, "quality": 0.5},
    Population("churn", "1"): {"covariate": 0.1},
}


def test_the_most_of_a_version_and_its_segments_is_shown() -> None:
    series, _ = gauges(replace(snapshot(), ratios=RATIOS), max_series=100, min_rows=1)
    [rows] = [rows for metric, rows in series if metric.name == "driftwatch_evidence_ratio"]
    assert rows == [
        (("churn", "1", "covariate"), 0.1),
        (("fraud", "3", "covariate"), 0.75),
        (("fraud", "3", "quality"), 1.5),
    ]


def test_that_of_each_segment_is_shown_by_itself() -> None:
    series, dropped = gauges(replace(snapshot(), ratios=RATIOS), max_series=100, min_rows=1)
    [rows] = [rows for metric, rows in series if metric.name == SEGMENTS]
    assert rows == [
        (("fraud", "3", "DE", "covariate"), 0.75),
        (("fraud", "3", "DE", "quality"), 0.5),
    ]
    assert dropped["fraud"] == 0


def test_of_too_many_segments_those_nearest_to_a_page_are_shown_and_the_others_counted() -> None:
    many = {Population("fraud", "3", f"c=v{i}"): {"covariate": i / 50} for i in range(50)}
    few = replace(snapshot(), verdicts=(), ratios=many)
    series, dropped = gauges(few, max_series=10, min_rows=1)
    [rows] = [rows for metric, rows in series if metric.name == SEGMENTS]
    assert [labels[2] for labels, _ in rows] == [f"c=v{i}" for i in range(40, 50)]
    assert dropped["fraud"] == 40


def test_of_models_that_are_watched_no_more_nothing_is_shown() -> None:
    left = configured(replace(snapshot(), ratios=RATIOS), ["churn"], None)
    assert left.ratios == {Population("churn", "1"): {"covariate": 0.1}}
