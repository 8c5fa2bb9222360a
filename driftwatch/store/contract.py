"""What does every store do? One suite of tests runs over all of them.

Each method is one transaction. Any of them raises Transient if the store cannot be reached,
StoreFull if its disk is full, StoreCorrupt if its file is found to be damaged.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

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

Advance = Callable[[Mapping[str, Offsets]], int | None]


class Instructions(Protocol):
    """What people and pipelines tell us."""

    def add(self, instruction: Instruction) -> int:
        """Store an instruction with its effect, and give how many things it changed.

        `redeliver` lets dead messages wait anew, due now: one message (by its id), or all of an
        endpoint (by its name). `enable` closes an endpoint's circuit. `lift` (of a silence, by its
        id) lets what it has put off be sent now. Others are recorded only.
        """


class History(Protocol):
    """What is shown; nothing here writes."""

    def snapshot(self, now: int) -> Snapshot:
        """Give all that is shown of the committed state, as of one moment."""

    def alerts(self) -> Sequence[AlertState]:
        """Give where every alert stands."""

    def counters(self) -> Mapping[Counter, int]:
        """Give the committed counters; they never fall."""

    def positions(self) -> Mapping[str, Offsets]:
        """Give the offsets of every source that was ever read."""

    def tallies(self, start: int, end: int) -> Mapping[tuple[str, Tally], int]:
        """Give the counts of the panes that start in [start, end), by source and tally."""

    def rejected(
        self,
        limit: int,
        *,
        source: str | None = None,
        reason: Reason | None = None,
        model: str | None = None,
    ) -> Sequence[RejectedRecord]:
        """Give rejected records, the newest first."""

    def rejected_at(self, source: str, partition: str, offset: int) -> RejectedRecord | None:
        """Give the rejected record at a place, if it is kept."""

    def transitions(self, limit: int, *, model: str | None = None) -> Sequence[Transition]:
        """Give transitions, the newest first."""

    def deliveries(
        self, limit: int, *, outcome: Outcome | None = None, endpoint: str | None = None
    ) -> Sequence[Dispatch]:
        """Give deliveries and where they stand, the newest first."""

    def attempts(self, message: str) -> Sequence[Attempt]:
        """Give every try of a message, the oldest first."""

    def instructions(self, limit: int) -> Sequence[Instruction]:
        """Give instructions, the newest first."""

    def retrainings(self, limit: int, *, model: str | None = None) -> Sequence[Retraining]:
        """Give retrainings, those that were decided on last first."""

    def retraining(self, id_: str) -> Retraining | None:
        """Give a retraining by its id, if there is one."""

    def decisions(self, retraining: str) -> Sequence[Decision]:
        """Give all that was decided of a retraining, the oldest first."""


class Learning(Protocol):
    """Records of versions without a profile, and the profiles that are learned of them."""

    def sampled(self, model: str) -> Sampled:
        """Say how many records are kept of each version, by day."""

    def samples(
        self, model: str, version: str, days: tuple[int, int], limit: int
    ) -> Sequence[Sample]:
        """Give the records of the lowest ranks of the days in [start, end), in their order."""

    def thin(self, model: str, version: str, days: tuple[int, int], quota: int) -> None:
        """Keep only the lowest ranks of the days in [start, end), which are closed."""

    def forget(self, model: str, version: str) -> None:
        """Keep no record of a version any more."""

    def learn(self, pair: tuple[str, str], fingerprint: str, body: bytes, at: int) -> bool:
        """Keep a profile learned of a (model, version), and its records no more.

        The first one stands: False, with nothing written, if there is one already.
        """

    def learned(self) -> Mapping[tuple[str, str], str]:
        """Give the fingerprints of learned profiles by model and version, the newest first."""

    def learned_profile(self, model: str, version: str) -> bytes | None:
        """Give the document of a learned profile, if it is there."""


class Store(Instructions, History, Learning, Protocol):
    """All of it: Intake and Judge of the pipeline, Outbox of the relay, and their care.

    `notices` says what people should know of the opening: a damaged file that was set aside, the
    copy that was made before a migration.
    """

    notices: tuple[str, ...]

    def offsets(self, source: str) -> Offsets:
        """Give the stored position of every partition of a source that was ever read."""

    def append(self, delta: Delta, pane: int) -> Offsets:
        """Save a delta whole, or raise Conflict with nothing written."""

    def close(self, model: str, advance: Advance) -> int | None:
        """Move the model's `closed` forward to what `advance` makes of all offsets."""

    def open(self, model: str, step: int) -> Opened | None:
        """Give the next boundary if closed has passed it."""

    def between(self, model: str) -> Opened | None:
        """Give the last boundary as it was left, if any retraining is not closed."""

    def places(self, sources: Collection[str], start: int, end: int) -> Sequence[Located]:
        """Give where the data of the panes that start in [start, end) lie, by partition."""

    def panes(self, model: str, start: int, end: int) -> Sequence[Part]:
        """Give the parts of all minute panes that start in [start, end)."""

    def hours(self, model: str, start: int, end: int) -> Sequence[Part]:
        """Give the hour panes that start in [start, end)."""

    def refused(
        self, model: str, sources: Collection[str], start: int, end: int
    ) -> Sequence[Refused]:
        """Give what was rejected of a model in the panes that start in [start, end), summed."""

    def commit(self, judgement: Judgement) -> None:
        """Save a judgement; Conflict if another judged this boundary first."""

    def due(self, endpoint: str, now: int, claim_until: int, limit: int) -> Sequence[Delivery]:
        """Claim and give what is to be tried now."""

    def answered(self, attempt: Attempt) -> None:
        """Save what came of a try, and release the claim."""

    def count_delivery(self, endpoint: str, outcome: Outcome) -> None:
        """Count a try to tell an endpoint what is no stored message."""

    def circuit(self, endpoint: str) -> Circuit:
        """Give the stored circuit, a closed one if none is."""

    def save_circuit(self, circuit: Circuit) -> None:
        """Store a circuit."""

    def meta(self, key: str) -> str | None:
        """Give what was remembered under a key."""

    def remember(self, key: str, value: str) -> None:
        """Keep a short text under a key."""

    def maintain(self, now: int) -> None:
        """Remove what is older than it is kept, and give room back; called every few minutes."""

    def size(self) -> int:
        """Give the bytes that the store takes."""

    def dispose(self) -> None:
        """Let go of the database, and let another daemon in; not to be used after."""
