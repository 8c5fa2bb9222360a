"""What would the daemon have decided, had it read these files?

`ingest` and `tick` run over them as they are, in turn and in one thread, with a store in memory
and event time as the clock. What endpoints would have been sent counts as delivered at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from driftwatch.config import Config, Watched
from driftwatch.notify.payload import Kind
from driftwatch.nouns.errors import DriftwatchError
from driftwatch.nouns.judgements import AlertState, Judgement, Opened, Transition
from driftwatch.nouns.messages import Attempt, Outcome
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Population
from driftwatch.nouns.retraining import Decision, Retraining
from driftwatch.nouns.settings import microseconds
from driftwatch.pipeline import Judging, Reading, ingest, tick
from driftwatch.replay.files import Log
from driftwatch.store.memory import Memory
from driftwatch.store.settings import RetentionSettings
from driftwatch.window.rollup import Panes
from driftwatch.window.settings import HOUR, WindowSettings

AT_ONCE = 100_000  # records between two ticks
_HOUR = microseconds(HOUR)
_MOST = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """What a replay saw: counts of records, and what was decided on the way.

    `first` and `last` are the event times of the first and the last boundary, None where nothing
    was judged. `evidence` has, by population and family, the most of each hour's evidence over that
    which pages, by the hour's start.
    """

    model: str
    counts: Mapping[str, int]
    first: int | None
    last: int | None
    transitions: tuple[Transition, ...]
    alerts: tuple[AlertState, ...]
    retrainings: tuple[Retraining, ...]
    decisions: tuple[Decision, ...]
    evidence: Mapping[tuple[Population, str], Mapping[int, float]]


def replay(config: Config, watched: Watched, known: Known, log: Log) -> Replayed:
    """Run a model's part of a configuration over a log."""
    store, window = _Noting(watched), watched.window
    reading = _reading(config, watched, known, log, store)
    judging = _judging(config, watched, known, log, store)
    while not log.finished:
        ingest(reading, lambda: _read_until(store, window, over=False), log.going(AT_ONCE))
        tick(judging, lambda: store.now, lambda: _deliver(store, config))
    return _replayed(watched.name, store)


class _Noting(Memory):
    """The store in memory, which notes the evidence of each judgement."""

    def __init__(self, watched: Watched) -> None:
        super().__init__(RetentionSettings())
        self._lateness = microseconds(watched.window.lateness)
        self.now = 0  # when the daemon would have judged the last boundary that was opened
        self.evidence: dict[tuple[Population, str], dict[int, float]] = {}
        self.first: int | None = None
        self.last: int | None = None

    def open(self, model: str, step: int) -> Opened | None:
        """Give the next boundary as it stood when it closed: little was read beyond it then.

        A long silence stays one that may be passed at once.
        """
        opened = _aged(super().open(model, step))
        if opened is None:
            return None
        self.now = opened.boundary + self._lateness
        silent = opened.following is None or opened.following > opened.boundary + _HOUR
        return opened if silent else replace(opened, closed=opened.boundary)

    def between(self, model: str) -> Opened | None:
        """Give what stands between two boundaries, likewise."""
        return _aged(super().between(model))

    def commit(self, judgement: Judgement) -> None:
        """Save a judgement, and note its evidence by the hour that it ends."""
        super().commit(judgement)
        self.first = judgement.boundary if self.first is None else self.first
        self.last = judgement.boundary
        hour = (judgement.boundary - 1) // _HOUR * _HOUR
        for told in judgement.evidence:
            for family, ratio in told.ratios.items():
                noted = self.evidence.setdefault((told.population, family), {})
                noted[hour] = max(noted.get(hour, 0.0), ratio)


def _aged(opened: Opened | None) -> Opened | None:
    """Forget that the store was empty a moment ago: it is no reason to wait."""
    return opened and replace(opened, standing=replace(opened.standing, born=None))


def _read_until(store: Memory, window: WindowSettings, *, over: bool) -> int:
    """Give the newest event time; once all is read, as late as the last pane is waited for."""
    high = [p.high for p in store.offsets(Log.name).values() if p.high is not None]
    newest = max(high, default=0)
    if not over:
        return newest
    step = microseconds(window.step)
    last = (newest // step + 1) * step + microseconds(window.lateness)
    return max(last, newest + microseconds(window.idle))


def _reading(config: Config, watched: Watched, known: Known, log: Log, store: Memory) -> Reading:
    return Reading(
        source=log,
        format=log,
        intake=store,
        known=lambda: known,
        window=watched.window,
        reads=lambda _: True,
        report=_complain,
        current=lambda _: None,
        every=config.intake.every,
        records=config.intake.records,
        poll=config.intake.poll,
        keep_payload=0,
    )


def _complain(trouble: str) -> None:
    """Nothing that a store in memory says passes by itself."""
    if trouble:
        raise DriftwatchError(trouble)


def _judging(config: Config, watched: Watched, known: Known, log: Log, store: Memory) -> Judging:
    """Judge as the daemon does, but for the statistics that no decision rests on."""
    asked = {rule.statistic for rule in watched.alerts.rules}
    return Judging(
        model=watched.name,
        sources={Log.name: lambda _: True},
        current=lambda: _read_until(store, watched.window, over=log.finished),
        judge=store,
        panes=Panes(watched.window),
        known=lambda: known,
        window=watched.window,
        detectors=tuple(d for d in watched.detectors if d.kind in asked),
        alerts=watched.alerts,
        routes={
            kind: tuple(e.name for e in config.endpoints if kind in e.send)
            for kind in get_args(Kind)
        },
        retraining=config.retraining,
    )


def _deliver(store: _Noting, config: Config) -> bool:
    """Take what is due between two boundaries as an endpoint would; give that it goes on."""
    for endpoint in config.endpoints:
        for delivery in store.due(endpoint.name, store.now, store.now, _MOST):
            message = delivery.message.id
            answer = Attempt(
                message, endpoint.name, store.now, Outcome.DELIVERED, 200, "as if taken"
            )
            store.answered(answer)
    return True


def _replayed(model: str, store: _Noting) -> Replayed:
    counts: dict[str, int] = {}
    for counter, count in store.counters().items():
        counts[counter.kind] = counts.get(counter.kind, 0) + count
    retrainings = tuple(reversed(store.retrainings(_MOST, model=model)))
    return Replayed(
        model=model,
        counts=counts,
        first=store.first,
        last=store.last,
        transitions=tuple(reversed(store.transitions(_MOST, model=model))),
        alerts=tuple(store.alerts()),
        retrainings=retrainings,
        decisions=tuple(d for of in retrainings for d in store.decisions(of.id)),
        evidence=store.evidence,
    )
