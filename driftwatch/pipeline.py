"""What is the path of a record, from a source to a verdict?

Two halves that meet in the store: `ingest` runs in one thread a source, `tick` in one thread for
all models. They share no mutable object, and no queue stands between them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Protocol

from detectors.kinds import AnyDetector
from driftwatch.decide.alerts import decide
from driftwatch.decide.answer import Told, answer, attend
from driftwatch.decide.pager import Pager
from driftwatch.decide.policy_settings import RetrainingSettings
from driftwatch.decide.retired import dismissed, retired
from driftwatch.decide.settings import AlertSettings
from driftwatch.decide.watch import Watches
from driftwatch.evaluate.statistics import evaluate
from driftwatch.nouns.errors import Conflict, Transient
from driftwatch.nouns.judgements import Case, Judgement, Opened, State, Subject, Verdicts
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Decoded, Delta, Offsets, Part, Poll, Refused
from driftwatch.nouns.retraining import Located
from driftwatch.nouns.settings import microseconds
from driftwatch.window.delta import DeltaBuilder
from driftwatch.window.rollup import Panes
from driftwatch.window.settings import WindowSettings
from driftwatch.window.watermark import ahead, watermark

_HOUR = microseconds(timedelta(hours=1))
_DAY = 24 * _HOUR
_SLACK = timedelta(minutes=5)


class Source(Protocol):
    """A replayable log. Used by one ingest thread only, but for `status`, which any may read.

    The source is given at construction a function `stored() -> Offsets` and asks it for its
    positions, at the start, after a rebalance and after `seek`.
    """

    name: str

    def poll(self, limit: int) -> Poll:
        """Give up to `limit` records, waiting about a second for the first.

        Never raises for an outside failure: it gives an empty Poll and says so in `status`.
        """

    def seek(self) -> None:
        """Set all positions anew from the store; the next poll is `restarted`."""

    def pause(self, partitions: Collection[str]) -> None:
        """Give nothing more of just these partitions (those paused before go on)."""

    def acknowledge(self, span: Mapping[str, tuple[int, int]]) -> None:
        """Take note that a span is in the store; best effort, never raises for a failure."""

    def lag(self) -> Mapping[str, int]:
        """Give for each partition read the records between its position and its log's end."""

    def status(self) -> str:
        """Say what is wrong, in words for people; empty while all is well."""

    def close(self) -> None:
        """Leave, without acknowledging."""


class Intake(Protocol):
    """Where ingest puts what it read."""

    def offsets(self, source: str) -> Offsets:
        """Give the stored position of every partition of a source that was ever read."""

    def append(self, delta: Delta, pane: int) -> Offsets:
        """Save a delta in one transaction, and give the source's offsets after it.

        Raises Conflict, with nothing written, if any partition's `next` is not the span's first
        (a partition unknown to the store counts as matching any first). Reads each model's
        `closed` in the transaction: a part whose pane (of width `pane`) ends at or before it is
        counted late instead of kept. Raises StoreFull if the disk is full, Transient if the
        store cannot be reached.
        """


class Judge(Protocol):
    """Where tick reads what is closed and writes what it decided."""

    def close(
        self, model: str, advance: Callable[[Mapping[str, Offsets]], int | None]
    ) -> int | None:
        """Move the model's `closed` forward to what `advance` makes of all sources' offsets.

        It never moves back. Gives the model's `closed` after that, None before the first.
        """

    def open(self, model: str, step: int) -> Opened | None:
        """Give the next boundary (a multiple of `step`) if closed has passed it.

        The first boundary of a model is the first multiple of `step` at which one of its panes
        has ended.
        """

    def between(self, model: str) -> Opened | None:
        """Give the last boundary as it was left, if any retraining is not closed."""

    def places(self, sources: Collection[str], start: int, end: int) -> Sequence[Located]:
        """Give where the data of the panes that start in [start, end) lie, by partition."""

    def panes(self, model: str, start: int, end: int) -> Sequence[Part]:
        """Give the parts of all minute panes that start in [start, end), by population and pane."""

    def hours(self, model: str, start: int, end: int) -> Sequence[Part]:
        """Give the hour panes that start in [start, end), by population and hour."""

    def refused(
        self, model: str, sources: Collection[str], start: int, end: int
    ) -> Sequence[Refused]:
        """Give what was rejected of a model in the panes that start in [start, end), summed.

        By version and pane; `append` puts none into a closed pane.
        """

    def commit(self, judgement: Judgement) -> None:
        """Save a judgement in one transaction; Conflict if another judged this boundary first."""


class Format(Protocol):
    """Payloads become observations. Never raises for a body."""

    def decode(self, poll: Poll, known: Known) -> Decoded:
        """Decode what can be decoded, and say of the rest why it cannot."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that ingest needs to know of one source, fixed until the next reload.

    `reads` says whether a stored partition is still among the source's. `report` is called now and
    then by ingest's own thread, for what only it may ask of the source, with what is wrong with the
    store in words; empty while all is well. `current` is told the wall time at which the stored
    positions were last as the source stands.
    """

    source: Source
    format: Format
    intake: Intake
    known: Callable[[], Known]
    window: WindowSettings
    reads: Callable[[str], bool]
    report: Callable[[str], None]
    current: Callable[[int], None]
    every: timedelta
    records: int
    poll: int
    keep_payload: int


def ingest(reading: Reading, clock: Callable[[], int], going: Callable[[], bool]) -> None:
    """Read a source until `going` says no; what was read and not saved is read again next time.

    Where a source stands after a restart is saved at once, for nothing closes before all partitions
    are known. A conflict drops the delta and reads on from the store. While the store is full or
    away, all partitions are paused and polling goes on (a consumer that does not poll loses its
    partitions); the same delta is offered again after each poll.
    """
    source, delta, placed = reading.source, None, False
    while going():
        poll = source.poll(reading.poll)
        placed = placed or poll.restarted
        try:
            if delta is None or poll.restarted:
                delta = None
                delta = _begin(reading, reading.intake.offsets(source.name), clock())
            known = reading.known()
            delta.add(poll, reading.format.decode(poll, known), known)
            now = clock()
            if poll.restarted or delta.due(now, reading.every, reading.records):
                delta = _save(reading, delta, now)
                if placed:
                    reading.current(now)
        except Conflict:
            delta = None
            source.seek()
        except Transient as error:
            reading.report(str(error))
            source.pause(delta.partitions if delta else poll.partitions)
            if delta is None:  # there was nothing to put the poll into
                source.seek()
    if delta is not None:
        _leave(reading, delta, clock())


def _begin(reading: Reading, offsets: Offsets, now: int) -> DeltaBuilder:
    reading.report("")
    present = {name: position for name, position in offsets.items() if reading.reads(name)}
    held = ahead(present, reading.window, now)
    reading.source.pause(held)
    return DeltaBuilder(
        reading.source.name, offsets, reading.window, reading.keep_payload, now, held=held
    )


def _save(reading: Reading, delta: DeltaBuilder, now: int) -> DeltaBuilder:
    """Append what was read; where nothing was, look at what other replicas have read."""
    if not delta.worth_appending:
        return _begin(reading, reading.intake.offsets(reading.source.name), now)
    built = delta.build(now)
    offsets = reading.intake.append(built, microseconds(reading.window.pane))
    reading.source.acknowledge(built.span)
    return _begin(reading, offsets, now)


def _leave(reading: Reading, delta: DeltaBuilder, now: int) -> None:
    """Save the last delta; if that fails nothing is lost, for it is read again."""
    with suppress(Conflict, Transient):
        if delta.worth_appending:
            _save(reading, delta, now)


@dataclass(frozen=True, slots=True)
class Judging:
    """All that tick needs to know of one model, fixed until the next reload.

    `sources` are those that feed the model, each with a function that says whether a stored
    partition is still among its own: nothing is waited for that is read no more. `current` gives
    the wall time at which the stored positions were last as all those sources stand; None before
    each was read.
    """

    model: str
    sources: Mapping[str, Callable[[str], bool]]
    current: Callable[[], int | None]
    judge: Judge
    panes: Panes
    known: Callable[[], Known]
    window: WindowSettings
    detectors: Sequence[AnyDetector]
    alerts: AlertSettings
    routes: Mapping[str, tuple[str, ...]]
    retraining: RetrainingSettings = field(default_factory=RetrainingSettings)

    pager: Pager = field(init=False)

    def __post_init__(self) -> None:
        watches = Watches(self.alerts, self.window.pane)
        object.__setattr__(self, "pager", Pager(self.alerts, watches))

    @property
    def behind(self) -> timedelta:
        """Say how far behind the wall clock a boundary lies while all is read."""
        return self.window.lateness + self.window.idle + 2 * self.window.step + _SLACK

    def refused(self, start: int, end: int) -> Sequence[Refused]:
        """Give what was rejected in the panes that start in [start, end), where that counts."""
        if self.alerts.rules or self.alerts.rejected is None:
            return ()
        return self.judge.refused(self.model, tuple(self.sources), start, end)

    @property
    def told(self) -> Told:
        """Say how what was decided is answered."""
        return Told(
            routes=self.routes,
            settings=self.retraining,
            locate=partial(self.judge.places, tuple(self.sources)),
            step=microseconds(self.window.step),
        )


def tick(judging: Judging, clock: Callable[[], int], going: Callable[[], bool]) -> int:
    """Judge every boundary that closed has passed, one after the other; give their number.

    Conflict means that another replica has judged the boundary: its judgement stands, and the
    next tick goes on from there. Where no window holds anything any more, the silence is passed in
    one step. Nothing is closed by what was stored before this process began or froze: a partition
    that stood at the end of its log may have had records since.
    """
    judge, model, judged = judging.judge, judging.model, 0
    before: tuple[Verdicts, ...] = ()
    silent = False
    if (current := judging.current()) is not None:
        judge.close(model, partial(_closed, judging, current))
    step = microseconds(judging.window.step)
    while going() and (opened := judge.open(model, step)) is not None:
        opened = _past_silence(judging, opened, step) if silent else opened
        known = judging.known()
        subjects = judging.panes.subjects(opened, known, judge.panes, judge.hours)
        case = _case(judging, opened, known, subjects, clock())
        hours = judging.panes.hours(opened, known)
        made = judgement(case, judging, hours, before)
        judge.commit(made)
        before, judged, silent = made.verdicts, judged + 1, judging.panes.silent
    _attend(judging, clock())
    return judged


def _case(
    judging: Judging, opened: Opened, known: Known, subjects: tuple[Subject, ...], now: int
) -> Case:
    panes, judge = judging.panes, judging.judge
    refused = partial(judging.refused, end=opened.boundary)
    return Case(
        opened=opened,
        subjects=subjects,
        now=now,
        profiles={v: p for (of, v), p in known.profiles.items() if of == opened.model},
        entered=panes.entered(opened, judge.panes),
        past=partial(panes.past, opened, judge.hours),
        refused=refused(panes.since(opened)),
        refusals=partial(refused, panes.looked_back(opened)),
    )


def _past_silence(judging: Judging, opened: Opened, step: int) -> Opened:
    """Go on to the last boundary at which there is nothing to be seen yet.

    One old record before all others would otherwise cost a year's boundaries, one by one. What an
    hour or a day of silence decides is decided at its end.
    """
    until = opened.closed if opened.following is None else min(opened.closed, opened.following)
    refused = judging.refused(judging.panes.since(opened), until)
    until = min([until, *(one.pane for one in refused)])
    if opened.evidence and opened.previous is not None:
        fires = any(state.state is State.FIRING for state in opened.alerts.values())
        part = _HOUR if fires else _DAY
        ends = (opened.previous // part + 1) * part
        until = min(until, -(-ends // step) * step)
    return replace(opened, boundary=max(opened.boundary, until // step * step))


def _closed(judging: Judging, now: int, offsets: Mapping[str, Offsets]) -> int | None:
    feeding = {
        source: {name: p for name, p in offsets.get(source, {}).items() if reads(name)}
        for source, reads in judging.sources.items()
    }
    return watermark(feeding, judging.window, now)


def judgement(
    case: Case, judging: Judging, hours: tuple[Part, ...], before: tuple[Verdicts, ...] = ()
) -> Judgement:
    """Decide one boundary: a pure function of the case and the settings.

    `before` are the verdicts of the boundary before it, where they are at hand.
    """
    opened = case.opened
    verdicts = evaluate(case, judging.detectors, before)
    gone = retired(opened.standing.retrainings)
    judged = [v for v in verdicts if v.population.version not in gone]
    over, ended = dismissed(opened, gone)
    paged = decide(_without(case, gone), judged, judging.alerts, judging.pager, judging.behind)
    alerts, transitions = (*over, *paged.alerts), (*ended, *paged.transitions)
    answered = answer(case, alerts, transitions, verdicts, judging.told)
    return Judgement(
        model=opened.model,
        previous=opened.previous,
        boundary=opened.boundary,
        decided_at=case.now,
        verdicts=verdicts,
        alerts=alerts,
        transitions=transitions,
        messages=answered.messages,
        hours=hours,
        forget=judging.panes.forget(opened),
        evidence=paged.evidence,
        retrainings=answered.retrainings,
        decisions=answered.decisions,
        put_off=answered.put_off,
    )


def _without(case: Case, gone: Collection[str]) -> Case:
    """Leave out the versions that are judged no more."""
    opened = case.opened
    return replace(
        case,
        opened=replace(
            opened,
            alerts={key: s for key, s in opened.alerts.items() if key.version not in gone},
            evidence={of: e for of, e in opened.evidence.items() if of.version not in gone},
        ),
        entered={of: panes for of, panes in case.entered.items() if of.version not in gone},
        refused=[one for one in case.refused if one.version not in gone],
    )


def _attend(judging: Judging, now: int) -> None:
    """Follow what has come for retrainings since the last boundary: answers, calls, and time."""
    opened = judging.judge.between(judging.model)
    if opened is None:
        return
    answered = attend(opened, now, judging.told)
    if answered.retrainings:
        judging.judge.commit(
            Judgement(
                model=opened.model,
                previous=opened.boundary,
                boundary=opened.boundary,
                decided_at=now,
                messages=answered.messages,
                retrainings=answered.retrainings,
                decisions=answered.decisions,
            )
        )
