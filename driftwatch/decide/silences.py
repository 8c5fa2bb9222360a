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

    def covers(self, alert: AlertState | Transition) -> bool:
        """Say whether it covers an alert with all of the features that it fires by."""
        key = alert.key
        wanted = ((self.model, key.model), (self.version, key.version), (self.alert, key.alert))
        if any(want not in ("", had) for want, had in wanted):
            return False
        return not self.feature or fired_by(alert.evidence) == {self.feature}


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


def covering(alert: AlertState, held: Sequence[Silence]) -> Silence | None:
    """Give the silence that covers an alert for longest; several may share in it by feature."""
    whole = [silence for silence in held if silence.covers(alert)]
    if whole:
        return max(whole, key=lambda silence: silence.until)
    parts = [silence for silence in held if silence.feature and _fits(silence, alert)]
    if {silence.feature for silence in parts} >= (fired_by(alert.evidence) or {""}):
        return min(parts, key=lambda silence: silence.until)
    return None


def _fits(silence: Silence, alert: AlertState) -> bool:
    return silence.covers(
        AlertState(
            alert.key,
            alert.state,
            alert.since,
            alert.reference,
            evidence={"features": [{"feature": silence.feature}]},
        )
    )


def put_off(
    transitions: Iterable[Transition], held: Sequence[Silence]
) -> Mapping[tuple[Any, ...], int]:
    """Say until when the news that an alert fires is put off, by (key, ordinal).

    That it is resolved is not put off: whoever heard that it fires must hear that.
    """
    found = {}
    for told in transitions:
        silence = covering(_as_state(told), held)
        if told.after is State.FIRING and silence is not None:
            found[told.key, told.ordinal] = silence.until
    return found


def _as_state(told: Transition) -> AlertState:
    return AlertState(told.key, told.after, told.boundary, told.reference, evidence=told.evidence)
