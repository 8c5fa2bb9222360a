"""A request for a training, and a process that is killed between any two of its steps."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from driftwatch.reference.build import build
from driftwatch.reference.document import save
from driftwatch.sources.simulate import SimulateSettings, Stream
from tests.acceptance.running import SECRET, Daemon, Receiver, wait_for, wait_until_running
from tests.real.parts import free_port

CONFIG = """
models: [{{name: fraud, reference: {{path: "fraud-{{version}}.json"}}}}]
sources: [{{kind: simulate, version: "3", speed: 3600, per_hour: 2000, drifts_after: 3h}}]
window: {{pane: 5m, step: 15m, windows: [1h]}}
intake: {{every: 500ms}}
schedule: {{evaluate: 500ms}}
alerts: {{rules: ["psi > 0.2 over 1h for 1h, at least 500 rows"]}}
retraining: {{settle: 6h, cool_down: 0s}}
endpoints:
  - {{kind: webhook, name: ci, url: "{hook}", secret: "{secret}", send: [retrain], timeout: 1s}}
store: {{url: "sqlite:///{folder}/state.db"}}
server: {{address: "127.0.0.1:{port}"}}
"""


class Scene:
    """A daemon, its store's file, and a receiver that comes later and does what it is told."""

    def __init__(self, folder: Path) -> None:
        quiet = SimulateSettings(seed=7, partitions=1, broken_share=0.0, late_share=0.0)
        heldout = folder / "heldout.ndjson"
        heldout.write_bytes(b"\n".join(Stream(quiet).records(0, 0, 8_000)[0]))
        save(build([heldout]), folder / "fraud-3.json")
        self.hook, self.path = free_port(), folder / "state.db"
        config = folder / "driftwatch.yaml"
        hook = f"http://127.0.0.1:{self.hook}/hook"
        config.write_text(CONFIG.format(hook=hook, secret=SECRET, folder=folder, port=free_port()))
        self.daemon = Daemon(config)
        self.reacts: list[Callable[[], None]] = []
        self.received = 0
        self.receiver: Receiver | None = None

    def listen(self) -> Receiver:
        self.receiver = Receiver(self.react, self.hook)
        return self.receiver

    def react(self, _: int) -> int:
        self.received += 1
        if self.reacts:
            self.reacts.pop(0)()
        return 204

    def stages(self) -> list[str]:
        """Read where every retraining stands."""
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self.path)) as connection:
            return [row[0] for row in connection.execute("SELECT stage FROM retrainings")]
        return []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else commit."""
        options = {"timeout": 60, "isolation_level": None, "check_same_thread": False}
        with closing(sqlite3.connect(self.path, **options)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def kill_and_start(self) -> None:
        self.daemon.kill()
        self.daemon.start()
        wait_until_running(self.daemon)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.daemon.end()
    if made.receiver is not None:
        made.receiver.close()


@pytest.mark.timeout(400)
def test_a_request_survives_a_kill_between_any_two_steps_under_one_id(scene: Scene) -> None:
    scene.daemon.start()
    wait_for(lambda: scene.stages() == ["held"], 60, "an episode began")
    with scene.locked():  # what is evaluated now cannot be committed
        time.sleep(1.5)
        scene.daemon.kill()
    scene.daemon.start()
    wait_for(lambda: scene.stages() == ["requested"], 60, "it was committed")
    scene.kill_and_start()  # nobody listens: nothing can have been sent
    assert scene.received == 0
    scene.reacts = [scene.daemon.kill]  # it was sent, and the answer never comes
    receiver = scene.listen()
    wait_for(lambda: scene.received == 1, 60, "it was sent")
    wait_for(lambda: not scene.daemon.alive, 10, "it was killed")
    answered = scene.locked()
    scene.reacts = [answered.__enter__]  # it was answered, and that cannot be noted
    scene.daemon.start()
    wait_for(lambda: scene.received == 2, 60, "it was sent again")
    time.sleep(1.0)
    scene.daemon.kill()
    answered.__exit__(None, None, None)
    assert scene.stages() == ["requested"]
    scene.daemon.start()
    wait_for(lambda: scene.stages() == ["accepted"], 90, "the answer was noted")
    assert scene.received == 3
    assert len(set(receiver.ids)) == 1
    assert receiver.wrong == 0
    assert scene.daemon.stop() == 0
