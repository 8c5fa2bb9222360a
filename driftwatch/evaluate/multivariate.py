"""Have many columns moved together, by the tests that the profile holds?

A test that fails has no result on that window; the others go on.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from detectors.multivariate import Discrepancy, MeanDiscrepancy
from detectors.summaries import Summary
from driftwatch.evaluate.failures import failed
from driftwatch.nouns.judgements import Subject, Window


@runtime_checkable
class Multivariate(Protocol):
    """A detector that judges all columns at once, by tests frozen into the profile."""

    @property
    def kind(self) -> str:
        """Name the statistic."""

    def judge(
        self, tests: Sequence[MeanDiscrepancy], reference: Summary, current: Summary
    ) -> Mapping[str, Discrepancy]:
        """Give the result of each test by its name; pure."""


def discrepancies(
    detectors: Sequence[Multivariate], subject: Subject, window: Window
) -> dict[str, Discrepancy]:
    """Give the results of all tests of the profile, by their names."""
    profile = subject.profile
    tests = profile.derived.tests if profile.derived else ()
    found: dict[str, Discrepancy] = {}
    for detector in detectors if tests else ():
        try:
            found |= detector.judge(tests, profile.reference, window.summary)
        except Exception as error:
            failed(detector.kind, subject, window, f"{type(error).__name__}: {error}")
    return found
