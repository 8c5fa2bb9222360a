"""What does the store in memory know of what goes out, and of what people told us?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.judgements import Outgoing
from driftwatch.nouns.messages import (
    Attempt,
    Circuit,
    Delivery,
    Dispatch,
    Instruction,
    Message,
    Outcome,
)
from driftwatch.nouns.retraining import Sent as Asked
from driftwatch.nouns.retraining import is_claimed
from driftwatch.store.codec import pack, unpack
from driftwatch.store.rules import BEARING, Waiting, pick


@dataclass(slots=True)
class Sent:
    """A delivery, with what the relay knows of it."""

    id: int
    message: Message
    endpoint: str
    due: int
    created: int
    outcome: Outcome = Outcome.WAITING
    attempt: int = 0
    claimed: int | None = None

    def delivery(self) -> Delivery:
        """Give it as the relay sees it."""
        return Delivery(_copied(self.message), self.endpoint, self.attempt, self.due, self.created)

    def waiting(self) -> Waiting:
        """Give it as the choice of what is due sees it."""
        message = self.message
        return Waiting(self.id, message.order, message.kind, self.due, self.claimed, message.id)


class Mailbox:
    """Deliveries, attempts, circuits, instructions; its owner lets one thread in at a time."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str], Sent] = {}
        self.attempts: list[Attempt] = []
        self.circuits: dict[str, Circuit] = {}
        self.instructions: list[Instruction] = []
        self._serial = 0
        self._told = 0

    def store(
        self,
        messages: Iterable[tuple[Message, tuple[str, ...]]],
        now: int,
        put_off: Mapping[str, int],
    ) -> None:
        """Store messages with a delivery for each endpoint.

        One that is stored stays as it is, but for a request that was never tried.
        """
        for message, endpoints in messages:
            told = _copied(message)
            known = [sent for (id_, _), sent in self.sent.items() if id_ == message.id]
            if message.kind == "retrain" and all(sent.claimed is None for sent in known):
                for sent in known:
                    sent.message = told
            elif known:
                told = known[0].message
            for endpoint in endpoints:
                self._serial += 1
                due = put_off.get(message.id, now)
                new = Sent(self._serial, told, endpoint, due, now)
                self.sent.setdefault((message.id, endpoint), new)

    def check(self, taken_back: Iterable[str], now: int) -> None:
        """Raise Conflict if a relay has one of these requests in hand, or it was taken."""
        for (message, _), sent in self.sent.items():
            waits = sent.outcome == Outcome.WAITING and is_claimed(sent.claimed, now)
            if message in taken_back and (waits or sent.outcome == Outcome.DELIVERED):
                text = f"retraining {message}: a relay has it in hand, so it cannot be taken back"
                raise Conflict(text)

    def due(
        self, endpoint: str, now: int, claim_until: int, limit: int, void: Mapping[str, bool]
    ) -> list[Delivery]:
        """Claim and give what is to be tried now; `void` is what must not go out."""
        ours = {s.id: s for s in self._waiting() if s.endpoint == endpoint}
        asked = [s for s in ours.values() if void.get(s.message.id) is not False]
        if not any(sent.due <= now for sent in asked):
            return []
        self.circuits.setdefault(endpoint, Circuit(endpoint))
        waiting = [sent.waiting() for sent in ours.values()]

        def ready(after: int, count: int) -> list[Waiting]:
            free = [w for w in waiting if w.claimed is None or w.claimed <= now]
            return [w for w in free if w.due <= now and w.id > after][:count]

        def of(orders: Collection[str]) -> list[Waiting]:
            return [w for w in waiting if w.order in orders]

        outlived, chosen = pick(ready, of, lambda _: void, now, limit)
        for serial in outlived:
            ours[serial].outcome = Outcome.COLLAPSED
        for serial in chosen:
            ours[serial].claimed = claim_until
        return [ours[serial].delivery() for serial in chosen]

    def answered(self, attempt: Attempt) -> None:
        """Save a try. What is no longer waiting stays so, but for one that did arrive."""
        self.attempts.append(attempt)
        sent = self.sent.get((attempt.message, attempt.endpoint))
        late = attempt.outcome != Outcome.DELIVERED
        if sent is None or (sent.outcome != Outcome.WAITING and late):
            return
        sent.outcome, sent.claimed = attempt.outcome, attempt.at
        sent.attempt += 1
        sent.due = sent.due if attempt.due is None else attempt.due

    def circuit(self, endpoint: str) -> Circuit:
        """Give an endpoint's circuit, closed if none is stored."""
        return self.circuits.get(endpoint, Circuit(endpoint))

    def add(self, told: Instruction) -> int:
        """Store an instruction with its effect, and give how many things it changed."""
        self.instructions.append(replace(told, details=unpack(pack(told.details)), id=self._next()))
        if told.kind == "redeliver":
            return self._redeliver(told.subject, told.given_at)
        if told.kind == "enable" and told.subject in self.circuits:
            self.circuits[told.subject] = Circuit(told.subject)
            return 1
        if told.kind == "lift":
            return self._lift(int(told.subject), told.given_at)
        return 0

    def bearing(self) -> tuple[Instruction, ...]:
        """Give the instructions that bear on retrainings and messages, oldest first."""
        return tuple(told for told in self.instructions if told.kind in BEARING)

    def sent_of(self, requests: Iterable[str]) -> dict[str, Asked]:
        """Say what became of some requests."""
        found = {}
        for request in requests:
            ours = [sent for (id_, _), sent in self.sent.items() if id_ == request]
            if ours:
                found[request] = self._asked(request, ours)
        return found

    def outgoing(self) -> dict[str, Outgoing]:
        """Give what waits and what is dead, by endpoint."""
        known = [s for s in self.sent.values() if s.outcome in {Outcome.WAITING, Outcome.DEAD}]
        names = {sent.endpoint for sent in known} | set(self.circuits)
        return {
            name: self._outgoing(name, [s for s in known if s.endpoint == name])
            for name in sorted(names)
        }

    def dispatches(
        self, limit: int, outcome: Outcome | None, endpoint: str | None
    ) -> Sequence[Dispatch]:
        """Give deliveries with their last tries, newest first."""
        last = {(tried.message, tried.endpoint): tried for tried in self.attempts}
        found = [
            Dispatch(sent.delivery(), sent.outcome, last.get(place))
            for place, sent in self.sent.items()
            if outcome in {None, sent.outcome} and endpoint in {None, sent.endpoint}
        ]
        return found[::-1][:limit]

    def maintain(self, oldest: int) -> None:
        """Remove what is older than it is kept; what waits always is."""
        self.sent = {
            place: sent
            for place, sent in self.sent.items()
            if sent.outcome == Outcome.WAITING or sent.created >= oldest
        }
        self.attempts = [tried for tried in self.attempts if tried.at >= oldest]
        self.instructions = [told for told in self.instructions if told.given_at >= oldest]

    def _outgoing(self, name: str, known: Sequence[Sent]) -> Outgoing:
        waiting = [sent.created for sent in known if sent.outcome == Outcome.WAITING]
        circuit = self.circuit(name)
        return Outgoing(
            waiting=len(waiting),
            dead=len(known) - len(waiting),
            oldest=min(waiting, default=None),
            open_until=circuit.open_until,
            disabled=circuit.disabled,
        )

    def _asked(self, request: str, ours: Sequence[Sent]) -> Asked:
        waiting = [sent for sent in ours if sent.outcome == Outcome.WAITING]
        taken = [sent.claimed for sent in ours if sent.outcome == Outcome.DELIVERED]
        final = {Outcome.DELIVERED, Outcome.DEAD}
        said = [t for t in self.attempts if t.message == request and t.outcome in final]
        last = said[-1] if said else None
        answer = ": ".join(filter(None, (last.endpoint, last.answer))) if last else ""
        return Asked(
            taken_at=min((at for at in taken if at is not None), default=None),
            answer=answer,
            waiting=len(waiting),
            dead=sum(sent.outcome == Outcome.DEAD for sent in ours),
            claimed=max((s.claimed for s in waiting if s.claimed is not None), default=None),
        )

    def _lift(self, silence: int, now: int) -> int:
        told = [i for i in self.instructions if i.kind == "silence" and i.id == silence]
        until = told[0].details["until"] if told else None
        off = [s for s in self._waiting() if s.claimed is None and s.due == until]
        for sent in off:
            sent.due = now
        return len(off)

    def _next(self) -> int:
        self._told += 1
        return self._told

    def _redeliver(self, subject: str, now: int) -> int:
        dead = [
            sent
            for sent in self.sent.values()
            if sent.outcome == Outcome.DEAD and subject in {sent.message.id, sent.endpoint}
        ]
        for sent in dead:
            sent.outcome, sent.attempt, sent.due, sent.claimed = Outcome.WAITING, 0, now, now
        return len(dead)

    def _waiting(self) -> list[Sent]:
        return [sent for sent in self.sent.values() if sent.outcome == Outcome.WAITING]


def _copied(message: Message) -> Message:
    return replace(message, facts=unpack(pack(message.facts)))
