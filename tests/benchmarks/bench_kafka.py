"""How fast is the path from Kafka to the store, beside only polling with the same client?

Both sides have the same client with the same settings, read the same records in one process and in
turn. Ours is the whole path as the daemon runs it: one thread polls, decodes, counts and appends to
SQLite, another judges every minute what is closed. Beside the pace by the clock stands that by
processor time, of all threads together, which other load on the machine disturbs least. What
judging a whole day's backlog takes is a row of its own.
"""

import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from detectors.comparison import DEFAULTS
from driftwatch.app.daemon import wall
from driftwatch.app.memory import spare_collector
from driftwatch.config.settings import IntakeSettings
from driftwatch.decide.settings import AlertSettings
from driftwatch.decode.json import JsonFormat
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.nouns.records import Poll
from driftwatch.pipeline import Judging, Reading, Source, ingest, tick
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.sources.kafka import KafkaSettings
from driftwatch.sources.kafka.connection import Connection
from driftwatch.sources.kafka.options import reading
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings
from driftwatch.window.rollup import Panes
from driftwatch.window.settings import WindowSettings
from tests.acceptance.truth import HOUR, MODEL, VERSION, Plan, Truth, reference_rows
from tests.benchmarks.measure import Row, at_least, at_most
from tests.real.kafka import Kafka, fetch, make_broker

PARTITIONS, SEGMENTS = 4, 50
OTHER = "4"
INTAKE = IntakeSettings()
SCHEDULE = 60.0  # seconds between ticks, as the daemon has it by default
SECONDS = 300  # after which a run has failed
TARGET = 0.6
LIMIT = 150.0  # milliseconds a boundary


@dataclass(frozen=True)
class Moment:
    """Seconds by the clock, and of the processor."""

    wall: float
    busy: float

    @classmethod
    def now(cls) -> "Moment":
        return cls(time.perf_counter(), time.process_time())

    def pace(self, records: int) -> "Moment":
        """Give records a second since then."""
        now = Moment.now()
        return Moment(records / (now.wall - self.wall), records / (now.busy - self.busy))


@dataclass
class Case:
    """A topic, and what was measured on it, in turn."""

    name: str
    topic: str
    records: int
    polled: list[Moment] = field(default_factory=list)
    ours: list[Moment] = field(default_factory=list)
    judged: list[float] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        of = f"Kafka JSON, 20 features, {self.name}: end to end against only polling"
        for by, name in (("wall", ""), ("busy", ", by processor time")):
            ours, floor = (
                median(getattr(m, by) for m in some) for some in (self.ours, self.polled)
            )
            yield at_least(of + name, ours, floor, "records/s", TARGET)
        if self.judged:
            of = f"judging what was read {self.name}: one boundary, 20 features"
            yield at_most(of, median(self.judged) * 1000, "ms", LIMIT)


@contextmanager
def a_kafka(folder: Path) -> Iterator[Kafka]:
    broker = make_broker(folder / "kafka", fetch())
    try:
        broker.format()
        broker.start()
        yield broker
    finally:
        broker.kill()


def rows(*, short: bool) -> list[Row]:
    """Measure in one pane, in catch-up over a day, with two versions mixed, and in segments."""
    folder = Path(tempfile.mkdtemp())
    try:
        with a_kafka(folder) as kafka:
            return [row for case in cases(kafka, folder, short=short) for row in case.rows()]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cases(kafka: Kafka, folder: Path, *, short: bool) -> Iterator[Case]:
    begin = wall() // HOUR * HOUR - 30 * HOUR
    plain, joint = profiles(folder, begin, joint=False), profiles(folder, begin, joint=True)
    parted = profiles(folder, begin, joint=False, rows=1_200 * SEGMENTS, parts=SEGMENTS)
    spare_collector()
    records = 100_000 if short else 400_000
    for name, hours, versions, known in (
        ("in one pane", 0, 1, plain),
        ("in catch-up over 24 h", 24, 1, plain),
        ("of two versions", 0, 2, plain),
        ("in one pane, with features of several columns", 0, 1, joint),
        (f"in one pane, with {SEGMENTS} segments", 0, 1, parted),
    ):
        parts = SEGMENTS if known is parted else 0
        case = Case(name, produced(kafka, begin, records, hours, versions, parts), records)
        for turn in range(1 if short else 3):
            case.polled.append(polled(kafka, case))
            case.ours.append(ingested(kafka, case, known, folder / f"{case.topic}-{turn}.db", turn))
        yield case


def profiles(folder: Path, begin: int, *, joint: bool, rows: int = 20_000, parts: int = 0) -> Known:
    """Build the profile of one version, and take it for the other's too.

    `joint` derives features of several columns, which a profile has unless it is told not to;
    `parts` is the number of segments.
    """
    heldout = folder / "heldout.ndjson"
    heldout.write_bytes(b"\n".join(divided(reference_rows(rows, begin - 72 * HOUR), parts)))
    segments = ("c00",) if parts else ()
    made = build([heldout], Choices(multivariate=joint, segments=segments, most=parts or 1))
    other = replace(made, version=OTHER, fingerprint="another")
    found: Mapping[tuple[str, str], Profile] = {(MODEL, VERSION): made, (MODEL, OTHER): other}
    return Known(frozenset({MODEL}), found)


def divided(bodies: Iterable[bytes], parts: int) -> list[bytes]:
    """Give one column so many values in turn, none if it is to stay as it is."""
    if not parts:
        return list(bodies)
    column = re.compile(rb'"c00": ?"[^"]*"')
    return [column.sub(b'"c00":"part-%d"' % (i % parts), body) for i, body in enumerate(bodies)]


def produced(kafka: Kafka, begin: int, records: int, hours: int, versions: int, parts: int) -> str:
    plan = Plan(records, begin=begin, hours=hours, drift_hour=1000, late=0.0, broken=0.0)
    topic = kafka.topic(partitions=PARTITIONS)
    for p, part in enumerate(Truth(plan).parts):
        bodies = divided((body for body in part.bodies if body is not None), parts)
        if versions == 2:
            bodies[::2] = [b.replace(b'"version":"3"', b'"version":"4"') for b in bodies[::2]]
        kafka.flood(topic, p, bodies, (part.times // 1000).tolist())
    return topic


def settings(kafka: Kafka, case: Case, group: str) -> KafkaSettings:
    return KafkaSettings(brokers=(kafka.address,), topics=(case.topic,), group=group)


def polled(kafka: Kafka, case: Case) -> Moment:
    """Only poll, from the first records on."""
    options = reading(settings(kafka, case, f"polled-{case.topic}"), "bench")
    connection = Connection(
        settings(kafka, case, "polled"), **{**options, "auto_offset_reset": "earliest"}
    )
    try:
        connection.consumer.subscribe([case.topic])
        while not (first := _count(connection.take(INTAKE.poll, 1.0))):
            pass
        began, seen = Moment.now(), first
        while seen < case.records:
            seen += _count(connection.take(INTAKE.poll, 1.0))
        return began.pace(case.records - first)
    finally:
        connection.close()


def _count(taken: Mapping[object, list[object]]) -> int:
    return sum(map(len, taken.values()))


class Counting:
    """The source, which notes when the first records came, and how many there were."""

    def __init__(self, source: Source) -> None:
        self.source, self.first, self.received = source, 0, 0
        self.began: Moment | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self.source, name)

    def poll(self, limit: int) -> Poll:
        poll = self.source.poll(limit)
        self.received += len(poll.bodies)
        if poll.bodies and self.began is None:
            self.began, self.first = Moment.now(), len(poll.bodies)
        return poll


def ingested(kafka: Kafka, case: Case, known: Known, file: Path, turn: int) -> Moment:
    """Read, decode, count, append and judge, from after the first poll on."""
    store = open_store(StoreSettings.model_validate({"url": f"sqlite:///{file}"}), wall)
    chosen = settings(kafka, case, f"{case.topic}-{turn}")
    source = Counting(chosen.build(lambda: store.offsets("kafka"), "bench", wall))
    current: list[int] = []
    read = Reading(
        source=source,
        format=JsonFormat().build(),
        intake=store,
        known=lambda: known,
        window=WindowSettings(),
        reads=chosen.reads,
        report=lambda _: None,
        current=current.append,
        every=INTAKE.every,
        records=INTAKE.records,
        poll=INTAKE.poll,
        keep_payload=1024,
    )
    try:
        return _timed(case, store, read, current)
    finally:
        source.source.close()
        store.dispose()


def _timed(case: Case, store: Store, read: Reading, current: list[int]) -> Moment:
    source, done = read.source, threading.Event()
    judging = _judging(store, read, lambda: current[-1] if current else None)
    judge = threading.Thread(target=_judge, args=(judging, done))
    judge.start()
    until = time.monotonic() + SECONDS
    ingest(read, wall, lambda: source.received < case.records and time.monotonic() < until)
    pace = source.began.pace(case.records - source.first)
    done.set()
    judge.join()
    began = time.perf_counter()
    if boundaries := tick(judging, wall, lambda: True):
        case.judged.append((time.perf_counter() - began) / boundaries)
    stored = sum(n for c, n in store.counters().items() if c.kind == "received")
    if stored != case.records:
        message = f"{stored} of {case.records} records were stored: this measures nothing"
        raise RuntimeError(message)
    return pace


def _judge(judging: Judging, done: threading.Event) -> None:
    while not done.wait(SCHEDULE):
        tick(judging, wall, lambda: not done.is_set())


def _judging(store: Store, read: Reading, current: Callable[[], int | None]) -> Judging:
    return Judging(
        model=MODEL,
        sources={"kafka": read.reads},
        current=current,
        judge=store,
        panes=Panes(read.window),
        known=read.known,
        window=read.window,
        detectors=DEFAULTS,
        alerts=AlertSettings(),
        routes={},
    )


if __name__ == "__main__":
    for row in rows(short="short" in sys.argv):
        beside = f" / {row.floor_or_peer:,.0f} = {row.ratio:.2f}" if row.floor_or_peer else ""
        print(f"{row.name}: {row.ours:,.1f}{beside} {row.unit} (target {row.target})")
