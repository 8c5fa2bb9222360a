"""How do JSON payloads become observations?

A payload is one object with one observation. A poll is decoded with the decoder of its most common
(model, version); what that one refuses, or what turns out to belong to another version, is decoded
again by its own. What its own refuses is rejected, with the reason that `reasons` finds. So the
outcome depends on the record and on what is known, never on its company.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from driftwatch.decode.plan import Frame, Plan
from driftwatch.decode.reasons import VERSION, Refusal, classify, depth
from driftwatch.decode.settings import RecordSettings
from driftwatch.nouns.profiles import Known, Schema
from driftwatch.nouns.records import Batch, Bool, Decoded, Int32, Int64, Poll, Reason

SAMPLE = 8
BLOCK = 64  # bodies that are searched together, while they are in the cache
PLANS = 64


class JsonFormat(RecordSettings):
    """One JSON object a record, with one observation."""

    kind: Literal["json"] = "json"

    def build(self) -> "JsonDecoder":
        """Make the decoder."""
        return JsonDecoder(self)


class JsonDecoder:
    """Decodes polls. Used by one ingest thread: it keeps the decoders that it generates."""

    def __init__(self, settings: JsonFormat) -> None:
        self._settings = settings
        self._plans: dict[Schema, Plan] = {}
        self._envelope = Plan(Schema(()), settings)

    def decode(self, poll: Poll, known: Known) -> Decoded:
        """Decode what can be decoded, and say of the rest why it cannot; never raises."""
        if len(self._plans) > PLANS:
            self._plans.clear()
        batches = self._batches(poll, known)
        refused = np.ones(len(poll.bodies), np.bool_)
        for batch in batches:
            refused[batch.record] = False
        return self._rejected(poll, known, batches, refused)

    def _batches(self, poll: Poll, known: Known) -> list[Batch]:
        row = self._readable(poll.bodies)
        first = self._most_common(poll, row, known)
        frame = first.read(poll.bodies, row, poll.arrived)
        elsewhere: dict[Plan, list[Int32]] = defaultdict(list)
        batches = self._own(frame, first, known, elsewhere)
        if len(frame.row) < len(row) and first is not self._envelope:
            failed = np.setdiff1d(row, frame.row, assume_unique=True)
            whose = self._envelope.read(poll.bodies, failed, poll.arrived)
            self._own(whose, None, known, elsewhere)
            elsewhere.pop(first, None)
        for plan, rows in elsewhere.items():
            frame = plan.read(poll.bodies, np.sort(np.concatenate(rows)), poll.arrived)
            batches += self._own(frame, plan, known, defaultdict(list))
        return batches

    def _readable(self, bodies: Sequence[bytes | None]) -> Int32:
        """Give the rows that the decoders may see.

        JSON nested n deep has at least 2n bytes, so most bodies are too short to be too deep.
        """
        most, deepest = self._settings.max_bytes, self._settings.max_depth
        sizes = _sizes(bodies)
        fits = (sizes >= 0) & (sizes <= most)
        long = np.flatnonzero(fits & (sizes >= 2 * deepest)).astype(np.int32)
        for first in range(0, len(long), BLOCK):
            rows = long[first : first + BLOCK].tolist()
            block = [bodies[row] or b"" for row in rows]
            if _opened(b"".join(block)) > deepest:
                fits[rows] = [_opened(body) <= deepest or depth(body) <= deepest for body in block]
        return np.flatnonzero(fits).astype(np.int32)

    def _most_common(self, poll: Poll, row: Int32, known: Known) -> Plan:
        """Guess from a few records which decoder most of them need."""
        some = np.unique(np.linspace(0, len(row), SAMPLE, endpoint=False).astype(np.intp))
        frame = self._envelope.read(poll.bodies, row[some[: len(row)]], poll.arrived)
        plans = Counter(plan for pair, _ in _parts(frame) if (plan := self._plan(pair, known)))
        return plans.most_common(1)[0][0] if plans else self._envelope

    def _own(
        self, frame: Frame, plan: Plan | None, known: Known, elsewhere: dict[Plan, list[Int32]]
    ) -> list[Batch]:
        """Make batches of what belongs to this plan; put down the rows of what belongs to others.

        Rows of unknown models belong nowhere.
        """
        batches = []
        for pair, part in _parts(frame):
            owner = self._plan(pair, known)
            if owner is not None and owner is plan:
                batches.append(_batch(pair, part))
            elif owner is not None:
                elsewhere[owner].append(part.row)
        return batches

    def _plan(self, pair: tuple[str, str], known: Known) -> Plan | None:
        """Give the decoder of a version; without a profile, that which counts only."""
        model, version = pair
        if model not in known.models:
            return None
        if (profile := known.profile(model, version)) is None:
            return self._envelope if VERSION.fullmatch(version) else None
        if profile.schema not in self._plans:
            self._plans[profile.schema] = Plan(profile.schema, self._settings)
        return self._plans[profile.schema]

    def _rejected(self, poll: Poll, known: Known, batches: list[Batch], refused: Bool) -> Decoded:
        rows = np.flatnonzero(refused).astype(np.int32)
        found = [self._why(poll, known, row) for row in rows.tolist()]
        reasons, details = [one.reason for one in found], [one.detail for one in found]
        return Decoded(batches, rows, reasons, details, [one.whose for one in found])

    def _why(self, poll: Poll, known: Known, row: int) -> Refusal:
        body, arrived = poll.bodies[row], int(poll.arrived[row])
        if (why := classify(body, arrived, known, self._settings)) is not None:
            return why
        return self._complaint(body or b"", known)

    def _complaint(self, body: bytes, known: Known) -> Refusal:
        """Give the decoder's own words, where `classify` has none: for a key that stands twice."""
        frame = self._envelope.read([body], np.zeros(1, np.int32), np.zeros(1, np.int64))
        pair = next((pair for pair, _ in _parts(frame)), None)
        owner = self._plan(pair, known) if pair else None
        said = (owner or self._envelope).complaint(body)
        return Refusal(Reason.WRONG_TYPE, said, pair if owner else None)


def _parts(frame: Frame) -> Iterator[tuple[tuple[str, str], Frame]]:
    """Part a frame by model and version."""
    if len(frame.labels) == 1 and len(frame.row):
        yield frame.labels[0], frame
        return
    order = np.argsort(frame.label, kind="stable")
    held = np.bincount(frame.label, minlength=len(frame.labels))
    for pair, chosen in zip(frame.labels, np.split(order, np.cumsum(held)[:-1]), strict=False):
        if len(chosen):
            yield pair, frame.take(chosen)


def _batch(pair: tuple[str, str], frame: Frame) -> Batch:
    model, version = pair
    return Batch(
        model=model,
        version=version,
        record=frame.row,
        time=frame.time,
        numbers=frame.numbers,
        codes=frame.codes,
        words=frame.words,
        key=np.zeros(len(frame.row), np.uint64),
        texts=frame.texts,
        vectors=frame.vectors,
    )


def _sizes(bodies: Sequence[bytes | None]) -> Int64:
    """Give each body's size; -1 where there is none."""
    try:
        return np.fromiter(map(len, bodies), np.int64, len(bodies))  # type: ignore[arg-type]
    except TypeError:
        sizes = [-1 if body is None else len(body) for body in bodies]
        return np.array(sizes, np.int64)


def _opened(bytes_: bytes) -> int:
    """Count the opening brackets, those in texts too; `[` and `{` differ in one bit."""
    return int(np.count_nonzero(np.frombuffer(bytes_, np.uint8) | 0x20 == ord("{")))
