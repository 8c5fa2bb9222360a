"""What does a webhook's body say?

It is a function of the stored message alone: byte for byte the same over retries, restarts and
replicas. What differs between tries is said in headers.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from driftwatch.nouns.messages import Message

DELAYED = 300 * 10**6


def body(message: Message) -> bytes:
    """Write the JSON body: type, id, event time of the transition, and the facts.

    `delayed_by` (seconds) stands there when the transition was decided more than 5 minutes of
    wall time after its event time: after an outage, only the net state is told, late.
    """
    document: dict[str, Any] = {
        "type": f"alert.{message.kind}",
        "id": message.id,
        "timestamp": show_time(message.at),
        "data": dict(message.facts),
    }
    decided = decided_at(message.facts)
    if decided is not None and decided - message.at > DELAYED:
        document["delayed_by"] = (decided - message.at) // 10**6
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


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


def show_time(at: int) -> str:
    """Write a time in microseconds as RFC 3339 in UTC."""
    moment = datetime.fromtimestamp(at // 10**6, UTC).replace(microsecond=at % 10**6)
    return moment.isoformat().replace("+00:00", "Z")
