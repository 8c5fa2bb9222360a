"""A daemon without any profile learns one, whatever is killed, and pages by it."""

import random
from pathlib import Path

import numpy as np
import pytest

from driftwatch.app.learning import Learner
from driftwatch.config import load
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Poll
from driftwatch.reference.document import parse
from driftwatch.sources.simulate import SimulateSettings, Stream
from driftwatch.store import Store, open_store
from driftwatch.store.memory import Memory
from driftwatch.window.delta import DeltaBuilder
from tests.acceptance.running import (
    SECRET,
    Daemon,
    Receiver,
    kill_at_random,
    scrape,
    wait_for,
    wait_until_running,
)
from tests.real.parts import free_port

pytestmark = pytest.mark.timeout(600)
DAY = 86_400_000_000
ROWS, PER_HOUR, KILLS = 5_000, 400, 4
CONFIG = """
models:
  - name: fraud
    reference: {{path: "fraud-{{version}}.json", learn: {{rows: {rows}, days: 2}}}}
sources: [{{kind: simulate, version: "3", speed: 20000, per_hour: {per_hour}, drifts_after: 4d}}]
segments: {{columns: [country], most: 2}}
window: {{pane: 5m, step: 1h, windows: [24h]}}
intake: {{every: 300ms, poll: {poll}}}
schedule: {{evaluate: 1s}}
endpoints:
  - {{kind: webhook, name: hook, url: "{hook}", secret: "{secret}", send: [firing, retrain]}}
store: {{url: "sqlite:///{folder}/state.db"}}
server: {{address: "127.0.0.1:{port}"}}
"""


def config(folder: Path, hook: str, port: int, poll: int) -> Path:
    path = folder / "driftwatch.yaml"
    path.write_text(
        CONFIG.format(
            rows=ROWS,
            per_hour=PER_HOUR,
            poll=poll,
            hook=hook,
            secret=SECRET,
            folder=folder,
            port=port,
        )
    )
    return path


def undisturbed(path: Path) -> str:
    """Learn from the same stream in this process, each partition read at once."""
    settings, store = load(path, {}), Memory()
    source = settings.sources[0]
    assert isinstance(source, SimulateSettings)
    stream, decoder = Stream(source), source.format.build()
    known = Known(frozenset({"fraud"}), {}, {"fraud": ROWS})
    delta = DeltaBuilder(source.name, {}, settings.window, 0, 0)
    for place, name in enumerate(source.names()):
        bodies, offsets, arrived = stream.records(place, 0, stream.end(_end(source)))
        n = len(bodies)
        poll = Poll(
            bodies=list(bodies),
            partitions=(name,),
            partition=np.zeros(n, np.int16),
            offset=offsets,
            arrived=arrived,
            span={name: (0, n)},
        )
        delta.add(poll, decoder.decode(poll, known), known)
    store.append(delta.build(0), 5 * 60_000_000)
    store.close("fraud", lambda _: _end(source) - DAY // 2)
    problems: list[str] = []
    assert Learner(settings, store).look(known, problems), problems
    return store.learned()["fraud", "3"]


def _end(source: SimulateSettings) -> int:
    """Give an event time well after the days that it is learned from."""
    return int(source.begins.timestamp() * 1e6) + 4 * DAY


def learned(path: Path) -> Store:
    return open_store(load(path, {}).store, lambda: 0, exclusive=False)


def is_shown(fingerprint: str, port: int) -> bool:
    lines = scrape(f"127.0.0.1:{port}").splitlines()
    infos = [line for line in lines if line.startswith("driftwatch_reference_info{")]
    return any(fingerprint in info and 'provisional="true"' in info for info in infos)


def test_a_profile_is_learned_through_kills_as_without_and_a_drift_after_it_pages(
    tmp_path: Path,
) -> None:
    rng, receiver, port = random.Random(1), Receiver(), free_port()
    path = config(tmp_path, receiver.url, port, 5_000)
    expected = undisturbed(path)
    daemon = Daemon(path)
    daemon.start()
    try:
        for _ in range(KILLS):
            wait_until_running(daemon)
            kill_at_random(daemon, rng, 4.0)
            config(tmp_path, receiver.url, port, rng.choice([300, 1_000, 5_000]))
        wait_for(lambda: bool(receiver.messages), 120, f"it pages\n{daemon.tail()}")
        wait_for(lambda: is_shown(expected, port), 30, "its reference is shown as provisional")
        daemon.kill()
        store = learned(path)
        try:
            assert store.learned() == {("fraud", "3"): expected}
            profile = parse(store.learned_profile("fraud", "3") or b"")
            (wanted,) = store.retrainings(9)
            watched = {population.segment for population in store.snapshot(0).ratios}
        finally:
            store.dispose()
    finally:
        daemon.end()
        receiver.close()
    begins = "2026-01-09T00:00:00"
    assert {told["alert"] for told in receiver.messages} >= {"CovariateShift"}
    assert all(told["at"] > begins for told in receiver.messages)
    assert receiver.messages[0]["reference"]["lineage"]["provisional"] is True
    assert receiver.messages[0]["reference"]["fingerprint"] == expected == profile.fingerprint
    assert "provisional" in {reason.code for reason in wanted.reasons}
    assert watched == {"", *profile.parts} == {"", "country=DE", "country=other"}
