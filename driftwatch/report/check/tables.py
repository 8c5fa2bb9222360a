"""What stands in the rows of a check's tables?

Each function gives the rows of one table, with as many cells as `columns` names.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.comparison import CategoryChanges
from detectors.gate import Judged, Undecided
from detectors.sequential.sets import Kind
from detectors.summaries import Summary
from driftwatch.nouns.checks import Checked
from driftwatch.report import sets
from driftwatch.report.check.columns import LEVELS
from driftwatch.report.document import Cell

Row = tuple[Cell, ...]
Floats = NDArray[np.float64]

_WHY = {
    Undecided.NO_REFERENCE: "the reference holds too few values to tell anything by",
    Undecided.NO_ROWS: "no current row has a value",
    Undecided.TOO_FEW: "too few current rows: whatever they held could be chance",
}
_SETS = 3
_CATEGORIES = 5


def order(checked: Checked) -> list[int]:
    """Give the features that were asked about: columns, then what is derived of several of them.

    Of each, drifted ones come first, then those without decision, and the stronger evidence first.
    """
    judged, asked = checked.judged, (role != "ignored" for _, role in checked.columns)
    found = [j for j, is_asked in enumerate(asked) if is_asked]

    def rank(j: int) -> tuple[bool, int, float, float]:
        place = {"drifted": 0, "undecided": 1}.get(verdict(judged, j), 2)
        p = float(np.nan_to_num(judged.p_value[j], nan=1.0))
        return is_derived(checked, j), place, p, -_far(judged, j)

    return sorted(found, key=rank)


def is_derived(checked: Checked, j: int) -> bool:
    """Say whether a feature is derived of several columns at once."""
    return checked.columns[j][1] == "derived"


def verdict(judged: Judged, j: int) -> str:
    """Name the decision on a feature."""
    if judged.undecided[j] != Undecided.DECIDED:
        return "undecided"
    return "drifted" if judged.drifted[j] else "not drifted"


def features(checked: Checked, order: Sequence[int]) -> Iterator[Row]:
    """Tell of each feature whether it drifted, and by what."""
    judged = checked.judged
    for j in order:
        said = verdict(judged, j)
        what = _WHY.get(Undecided(int(judged.undecided[j])))
        if said == "drifted":
            what = sets.change(judged, int(judged.telling[j]))
        name, role = checked.columns[j]
        yield name, role, said, float(judged.level[j]), what


def evidence(checked: Checked, order: Sequence[int]) -> Iterator[Row]:
    """Tell of each feature's most telling sets."""
    judged = checked.judged
    for j in order:
        for i, side in _most_telling(judged, j, _SETS if judged.drifted[j] else 1):
            before, now = judged.before[i], judged.now[i]
            allowed = judged.allowed[side, i]
            yield (
                checked.columns[j][0],
                sets.name(judged.sets, i),
                float(before),
                float(now),
                float(now - before),
                float(1 - allowed if side else allowed),
                float(judged.evidence[side, i]),
                int(judged.m[i]),
                int(judged.n[i]),
            )


def numbers(checked: Checked, order: Sequence[int]) -> Iterator[Row]:
    """Tell how the mean and the spread of each number have moved."""
    before, now = checked.reference.summary, checked.current.summary
    d, spread = checked.effects["cohens_d"], checked.effects["deviation_ratio"]
    for j in _numeric(checked, order):
        yield (
            checked.columns[j][0],
            _mean(before, j),
            _mean(now, j),
            *(float(x[j]) for x in (d.statistic, d.low, d.high, spread.statistic)),
        )


def quantiles(checked: Checked, order: Sequence[int]) -> Iterator[Row]:
    """Give each number's quantiles before and now."""
    table = checked.quantiles
    chosen = [int(np.argmin(np.abs(table.levels - level))) for level in LEVELS]
    for j in _numeric(checked, order):
        for side, values in (("before", table.reference), ("now", table.current)):
            yield checked.columns[j][0], side, *(float(values[j, i]) for i in chosen)


def categories(checked: Checked, order: Sequence[int]) -> Iterator[Row]:
    """Tell which categories changed most."""
    first = len(checked.reference.summary.layout.numeric)
    for j in order:
        if j >= first:
            yield from _changes(checked.changes[j - first])


def quality(checked: Checked, order: Sequence[int]) -> Iterator[Row]:
    """Tell which shares of rows are missing, unseen or out of range."""
    shares = [
        _share(checked, side, kind)
        for kind in (Kind.MISSING, Kind.UNSEEN, Kind.OUT_OF_RANGE)
        for side in ("before", "now")
    ]
    for j in order:
        if any(j in share for share in shares):
            yield checked.columns[j][0], *(share.get(j) for share in shares)


def prior(checked: Checked) -> Iterator[Row]:
    """Give the estimated shares of the classes."""
    found = checked.prior
    if found is None or found.reason:
        return
    columns = zip(found.reference, found.prior, found.low, found.high, strict=True)
    for name, shares in zip(found.classes, columns, strict=True):
        yield name, *(float(share) for share in shares)


def joint(checked: Checked) -> Iterator[Row]:
    """Give the tests of several columns at once."""
    for name, found in checked.joint.items():
        yield name, found.statistic, found.p_value, found.m, found.n


def sides(checked: Checked) -> Iterator[Row]:
    """Say what was compared with what."""
    for name, side in (("reference", checked.reference), ("current", checked.current)):
        time = side.lineage.get("time", {})
        yield (
            name,
            f"{side.kind} {', '.join(side.given)}",
            f"{side.model} {side.version}".strip() or None,
            side.summary.rows,
            time.get("first"),
            time.get("last"),
            side.fingerprint,
        )


def _most_telling(judged: Judged, j: int, most: int) -> list[tuple[int, int]]:
    """Give up to so many sets of a feature with the side on which each tells most."""
    own = np.flatnonzero(judged.sets.feature == j)
    p = np.nan_to_num(judged.evidence[:, own], nan=2.0)
    side = p.argmin(axis=0)
    least = p.min(axis=0)
    far = np.abs(_effect(judged)[own])
    chosen = np.lexsort((-far, least))[:most]
    return [(int(own[i]), int(side[i])) for i in chosen if least[i] <= 1]


def _effect(judged: Judged) -> Floats:
    """Give Cohen's h of each set; 0 where a side has no rows."""
    before, now = (np.nan_to_num(share) for share in (judged.before, judged.now))
    effect: Floats = 2 * np.arcsin(np.sqrt(now)) - 2 * np.arcsin(np.sqrt(before))
    return effect


def _far(judged: Judged, j: int) -> float:
    telling = int(judged.telling[j])
    return abs(float(_effect(judged)[telling])) if telling >= 0 else 0.0


def _numeric(checked: Checked, order: Sequence[int]) -> Iterator[int]:
    numeric = len(checked.reference.summary.layout.numeric)
    return (j for j in order if j < numeric)


def _mean(summary: Summary, j: int) -> float | None:
    return float(summary.moments[j, 0]) if summary.finite[j] else None


def _changes(changes: CategoryChanges) -> Iterator[Row]:
    for i, word in enumerate(changes.words[:_CATEGORIES]):
        before, now = float(changes.reference[i]), float(changes.current[i])
        ends = float(changes.low[i]), float(changes.high[i])
        yield changes.feature, word, before, now, now - before, *ends, float(changes.effect[i])


def _share(checked: Checked, side: str, kind: Kind) -> dict[int, float]:
    """Give the share of a side's rows in the one set of a kind that a feature may have."""
    judged = checked.judged
    shares = judged.before if side == "before" else judged.now
    places = np.flatnonzero(judged.sets.kind == kind)
    return {int(judged.sets.feature[i]): float(shares[i]) for i in places}
