"""What are people told of the estimated shares of the classes?"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.prior import Estimated
from driftwatch.nouns.judgements import Verdicts

MOST_CLASSES = 100


def shares(verdicts: Iterable[Verdicts]) -> list[dict[str, Any]]:
    """Describe each estimate over the shortest of a version's windows, as JSON."""
    shortest = min(verdicts, key=lambda v: v.end - v.start, default=None)
    if shortest is None:
        return []
    return [_told(kind, found, shortest.window) for kind, found in shortest.priors.items()]


def _told(kind: str, found: Estimated, window: str) -> dict[str, Any]:
    """Name the classes whose shares moved most first, where there are very many."""
    moved = np.nan_to_num(np.abs(found.prior - found.reference))
    order = np.argsort(-moved, kind="stable") if len(moved) > MOST_CLASSES else range(len(moved))
    return {
        "estimator": kind,
        "window": window,
        "n": found.n,
        "refused": found.reason,
        "explained": found.explained,
        "p_value": _number(found.p_value),
        "classes": [_class(found, int(k)) for k in list(order)[:MOST_CLASSES]],
    }


def _class(found: Estimated, k: int) -> dict[str, Any]:
    def share(of: NDArray[np.float64]) -> float | None:
        return _number(of[k])

    return {
        "class": found.classes[k],
        "share": share(found.prior),
        "low": share(found.low),
        "high": share(found.high),
        "reference": share(found.reference),
    }


def _number(value: Any) -> float | None:
    """JSON knows neither NaN nor infinity."""
    return float(value) if math.isfinite(value) else None
