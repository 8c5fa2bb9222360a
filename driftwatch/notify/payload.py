"""What does a webhook's body say?

It is a function of the stored message alone: byte for byte the same over retries, restarts and
replicas. What differs between tries is said in headers.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from driftwatch.nouns.messages import Delivery, Message
from driftwatch.report.times import show_time

DELAYED = 300 * 10**6


def body(message: Message) -> bytes:
    """Write the JSON body: type, id, event time of the transition, and the facts.

    `delayed_by` (seconds) stands there when the transition was decided more than 5 minutes of
    wall time after its event time: after an outage, only the net state is told, late.
    """
    decided = decided_at(message.facts)
    data = {key: value for key, value in message.facts.items() if key != "type"}
    if decided is not None:
        data["decided_at"] = show_time(decided)
    document: dict[str, Any] = {
        "type": f"io.driftwatch.alert.{message.kind}",
        "id": message.id,
        "timestamp": show_time(message.at),
        "data": data,
    }
    if decided is not None and decided - message.at > DELAYED:
        document["delayed_by"] = (decided - message.at) // 10**6
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")


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
