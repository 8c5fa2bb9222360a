"""What is said of an endpoint that cannot be built, and what an Alertmanager's thread does."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from driftwatch.app.outlet import deliver, unfit
from driftwatch.export.health import Health
from driftwatch.notify.settings import AnyEndpoint
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.judgements import AlertKey, AlertState, Judgement, State
from driftwatch.nouns.records import Counter
from driftwatch.store.memory import Memory
from tests.real.parts import free_port

SETTINGS: TypeAdapter[AnyEndpoint] = TypeAdapter(AnyEndpoint)
HOOK = {"kind": "webhook", "name": "hook", "url": "https://x.example", "secret_file": "keys"}
BROKEN = [
    HOOK,
    {"kind": "slack", "name": "hook", "url": "https://x.example", "ca": "ca.pem"},
    {"kind": "preset", "name": "hook", "url": "https://x.example", "file": "own.yaml"},
    {"kind": "alertmanager", "name": "hook", "urls": "https://x.example", "cert": "a.pem"},
    {"kind": "kafka", "name": "hook", "brokers": ["k:9092"], "topic": "t", "template_file": "t.j2"},
    {
        "kind": "email",
        "name": "hook",
        "host": "x.example",
        "sender": "a@b",
        "to": ["a@b"],
        "ca": "ca.pem",
    },
]


@pytest.fixture
def health() -> Health:
    return Health(monotonic=time.monotonic, now=lambda: 0)


def run(settings: Any, health: Health, folder: Path, turns: int = 1) -> None:
    left: Iterator[bool] = iter([True] * turns)
    deliver(
        SETTINGS.validate_python(settings),
        store=Memory(),
        health=health,
        clock=lambda: 0,
        environ={},
        folder=folder,
        going=lambda: next(left, False),
        wait=lambda _: None,
    )


@pytest.mark.parametrize("settings", BROKEN, ids=lambda s: s["kind"])
def test_an_endpoint_that_cannot_be_built_is_said_until_it_can(
    settings: dict[str, Any], health: Health, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError):
        run(settings, health, tmp_path)
    (problem,) = health.ready()["problems"]
    assert problem.startswith("endpoint hook: ")
    assert "No such file" in problem
    assert unfit(SETTINGS.validate_python(settings), {}, tmp_path) == problem


def test_what_was_wrong_is_taken_back_once_it_is_mended(health: Health, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        run(HOOK, health, tmp_path)
    (tmp_path / "keys").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    run(HOOK, health, tmp_path)
    assert health.ready()["problems"] == []
    assert unfit(SETTINGS.validate_python(HOOK), {}, tmp_path) == ""


def tell(address: str, health: Health, folder: Path, wait: Callable[[float], object]) -> Memory:
    """Tell an Alertmanager twice of one alert that fires; give the store."""
    store = Memory()
    store.close("fraud", lambda _: 1)
    state = AlertState(AlertKey("fraud", "3", "PriorShift"), State.FIRING, 1, "r")
    store.commit(Judgement(model="fraud", previous=None, boundary=1, decided_at=1, alerts=(state,)))
    turns = iter([True, True])
    deliver(
        SETTINGS.validate_python({"kind": "alertmanager", "name": "am", "urls": address}),
        store=store,
        health=health,
        clock=lambda: 10**15,
        environ={},
        folder=folder,
        going=lambda: next(turns, False),
        wait=wait,
    )
    return store


def test_an_alertmanager_that_is_not_reached_is_said_and_counted(
    health: Health, tmp_path: Path
) -> None:
    seen: list[list[str]] = []
    gone = f"http://127.0.0.1:{free_port()}"
    store = tell(gone, health, tmp_path, lambda _: seen.append(health.ready()["problems"]))
    assert len(seen) == 2
    assert all("endpoint am: http://127.0.0.1" in problems[0] for problems in seen)
    assert health.ready()["problems"] == []
    assert store.counters() == {Counter("delivery", "am", reason="waiting"): 2}


class Taking(BaseHTTPRequestHandler):
    """An Alertmanager that takes everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_each_telling_that_an_alertmanager_takes_is_counted(health: Health, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        store = tell(f"http://127.0.0.1:{server.server_port}", health, tmp_path, lambda _: None)
        server.shutdown()
    assert store.counters() == {Counter("delivery", "am", reason="delivered"): 2}
