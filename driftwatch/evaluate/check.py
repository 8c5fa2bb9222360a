"""Has one fixed set of data drifted from another, and by how much?"""

from collections.abc import Collection, Sequence

from detectors.comparison import (
    CohensD,
    DeviationRatio,
    category_changes,
    quantile_table,
)
from detectors.gate import Gate
from detectors.multivariate import MaximumMeanDiscrepancy
from detectors.prior import Estimated, HistogramLikelihood
from detectors.sequential.sets import Sets
from driftwatch.nouns.checks import Checked, Side
from driftwatch.nouns.profiles import Profile

IGNORED = "ignored"
_EFFECTS = (CohensD(), DeviationRatio())


def check(
    sides: tuple[Side, Side],
    profile: Profile,
    gate: Gate,
    *,
    ignored: Collection[str] = (),
    notes: Sequence[str] = (),
) -> Checked:
    """Judge the current side, which is the second, against the reference.

    `profile` is the one by whose layout both are counted, and `ignored` names features that are not
    to be judged. Labels that have not come say nothing; nor do features of which only the mean is
    kept, but for the test that they belong to.
    """
    reference, current = sides
    silent = {*ignored, *(profile.derived.edgeless if profile.derived else ())}
    columns = tuple(
        (name, IGNORED if name in silent or (role == "label" and not rows) else role)
        for (name, role), rows in zip(profile.columns, current.summary.present, strict=True)
    )
    pair = reference.summary, current.summary
    roles = [role for _, role in columns]
    sets = Sets.of(profile.layout, reference.summary, roles, threshold=profile.threshold)
    tests = profile.derived.tests if profile.derived else ()
    return Checked(
        reference=reference,
        current=current,
        gate=gate,
        columns=columns,
        judged=gate.judge(sets, *pair),
        effects={effect.kind: effect.compare(*pair) for effect in _EFFECTS},
        quantiles=quantile_table(*pair),
        changes=category_changes(*pair),
        joint=MaximumMeanDiscrepancy().judge(tests, *pair),
        prior=_prior(reference, current),
        notes=tuple(notes),
    )


def _prior(reference: Side, current: Side) -> Estimated | None:
    """Estimate the shares of the classes, where both sides have what that takes."""
    if reference.labelled is None or current.labelled is None:
        return None
    return HistogramLikelihood().estimate(reference.labelled, current.labelled)
