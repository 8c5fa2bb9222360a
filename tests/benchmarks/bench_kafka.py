"""How fast is the path from Kafka to the store, beside only polling with the same client?"""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kafka import KafkaConsumer

from driftwatch.decode.json import JsonFormat
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.pipeline import Judging, Reading, ingest, tick
from driftwatch.reference.build import build
from driftwatch.sources.kafka import KafkaSettings
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings
from driftwatch.window.rollup import Panes
from driftwatch.window.settings import WindowSettings
from tests.acceptance.truth import HOUR, MODEL, VERSION, Plan, Truth, reference_rows
from tests.benchmarks.measure import Row, at_least
from tests.real.kafka import Kafka, fetch, make_broker

SECONDS = 300


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
    """Measure in one pane and in catch-up (hours of event time in one go)."""
    records = 100_000 if short else 1_000_000
    folder = Path(tempfile.mkdtemp())
    try:
        with a_kafka(folder) as kafka:
            return [
                _case(kafka, folder, "in one pane", records, hours=0),
                _case(kafka, folder, "in catch-up of 24 h", records, hours=24),
            ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _case(kafka: Kafka, folder: Path, name: str, records: int, hours: int) -> Row:
    begin = time.time_ns() // 1000 // HOUR * HOUR - 30 * HOUR
    plan = Plan(records, begin=begin, hours=hours, drift_hour=1000, late=0.0, broken=0.0)
    topic = kafka.topic(partitions=plan.partitions)
    for p, part in enumerate(Truth(plan).parts):
        kafka.produce(topic, part.bodies, partition=p, compression_type="lz4")
    heldout = folder / "heldout.ndjson"
    heldout.write_bytes(b"\n".join(reference_rows(40_000, begin - 72 * HOUR)))
    profile = build([heldout])
    floor = _polled(kafka, topic, records)
    ours = _ingested(kafka, topic, records, profile, folder / f"{topic}.db")
    floor = max(floor, _polled(kafka, topic, records))
    return at_least(
        f"Kafka JSON, 20 features, {name}: end to end against only polling",
        ours,
        floor,
        "records/s",
        0.6,
    )


def _polled(kafka: Kafka, topic: str, records: int) -> float:
    """Only poll, with the client's own defaults."""
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=kafka.address,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=10_000,
    )
    try:
        while not (first := consumer.poll(timeout_ms=1000, max_records=1)):
            pass
        seen, began = sum(map(len, first.values())), time.perf_counter()
        while seen < records:
            seen += sum(map(len, consumer.poll(timeout_ms=1000).values()))
        return records / (time.perf_counter() - began)
    finally:
        consumer.close(autocommit=False, timeout_ms=1000)


def _ingested(kafka: Kafka, topic: str, records: int, profile: Profile, file: Path) -> float:
    """Read, decode, count, append and judge, as the daemon's two threads do."""
    store = open_store(StoreSettings.model_validate({"url": f"sqlite:///{file}"}), wall)
    settings = KafkaSettings(brokers=(kafka.address,), topics=(topic,), group=topic)
    source = settings.build(lambda: store.offsets("kafka"), "bench", wall)
    known = Known(frozenset({MODEL}), {(MODEL, VERSION): profile})
    window = WindowSettings(step=timedelta(minutes=5))
    reading = Reading(
        source=source,
        format=JsonFormat().build(),
        intake=store,
        known=lambda: known,
        window=window,
        reads=lambda _: True,
        report=lambda _: None,
        every=timedelta(seconds=10),
        records=100_000,
        poll=10_000,
        keep_payload=0,
    )
    try:
        return _timed(store, reading, profile, records)
    finally:
        source.close()
        store.dispose()


def _timed(store: Store, reading: Reading, profile: Profile, records: int) -> float:
    done, times = threading.Event(), []
    counting = _Counting(reading, times)
    judge = threading.Thread(target=_judge, args=(store, reading, done))
    judge.start()
    until = time.monotonic() + SECONDS

    def going() -> bool:
        return counting.received < records and time.monotonic() < until

    ingest(replace(reading, source=counting), wall, going)
    took = time.perf_counter() - times[0]
    done.set()
    judge.join()
    stored = sum(n for c, n in store.counters().items() if c.kind == "received")
    if stored != records:
        message = f"{stored} of {records} records were stored: this measures nothing"
        raise RuntimeError(message)
    return records / took


class _Counting:
    """The source, noting when the first records came and how many there were."""

    def __init__(self, reading: Reading, times: list[float]) -> None:
        self._source, self._times, self.received = reading.source, times, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def poll(self, limit: int):
        poll = self._source.poll(limit)
        if poll.bodies and not self._times:
            self._times.append(time.perf_counter())
        self.received += len(poll.bodies)
        return poll


def _judge(store: Store, reading: Reading, done: threading.Event) -> None:
    from detectors.comparison import DEFAULTS
    from driftwatch.decide.settings import AlertSettings

    judging = Judging(
        model=MODEL,
        sources={"kafka": reading.reads},
        judge=store,
        panes=Panes(reading.window),
        known=reading.known,
        window=reading.window,
        detectors=DEFAULTS,
        alerts=AlertSettings(),
        routes={},
    )
    while not done.wait(1.0):
        tick(judging, wall, lambda: not done.is_set())


def wall() -> int:
    """Give the wall time in microseconds."""
    return time.time_ns() // 1000
