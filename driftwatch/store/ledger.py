"""What does the store in memory know of what came in, and of what was judged?"""

from collections import Counter as Count
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.judgements import (
    AlertKey,
    AlertState,
    Evidence,
    Judgement,
    Opened,
    Progress,
    Transition,
    Verdicts,
)
from driftwatch.nouns.records import (
    Counter,
    Delta,
    Offsets,
    Part,
    Population,
    Position,
    Refused,
    RejectedRecord,
    Tally,
)
from driftwatch.nouns.retraining import Located
from driftwatch.nouns.settings import microseconds
from driftwatch.store.codec import decode_verdicts, encode_verdicts, pack, sound, unpack
from driftwatch.store.contract import Advance
from driftwatch.store.rules import (
    PLACES,
    REFUSED,
    SEGMENT,
    by_segment,
    next_boundary,
    rename,
    settle,
    together,
    unnamed,
)
from driftwatch.store.settings import RetentionSettings

_HOUR = 3600 * 10**6


@dataclass(slots=True)
class Model:
    """A model's progress and its panes; each part is kept with its pane's end."""

    progress: Progress = field(default_factory=lambda: Progress(None, None, None))
    panes: dict[int, list[tuple[int, Part]]] = field(default_factory=dict)
    hours: dict[tuple[Population, int, str], Part] = field(default_factory=dict)
    alerts: dict[AlertKey, AlertState] = field(default_factory=dict)
    verdicts: dict[tuple[Population, str], bytes] = field(default_factory=dict)
    born: int | None = None
    evidence: dict[Population, Evidence] = field(default_factory=dict)


class Ledger:
    """Positions, counts, panes and judgements; its owner lets one thread in at a time."""

    def __init__(self) -> None:
        self.positions: dict[str, dict[str, Position]] = {}
        self.tallies: Count[tuple[str, Tally]] = Count()
        self.turned: dict[int, Count[tuple[str, Tally]]] = {}  # those refused, by hour
        self.counters: Count[Counter] = Count()
        self.rejected: list[RejectedRecord] = []
        self.models: dict[str, Model] = {}
        self.transitions: list[Transition] = []
        self.located: dict[tuple[str, str, int], tuple[int, int, int]] = {}

    def append(self, delta: Delta, pane: int, bound: int) -> Offsets:
        """Save a delta; everything that can fail comes before the first change."""
        positions = self._moved(delta)
        closed = {name: model.progress.closed for name, model in self.models.items()}
        counted = [(of.model, of.version, of.kind) for of in self.counters]
        delta = rename(delta, together(unnamed(delta), counted))
        kept, counts = settle(delta, pane, closed)
        if positions:
            self.positions[delta.source] = positions
        for part in delta.parts:
            self.models.setdefault(part.population.model, Model())
        for part in kept:
            panes = self.models[part.population.model].panes
            panes.setdefault(part.pane, []).append((part.pane + pane, part))
        for tally, count in counts.items():
            self.tallies[delta.source, tally] += count
            of = (tally.kind, delta.source, tally.model, tally.version, tally.reason)
            self.counters[Counter(*of)] += count
            if tally.kind == REFUSED:
                self.turned.setdefault(tally.pane // _HOUR, Count())[delta.source, tally] += count
        for whose, rows in by_segment(kept).items():
            one = Counter(SEGMENT, delta.source, whose.model, whose.version, whose.segment)
            self.counters[one] += rows
        for (partition, start), (first, next_) in delta.places.items():
            known = self.located.get((delta.source, partition, start), (start + pane, first, next_))
            wider = (start + pane, min(known[1], first), max(known[2], next_))
            self.located[delta.source, partition, start] = wider
        self._reject(delta, bound)
        return dict(positions)

    def places(self, sources: Collection[str], start: int, end: int) -> list[Located]:
        """Give where the data of the panes that start in [start, end) lie, by partition."""
        found: dict[tuple[str, str], Located] = {}
        for (source, partition, pane), (close, first, next_) in self.located.items():
            if source in sources and start <= pane < end:
                new = Located(source, partition, first, next_, pane, close)
                found[source, partition] = _joined(found.get((source, partition), new), new)
        return sorted(found.values())

    def close(self, model: str, advance: Advance) -> int | None:
        """Move a model's `closed` forward."""
        ours = self.models.setdefault(model, Model())
        reached = advance({source: dict(found) for source, found in self.positions.items()})
        closed = ours.progress.closed
        if reached is not None and (closed is None or reached > closed):
            ours.progress = replace(ours.progress, closed=reached)
        return ours.progress.closed

    def open(self, model: str, step: int) -> Opened | None:
        """Give the next boundary if it lies within what is closed."""
        ours = self.models.get(model, Model())
        previous, closed = ours.progress.boundary, ours.progress.closed
        found = (pane for pane in ours.panes if previous is None or pane >= previous)
        following = min(found, default=None)
        boundary = next_boundary(previous, following, step)
        if boundary is None or closed is None or boundary > closed:
            return None
        alerts = {state.key: state for state in self.alerts(model)}
        return Opened(model, previous, boundary, closed, alerts, following, dict(ours.evidence))

    def between(self, model: str) -> Opened | None:
        """Give the last boundary as it was left."""
        ours = self.models.get(model, Model())
        last, closed = ours.progress.boundary, ours.progress.closed
        if last is None or closed is None:
            return None
        alerts = {state.key: state for state in self.alerts(model)}
        return Opened(model, last, last, closed, alerts)

    def panes(self, model: str, start: int, end: int) -> Sequence[Part]:
        """Give the parts of the minute panes that start in [start, end)."""
        panes = self.models.get(model, Model()).panes
        found = [part for pane in panes if start <= pane < end for _, part in panes[pane]]
        return sorted(found, key=_place)

    def hours(self, model: str, start: int, end: int) -> Sequence[Part]:
        """Give the hour panes that start in [start, end)."""
        kept = self.models.get(model, Model()).hours.values()
        return sorted((part for part in kept if start <= part.pane < end), key=_place)

    def refused(
        self, model: str, sources: Collection[str], start: int, end: int
    ) -> Sequence[Refused]:
        """Give what was rejected of a model in the panes that start in [start, end), summed."""
        found: Count[tuple[str, int, str]] = Count()
        hours = range(start // _HOUR, end // _HOUR + 1)
        for hour in hours if len(hours) < len(self.turned) else self.turned:
            for (source, tally), count in self.turned.get(hour, {}).items():
                ours = tally.model == model and source in sources
                if ours and start <= tally.pane < end:
                    found[tally.version, tally.pane, tally.reason] += count
        return [Refused(*key, count) for key, count in sorted(found.items())]

    def commit(self, judgement: Judgement) -> None:
        """Save what a boundary decided, but for its messages."""
        model = self.models.get(judgement.model, Model())
        if judgement.model not in self.models or model.progress.boundary != judgement.previous:
            message = f"model {judgement.model}: another judged after {judgement.previous} first"
            raise Conflict(message)
        changes = [_copied(transition) for transition in judgement.transitions]
        alerts = {state.key: _copied(state) for state in judgement.alerts}
        bodies = {(v.population, v.window): encode_verdicts(v) for v in judgement.verdicts}
        now = judgement.decided_at
        if judgement.boundary != judgement.previous:
            model.progress = replace(model.progress, boundary=judgement.boundary, decided_at=now)
        if judgement.previous is None:
            model.born = now
        self.transitions.extend(changes)
        model.alerts.update(alerts)
        model.verdicts.update(bodies)
        model.hours.update((_place(part), part) for part in judgement.hours)
        if judgement.boundary != judgement.previous:
            model.evidence = {told.population: told for told in judgement.evidence}
        if judgement.forget is not None:
            _forget(model, judgement.forget)

    def alerts(self, model: str | None = None) -> list[AlertState]:
        """Give where each alert stands, of one model or of all."""
        names = sorted(self.models) if model is None else [model]
        found = [self.models.get(name, Model()).alerts for name in names]
        return [_copied(states[key]) for states in found for key in sorted(states)]

    def verdicts(self) -> tuple[Verdicts, ...]:
        """Give the last verdicts of each population and window."""
        found = [self.models[name].verdicts for name in sorted(self.models)]
        return tuple(decode_verdicts(kept[key]) for kept in found for key in sorted(kept))

    def ratios(self) -> dict[Population, Mapping[str, float]]:
        """Give how far the pager's evidence has come, of each population."""
        models = (self.models[name] for name in sorted(self.models))
        return {of: told.ratios for m in models for of, told in sorted(m.evidence.items())}

    def maintain(self, now: int, retention: RetentionSettings) -> None:
        """Remove what is older than it is kept."""
        history, hours = microseconds(retention.history), microseconds(retention.hours)
        for name, model in self.models.items():
            boundary = model.progress.boundary
            if boundary is not None:
                _forget_judged(model, boundary - hours, boundary - history)
                self._forget_refused(name, boundary - history)
                self.transitions = [
                    t
                    for t in self.transitions
                    if t.key.model != name or t.boundary >= boundary - history
                ]
        for source in {source for source, _, _ in self.located}:
            newest = max(pane for owner, _, pane in self.located if owner == source)
            oldest = min(newest, now) - PLACES
            self.located = {
                key: at for key, at in self.located.items() if key[0] != source or key[2] >= oldest
            }
        for source in {source for source, _ in self.tallies}:
            panes = [tally.pane for owner, tally in self.tallies if owner == source]
            oldest = min(max(panes), now) - history
            for tally in [t for owner, t in self.tallies if owner == source and t.pane < oldest]:
                if tally.kind != REFUSED:
                    del self.tallies[source, tally]

    def _forget_refused(self, model: str, oldest: int) -> None:
        """Remove what was judged long ago; that which waits may lie as far back as any log."""
        for of, tally in [key for held in self.turned.values() for key in held]:
            if tally.model == model and tally.pane < oldest:
                del self.tallies[of, tally], self.turned[tally.pane // _HOUR][of, tally]

    def size(self) -> int:
        """Give the bytes of all panes and verdicts."""
        panes = (p for m in self.models.values() for kept in m.panes.values() for _, p in kept)
        hours = (part for model in self.models.values() for part in model.hours.values())
        bodies = (body for model in self.models.values() for body in model.verdicts.values())
        parts = sum(len(part.body) for kept in (panes, hours) for part in kept)
        return parts + sum(len(body) for body in bodies)

    def _moved(self, delta: Delta) -> dict[str, Position]:
        positions = dict(self.positions.get(delta.source, {}))
        for partition, (first, next_) in delta.span.items():
            if partition in positions and positions[partition].next != first:
                message = f"source {delta.source}: {partition} does not stand at {first}"
                raise Conflict(message)
            positions[partition] = replace(delta.positions[partition], next=next_)
        return positions

    def _reject(self, delta: Delta, bound: int) -> None:
        self.rejected += [
            replace(record, detail=sound(record.detail), model=sound(record.model))
            for record in delta.rejected
        ]
        ours = [record for record in self.rejected if record.source == delta.source]
        if len(ours) > bound:
            others = [record for record in self.rejected if record.source != delta.source]
            self.rejected = others + ours[len(ours) - bound :]


_Told = TypeVar("_Told", AlertState, Transition)


def _copied(told: _Told) -> _Told:
    """Copy what holds JSON, so that nobody can change what is stored."""
    if isinstance(told, AlertState):
        memory, evidence = unpack(pack((told.memory, told.evidence)))
        return replace(told, memory=memory, evidence=evidence)
    return replace(told, evidence=unpack(pack(told.evidence)))


def _joined(one: Located, other: Located) -> Located:
    return Located(
        one.source,
        one.partition,
        min(one.first, other.first),
        max(one.next, other.next),
        min(one.start, other.start),
        max(one.end, other.end),
    )


def _place(part: Part) -> tuple[Population, int, str]:
    return part.population, part.pane, part.reference


def _forget(model: Model, before: int) -> None:
    for pane in [pane for pane in model.panes if pane < before]:
        left = [(end, part) for end, part in model.panes.pop(pane) if end > before]
        if left:
            model.panes[pane] = left


def _forget_judged(model: Model, oldest_hour: int, oldest: int) -> None:
    model.hours = {key: part for key, part in model.hours.items() if part.pane >= oldest_hour}
    model.verdicts = {
        key: body for key, body in model.verdicts.items() if decode_verdicts(body).end >= oldest
    }
