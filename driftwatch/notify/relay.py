"""How does a stored message reach its endpoint, at least once and in order?

One thread an endpoint, one message at a time: a receiver that fails or dawdles delays nobody else,
and a thousand waiting messages are no storm. What is known of an endpoint's health lies in the
store, so that neither a restart nor another replica begins anew with a dead receiver.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from driftwatch.notify.payload import dated
from driftwatch.notify.schedule import clamped, wait_before
from driftwatch.nouns.errors import Conflict, Gone, Permanent, Transient
from driftwatch.nouns.messages import (
    Answer,
    Attempt,
    Circuit,
    Delivery,
    Message,
    Outcome,
    Rendered,
)

log = structlog.get_logger("driftwatch")

IDLE = 1.0  # seconds between looks into an outbox where nothing is due
AWAY = (1.0, 2.0, 5.0)  # the same while the store is away
CLAIM = 15.0  # seconds by which a claim outlasts the longest exchange
OPENS_AFTER = 5  # failures in a row
PROBE_EVERY = 300 * 10**6


class Refused(Transient):
    """The endpoint answered, and did not take the message; it may later."""

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.status = status


class Endpoint(Protocol):
    """Where messages go. Used by one relay thread only.

    `longest` is the time in seconds that one `send` may take: after a crash a claimed message
    waits for a little more than that.
    """

    name: str
    longest: float

    def render(self, message: Message, attempt_at: int) -> Rendered:
        """Make the exact request of an attempt at a time (microseconds); pure."""

    def send(self, rendered: Rendered) -> Answer:
        """Send it; raises Transient, Permanent or Gone where it was not taken."""

    def hide(self, rendered: Rendered, text: str) -> str:
        """Take what is secret out of a text that belongs to a request, for people to see."""

    def close(self) -> None:
        """Let go of connections."""


class Outbox(Protocol):
    """Stored deliveries. Every method is one transaction."""

    def due(self, endpoint: str, now: int, claim_until: int, limit: int) -> Sequence[Delivery]:
        """Claim and give what is to be tried now, at most one for each `order`.

        A message waits while an older one of its order waits for the same endpoint; orders come in
        turn as their oldest message does. Before choosing, an order whose waiting messages, never
        tried, are a firing and the resolved that follows it is collapsed: both become COLLAPSED,
        for nobody need hear of them. A claimed delivery is not given to another relay before
        `claim_until`.
        """

    def answered(self, attempt: Attempt) -> None:
        """Save what came of a try, and release the claim."""

    def circuit(self, endpoint: str) -> Circuit:
        """Give the stored circuit (a closed one if none is stored)."""

    def save_circuit(self, circuit: Circuit) -> None:
        """Store a circuit."""


def relay(
    endpoint: Endpoint,
    outbox: Outbox,
    *,
    clock: Callable[[], int],
    random: Callable[[], float],
    going: Callable[[], bool],
    wait: Callable[[float], object],
) -> None:
    """Send what becomes due, until `going` says no.

    While the store is away nothing is sent, for nothing could be noted. `wait` sleeps for some
    seconds, or until it is time to leave.
    """
    away = 0
    while going():
        try:
            wait(step(endpoint, outbox, clock, random))
            away = 0
        except (Transient, Conflict) as error:
            if away == 0:
                log.warning("relay.store_away", endpoint=endpoint.name, error=str(error))
            wait(AWAY[min(away, len(AWAY) - 1)])
            away += 1


def step(
    endpoint: Endpoint, outbox: Outbox, clock: Callable[[], int], random: Callable[[], float]
) -> float:
    """Try the one message that is due first, if any; give the seconds until the next look.

    Raises Transient where the store is away. If that happens after the sending, the message is
    sent again with the same id once its claim has run out.
    """
    now = clock()
    circuit = outbox.circuit(endpoint.name)
    if circuit.disabled or now < (circuit.open_until or 0):
        return IDLE
    claim = now + int((endpoint.longest + CLAIM) * 1e6)
    for delivery in outbox.due(endpoint.name, now, claim, 1):
        attempt, after = _try(endpoint, delivery, circuit, clock, random)
        if attempt.outcome is not Outcome.DELIVERED:
            _say(attempt)
        outbox.answered(attempt)
        if after != circuit:
            outbox.save_circuit(after)
        return 0.0
    return IDLE


def _try(
    endpoint: Endpoint,
    delivery: Delivery,
    circuit: Circuit,
    clock: Callable[[], int],
    random: Callable[[], float],
) -> tuple[Attempt, Circuit]:
    """Make one try; give what came of it, and how it leaves the endpoint's circuit."""
    try:
        answer = endpoint.send(endpoint.render(dated(delivery), clock()))
    except Gone as error:
        # The message waits with all others until a person enables the endpoint.
        attempt = _attempt(delivery, Outcome.WAITING, 410, str(error), clock())
        return replace(attempt, due=attempt.at), replace(circuit, disabled=str(error))
    except Permanent as error:
        return _attempt(delivery, Outcome.DEAD, None, str(error), clock()), circuit
    except Transient as error:
        status = error.status if isinstance(error, Refused) else None
        attempt = _attempt(delivery, Outcome.WAITING, status, str(error), clock())
        pause = None if error.retry_after is None else clamped(error.retry_after)
        return _again(attempt, delivery, pause, random()), _failed(circuit, attempt.at, pause)
    attempt = _attempt(delivery, Outcome.DELIVERED, answer.status, answer.text, clock())
    return attempt, Circuit(endpoint.name)


def _say(attempt: Attempt) -> None:
    log.warning(
        "delivery.failed",
        endpoint=attempt.endpoint,
        message=attempt.message,
        outcome=attempt.outcome.value,
        status=attempt.status,
        answer=attempt.answer,
    )


def _attempt(
    delivery: Delivery, outcome: Outcome, status: int | None, answer: str, at: int
) -> Attempt:
    return Attempt(
        message=delivery.message.id,
        endpoint=delivery.endpoint,
        at=at,
        outcome=outcome,
        status=status,
        answer=answer,
    )


def _again(attempt: Attempt, delivery: Delivery, pause: float | None, chance: float) -> Attempt:
    """Say when to try again: by the schedule, and not before the receiver asked."""
    wait = wait_before(delivery.attempt + 1, chance)
    if wait is None:
        return replace(attempt, outcome=Outcome.DEAD)
    return replace(attempt, due=attempt.at + int(max(wait, pause or 0.0) * 1e6))


def _failed(circuit: Circuit, at: int, pause: float | None) -> Circuit:
    """Count a failure; after many the circuit opens, and each probe that fails opens it again.

    A receiver that asks us to slow down is left alone for all messages.
    """
    failures = circuit.failures + 1
    until = at + int((pause or 0.0) * 1e6)
    if failures >= OPENS_AFTER:
        until = max(until, at + PROBE_EVERY)
    return replace(circuit, failures=failures, open_until=until if until > at else None)
