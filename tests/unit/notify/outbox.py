"""An outbox in a list, for the tests of the relay."""

from dataclasses import replace

from driftwatch.nouns.errors import Transient
from driftwatch.nouns.messages import Attempt, Circuit, Delivery, Message, Outcome


class ListOutbox:
    """Deliveries in the order they were put, with what became of each; `away` makes it fail."""

    def __init__(self, endpoint: str, messages: list[Message]) -> None:
        self.waiting = [Delivery(m, endpoint, 0, 0, 0) for m in messages]
        self.claims: dict[str, int] = {}
        self.attempts: list[Attempt] = []
        self.circuits: dict[str, Circuit] = {}
        self.away = False
        self.looks = 0

    def due(self, endpoint: str, now: int, claim_until: int, limit: int) -> list[Delivery]:
        self._reach()
        self.looks += 1
        orders: set[str] = set()
        found = []
        for delivery in self.waiting:
            message = delivery.message
            first = message.order not in orders
            orders.add(message.order)
            if first and delivery.due <= now and self.claims.get(message.id, 0) <= now:
                found.append(delivery)
        for delivery in found[:limit]:
            self.claims[delivery.message.id] = claim_until
        return found[:limit]

    def answered(self, attempt: Attempt) -> None:
        self._reach()
        self.attempts.append(attempt)
        self.claims.pop(attempt.message, None)
        self.waiting = [
            replace(d, attempt=d.attempt + 1, due=attempt.due or 0)
            if d.message.id == attempt.message
            else d
            for d in self.waiting
            if d.message.id != attempt.message or attempt.outcome is Outcome.WAITING
        ]

    def circuit(self, endpoint: str) -> Circuit:
        self._reach()
        return self.circuits.get(endpoint, Circuit(endpoint))

    def save_circuit(self, circuit: Circuit) -> None:
        self._reach()
        self.circuits[circuit.endpoint] = circuit

    def _reach(self) -> None:
        if self.away:
            message = "the store cannot be reached"
            raise Transient(message)
