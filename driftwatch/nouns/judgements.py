"""What does a tick read, and what does it write?

All times are int64 microseconds UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from detectors.comparison import Compared
from detectors.multivariate import Discrepancy
from detectors.prior import Estimated
from detectors.summaries import Summary
from driftwatch.nouns.messages import Message
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.records import Part, Population, Refused
from driftwatch.nouns.retraining import Decision, Retraining, Standing

_DAY = 86_400_000_000


class State(StrEnum):
    """The states of an alert, as Prometheus has them."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, order=True)
class AlertKey:
    """Which alert: one per (model, version, kind of alert)."""

    model: str
    version: str
    alert: str


@dataclass(frozen=True, slots=True)
class AlertState:
    """Where an alert stands, and what it needs to go on; JSON-able throughout.

    `since` is the event time at which the present state began, `ordinal` the number of times that
    the alert has fired, `reference` the fingerprint under which the state was reached, `memory`
    what the deciding rule keeps (per rule and feature), `evidence` what people are told.
    """

    key: AlertKey
    state: State
    since: int
    reference: str
    severity: str = "warning"
    ordinal: int = 0
    memory: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert that changed its state at a boundary; the only thing which makes a message."""

    key: AlertKey
    before: State
    after: State
    boundary: int
    ordinal: int
    severity: str
    reference: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    @classmethod
    def between(cls, before: AlertState, after: AlertState, boundary: int, why: str) -> Self:
        """Make that of an alert which went from one state to another at a boundary."""
        return cls(
            key=before.key,
            before=before.state,
            after=after.state,
            boundary=boundary,
            ordinal=after.ordinal,
            severity=after.severity,
            reference=before.reference,
            evidence=after.evidence,
            why=why,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A population's summary over [start, end); `name` as configured, such as 1h."""

    name: str
    start: int
    end: int
    summary: Summary


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A population under judgement: its reference and its current windows."""

    population: Population
    profile: Profile
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """The statistics of one population and window at one boundary.

    `features` are d names in the layout's order; every array in `statistics` (by the comparison's
    kind) is one per feature. Derived features of which only the mean counts are not among them.
    `priors` are the shares of the classes, by the estimator's kind, refused ones with their reason.
    `discrepancies` are those of all columns together and of each vector, by the test's name.
    `unseen` names values that the reference never held, the most frequent first, by feature; it is
    there while the window is judged, and not kept.
    """

    population: Population
    reference: str
    window: str
    start: int
    end: int
    rows: int
    features: tuple[str, ...]
    roles: tuple[str, ...]
    statistics: Mapping[str, Compared]
    priors: Mapping[str, Estimated] = field(default_factory=dict)
    discrepancies: Mapping[str, Discrepancy] = field(default_factory=dict)
    unseen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the pager has gathered on one population, in its own versioned bytes.

    It counts only under the `fingerprint` of the settings and the reference that it was gathered
    under. `ratios` has, by family, the evidence over that which pages.
    """

    population: Population
    fingerprint: str
    body: bytes
    ratios: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """What the store knows of a model at the next boundary to be judged.

    `previous` is the last boundary committed (None before the first), `boundary` the one to judge,
    `closed` the event time before which nothing can change any more. `following` is the start of
    the first minute pane at or after `previous`, None if there is none.
    """

    model: str
    previous: int | None
    boundary: int
    closed: int
    alerts: Mapping[AlertKey, AlertState]
    following: int | None = None
    evidence: Mapping[Population, Evidence] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """All that one boundary is judged on; the judgement is a pure function of it.

    `profiles` has the one of each version. `entered` has, by population, the start and the rows of
    each pane that was closed since the last boundary; `past` gives the hours of a population up to
    this one that hold rows (hours since 1970, and their rows), and is asked when there is a page.
    `refused` was rejected in the panes that were closed; `refusals` gives that of the hours of
    `past`.
    """

    opened: Opened
    subjects: tuple[Subject, ...]
    now: int
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    entered: Mapping[Population, Sequence[tuple[int, Summary]]] = field(default_factory=dict)
    past: Callable[[Population], Sequence[tuple[int, Summary]]] = lambda _: ()
    refused: Sequence[Refused] = ()
    refusals: Callable[[], Sequence[Refused]] = lambda: ()


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """All that one boundary decided; saved in one transaction, or not at all.

    `hours` are panes rolled up to an hour (their `pane` is its start). Minute panes that end at
    or before `forget` are deleted in the same transaction. `evidence` replaces all that the store
    has of the model's. `retrainings` are those that changed. `put_off` says, by message, when it is
    first to be tried, if not at once. Where `boundary` is `previous`, nothing was judged: it is a
    look between boundaries.
    """

    model: str
    previous: int | None
    boundary: int
    decided_at: int
    verdicts: tuple[Verdicts, ...] = ()
    alerts: tuple[AlertState, ...] = ()
    transitions: tuple[Transition, ...] = ()
    messages: tuple[tuple[Message, tuple[str, ...]], ...] = ()
    hours: tuple[Part, ...] = ()
    forget: int | None = None
    evidence: tuple[Evidence, ...] = ()
    retrainings: tuple[Retraining, ...] = ()
    decisions: tuple[Decision, ...] = ()
    put_off: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a model's event time has come; times of event but for `decided_at` (wall)."""

    closed: int | None
    boundary: int | None
    decided_at: int | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What waits for an endpoint: numbers, the creation time of the oldest, and its circuit."""

    waiting: int
    dead: int
    oldest: int | None
    open_until: int | None
    disabled: str


@dataclass(frozen=True, slots=True)
class Learning:
    """How far a version without a profile has come: rows that are kept, whole days that closed.

    The first day, which is seldom a whole one, counts for neither.
    """

    rows: int
    days: int

    @classmethod
    def of(cls, kept: Mapping[int, int], closed: int | None) -> Self:
        """Count what is kept, by the starts of days."""
        first = min(kept, default=0)
        rows = sum(rows for day, rows in kept.items() if day != first)
        passed = (closed or 0) - first - _DAY
        return cls(rows, max(0, passed // _DAY) if kept else 0)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All that is shown of the committed state; read from the store after each tick and at start.

    `verdicts` holds the last of each population and window; `outgoing` is by endpoint; `ratios`
    are those of the pager's evidence. `retrainings` are those that are not closed. By model and
    version, `learned` has the fingerprints of learned profiles, `learning` what is to become one.
    """

    taken_at: int
    verdicts: tuple[Verdicts, ...]
    alerts: tuple[AlertState, ...]
    models: Mapping[str, Progress]
    outgoing: Mapping[str, Outgoing]
    store_bytes: int = 0
    ratios: Mapping[Population, Mapping[str, float]] = field(default_factory=dict)
    retrainings: tuple[Retraining, ...] = ()
    learned: Mapping[tuple[str, str], str] = field(default_factory=dict)
    learning: Mapping[tuple[str, str], Learning] = field(default_factory=dict)
