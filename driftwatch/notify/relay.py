"""How does a stored message reach its endpoint, at least once and in order?"""

from collections.abc import Sequence
from typing import Protocol

from driftwatch.nouns.messages import Answer, Attempt, Circuit, Delivery, Message, Rendered


class Endpoint(Protocol):
    """Where messages go. Used by one relay thread only."""

    name: str

    def render(self, message: Message, attempt_at: int) -> Rendered:
        """Make the exact request of an attempt at a time (microseconds); pure."""

    def send(self, rendered: Rendered) -> Answer:
        """Send it; raises Transient, Permanent or Gone where it was not taken."""

    def close(self) -> None:
        """Let go of connections."""


class Outbox(Protocol):
    """Stored deliveries. Every method is one transaction."""

    def due(self, endpoint: str, now: int, claim_until: int, limit: int) -> Sequence[Delivery]:
        """Claim and give what is to be tried now, oldest first, at most one for each `order`.

        A message waits while an older one of its order waits for the same endpoint. Before
        choosing, an order whose waiting messages, never tried, are a firing and the resolved that
        follows it is collapsed: both become COLLAPSED, for nobody need hear of them. A claimed
        delivery is not given to another relay before `claim_until`.
        """

    def answered(self, attempt: Attempt) -> None:
        """Save what came of a try, and release the claim."""

    def circuit(self, endpoint: str) -> Circuit:
        """Give the stored circuit (a closed one if none is stored)."""

    def save_circuit(self, circuit: Circuit) -> None:
        """Store a circuit."""
