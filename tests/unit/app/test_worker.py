"""A thread goes on, whatever its work raises, and leaves when it is asked to."""

import threading
from collections.abc import Callable

import pytest

from driftwatch.app import worker as module
from driftwatch.app.worker import Going, Worker


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PAUSES", (0.0,))


def made(work: Callable[[Going], None]) -> tuple[Worker, list[str], list[Exception]]:
    beats, failures = list[str](), list[Exception]()
    return Worker("ingest log", work, beats.append, failures.append), beats, failures


def test_work_that_raises_is_begun_again_and_told_of():
    begun, went = list[int](), threading.Event()

    def work(going: Going) -> None:
        begun.append(1)
        if len(begun) < 4:
            raise ZeroDivisionError
        while going():
            went.set()

    worker, _, failures = made(work)
    worker.start()
    assert went.wait(10)
    worker.stop()
    assert worker.join(10)
    assert [type(error) for error in failures] == [ZeroDivisionError] * 3


def test_every_look_whether_to_go_on_is_a_heartbeat():
    def work(going: Going) -> None:
        for _ in range(5):
            going()
        worker.stop()

    worker, beats, _ = made(work)
    worker.start()
    assert worker.join(10)
    assert beats == ["ingest log"] * 7


def test_a_stop_ends_the_pause_after_a_failure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PAUSES", (3600.0,))
    raised = threading.Event()

    def work(_: Going) -> None:
        raised.set()
        raise ZeroDivisionError

    worker, _, _ = made(work)
    worker.start()
    assert raised.wait(10)
    worker.stop()
    assert worker.join(10)
