"""What goes out, and what came of it?

A Message holds facts, never a rendered body: rendering is a pure function at send time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    COLLAPSED = "collapsed"  # outlived before it was sent: nothing need be said any more


@dataclass(frozen=True, slots=True)
class Message:
    """One stored notification. `id` is stable over retries, restarts and replicas.

    `kind` is firing, resolved, investigate or retrain; `order` the alert within which order is
    kept; `at` the boundary (event time, microseconds) of its transition; `facts` is JSON.
    """

    id: str
    kind: str
    order: str
    at: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one endpoint. `attempt` counts the tries before this one."""

    message: Message
    endpoint: str
    attempt: int
    due: int
    created: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, and what follows from it.

    `status` is the HTTP status (None if no answer came), `due` when to try next while the outcome
    is WAITING. `answer` is a short, redacted text for people.
    """

    message: str
    endpoint: str
    at: int
    outcome: Outcome
    status: int | None
    answer: str
    due: int | None = None


@dataclass(frozen=True, slots=True)
class Circuit:
    """An endpoint's health as the store keeps it, so that a restart does not forget it.

    `failures` in a row; while `open_until` (wall time) lies ahead nothing is sent; `disabled` says
    why nothing will be sent until a person enables it (HTTP 410).
    """

    endpoint: str
    failures: int = 0
    open_until: int | None = None
    disabled: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked first: if the answer holds what is sought, the message has been taken."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    sought: str
    shown: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """The exact request of one attempt; its address, headers and body may be secret.

    `shown` is the address as people may see it, where more than its host is fit to be seen.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    search: Search | None = None
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said to an attempt it took."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a person or a pipeline told us: acknowledge, redeliver, enable, silence, retraining.

    `details` is JSON, by kind. `id` is the store's, in the order of their coming; 0 before that.
    """

    kind: str
    subject: str
    given_at: int
    by: str = ""
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A delivery as people see it: where it stands, and its last try if there was one."""

    delivery: Delivery
    outcome: Outcome
    last: Attempt | None = None
