"""How does a store in a database keep the contract: each method one transaction."""

# ruff: noqa: D102 - the contract says what each method does

from collections.abc import Collection, Mapping, Sequence

from driftwatch.nouns.judgements import AlertState, Judgement, Opened, Snapshot, Transition
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
from driftwatch.nouns.retraining import Decision, Located, Retraining
from driftwatch.store import (
    history,
    intake,
    judge,
    outbox,
    places,
    refused,
    retention,
    retrainings,
    samples,
    tables,
)
from driftwatch.store.contract import Advance
from driftwatch.store.database import Clock, Database, Place
from driftwatch.store.migrations import migrate
from driftwatch.store.postgresql import Server
from driftwatch.store.settings import StoreSettings
from driftwatch.store.sqlite import File


class SqlStore:
    """A store in an SQLite file or on a PostgreSQL server; safe to use from many threads."""

    def __init__(self, settings: StoreSettings, clock: Clock, *, exclusive: bool) -> None:
        url = settings.url.get_secret_value()
        place: Place
        if url.startswith("sqlite:"):
            place = File(url, clock, exclusive=exclusive)
        else:
            place = Server(settings.url)
        self._retention = settings.retention
        self._database = Database(place)
        try:
            migrated = migrate(self._database, write=exclusive)
        except BaseException:
            self._database.dispose()
            raise
        self.notices = place.notices + migrated

    def offsets(self, source: str) -> Offsets:
        with self._database.read() as connection:
            return intake.offsets(connection, source)

    def append(self, delta: Delta, pane: int) -> Offsets:
        with self._database.write() as connection:
            return intake.append(connection, delta, pane, self._retention.rejected)

    def close(self, model: str, advance: Advance) -> int | None:
        with self._database.write() as connection:
            return judge.close(connection, model, advance)

    def open(self, model: str, step: int) -> Opened | None:
        with self._database.read() as connection:
            return judge.open_(connection, model, step)

    def between(self, model: str) -> Opened | None:
        with self._database.read() as connection:
            return judge.between(connection, model)

    def places(self, sources: Collection[str], start: int, end: int) -> Sequence[Located]:
        with self._database.read() as connection:
            return places.within(connection, sources, start, end)

    def panes(self, model: str, start: int, end: int) -> Sequence[Part]:
        with self._database.read() as connection:
            return judge.kept(connection, tables.parts, model, start, end)

    def hours(self, model: str, start: int, end: int) -> Sequence[Part]:
        with self._database.read() as connection:
            return judge.kept(connection, tables.hours, model, start, end)

    def refused(
        self, model: str, sources: Collection[str], start: int, end: int
    ) -> Sequence[Refused]:
        with self._database.read() as connection:
            return refused.within(connection, model, sources, start, end)

    def commit(self, judgement: Judgement) -> None:
        with self._database.write() as connection:
            judge.commit(connection, judgement)

    def due(self, endpoint: str, now: int, claim_until: int, limit: int) -> Sequence[Delivery]:
        with self._database.read() as connection:
            if not outbox.anything_due(connection, endpoint, now):
                return []
        with self._database.write() as connection:
            return outbox.due(connection, endpoint, now, claim_until, limit)

    def answered(self, attempt: Attempt) -> None:
        with self._database.write() as connection:
            outbox.answered(connection, attempt)

    def count_delivery(self, endpoint: str, outcome: Outcome) -> None:
        with self._database.write() as connection:
            outbox.count_delivery(connection, endpoint, outcome)

    def circuit(self, endpoint: str) -> Circuit:
        with self._database.read() as connection:
            return outbox.circuit(connection, endpoint)

    def save_circuit(self, circuit: Circuit) -> None:
        with self._database.write() as connection:
            outbox.save_circuit(connection, circuit)

    def add(self, instruction: Instruction) -> int:
        with self._database.write() as connection:
            history.note(connection, instruction)
            if instruction.kind == "redeliver":
                return outbox.redeliver(connection, instruction.subject, instruction.given_at)
            if instruction.kind == "enable":
                return outbox.enable(connection, instruction.subject)
            if instruction.kind == "lift":
                return outbox.lift(connection, instruction.subject, instruction.given_at)
            return 0

    def retrainings(self, limit: int, *, model: str | None = None) -> Sequence[Retraining]:
        with self._database.read() as connection:
            return retrainings.of_model(connection, limit, model)

    def retraining(self, id_: str) -> Retraining | None:
        with self._database.read() as connection:
            return retrainings.one(connection, id_)

    def decisions(self, retraining: str) -> Sequence[Decision]:
        with self._database.read() as connection:
            return retrainings.decided(connection, retraining)

    def snapshot(self, now: int) -> Snapshot:
        with self._database.read() as connection:
            size = self._database.place.size(connection)
            return history.snapshot(connection, now, size)

    def alerts(self) -> Sequence[AlertState]:
        with self._database.read() as connection:
            return judge.alert_states(connection)

    def counters(self) -> Mapping[Counter, int]:
        with self._database.read() as connection:
            return history.counters(connection)

    def positions(self) -> Mapping[str, Offsets]:
        with self._database.read() as connection:
            return judge.all_positions(connection)

    def tallies(self, start: int, end: int) -> Mapping[tuple[str, Tally], int]:
        with self._database.read() as connection:
            return history.tallies(connection, start, end)

    def rejected(
        self,
        limit: int,
        *,
        source: str | None = None,
        reason: Reason | None = None,
        model: str | None = None,
    ) -> Sequence[RejectedRecord]:
        with self._database.read() as connection:
            return history.rejected(connection, limit, source=source, reason=reason, model=model)

    def rejected_at(self, source: str, partition: str, offset: int) -> RejectedRecord | None:
        with self._database.read() as connection:
            place = {"source": source, "partition": partition, "offset": offset}
            found = history.rejected(connection, 1, **place)
            return found[0] if found else None

    def transitions(self, limit: int, *, model: str | None = None) -> Sequence[Transition]:
        with self._database.read() as connection:
            return history.transitions(connection, limit, model)

    def deliveries(
        self, limit: int, *, outcome: Outcome | None = None, endpoint: str | None = None
    ) -> Sequence[Dispatch]:
        with self._database.read() as connection:
            return history.deliveries(connection, limit, outcome=outcome, endpoint=endpoint)

    def attempts(self, message: str) -> Sequence[Attempt]:
        with self._database.read() as connection:
            return history.attempts(connection, message)

    def instructions(self, limit: int) -> Sequence[Instruction]:
        with self._database.read() as connection:
            return history.instructions(connection, limit)

    def meta(self, key: str) -> str | None:
        with self._database.read() as connection:
            return history.meta(connection, key)

    def remember(self, key: str, value: str) -> None:
        with self._database.write() as connection:
            history.remember(connection, key, value)

    def sampled(self, model: str) -> Sampled:
        with self._database.read() as connection:
            return samples.sampled(connection, model)

    def samples(
        self, model: str, version: str, days: tuple[int, int], limit: int
    ) -> Sequence[Sample]:
        with self._database.read() as connection:
            return samples.within(connection, model, version, days, limit)

    def thin(self, model: str, version: str, days: tuple[int, int], quota: int) -> None:
        with self._database.write() as connection:
            samples.thin(connection, model, version, days, quota)

    def forget(self, model: str, version: str) -> None:
        with self._database.write() as connection:
            samples.forget(connection, model, version)

    def learn(self, pair: tuple[str, str], fingerprint: str, body: bytes, at: int) -> bool:
        with self._database.write() as connection:
            return samples.learn(connection, pair, fingerprint, body, at)

    def learned(self) -> Mapping[tuple[str, str], str]:
        with self._database.read() as connection:
            return samples.profiles(connection)

    def learned_profile(self, model: str, version: str) -> bytes | None:
        with self._database.read() as connection:
            return samples.profile(connection, model, version)

    def maintain(self, now: int) -> None:
        with self._database.write() as connection:
            retention.maintain(connection, now, self._retention)
        with self._database.write() as connection:
            self._database.place.vacuum(connection)

    def size(self) -> int:
        with self._database.read() as connection:
            return self._database.place.size(connection)

    def dispose(self) -> None:
        self._database.dispose()
