"""Which gauges show what is said of a window as a whole?"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from driftwatch.export import names
from driftwatch.export.exposition import Series
from driftwatch.export.features import Row
from driftwatch.export.metric import SECOND, Metric
from driftwatch.nouns.judgements import Verdicts

CLASSES = 100  # of a model with more, the shares of the others are not shown


def windows(verdicts: Sequence[Verdicts]) -> list[Series]:
    """Make the gauges of rows and ends."""
    labels = [_of(v) for v in verdicts]
    return [
        (names.WINDOW_ROWS, zip(labels, (v.rows for v in verdicts), strict=True)),
        (names.WINDOW_END, zip(labels, (v.end / SECOND for v in verdicts), strict=True)),
    ]


def shares(verdicts: Sequence[Verdicts], min_rows: int) -> tuple[list[Series], Counter[str]]:
    """Make the gauges of the classes' shares, and say how many series of each model are left out.

    What was refused is absent; status says why.
    """
    rows: dict[Metric, list[Row]] = {metric: [] for metric in _BY_CLASS}
    dropped: Counter[str] = Counter()
    for v in verdicts:
        for kind, estimated in v.priors.items():
            if estimated.n < min_rows:
                continue
            left = max(0, len(estimated.classes) - CLASSES)
            dropped[v.population.model] += left * len(_BY_CLASS)
            for metric, field in _BY_CLASS.items():
                values = getattr(estimated, field).tolist()
                named = [(*_of(v), kind, name) for name in estimated.classes]
                rows[metric] += _finite(zip(named[:CLASSES], values, strict=False))
    return [*rows.items(), *_fits(verdicts, min_rows)], dropped


def discrepancies(verdicts: Sequence[Verdicts], min_rows: int) -> list[Series]:
    """Make the gauges of the tests of many columns at once."""
    found = [
        ((*_of(v), test), said)
        for v in verdicts
        for test, said in v.discrepancies.items()
        if said.n >= min_rows
    ]
    return [
        (names.DISCREPANCY, _finite((labels, said.statistic) for labels, said in found)),
        (names.DISCREPANCY_P, _finite((labels, said.p_value) for labels, said in found)),
    ]


_BY_CLASS = {
    names.PRIOR: "prior",
    names.PRIOR_LOWER: "low",
    names.PRIOR_UPPER: "high",
    names.PRIOR_REFERENCE: "reference",
}


def _fits(verdicts: Sequence[Verdicts], min_rows: int) -> list[Series]:
    found = [
        ((*_of(v), kind), said)
        for v in verdicts
        for kind, said in v.priors.items()
        if said.n >= min_rows
    ]
    told = [(labels, float(s.explained)) for labels, s in found if s.explained is not None]
    return [
        (names.PRIOR_FIT, _finite((labels, said.p_value) for labels, said in found)),
        (names.PRIOR_EXPLAINED, told),
    ]


def _of(verdicts: Verdicts) -> tuple[str, str, str]:
    return verdicts.population.model, verdicts.population.version, verdicts.window


def _finite(rows: Iterable[Row]) -> list[Row]:
    return [(labels, value) for labels, value in rows if math.isfinite(value)]
