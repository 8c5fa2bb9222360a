"""Which gauges show the committed state?"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from driftwatch.export import names
from driftwatch.export.counters import largest
from driftwatch.export.exposition import Series
from driftwatch.export.features import features
from driftwatch.export.metric import SECOND
from driftwatch.export.windows import discrepancies, shares, windows
from driftwatch.nouns.judgements import Snapshot, State, Verdicts
from driftwatch.nouns.retraining import UNDER_WAY, Stage

HOUR = 3600 * SECOND


def configured(
    snapshot: Snapshot, models: Collection[str] | None, endpoints: Collection[str] | None
) -> Snapshot:
    """Leave out what the store still knows of models and endpoints that are configured no more.

    None stands for all.
    """
    return replace(
        snapshot,
        verdicts=tuple(v for v in snapshot.verdicts if is_one(v.population.model, models)),
        alerts=tuple(a for a in snapshot.alerts if is_one(a.key.model, models)),
        models={m: progress for m, progress in snapshot.models.items() if is_one(m, models)},
        retrainings=tuple(of for of in snapshot.retrainings if is_one(of.model, models)),
        ratios={of: told for of, told in snapshot.ratios.items() if is_one(of.model, models)},
        outgoing={e: o for e, o in snapshot.outgoing.items() if is_one(e, endpoints)},
        learning={of: one for of, one in snapshot.learning.items() if is_one(of[0], models)},
    )


def is_one(name: str, of: Collection[str] | None) -> bool:
    """Say if a name is one of those configured; of None every name is."""
    return of is None or name in of


def gauges(
    snapshot: Snapshot, *, max_series: int, min_rows: int
) -> tuple[list[Series], Counter[str]]:
    """Make the gauges of a snapshot, and say how many series of each model are left out.

    A model has at most `max_series` of its windows, features and segments. Left out first are
    derived features, then p-values, then the metrics at the end of `STATISTICS`; within a metric
    the longer windows, then the versions later in order, then the features at the end of the
    layout.

    Of segments there are the rows and the evidence, and no statistics. Verdicts of a population
    that was not judged within the last hour of its model's event time are not exported: absent
    rather than old.
    """
    verdicts = sorted(
        (v for v in snapshot.verdicts if not v.population.segment and _is_recent(v, snapshot)),
        key=lambda v: (v.end - v.start, v.population),
    )
    classes, unshown = shares(verdicts, min_rows)
    joint = discrepancies(verdicts, min_rows)
    apart, left = _segments(snapshot, max_series)
    taken = _number((*classes, *joint, apart))
    single, dropped = features(verdicts, taken, max_series, min_rows)
    dropped.update({v.population.model: 0 for v in verdicts} | unshown)
    dropped.update(left)
    series = [
        *single,
        *classes,
        *joint,
        *windows(verdicts),
        *_alerts(snapshot),
        *_retrainings(snapshot),
        _evidence(snapshot),
        apart,
        *_learning(snapshot),
        *_models(snapshot),
        *_outgoing(snapshot),
        (names.SNAPSHOT, [([], snapshot.taken_at / SECOND)]),
        (names.STORE_SIZE, [([], snapshot.store_bytes)]),
    ]
    return series, dropped


def references(snapshot: Snapshot) -> Series:
    """Make the info of which reference each version was last judged against."""
    found = {
        (v.population.model, v.population.version, v.reference, _is_learned(v, snapshot))
        for v in snapshot.verdicts
        if _is_recent(v, snapshot)
    }
    return (names.REFERENCE_INFO, [(labels, 1) for labels in sorted(found)])


def _is_learned(verdicts: Verdicts, snapshot: Snapshot) -> str:
    population = verdicts.population
    learned = snapshot.learned.get((population.model, population.version))
    return "true" if learned == verdicts.reference else "false"


def _learning(snapshot: Snapshot) -> list[Series]:
    found = sorted(snapshot.learning.items())
    return [
        (names.LEARNING_ROWS, [(pair, float(one.rows)) for pair, one in found]),
        (names.LEARNING_TIME, [(pair, one.days * 86_400.0) for pair, one in found]),
    ]


def _number(series: Iterable[Series]) -> Counter[str]:
    """Count the series of each model."""
    return Counter(labels[0] for _, rows in series for labels, _ in rows)


def _is_recent(verdicts: Verdicts, snapshot: Snapshot) -> bool:
    progress = snapshot.models.get(verdicts.population.model)
    if progress is None or progress.boundary is None:
        return True
    return verdicts.end > progress.boundary - HOUR


def _alerts(snapshot: Snapshot) -> list[Series]:
    rows = [
        ((a.key.model, a.key.version, a.key.alert, a.severity), float(a.state is State.FIRING))
        for a in sorted(snapshot.alerts, key=lambda alert: alert.key)
    ]
    return [(names.ALERT_FIRING, rows)]


def _retrainings(snapshot: Snapshot) -> list[Series]:
    """Show where the last episode of each version stands, and what holds it."""
    last = {
        (of.model, of.version): of
        for of in sorted(snapshot.retrainings, key=lambda of: of.began)
        if of.ended is None or of.stage in UNDER_WAY
    }
    held = [of for of in last.values() if of.stage is Stage.HELD]
    return [
        (names.RETRAINING, [((m, v, of.stage.value), 1.0) for (m, v), of in last.items()]),
        (
            names.RETRAINING_HELD,
            [((of.model, of.version, why.code), 1.0) for of in held for why in of.reasons],
        ),
    ]


def _evidence(snapshot: Snapshot) -> Series:
    """Give the most of a version and its segments, which share its alerts."""
    most: dict[tuple[str, str, str], float] = {}
    for population, ratios in snapshot.ratios.items():
        for family, ratio in ratios.items():
            key = population.model, population.version, family
            most[key] = max(most.get(key, 0.0), ratio)
    return (names.EVIDENCE, sorted(most.items()))


def _segments(snapshot: Snapshot, max_series: int) -> tuple[Series, Counter[str]]:
    """Give the evidence on each segment, the largest first where there are too many series."""
    ratios: dict[tuple[str, ...], float] = {
        (of.model, of.version, of.segment, family): ratio
        for of, told in snapshot.ratios.items()
        if of.segment
        for family, ratio in told.items()
    }
    kept = largest(ratios, max_series)
    left = Counter(labels[0] for labels in ratios.keys() - kept.keys())
    return (names.SEGMENT_EVIDENCE, sorted(kept.items())), left


def _models(snapshot: Snapshot) -> list[Series]:
    fields = (
        (names.WATERMARK, "closed"),
        (names.BOUNDARY, "boundary"),
        (names.LAST_EVALUATION, "decided_at"),
    )
    return [
        (
            metric,
            [
                ([model], at / SECOND)
                for model, progress in sorted(snapshot.models.items())
                if (at := getattr(progress, field)) is not None
            ],
        )
        for metric, field in fields
    ]


def _outgoing(snapshot: Snapshot) -> list[Series]:
    outgoing = sorted(snapshot.outgoing.items())
    now = snapshot.taken_at
    return [
        (names.OUTBOX, [([e], o.waiting) for e, o in outgoing]),
        (
            names.OUTBOX_OLDEST,
            [([e], o.oldest / SECOND) for e, o in outgoing if o.oldest is not None],
        ),
        (names.OUTBOX_DEAD, [([e], o.dead) for e, o in outgoing]),
        (
            names.CIRCUIT_OPEN,
            [([e], float(o.open_until is not None and o.open_until > now)) for e, o in outgoing],
        ),
        (names.ENDPOINT_DISABLED, [([e], float(bool(o.disabled))) for e, o in outgoing]),
    ]
