"""What are people told of a feature that the pager calls: since when, by how much, how sure?"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors import special
from detectors.comparison.mean_difference import MeanDifference
from detectors.sequential.pages import Called, Page
from detectors.sequential.sets import Kind
from detectors.sequential.since import first_hour
from detectors.summaries import Summary
from driftwatch.decide.evidence import MOST_VALUES
from driftwatch.decide.gather import HOUR, Gathered
from driftwatch.decide.refused import Joined, Past, reasons

SEVERITY = "warning"
REJECTED = "rejected"
_STATISTICS = {
    Kind.MISSING: "missing",
    Kind.UNSEEN: "unseen",
    Kind.OUT_OF_RANGE: "out_of_range",
}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A called feature's best set since it moved: k of n rows, and k of m in the reference."""

    since: int
    k: int
    n: int
    before: int
    m: int
    rows: Summary


def entries(gathered: Gathered, page: Page, past: Past, boundary: int) -> list[dict[str, Any]]:
    """Describe every feature that a page calls, as JSON."""
    components, hours = gathered.watch.detector.components, past.hours
    counted = [components.count(s.counts, gathered.state.stuck, gone) for _, s, gone in hours]
    places = np.array([hour for hour, _, _ in hours], np.int64)
    k, n = (np.stack(side) for side in zip(*counted, strict=True))
    told = []
    for called in page.called:
        found = _found(gathered, called, hours, (places, k, n))
        entry = _entry(gathered, page, called, found, boundary)
        told.append(_of_records(entry, past) if entry["statistic"] == REJECTED else entry)
    return told


def _of_records(entry: dict[str, Any], past: Past) -> dict[str, Any]:
    """Tell of rejected records why they were; of those no reference knows anything."""
    told = {key: value for key, value in entry.items() if key not in {"before", "m"}}
    return {**told, "reasons": reasons(past.refused, entry["since"])}


def _found(gathered: Gathered, called: Called, hours: Joined, counts: Any) -> Found:
    components = gathered.watch.detector.components
    places, k, n = counts
    first = first_hour(components, called, places, k, n)
    column = int(components.column[called.pairs[0]])
    reference = components.reference.summary
    before, m = components.count(reference.counts, gathered.state.stuck)
    rows = hours[first][1]
    for _, summary, _ in hours[first + 1 :]:
        rows = rows + summary
    return Found(
        since=int(places[first]) * HOUR,
        k=int(k[first:, column].sum()),
        n=int(n[first:, column].sum()),
        before=int(before[column]),
        m=int(m[column]),
        rows=rows,
    )


def _entry(
    gathered: Gathered, page: Page, called: Called, found: Found, boundary: int
) -> dict[str, Any]:
    components, pair = gathered.watch.detector.components, called.pairs[0]
    name, role = gathered.watch.column(called.feature)
    bound = float(components.upper[pair])
    now, usual = found.k / max(found.n, 1), found.before / max(found.m, 1)
    if components.column[pair] == components.rejected:
        usual = bound
    told: dict[str, Any] = {
        "feature": name,
        "role": role,
        "segment": gathered.population.segment or None,
        "family": page.family,
        "statistic": _statistic(gathered, pair),
        "set": _named(gathered, pair, name),
        "value": now,
        "low": _end(found.k, found.n, 0.025),
        "high": _end(found.k, found.n, 0.975),
        "before": usual,
        "threshold": bound if components.side[pair] == 0 else 1 - bound,
        "effect": 2 * abs(math.asin(math.sqrt(now)) - math.asin(math.sqrt(usual))),
        "n": found.n,
        "m": found.m,
        "window": "since",
        "start": found.since,
        "end": boundary,
        "since": found.since,
        "state": "firing",
        "severity": SEVERITY,
        "rule": "false_pages",
        "times": min(math.exp(min(page.excess, 700.0)), 1e6),
        "evidence": called.share,
        "confirmed": called.confirmed,
    }
    if told["statistic"] == "unseen":
        told |= _values(called.feature, found)
    return told | _in_units(gathered, called.feature, found)


def _values(feature: int, found: Found) -> dict[str, list[str]]:
    """Name the most frequent of the values that the reference never held."""
    sketch = found.rows.newcomers.get(feature - len(found.rows.layout.numeric))
    return {"unseen_values": list(sketch.counts)[:MOST_VALUES]} if sketch else {}


def _in_units(gathered: Gathered, feature: int, found: Found) -> dict[str, float]:
    """Say by how much a number has moved, in its own units."""
    layout = found.rows.layout
    if feature >= len(layout.numeric):
        return {}
    reference = gathered.watch.profile.reference
    compared = MeanDifference().compare(reference, found.rows)
    figures = {
        "mean_before": reference.moments[feature, 0],
        "mean": found.rows.moments[feature, 0],
        "difference": compared.statistic[feature],
        "difference_low": compared.low[feature],
        "difference_high": compared.high[feature],
    }
    # Sums of floats differ in their last digits by the order in which parts came in.
    return {key: float(f"{value:.6g}") for key, value in figures.items() if math.isfinite(value)}


def _statistic(gathered: Gathered, pair: int) -> str:
    components = gathered.watch.detector.components
    sets, column = components.reference.sets, int(components.column[pair])
    if column == components.rejected:
        return REJECTED
    if column >= len(sets):
        return "modal_share"
    return _STATISTICS.get(Kind(int(sets.kind[column])), "share")


def _named(gathered: Gathered, pair: int, name: str) -> str:
    components = gathered.watch.detector.components
    column = int(components.column[pair])
    sets = components.reference.sets
    if column == components.rejected:
        return name
    return f"{name} at one value" if column >= len(sets) else sets.name(column)


def _end(k: int, n: int, level: float) -> float:
    """Give an end of the 95% interval of a share (Clopper, Pearson)."""
    if level < 0.5:
        return float(special.betaincinv(k, n - k + 1, level)) if k > 0 else 0.0
    return float(special.betaincinv(k + 1, n - k, level)) if k < n else 1.0
