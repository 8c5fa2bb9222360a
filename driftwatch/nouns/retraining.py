"""What became of the wish to train a model anew, and why?

There is one Retraining for each episode: the time for which a version's alerts on shifted values
fire without a break. Most of its life is one of being held, and each hold says why.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from driftwatch.nouns.messages import Instruction


class Stage(StrEnum):
    """Where a retraining stands."""

    HELD = "held"  # wanted, and not asked for: the reasons say why
    REQUESTED = "requested"  # asked for; nobody has taken the message yet
    ACCEPTED = "accepted"  # an endpoint took the message
    IN_FLIGHT = "in_flight"  # the pipeline said that it is at work
    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"  # taken, and nothing came of it in time
    EXPIRED = "expired"  # nobody took the message in time
    WITHDRAWN = "withdrawn"  # no reason was left before anybody took it


LONGEST_CLAIM = 10 * 60 * 10**6
# While a retraining is one of these, the model gets no other.
UNDER_WAY = frozenset({Stage.REQUESTED, Stage.ACCEPTED, Stage.IN_FLIGHT})
TAKEN = frozenset({Stage.ACCEPTED, Stage.IN_FLIGHT})
WANTED = frozenset({Stage.HELD, Stage.REQUESTED})
# The training was under way, and its end begins the cool-down.
TRAINED = frozenset({Stage.DONE, Stage.FAILED, Stage.TIMED_OUT})


def is_claimed(until: int | None, now: int) -> bool:
    """Say whether a relay has a delivery in hand; a claim far ahead is one of another clock."""
    return until is not None and now < until <= now + LONGEST_CLAIM


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a retraining stands where it stands: a stable word for programs, a text for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Retraining:
    """One episode of a version, and the request that it may have led to.

    `ordinal` counts the episodes of (model, version, reference). `began`, `ended`, `retired` and
    `boundary` are event times: of the episode's first and last boundary, of the moment at which
    another version took over, and of the last decision. All others are wall times. `known` are
    the versions that were there when it began, or was requested, `rising` since when (event time)
    each newer one carries a real share of the traffic. `heard` is the last instruction that was
    followed, `called` the codes for which a person was called, `revision` counts the writes,
    `closed` says that nothing can follow from it any more.
    """

    id: str
    model: str
    version: str
    reference: str
    ordinal: int
    stage: Stage
    reasons: tuple[Reason, ...]
    began: int
    boundary: int
    decided_at: int
    ended: int | None = None
    retired: int | None = None
    requested_at: int | None = None
    expires_at: int | None = None
    taken_at: int | None = None
    finished_at: int | None = None
    successor: str = ""
    heard: int = 0
    known: tuple[str, ...] = ()
    rising: Mapping[str, int] = field(default_factory=dict)
    called: tuple[str, ...] = ()
    closed: bool = False
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a retraining, at a wall time and a boundary (event time)."""

    retraining: str
    stage: Stage
    reasons: tuple[Reason, ...]
    at: int
    boundary: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a request's message: when it was first taken, and what is left of it.

    `claimed` is the latest time until which a relay has, or had, a waiting one in hand.
    """

    taken_at: int | None = None
    answer: str = ""
    waiting: int = 0
    dead: int = 0
    claimed: int | None = None

    def is_busy(self, now: int) -> bool:
        """Say whether a relay has it in hand."""
        return is_claimed(self.claimed, now)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store knows of a model's retrainings, but for those that are closed.

    `sent` is by retraining, for those that were requested. `instructions` are all that bear on
    retrainings and messages, the oldest first. `born` is the wall time of the model's first
    judgement; None before it, and in a store that is older than this is noted.
    """

    retrainings: tuple[Retraining, ...] = ()
    sent: Mapping[str, Sent] = field(default_factory=dict)
    instructions: tuple[Instruction, ...] = ()
    born: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Located:
    """Offsets [first, next) of a partition whose observations fell into a stretch of event time."""

    source: str
    partition: str
    first: int
    next: int
    start: int
    end: int


def identify(model: str, version: str, reference: str, ordinal: int) -> str:
    """Give the id: equal on every replica, and after the store was lost."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (model, version, reference, str(ordinal)):
        body = part.encode()
        digest.update(len(body).to_bytes(4, "big") + body)
    return f"retrain_{digest.hexdigest()}"
