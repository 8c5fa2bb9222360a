"""What is told of a message, whatever form it takes on the way?

It is a function of the stored message alone: the same over retries, restarts and replicas. What
differs between tries is said in headers. `docs/payload.schema.json` describes it.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from driftwatch.nouns.messages import Delivery, Message
from driftwatch.report.times import show_time

DELAYED = 300 * 10**6
Kind = Literal["firing", "resolved", "investigate", "retrain"]
TYPES: Mapping[str, str] = {
    "firing": "io.driftwatch.alert.firing",
    "resolved": "io.driftwatch.alert.resolved",
    "investigate": "io.driftwatch.investigation.requested",
    "retrain": "io.driftwatch.retraining.requested",
    "test": "io.driftwatch.test",
}
# Facts under these names are, or name, values of categories: personal data in many tables.
VALUES = frozenset({"categories", "unseen_values"})
_UNNAMED = frozenset({"is another known value", "is a value never seen before"})


def document(message: Message, *, category_values: bool = False) -> dict[str, Any]:
    """Give type, id, event time and the facts, as JSON has them.

    `delayed_by` (seconds) stands there when the transition was decided more than 5 minutes of
    wall time after its event time: after an outage, only the net state is told, late. Values of
    categories are left out unless they are allowed.
    """
    decided = decided_at(message.facts)
    data = {key: value for key, value in message.facts.items() if key != "type"}
    if not category_values:
        data = _bare(data, _named(data))
    if decided is not None:
        data["decided_at"] = show_time(decided)
    told: dict[str, Any] = {
        "type": TYPES[message.kind],
        "id": message.id,
        "timestamp": show_time(message.at),
        "data": data,
    }
    if decided is not None and decided - message.at > DELAYED:
        told["delayed_by"] = (decided - message.at) // 10**6
    return told


def written(value: Any) -> bytes:
    """Write JSON the one way in which all bodies are."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def dated(delivery: Delivery) -> Message:
    """Add to the facts the wall time at which they were stored, unless they say it themselves."""
    message = delivery.message
    return replace(message, facts={"decided_at": delivery.created, **message.facts})


def decided_at(facts: Mapping[str, Any]) -> int | None:
    """Give the wall time at which the transition was decided, if the facts hold it."""
    decided = facts.get("decided_at")
    return decided if isinstance(decided, int) else None


def waited(message: Message, attempt_at: int) -> int | None:
    """Give the seconds for which a message waited for its receiver, once they are many."""
    decided = decided_at(message.facts)
    if decided is None or attempt_at - decided <= DELAYED:
        return None
    return (attempt_at - decided) // 10**6


def _named(value: Any) -> dict[str, str]:
    """Find the texts that name a category, and give what is said instead."""
    if isinstance(value, list):
        return {text: instead for inner in value for text, instead in _named(inner).items()}
    if not isinstance(value, Mapping):
        return {}
    found = {text: other for inner in value.values() for text, other in _named(inner).items()}
    text, feature = value.get("set"), value.get("feature")
    if (
        isinstance(text, str)
        and text.startswith(f"{feature} is ")
        and text[len(f"{feature} ") :] not in _UNNAMED
    ):
        found[text] = f"{feature} is one category"
    return found


def _bare(value: Any, named: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {k: _bare(inner, named) for k, inner in value.items() if k not in VALUES}
    if isinstance(value, list):
        return [_bare(inner, named) for inner in value]
    if isinstance(value, str):
        for text, instead in named.items():
            value = value.replace(text, instead)
    return value
