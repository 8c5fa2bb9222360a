"""A stream in a real Kafka, its profile, a configuration, and what the store holds in the end."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from detectors.summaries import Layout, merge
from driftwatch.nouns.profiles import Profile
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.document import load, save
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings
from tests.acceptance.running import SECRET, TOKEN
from tests.acceptance.truth import HOUR, MODEL, Plan, Truth, reference_rows
from tests.real.kafka import Kafka

CONFIG = """
models:
  - {{name: fraud, reference: {{path: "fraud-{{version}}.json"}}}}
sources:
  - kind: kafka
    brokers: ["{broker}"]
    topics: ["{topic}"]
    group: "{group}"
    session: {session}
    instance: {instance}
    format: {{kind: json, max_bytes: 4000, max_depth: 50}}
window: {{pane: 1m, lateness: 2m, windows: [1h, 24h], step: {step}, idle: {idle}, ahead: 2h}}
schedule: {{evaluate: 1s}}
intake: {{every: 500ms, records: {append}, poll: {poll}}}
alerts: {alerts}
endpoints:
  - {{kind: webhook, name: hook, url: "{hook}", secret: "{secret}"}}
store: {{url: "{store}"}}
server: {{address: "127.0.0.1:{port}", token: "{token}"}}
log: {{level: info}}
"""
USUAL = {
    "append": 20_000,
    "poll": 4_000,
    "session": "6s",
    "instance": "null",
    "step": "5m",
    # No data is of the wall clock, which these streams are not about.
    "alerts": '{rules: ["psi > 0.2 over 1h for 1h, at least 300 rows"], no_data: 3650d}',
    "idle": "5s",
    "secret": SECRET,
    "token": TOKEN,
}


def now_hour() -> int:
    """Give the hour that is under way, as microseconds."""
    return time.time_ns() // 1000 // HOUR * HOUR


@dataclass
class Scene:
    """Where everything is."""

    folder: Path
    truth: Truth
    topic: str
    url: str
    profile: Profile

    def config(self, name: str, **settings: object) -> Path:
        """Write a configuration; the given settings fill the template."""
        path = self.folder / f"{name}.yaml"
        given = {"topic": self.topic, "group": self.topic, "store": self.url, **settings}
        path.write_text(CONFIG.format(**{**USUAL, **given}))
        return path

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Read the store beside the daemon."""
        opened = open_store(
            StoreSettings.model_validate_json(f'{{"url": "{self.url}"}}'),
            lambda: time.time_ns() // 1000,
            exclusive=False,
        )
        try:
            yield opened
        finally:
            opened.dispose()

    def counted(self) -> Counter[str]:
        """Sum the committed counters by kind."""
        found: Counter[str] = Counter()
        with self.store() as store:
            for counter, count in store.counters().items():
                found[counter.kind] += count
        return found

    def offsets(self) -> dict[str, int]:
        """Give the next offset of each partition."""
        with self.store() as store:
            return {name: p.next for name, p in store.offsets("kafka").items()}

    def rejected(self) -> dict[str, int]:
        """Give the rejected records by reason."""
        with self.store() as store:
            counters = store.counters()
        return {c.reason: n for c, n in counters.items() if c.kind == "rejected" and n}

    def judged(self) -> int:
        """Give the event time up to which the model was judged."""
        return self._progress("boundary")

    def closed(self) -> int:
        """Give the event time up to which nothing can change any more."""
        return self._progress("closed")

    def _progress(self, field: str) -> int:
        with self.store() as store:
            progress = store.snapshot(0).models.get(MODEL)
        return getattr(progress, field, None) or 0

    def panes(self, hourly: bool) -> dict[int, np.ndarray]:
        """Give what the store holds, merged by pane."""
        bodies: dict[int, list[bytes]] = {}
        with self.store() as store:
            read = store.hours if hourly else store.panes
            for part in read(MODEL, 0, 2**60):
                bodies.setdefault(part.pane, []).append(part.body)
        return {pane: merge(self.profile.layout, of).counts for pane, of in bodies.items()}


def stage(
    kafka: Kafka, truth: Truth, folder: Path, url: str, *, share: float = 1.0, rows: int = 40_000
) -> Scene:
    """Write the first share of the stream into a new topic, and build the profile from rows."""
    topic = kafka.topic(partitions=truth.plan.partitions)
    (folder / "fraud-3.json").write_bytes(_profile(rows))
    scene = Scene(folder, truth, topic, url, load(folder / "fraud-3.json"))
    go_on(kafka, scene, 0.0, share)
    return scene


@lru_cache
def _profile(rows: int) -> bytes:
    """Make the profile of so many rows, once for all tests."""
    with TemporaryDirectory() as folder:
        heldout, profile = Path(folder) / "heldout.ndjson", Path(folder) / "profile.json"
        heldout.write_bytes(b"\n".join(reference_rows(rows, now_hour() - 100 * HOUR)))
        # The truth is known of the columns alone, not of what is derived from several.
        save(build([heldout], Choices(multivariate=False)), profile)
        return profile.read_bytes()


def empty_stage(kafka: Kafka, folder: Path, *, partitions: int = 1) -> Scene:
    """Make a topic without records, and a profile; the store is a file."""
    truth = Truth(Plan(0, begin=now_hour(), partitions=partitions))
    return stage(kafka, truth, folder, f"sqlite:///{folder}/state.db", rows=4_000)


def go_on(kafka: Kafka, scene: Scene, first: float, last: float) -> None:
    """Write the stream from one share of each partition to another."""
    n = scene.truth.plan.per_partition
    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(
                _produce, kafka, scene.topic, p, part.bodies[int(first * n) : int(last * n)]
            )
            for p, part in enumerate(scene.truth.parts)
        ]
        for one in done:
            one.result()


def _produce(kafka: Kafka, topic: str, partition: int, bodies: list[bytes | None]) -> None:
    """Write one partition; a tombstone needs a key."""
    producer = kafka.producer(compression_type="lz4", batch_size=256 * 1024, linger_ms=20)
    try:
        for body in bodies:
            key = b"gone" if body is None else None
            producer.send(topic, body, key=key, partition=partition)
        producer.flush(timeout=120)
    finally:
        producer.close(timeout=5)


def differences(
    layout: Layout, stored: Mapping[int, np.ndarray], true: Mapping[int, np.ndarray]
) -> list[str]:
    """Say where what is stored is not the truth."""
    found = [f"pane {p} is stored, and should not be" for p in sorted(stored.keys() - true.keys())]
    found += [f"pane {p} is not stored" for p in sorted(true.keys() - stored.keys())]
    for pane in sorted(stored.keys() & true.keys()):
        wrong = np.flatnonzero(stored[pane] != true[pane])
        if len(wrong):
            feature = int(np.searchsorted(layout.start, wrong[0], side="right")) - 1
            found.append(
                f"pane {pane}: {len(wrong)} cells differ, of {layout.names[feature]} first"
            )
    return found
