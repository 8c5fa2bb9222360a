"""Of what did a person ask not to be told, and until when?

A silence changes no alert: it puts off the messages of those it covers, and holds retrainings. At
its end what still holds is told; what was over before that is told to nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driftwatch.nouns.judgements import AlertState, State, Transition
from driftwatch.nouns.messages import Instruction

SILENCE, LIFT = "silence", "lift"


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence; an empty version, alert or feature stands for all of them."""

    id: int
    model: str
    until: int
    by: str
    reason: str
    version: str = ""
    alert: str = ""
    feature: str = ""

    @property
    def text(self) -> str:
        """Name what it covers, in one word."""
        parts = (self.model, self.version or "*", self.alert or "*", self.feature or "*")
        return "/".join(parts)

    def covers(self, alert: AlertState | Transition, features: set[str]) -> bool:
        """Say whether it covers an alert that fires by some features, or shares in it."""
        key = alert.key
        wanted = ((self.model, key.model), (self.version, key.version), (self.alert, key.alert))
        fits = all(want in ("", had) for want, had in wanted)
        return fits and (not self.feature or self.feature in features)


def fired_by(evidence: Mapping[str, Any]) -> set[str]:
    """Name the features that an alert fires by; all that it tells of if none of them does."""
    told = evidence.get("features", ())
    firing = {entry["feature"] for entry in told if entry.get("state") == "firing"}
    return firing or {entry["feature"] for entry in told}


def silences(instructions: Iterable[Instruction], now: int) -> tuple[Silence, ...]:
    """Give the silences that hold now."""
    told = list(instructions)
    lifted = {instruction.subject for instruction in told if instruction.kind == LIFT}
    found = (
        Silence(
            id=instruction.id,
            by=instruction.by,
            reason=instruction.reason,
            **instruction.details,
        )
        for instruction in told
        if instruction.kind == SILENCE and str(instruction.id) not in lifted
    )
    return tuple(silence for silence in found if silence.until > now)


def covering(alert: AlertState | Transition, held: Sequence[Silence]) -> Silence | None:
    """Give the silence that covers an alert for longest; by feature, all of them must be covered.

    Where several share in it, it is covered until the first of them ends.
    """
    features = fired_by(alert.evidence)
    fitting = [silence for silence in held if silence.covers(alert, features)]
    whole = [silence for silence in fitting if not silence.feature]
    if whole:
        return max(whole, key=lambda silence: silence.until)
    if fitting and {silence.feature for silence in fitting} >= features:
        return min(fitting, key=lambda silence: silence.until)
    return None


def put_off(told: Transition, held: Sequence[Silence]) -> int | None:
    """Say until when the news that an alert fires is put off.

    That it is resolved is not: whoever heard that it fires must hear that.
    """
    silence = covering(told, held) if told.after is State.FIRING else None
    return None if silence is None else silence.until
