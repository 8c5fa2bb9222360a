"""A log in memory, replicas that read it into a store, and everything that can befall them."""

import contextlib
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from detectors.comparison import Missing, PopulationStability
from detectors.summaries import (
    Layout,
    Summary,
    categorical_feature,
    merge,
    numeric_feature,
    tabulate,
)
from driftwatch.decide.settings import AlertSettings
from driftwatch.decode.json import JsonFormat
from driftwatch.nouns.errors import Transient
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.profiles import Column, Known, Profile, Schema
from driftwatch.nouns.records import Delta, Offsets, Poll
from driftwatch.pipeline import Judging, Reading, ingest, tick
from driftwatch.store.memory import Memory
from driftwatch.window.rollup import Panes
from driftwatch.window.settings import WindowSettings

MINUTE = 60_000_000
HOUR = 60 * MINUTE
BEGIN = 1_760_000_400_000_000 // HOUR * HOUR
NOW = BEGIN + 7 * HOUR
END = NOW + 4 * HOUR
ARRIVED = NOW + 90 * HOUR
SCHEMA = Schema((Column("amount", "numeric"), Column("country", "categorical")))
WINDOW = WindowSettings(
    pane=timedelta(minutes=10),
    step=timedelta(minutes=10),
    lateness=timedelta(minutes=20),
    windows=(timedelta(minutes=30), timedelta(hours=2)),
    idle=timedelta(minutes=5),
)
# NoData goes by the wall clock: what is decided by event time alone is looked at without it.
ALERTS = AlertSettings(
    rules=("psi > 0.8 over 30m for 20m, at least 5 rows",), no_data=timedelta(days=3650)
)
ROUTES = {"firing": ("people", "retrain"), "resolved": ("people",)}
SOURCE = "log"


def profile(version: str = "3", print_: str = "ref-1") -> Profile:
    """Make a profile of a thousand rows without drift."""
    amounts = np.linspace(0, 100, 1000)
    layout = Layout(
        (numeric_feature("amount", amounts, bins=16),),
        (categorical_feature("country", {"FR": 500, "DE": 500}),),
    )
    rows = np.zeros(1000, np.int64)
    codes = (np.arange(1000) % 2).astype(np.int32)[None, :]
    counted = tabulate(layout, amounts[None, :], codes, (["FR", "DE"],), rows, 1)
    return Profile("fraud", version, SCHEMA, layout, merge(layout, [counted.encode(0)]), print_)


def known(*profiles: Profile) -> Known:
    return Known(frozenset({"fraud"}), {(p.model, p.version): p for p in profiles or [profile()]})


@dataclass(frozen=True)
class Record:
    """A record; `at` is in minutes after BEGIN, and a broken one is not JSON.

    It arrives long after all is over, or as it happens.
    """

    at: float
    amount: float = 50.0
    broken: bool = False
    version: str = "3"
    live: bool = False

    @property
    def arrived(self) -> int:
        return BEGIN + int(self.at * MINUTE) if self.live else ARRIVED

    @property
    def body(self) -> bytes:
        if self.broken:
            return b"{"
        made = {
            "time": (BEGIN + int(self.at * MINUTE)) / 1e6,
            "model": "fraud",
            "version": self.version,
            "features": {"amount": self.amount, "country": "FR" if self.at % 2 < 1 else "DE"},
        }
        return json.dumps(made).encode()


Log = Mapping[str, list[Record]]


class Clock:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class LogSource:
    """A source over lists of records; it reads what `mine` names when it is placed."""

    def __init__(
        self, log: Log, stored: Callable[[], Offsets], mine: Callable[[], Collection[str]]
    ) -> None:
        self.name = SOURCE
        self.closed = False
        self.paused: frozenset[str] = frozenset()
        self.acknowledged: list[Mapping[str, tuple[int, int]]] = []
        self._log, self._stored, self._mine = log, stored, mine
        self._next: dict[str, int] | None = None

    def poll(self, limit: int) -> Poll:
        if self._next is None:
            return self._place()
        taken: list[tuple[str, int]] = []
        span = {}
        share, rest = divmod(limit, max(1, len(self._next)))
        for place, (name, first) in enumerate(self._next.items()):
            open_ = 0 if name in self.paused else share + (rest if place == 0 else 0)
            following = min(first + open_, len(self._log[name]))
            if following > first:
                span[name] = (first, following)
                taken += [(name, offset) for offset in range(first, following)]
        self._next |= {name: following for name, (_, following) in span.items()}
        return self._poll(taken, span, restarted=False)

    def _place(self) -> Poll:
        stored = self._stored()
        names = sorted(self._mine())
        self._next = {n: stored[n].next if n in stored else 0 for n in names}
        # All partitions, as every source does: none closes before each has begun.
        new = {n: (0, 0) for n in sorted(self._log) if n not in stored}
        return self._poll([], new, restarted=True)

    def _poll(
        self, taken: list[tuple[str, int]], span: Mapping[str, tuple[int, int]], *, restarted: bool
    ) -> Poll:
        assert self._next is not None
        names = tuple(self._next)
        ended = {n for n in names if self._next[n] == len(self._log[n]) and n not in self.paused}
        return Poll(
            bodies=[self._log[n][offset].body for n, offset in taken],
            partitions=names,
            partition=np.array([names.index(n) for n, _ in taken], np.int16),
            offset=np.array([offset for _, offset in taken], np.int64),
            arrived=np.array([self._log[n][offset].arrived for n, offset in taken], np.int64),
            span=span,
            standing=frozenset() if restarted else frozenset(ended),
            restarted=restarted,
        )

    def turn(self, first: str) -> None:
        """Read of this partition first, and most, from now on."""
        if self._next is not None and first in self._next:
            self._next = {first: self._next[first], **self._next}

    def seek(self) -> None:
        self._next = None

    def pause(self, partitions: Collection[str]) -> None:
        self.paused = frozenset(partitions)

    def acknowledge(self, span: Mapping[str, tuple[int, int]]) -> None:
        self.acknowledged.append(dict(span))

    def lag(self) -> Mapping[str, int]:
        return {n: len(self._log[n]) - first for n, first in (self._next or {}).items()}

    def status(self) -> str:
        return ""

    def close(self) -> None:
        self.closed = True


class Crash(BaseException):
    """The process is gone."""


class Line:
    """The way to a store, which breaks when it is told to, once, before or after the answer."""

    def __init__(self, store: Memory) -> None:
        self._store = store
        self.breaks: tuple[str, BaseException, str] | None = None  # method, error, when

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def lead_to(self, store: Memory) -> None:
        """Lead to another store from now on."""
        self._store = store

    def offsets(self, source: str) -> Offsets:
        return self._across("offsets", source)  # type: ignore[no-any-return]

    def append(self, delta: Delta, pane: int) -> Offsets:
        return self._across("append", delta, pane)  # type: ignore[no-any-return]

    def commit(self, judgement: Judgement) -> None:
        self._across("commit", judgement)

    def _across(self, name: str, *arguments: Any) -> Any:
        method, error, when = self.breaks or ("", None, "")
        broken = method == name and error is not None
        if broken:
            self.breaks = None
        if broken and when == "before":
            raise error  # type: ignore[misc]
        answer = getattr(self._store, name)(*arguments)
        if broken:
            raise error  # type: ignore[misc]
        return answer


def away() -> Transient:
    return Transient("the store is away")


@dataclass
class Scene:
    """A log, a store, a clock, and who reads which partition."""

    log: Log
    store: Memory = field(default_factory=Memory)
    clock: Clock = field(default_factory=Clock)
    group: dict[str, int] = field(default_factory=dict)
    known: Known = field(default_factory=known)
    window: WindowSettings = WINDOW

    def __post_init__(self) -> None:
        self.group = self.group or dict.fromkeys(self.log, 0)

    def reading(self, source: Any, line: Any, **changes: Any) -> Reading:
        given: dict[str, Any] = {
            "source": source,
            "format": JsonFormat().build(),
            "intake": line,
            "known": lambda: self.known,
            "window": self.window,
            "reads": lambda _: True,
            "report": lambda _: None,
            "current": lambda _: None,
            "every": timedelta(seconds=10),
            "records": 20,
            "poll": 7,
            "keep_payload": 64,
        }
        return Reading(**{**given, **changes})

    def judging(self, line: Any, **changes: Any) -> Judging:
        given: dict[str, Any] = {
            "model": "fraud",
            "sources": {SOURCE: lambda _: True},
            "current": self.clock,
            "judge": line,
            "panes": Panes(self.window),
            "known": lambda: self.known,
            "window": self.window,
            "detectors": (PopulationStability(), Missing()),
            "alerts": ALERTS,
            "routes": ROUTES,
        }
        return Judging(**{**given, **changes})

    def read_all(self, **changes: Any) -> None:
        """Read to the end without any disturbance; a partition too far ahead waits meanwhile."""
        source, left = self.source(), iter(range(1000))

        def going() -> bool:
            self.clock.now += MINUTE
            return next(left, None) is not None and not self.is_read

        ingest(self.reading(source, self.store, **changes), self.clock, going)
        assert self.is_read

    @property
    def is_read(self) -> bool:
        """Whether all of the log is in the store."""
        stored = self.store.offsets(SOURCE)
        return all(n in stored and stored[n].next == len(of) for n, of in self.log.items())

    def source(self) -> LogSource:
        """Make a source that reads everything."""
        return LogSource(self.log, lambda: self.store.offsets(SOURCE), lambda: list(self.log))

    def read(
        self,
        source: LogSource,
        polls: int,
        line: Any = None,
        at: Mapping[int, Callable[[], object]] | None = None,
        **changes: Any,
    ) -> None:
        """Run ingest for some polls, one in five seconds, and let it leave.

        `at` says what happens before which poll; the first is 0.
        """
        counted = iter(range(polls))

        def going() -> bool:
            poll = next(counted, None)
            self.clock.now += 5_000_000
            (at or {}).get(-1 if poll is None else poll, lambda: None)()
            return poll is not None

        ingest(self.reading(source, line or self.store, **changes), self.clock, going)

    def rest(self, until: int = END) -> None:
        """Let all partitions be idle for so long that everything closes."""
        self.read(self.source(), 3)
        assert self.clock.now < until - HOUR
        self.clock.now = until

    def judge(self, line: Any = None, **changes: Any) -> int:
        return tick(self.judging(line or self.store, **changes), self.clock, lambda: True)


class Replica:
    """A daemon's ingest in a thread that goes on poll by poll, as it is told."""

    def __init__(self, scene: Scene, number: int) -> None:
        self.scene, self.number = scene, number
        self.line = Line(scene.store)
        self.source: LogSource | None = None
        self.crash_at_poll = False
        self.size = 7
        self._go, self._parked = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._stop = False

    def step(self) -> None:
        """Let it go through one poll and what follows; start it if it is not running."""
        if self._thread is None:
            self._stop = False
            self._thread = threading.Thread(target=self._live, daemon=True)
            self._thread.start()
            self._parked.acquire()
        if self._thread is not None:
            self._go.release()
            self._parked.acquire()

    def stop(self) -> None:
        """Let it leave in good order."""
        if self._thread is not None:
            self._stop = True
            self._go.release()
            self._parked.acquire()

    def mine(self) -> list[str]:
        return [name for name, owner in self.scene.group.items() if owner == self.number]

    def _live(self) -> None:
        scene = self.scene
        self.source = LogSource(scene.log, lambda: self.line.offsets(SOURCE), self.mine)
        source = self.source
        original = source.poll

        def poll(limit: int) -> Poll:
            del limit
            found = original(self.size)
            if self.crash_at_poll:
                self.crash_at_poll = False
                raise Crash
            return found

        source.poll = poll  # type: ignore[method-assign]
        with contextlib.suppress(Crash, Transient):
            ingest(scene.reading(source, self.line), scene.clock, self._going)
        self._thread = None
        self._parked.release()

    def _going(self) -> bool:
        self._parked.release()
        self._go.acquire()
        return not self._stop


def outcome(scene: Scene) -> dict[str, Any]:
    """Give all that must be the same whatever has happened on the way."""
    store, everything = scene.store, (-(2**60), 2**60)
    snapshot = store.snapshot(0)
    sent = store.deliveries(10_000)
    return {
        "positions": {
            s: {n: (p.next, p.high) for n, p in o.items()} for s, o in store.positions().items()
        },
        "counters": store.counters(),
        "tallies": store.tallies(*everything),
        "panes": dict(_merged(store.panes("fraud", *everything))),
        "hours": dict(_merged(store.hours("fraud", *everything))),
        "progress": snapshot.models["fraud"].boundary,
        "verdicts": [_plain(v) for v in snapshot.verdicts],
        "alerts": snapshot.alerts,
        "transitions": store.transitions(10_000),
        "rejected": sorted((r.partition, r.offset, r.reason) for r in store.rejected(10_000)),
        "messages": sorted(
            (d.endpoint, d.message.at, d.message.id, _undated(d.message.facts))
            for d in (dispatch.delivery for dispatch in sent)
        ),
    }


def _merged(parts: Any) -> Iterator[tuple[Any, Any]]:
    bodies: dict[Any, list[bytes]] = {}
    for part in parts:
        bodies.setdefault((part.population, part.pane, part.reference), []).append(part.body)
    for key, of in bodies.items():
        merged: Summary = merge(profile().layout, of)
        yield key, (merged.rows, merged.counts.tolist())


def _plain(verdicts: Any) -> tuple[Any, ...]:
    of = (verdicts.population, verdicts.reference, verdicts.window, verdicts.start, verdicts.end)
    values = {
        kind: (repr(c.statistic.tolist()), c.n.tolist()) for kind, c in verdicts.statistics.items()
    }
    return *of, verdicts.rows, values


def _undated(facts: Mapping[str, Any]) -> str:
    return json.dumps({**facts, "decided_at": 0}, sort_keys=True)
