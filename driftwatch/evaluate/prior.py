"""Which shares do the classes have in a window, by its scores and predictions alone?

An estimator that fails leaves its estimate refused on that window; the others go on.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from detectors.prior import Estimated, Margins, Refused, pair
from detectors.summaries.labelled import Labelled
from driftwatch.evaluate.failures import failed
from driftwatch.nouns.judgements import Subject, Window

_TELLING = frozenset({"prediction", "score", "label"})


@runtime_checkable
class Estimator(Protocol):
    """A detector that estimates the shares of the classes."""

    @property
    def kind(self) -> str:
        """Name the estimate."""

    def estimate(self, reference: Labelled, current: Labelled) -> Estimated:
        """Estimate; pure. Why there is no estimate is said in `refused` and `reason`."""


def estimates(
    estimators: Sequence[Estimator], subject: Subject, window: Window, roles: Sequence[str]
) -> Mapping[str, Estimated]:
    """Give each estimator's answer, by its kind; `roles` are those of the layout's features.

    There is none at all for a model that has neither predictions nor scores nor labels.
    """
    profile = subject.profile
    if not estimators or not _TELLING.intersection(roles):
        return {}
    if profile.labelled is None:
        return {estimator.kind: _nothing(_unlabelled(roles)) for estimator in estimators}
    at = Margins.found(profile.labelled, profile.layout, roles)
    reference, current = pair(profile.labelled, window.summary, at)
    return {e.kind: _estimated(e, reference, current, (subject, window)) for e in estimators}


def _estimated(
    estimator: Estimator, reference: Labelled, current: Labelled, of: tuple[Subject, Window]
) -> Estimated:
    try:
        return estimator.estimate(reference, current)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
    failed(estimator.kind, *of, why)
    return _nothing((Refused.FAILED, f"it failed: {why}"), reference.layout.classes)


def _unlabelled(roles: Sequence[str]) -> tuple[Refused, str]:
    lacks = "labels" if "label" not in roles else "two or more classes with rows"
    return Refused.NO_REFERENCE_LABELS, f"the reference holds no {lacks} to learn from"


def _nothing(why: tuple[Refused, str], classes: tuple[str, ...] = ()) -> Estimated:
    none = np.full(len(classes), np.nan)
    return Estimated(
        classes=classes,
        prior=none,
        low=none,
        high=none,
        reference=none,
        n=0,
        m=0,
        refused=why[0],
        reason=why[1],
        x2=np.nan,
        df=0,
        p_value=np.nan,
        effect=np.nan,
        variation=np.nan,
        explained=None,
    )
