"""How does what is closed become judgements, each boundary once?"""

from collections.abc import Callable, Collection, Mapping, Sequence
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
from driftwatch.nouns.judgements import Case, Judgement, Opened, State, Subject, Verdicts
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Offsets, Part, Refused
from driftwatch.nouns.retraining import Located
from driftwatch.nouns.settings import microseconds
from driftwatch.window.rollup import Panes
from driftwatch.window.settings import WindowSettings
from driftwatch.window.watermark import watermark

_HOUR = microseconds(timedelta(hours=1))
_DAY = 24 * _HOUR
_SLACK = timedelta(minutes=5)


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
