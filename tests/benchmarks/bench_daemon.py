"""How does the whole daemon live beside a model: memory, disk, and the time of its start?"""

import resource
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from driftwatch.reference.build import build
from driftwatch.reference.document import save
from tests.acceptance.running import SECRET, Daemon, scrape, wait_for
from tests.benchmarks.bench_kafka import a_kafka
from tests.benchmarks.measure import Row, at_most
from tests.real.kafka import Kafka
from tests.real.parts import free_port

FEATURES = 100
PARTITIONS = 4
LIVE = 200  # records a second
PER_HOUR = 10_000  # while catching up
MIB = 1024 * 1024
CONFIG = """
models: [{{name: wide, reference: {{path: "wide-{{version}}.json"}}}}]
sources: [{{kind: kafka, brokers: ["{broker}"], topics: ["{topic}"], group: "{topic}"}}]
window: {{windows: [1h, 24h]}}
schedule: {{evaluate: 10s}}
endpoints: [{{kind: webhook, name: hook, url: "http://127.0.0.1:9/", secret: "{secret}"}}]
store: {{url: "sqlite:///{folder}/state.db"}}
server: {{address: "127.0.0.1:{port}"}}
"""


def rows(*, short: bool) -> list[Row]:
    """Run the real daemon on 100 features: a day in catch-up, then a while live.

    The short form has a third of a day, as densely filled.
    """
    folder = Path(tempfile.mkdtemp())
    try:
        with a_kafka(folder) as kafka:
            return _measured(kafka, folder, short=short)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(kafka: Kafka, folder: Path, *, short: bool) -> list[Row]:
    hours = 8 if short else 24
    records = hours * PER_HOUR
    topic, now = kafka.topic(partitions=PARTITIONS), time.time_ns() // 1000
    _produce(kafka, topic, now - hours * 3_600_000_000, now, records)
    heldout = folder / "heldout.ndjson"
    heldout.write_bytes(b"\n".join(_bodies(np.random.default_rng(0), now, 5_000)))
    save(build([heldout]), folder / "wide-1.json")
    port = free_port()
    config = folder / "driftwatch.yaml"
    config.write_text(
        CONFIG.format(broker=kafka.address, topic=topic, folder=folder, secret=SECRET, port=port)
    )
    daemon = Daemon(config)
    try:
        fresh = _ready(daemon, port)
        peak, middle = _caught_up(daemon, port, records, now / 1e6 - 180)
        after = _resident(daemon)
        written = _written_live(kafka, topic, daemon, seconds=20 if short else 120)
        daemon.stop()
        full = _ready(daemon, port)
        daemon.stop()
    finally:
        daemon.end()
    of = f"{FEATURES} features, {PARTITIONS} partitions"
    return [
        at_most("start to ready, empty store", fresh[0], "s", 2.0),
        at_most(f"start to ready, {hours} h of {FEATURES} features stored", full[0], "s", 2.0),
        at_most("start to the store open, empty", fresh[1], "s", 3.0),
        at_most(f"start to the store open, {hours} h stored", full[1], "s", 3.0),
        at_most(f"peak RSS, {of}, {hours} h in catch-up", peak / MIB, "MiB", 250),
        at_most("RSS when all is judged against when half was read", after / middle, "x", 1.15),
        at_most(f"store written a day, {of}, {LIVE} records/s", written / 1e9, "GB", 5),
    ]


def _ready(daemon: Daemon, port: int) -> tuple[float, float]:
    """Give the seconds until it is ready, and until its store is open too."""
    began, ready = time.perf_counter(), 0.0
    daemon.start()
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
                now = time.perf_counter() - began
                ready = ready or (now if answer.status == 200 else 0.0)
                if ready and "driftwatch_store_up 1" in scrape(f"127.0.0.1:{port}"):
                    return ready, time.perf_counter() - began
        except OSError:
            pass
        time.sleep(0.02)


def _caught_up(daemon: Daemon, port: int, records: int, end: float) -> tuple[int, int]:
    """Wait until all is counted and judged; give the peak memory, and that when half was read."""
    middle = 0

    def done() -> bool:
        nonlocal middle
        seen = _seen(port)
        counted = seen.get("driftwatch_source_records_total", 0.0)
        if not middle and counted >= records / 2:
            middle = _resident(daemon)
        return counted >= records and seen.get("driftwatch_boundary_timestamp_seconds", 0.0) >= end

    wait_for(done, 300, "a day is counted and judged")
    return _peak(daemon), middle


def _written_live(kafka: Kafka, topic: str, daemon: Daemon, seconds: int) -> float:
    """Let records come as they would, and give the bytes that a day of it writes."""
    begin, before = time.monotonic(), _written(daemon)
    while time.monotonic() - begin < seconds:
        now = time.time_ns() // 1000
        _produce(kafka, topic, now - 1_000_000, now, LIVE)
        time.sleep(1.0 - (time.monotonic() - begin) % 1.0)
    return (_written(daemon) - before) / (time.monotonic() - begin) * 86_400


def _produce(kafka: Kafka, topic: str, start: int, end: int, records: int) -> None:
    times = np.linspace(start, end, records // PARTITIONS, endpoint=False).astype(np.int64)
    for partition in range(PARTITIONS):
        rng = np.random.default_rng([partition, start])
        kafka.flood(topic, partition, list(_lines(rng, times)), (times // 1000).tolist())


def _bodies(rng: np.random.Generator, end: int, count: int) -> list[bytes]:
    times = np.linspace(end - 48 * 3_600_000_000, end - 25 * 3_600_000_000, count)
    return list(_lines(rng, times.astype(np.int64)))


def _lines(rng: np.random.Generator, times: np.ndarray) -> Iterator[bytes]:
    names = ",".join(f'"f{i:03d}":%.4f' for i in range(FEATURES))
    form = '{"time":%d,"model":"wide","version":"1","features":{' + names + "}}"
    for start in range(0, len(times), 5000):
        chunk = times[start : start + 5000] // 1000
        for at, row in zip(chunk.tolist(), rng.normal(size=(len(chunk), FEATURES)), strict=True):
            yield (form % (at, *row)).encode()


def _seen(port: int) -> dict[str, float]:
    """Give the sum of each metric's series."""
    found: dict[str, float] = {}
    for line in scrape(f"127.0.0.1:{port}").splitlines():
        name, _, value = line.rpartition(" ")
        name = name.partition("{")[0]
        if name.startswith("driftwatch_"):
            found[name] = found.get(name, 0.0) + float(value)
    return found


def _resident(daemon: Daemon) -> int:
    pages = int(Path(f"/proc/{daemon.process.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _peak(daemon: Daemon) -> int:
    for line in Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _written(daemon: Daemon) -> int:
    for line in Path(f"/proc/{daemon.process.pid}/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0
