"""What came of comparing two fixed sets of data?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from detectors.comparison import CategoryChanges, Compared, QuantileTable
from detectors.gate import Gate, Judged
from detectors.multivariate import Discrepancy
from detectors.prior import Estimated
from detectors.summaries import Summary
from detectors.summaries.labelled import Labelled


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of a check: a profile, or data counted over the other side's layout.

    `given` is as it was named on the command line. `model` and `version` are empty where the data
    name none. `lineage` is JSON, as that of a profile.
    """

    kind: Literal["profile", "data"]
    given: tuple[str, ...]
    model: str
    version: str
    fingerprint: str
    lineage: Mapping[str, Any]
    summary: Summary
    labelled: Labelled | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """The decision on every feature, and what people want to know beside it.

    `columns` names each feature of the layout with its role; those that were not asked about have
    the role "ignored". `effects` are by the comparison's kind, `joint` the tests of all columns at
    once, and of vectors, by their names; they have no part in the decision. `notes` say what else
    to know.
    """

    reference: Side
    current: Side
    gate: Gate
    columns: tuple[tuple[str, str], ...]
    judged: Judged
    effects: Mapping[str, Compared]
    quantiles: QuantileTable
    changes: tuple[CategoryChanges, ...]
    joint: Mapping[str, Discrepancy]
    prior: Estimated | None
    notes: tuple[str, ...]

    @property
    def drifted(self) -> bool:
        """Say whether any feature has drifted."""
        return bool(self.judged.drifted.any())

    @property
    def verdict(self) -> Literal["drifted", "not drifted", "undecided"]:
        """Give the decision on all; undecided only where no feature could be judged."""
        if self.drifted:
            return "drifted"
        return "not drifted" if (self.judged.undecided == 0).any() else "undecided"
