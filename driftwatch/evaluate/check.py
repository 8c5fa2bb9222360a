"""Has one fixed set of data drifted from another, and by how much?"""

from collections.abc import Collection, Sequence

from detectors.comparison import (
    CohensD,
    DeviationRatio,
    category_changes,
    quantile_table,
)
from detectors.gate import Gate
from detectors.prior import Estimated, HistogramLikelihood
from detectors.sequential.sets import Sets
from driftwatch.nouns.checks import Checked, Side

IGNORED = "ignored"
_EFFECTS = (CohensD(), DeviationRatio())


def check(
    sides: tuple[Side, Side],
    columns: Sequence[tuple[str, str]],
    gate: Gate,
    *,
    ignored: Collection[str] = (),
    threshold: float | None = None,
    notes: Sequence[str] = (),
) -> Checked:
    """Judge the current side, which is the second, against the reference.

    `columns` names each feature of the layout with its role, and `ignored` those that are not to
    be judged; `threshold` is that of the reference's score. Labels that have not come say nothing.
    """
    reference, current = sides
    there = current.summary.present > 0
    roles = [
        IGNORED if name in ignored or (role == "label" and not held) else role
        for (name, role), held in zip(columns, there, strict=True)
    ]
    sets = Sets.of(reference.summary.layout, reference.summary, roles, threshold=threshold)
    pair = reference.summary, current.summary
    return Checked(
        reference=reference,
        current=current,
        gate=gate,
        columns=tuple((name, role) for (name, _), role in zip(columns, roles, strict=True)),
        judged=gate.judge(sets, *pair),
        effects={effect.kind: effect.compare(*pair) for effect in _EFFECTS},
        quantiles=quantile_table(*pair),
        changes=category_changes(*pair),
        prior=_prior(reference, current),
        notes=tuple(notes),
    )


def _prior(reference: Side, current: Side) -> Estimated | None:
    """Estimate the shares of the classes, where both sides have what that takes."""
    if reference.labelled is None or current.labelled is None:
        return None
    return HistogramLikelihood().estimate(reference.labelled, current.labelled)
