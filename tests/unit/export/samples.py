"""Snapshots and exposition for the tests of export."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from prometheus_client.openmetrics.parser import text_string_to_metric_families as from_openmetrics
from prometheus_client.parser import text_string_to_metric_families as from_text

from detectors.comparison import Compared, Undefined
from detectors.multivariate import Discrepancy
from detectors.prior import Estimated, Refused
from driftwatch.export.collector import Exposition
from driftwatch.export.counters import Committed
from driftwatch.export.health import Health
from driftwatch.export.statistics import P_VALUES, STATISTICS
from driftwatch.nouns.judgements import (
    AlertKey,
    AlertState,
    Outgoing,
    Progress,
    Snapshot,
    State,
    Verdicts,
)
from driftwatch.nouns.records import Counter, Population

HOUR = 3600 * 10**6
NOW = 1_760_000_400 * 10**6
Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    seconds: float = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> int:
        return NOW + int(self.seconds * 10**6)


@dataclass
class Store:
    """The committed counters of a store that may fail."""

    counters: dict[Counter, int] = field(default_factory=dict)
    broken: bool = False

    def read(self) -> Mapping[Counter, int]:
        if self.broken:
            raise OSError
        return dict(self.counters)


def compared(values: Sequence[float], *, n: int = 5000, p: Sequence[float] = ()) -> Compared:
    statistic = np.array(values, dtype=np.float64)
    d = len(statistic)
    blank = np.full(d, np.nan)
    undefined = np.where(np.isnan(statistic), Undefined.ALL_MISSING, Undefined.DEFINED)
    rows = np.full(d, n, dtype=np.int64)
    p_value = np.array(p, dtype=np.float64) if p else blank
    return Compared(statistic, p_value, blank, blank, rows, rows, undefined.astype(np.int8))


def estimated(
    classes: Sequence[str] = ("legit", "fraud"),
    prior: Sequence[float] = (0.8, 0.2),
    *,
    n: int = 5000,
    explained: bool | None = True,
) -> Estimated:
    shares = np.array(prior)
    return Estimated(
        classes=tuple(classes),
        prior=shares,
        low=shares - 0.01,
        high=shares + 0.02,
        reference=np.ones(len(shares)) / max(len(shares), 1),
        n=n,
        m=1000,
        refused=Refused.NOT_REFUSED,
        reason="",
        x2=4.0,
        df=8,
        p_value=0.25,
        effect=0.0,
        variation=0.01,
        explained=explained,
    )


def refused(reason: str = "the reference holds no labels to learn from") -> Estimated:
    none = np.zeros(0)
    return replace(
        estimated((), none.tolist()),
        refused=Refused.NO_REFERENCE_LABELS,
        reason=reason,
        n=0,
        p_value=math.nan,
        explained=None,
    )


def verdicts(
    *,
    model: str = "fraud",
    version: str = "3",
    segment: str = "",
    window: str = "1h",
    hours: int = 1,
    end: int = NOW,
    features: Sequence[str] = ("amount", "country"),
    roles: Sequence[str] | None = None,
    statistics: Mapping[str, Compared] | None = None,
    reference: str = "sha256:abc",
    priors: Mapping[str, Estimated] | None = None,
    discrepancies: Mapping[str, Discrepancy] | None = None,
) -> Verdicts:
    d = len(features)
    if statistics is None:
        statistics = {
            kind: compared(
                np.linspace(0.1, 0.2, d).tolist(), p=[0.5] * d if kind in P_VALUES else ()
            )
            for kind in STATISTICS
        }
    return Verdicts(
        population=Population(model, version, segment),
        reference=reference,
        window=window,
        start=end - hours * HOUR,
        end=end,
        rows=5000,
        features=tuple(features),
        roles=tuple(roles or ("feature",) * d),
        statistics=statistics,
        priors=priors or {},
        discrepancies=discrepancies or {},
    )


def alert(
    name: str = "CovariateShift",
    state: State = State.FIRING,
    *,
    model: str = "fraud",
    version: str = "3",
    severity: str = "warning",
) -> AlertState:
    return AlertState(AlertKey(model, version, name), state, NOW, "sha256:abc", severity)


def snapshot(
    *found: Verdicts,
    alerts: Sequence[AlertState] = (),
    models: Mapping[str, Progress] | None = None,
    outgoing: Mapping[str, Outgoing] | None = None,
) -> Snapshot:
    return Snapshot(
        taken_at=NOW,
        verdicts=found,
        alerts=tuple(alerts),
        models={"fraud": Progress(NOW, NOW, NOW)} if models is None else models,
        outgoing={} if outgoing is None else outgoing,
        store_bytes=4096,
    )


def exposition(
    store: Store | None = None, *, max_series: int = 10_000, min_rows: int = 30
) -> tuple[Exposition, Health]:
    clock = Clock()
    health = Health(monotonic=clock.monotonic, now=clock.now)
    made = Exposition(
        release="0.1.0",
        health=health,
        counters=Committed((store or Store()).read),
        max_series=max_series,
        min_rows=min_rows,
    )
    return made, health


def parsed(body: bytes, *, openmetrics: bool = False) -> Found:
    """Read a body as a scraper would: the value by name and sorted labels; no series twice."""
    parse = from_openmetrics if openmetrics else from_text
    found: Found = {}
    for family in parse(body.decode()):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def value(found: Found, name: str, **labels: str) -> float | None:
    return found.get((name, tuple(sorted(labels.items()))))


def named(found: Found, name: str) -> list[dict[str, str]]:
    return [dict(labels) for metric, labels in found if metric == name]
