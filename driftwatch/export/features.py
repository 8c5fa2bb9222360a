"""Which gauges show the statistics of the features?"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from driftwatch.export.exposition import Series
from driftwatch.export.metric import Metric
from driftwatch.export.statistics import P_VALUES, STATISTICS
from driftwatch.nouns.judgements import Verdicts

Row = tuple[Sequence[str], float]
DERIVED = "derived"


def features(
    verdicts: Sequence[Verdicts], taken: Counter[str], max_series: int, min_rows: int
) -> tuple[list[Series], Counter[str]]:
    """Make the gauges of all features, and say how many series of each model are left out.

    `taken` are the series that a model has already. Left out first are derived features, then
    p-values, then the metrics at the end of `STATISTICS`; within a metric the last verdicts, and of
    those the last features.
    """
    taken = Counter(taken)
    dropped: Counter[str] = Counter()
    rows: dict[str, list[Row]] = {metric.name: [] for metric, _, _ in _exported()}
    for derived in (False, True):
        places = [_places(v, derived=derived) for v in verdicts]
        for metric, kind, field in _exported():
            for v, chosen in zip(verdicts, places, strict=True):
                model = v.population.model
                shown = _shown(v, kind, field, chosen & _rests(v, kind, min_rows))
                kept = shown[: max(0, max_series - taken[model])]
                rows[metric.name] += _rows(v, kind, field, kept)
                taken[model] += len(kept)
                dropped[model] += len(shown) - len(kept)
    return [(metric, rows[metric.name]) for metric, _, _ in _exported()], dropped


def _exported() -> Iterator[tuple[Metric, str, str]]:
    for kind, metric in STATISTICS.items():
        yield metric, kind, "statistic"
    for kind, metric in P_VALUES.items():
        yield metric, kind, "p_value"


def _places(verdicts: Verdicts, *, derived: bool) -> NDArray[np.bool_]:
    return np.array([(role == DERIVED) == derived for role in verdicts.roles], dtype=np.bool_)


def _rests(verdicts: Verdicts, kind: str, min_rows: int) -> NDArray[np.bool_]:
    """Say which features have the rows for a statistic to rest on, if it was computed."""
    compared = verdicts.statistics.get(kind)
    if compared is None:
        return np.zeros(len(verdicts.features), dtype=np.bool_)
    return np.asarray(compared.n >= min_rows, dtype=np.bool_)


def _shown(
    verdicts: Verdicts, kind: str, field: str, chosen: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Give the places of the features that have a value to show."""
    if not chosen.any():
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.isfinite(getattr(verdicts.statistics[kind], field)) & chosen)


def _rows(verdicts: Verdicts, kind: str, field: str, kept: NDArray[np.intp]) -> list[Row]:
    if not len(kept):
        return []
    values: NDArray[np.float64] = getattr(verdicts.statistics[kind], field)
    start = (verdicts.population.model, verdicts.population.version, verdicts.window)
    return [
        ((*start, verdicts.features[j], verdicts.roles[j]), value)
        for j, value in zip(kept.tolist(), values[kept].tolist(), strict=True)
    ]
