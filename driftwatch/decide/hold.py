"""For how long has a rule held on one feature?

All of it is event time, and only time between two decided looks counts: a look that decides
nothing stops the clock, in both directions, and so does a version that is not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from driftwatch.decide.settings import Rule
from driftwatch.nouns.settings import microseconds


class Phase(StrEnum):
    """Where a rule stands on one feature."""

    PENDING = "pending"  # it holds, but not for long enough
    FIRING = "firing"  # it held for long enough, and still does
    CLEARING = "clearing"  # it does not hold any more, but not for long enough


@dataclass(frozen=True, slots=True)
class Hold:
    """What is remembered of a rule and a feature while the rule holds.

    `since` is when it began to hold, `counted` the time that counts towards the next phase,
    `looked` the last boundary if its look was a decided one.
    """

    phase: Phase
    since: int
    counted: int = 0
    looked: int | None = None

    @property
    def fires(self) -> bool:
        """Whether it makes its alert fire."""
        return self.phase is not Phase.PENDING

    def paused(self) -> "Hold":
        """Stop the clock until the next decided look."""
        return replace(self, looked=None)

    def saved(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {
            "phase": self.phase.value,
            "since": self.since,
            "counted": self.counted,
            "looked": self.looked,
        }

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> "Hold":
        """Read what `saved` wrote."""
        return cls(Phase(saved["phase"]), saved["since"], saved["counted"], saved["looked"])


def advance(
    hold: Hold | None, rule: Rule, boundary: int, *, over: bool, lasting: bool
) -> Hold | None:
    """Go one decided look further; None where nothing is left to remember.

    `over` says that the limit is passed, `lasting` that the statistic is not yet back at `clear`.
    """
    passed = boundary - hold.looked if hold and hold.looked is not None else 0
    if hold is None or hold.phase is Phase.PENDING:
        if not over:
            return None
        began = hold or Hold(Phase.PENDING, boundary)
        counted = began.counted + passed
        if counted >= microseconds(rule.lasting):
            return Hold(Phase.FIRING, began.since, 0, boundary)
        return Hold(Phase.PENDING, began.since, counted, boundary)
    if lasting:
        return Hold(Phase.FIRING, hold.since, 0, boundary)
    counted = hold.counted + passed if hold.phase is Phase.CLEARING else 0
    if counted >= microseconds(rule.keep):
        return None
    return Hold(Phase.CLEARING, hold.since, counted, boundary)
