"""How does a store without a database keep the contract: for replays, and as the others' twin?

Everything that its holder could change goes through the codec, as in a database.
"""

# ruff: noqa: D102 - the contract says what each method does

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from driftwatch.nouns.judgements import (
    AlertState,
    Judgement,
    Opened,
    Progress,
    Snapshot,
    Transition,
)
from driftwatch.nouns.messages import Attempt, Circuit, Delivery, Dispatch, Instruction, Outcome
from driftwatch.nouns.records import (
    Counter,
    Delta,
    Offsets,
    Part,
    Reason,
    Refused,
    RejectedRecord,
    Sample,
    Sampled,
    Tally,
)
from driftwatch.nouns.retraining import Decision, Located, Retraining, Standing
from driftwatch.nouns.settings import microseconds
from driftwatch.store.contract import Advance
from driftwatch.store.crop import Crop
from driftwatch.store.ledger import Ledger
from driftwatch.store.mailbox import Mailbox
from driftwatch.store.rules import DELIVERY
from driftwatch.store.settings import RetentionSettings
from driftwatch.store.wishes import Wishes


class Memory:
    """A store that is gone with its process; safe to use from many threads."""

    def __init__(self, retention: RetentionSettings | None = None) -> None:
        self.notices: tuple[str, ...] = ()
        self._retention = retention or RetentionSettings()
        self._lock = threading.Lock()
        self._ledger = Ledger()
        self._mailbox = Mailbox()
        self._wishes = Wishes()
        self._crop = Crop()
        self._meta: dict[str, str] = {}

    def offsets(self, source: str) -> Offsets:
        with self._lock:
            return dict(self._ledger.positions.get(source, {}))

    def append(self, delta: Delta, pane: int) -> Offsets:
        with self._lock:
            closed = {name: m.progress.closed for name, m in self._ledger.models.items()}
            offsets = self._ledger.append(delta, pane, self._retention.rejected)
            self._crop.keep(delta, pane, closed)
            return offsets

    def close(self, model: str, advance: Advance) -> int | None:
        with self._lock:
            return self._ledger.close(model, advance)

    def open(self, model: str, step: int) -> Opened | None:
        with self._lock:
            return self._standing(self._ledger.open(model, step))

    def between(self, model: str) -> Opened | None:
        with self._lock:
            return self._standing(self._ledger.between(model))

    def places(self, sources: Collection[str], start: int, end: int) -> Sequence[Located]:
        with self._lock:
            return self._ledger.places(sources, start, end)

    def panes(self, model: str, start: int, end: int) -> Sequence[Part]:
        with self._lock:
            return self._ledger.panes(model, start, end)

    def hours(self, model: str, start: int, end: int) -> Sequence[Part]:
        with self._lock:
            return self._ledger.hours(model, start, end)

    def refused(
        self, model: str, sources: Collection[str], start: int, end: int
    ) -> Sequence[Refused]:
        with self._lock:
            return self._ledger.refused(model, sources, start, end)

    def commit(self, judgement: Judgement) -> None:
        with self._lock:
            taken_back = self._wishes.check(judgement)
            self._mailbox.check(taken_back, judgement.decided_at)
            self._ledger.commit(judgement)
            self._wishes.save(judgement)
            self._mailbox.store(judgement.messages, judgement.decided_at, judgement.put_off)

    def due(self, endpoint: str, now: int, claim_until: int, limit: int) -> Sequence[Delivery]:
        with self._lock:
            void = self._wishes.void(now)
            return self._mailbox.due(endpoint, now, claim_until, limit, void)

    def answered(self, attempt: Attempt) -> None:
        with self._lock:
            self._mailbox.answered(attempt)
            self._count_delivery(attempt.endpoint, attempt.outcome)

    def count_delivery(self, endpoint: str, outcome: Outcome) -> None:
        with self._lock:
            self._count_delivery(endpoint, outcome)

    def circuit(self, endpoint: str) -> Circuit:
        with self._lock:
            return self._mailbox.circuit(endpoint)

    def save_circuit(self, circuit: Circuit) -> None:
        with self._lock:
            self._mailbox.circuits[circuit.endpoint] = circuit

    def add(self, instruction: Instruction) -> int:
        with self._lock:
            return self._mailbox.add(instruction)

    def retrainings(self, limit: int, *, model: str | None = None) -> Sequence[Retraining]:
        with self._lock:
            return self._wishes.shown(limit, model)

    def retraining(self, id_: str) -> Retraining | None:
        with self._lock:
            return self._wishes.retrainings.get(id_)

    def decisions(self, retraining: str) -> Sequence[Decision]:
        with self._lock:
            return [told for told in self._wishes.decisions if told.retraining == retraining]

    def snapshot(self, now: int) -> Snapshot:
        with self._lock:
            return Snapshot(
                taken_at=now,
                verdicts=self._ledger.verdicts(),
                alerts=tuple(self._ledger.alerts()),
                models=self._progress(),
                outgoing=self._mailbox.outgoing(),
                store_bytes=self._ledger.size(),
                ratios=self._ledger.ratios(),
                retrainings=self._wishes.open(),
                learned=self._crop.profiles(),
                learning=self._crop.learning(self._progress()),
            )

    def alerts(self) -> Sequence[AlertState]:
        with self._lock:
            return self._ledger.alerts()

    def counters(self) -> Mapping[Counter, int]:
        with self._lock:
            return dict(self._ledger.counters)

    def positions(self) -> Mapping[str, Offsets]:
        with self._lock:
            return {source: dict(found) for source, found in self._ledger.positions.items()}

    def tallies(self, start: int, end: int) -> Mapping[tuple[str, Tally], int]:
        with self._lock:
            kept = self._ledger.tallies.items()
            return {place: count for place, count in kept if start <= place[1].pane < end}

    def rejected(
        self,
        limit: int,
        *,
        source: str | None = None,
        reason: Reason | None = None,
        model: str | None = None,
    ) -> Sequence[RejectedRecord]:
        with self._lock:
            found = [
                record
                for record in reversed(self._ledger.rejected)
                if source in {None, record.source}
                and reason in {None, record.reason}
                and model in {None, record.model}
            ]
            return found[:limit]

    def rejected_at(self, source: str, partition: str, offset: int) -> RejectedRecord | None:
        place = (source, partition, offset)
        with self._lock:
            for record in reversed(self._ledger.rejected):
                if (record.source, record.partition, record.offset) == place:
                    return record
        return None

    def transitions(self, limit: int, *, model: str | None = None) -> Sequence[Transition]:
        with self._lock:
            newest = reversed(self._ledger.transitions)
            return [told for told in newest if model in {None, told.key.model}][:limit]

    def deliveries(
        self, limit: int, *, outcome: Outcome | None = None, endpoint: str | None = None
    ) -> Sequence[Dispatch]:
        with self._lock:
            return self._mailbox.dispatches(limit, outcome, endpoint)

    def attempts(self, message: str) -> Sequence[Attempt]:
        with self._lock:
            return [tried for tried in self._mailbox.attempts if tried.message == message]

    def instructions(self, limit: int) -> Sequence[Instruction]:
        with self._lock:
            return self._mailbox.instructions[::-1][:limit]

    def meta(self, key: str) -> str | None:
        with self._lock:
            return self._meta.get(key)

    def remember(self, key: str, value: str) -> None:
        with self._lock:
            self._meta[key] = value

    def sampled(self, model: str) -> Sampled:
        with self._lock:
            found = self._ledger.models.get(model)
            return self._crop.sampled(model, found.progress.closed if found else None)

    def samples(
        self, model: str, version: str, days: tuple[int, int], limit: int
    ) -> Sequence[Sample]:
        with self._lock:
            return self._crop.within(model, version, days)[:limit]

    def thin(self, model: str, version: str, days: tuple[int, int], quota: int) -> None:
        with self._lock:
            self._crop.thin(model, version, days, quota)

    def forget(self, model: str, version: str) -> None:
        with self._lock:
            self._crop.forget(model, version)

    def learn(self, pair: tuple[str, str], fingerprint: str, body: bytes, at: int) -> bool:
        with self._lock:
            return self._crop.learn(pair, fingerprint, body, at)

    def learned(self) -> Mapping[tuple[str, str], str]:
        with self._lock:
            return self._crop.profiles()

    def learned_profile(self, model: str, version: str) -> bytes | None:
        with self._lock:
            return self._crop.profile(model, version)

    def maintain(self, now: int) -> None:
        with self._lock:
            self._ledger.maintain(now, self._retention)
            self._wishes.maintain(now - microseconds(self._retention.history))
            self._mailbox.maintain(now - microseconds(self._retention.history))

    def size(self) -> int:
        with self._lock:
            return self._ledger.size()

    def dispose(self) -> None:
        """Do nothing: what it holds goes with it."""

    def _count_delivery(self, endpoint: str, outcome: Outcome) -> None:
        self._ledger.counters[Counter(DELIVERY, endpoint, reason=outcome.value)] += 1

    def _standing(self, opened: Opened | None) -> Opened | None:
        if opened is None:
            return None
        model = self._ledger.models[opened.model]
        open_ = self._wishes.open(opened.model)
        standing = Standing(
            retrainings=open_,
            sent=self._mailbox.sent_of([of.id for of in open_ if of.requested_at is not None]),
            instructions=self._mailbox.bearing(),
            born=model.born,
        )
        if opened.boundary == opened.previous and not open_:
            return None
        return replace(opened, standing=standing)

    def _progress(self) -> dict[str, Progress]:
        return {name: model.progress for name, model in sorted(self._ledger.models.items())}
