"""A source whose brokers cannot be reached; nothing here speaks Kafka."""

import socket
import threading

import pytest

from driftwatch.sources.kafka import KafkaSettings
from driftwatch.sources.kafka.source import KafkaSource
from tests.real.parts import free_port


def source(port, slept=None):
    settings = KafkaSettings(brokers=[f"127.0.0.1:{port}"], topics=["t"])
    wait = (lambda _: None) if slept is None else slept.append
    return KafkaSource(settings, dict, "me", lambda: 0, wait)


@pytest.fixture
def closed_port():
    return free_port()


@pytest.fixture
def rude_port():
    """A port that takes connections and drops them."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def drop():
            while not stop.is_set():
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=drop)
        thread.start()
        yield server.getsockname()[1]
        stop.set()
        thread.join()


def test_a_poll_is_empty_and_the_status_says_why(closed_port):
    away = source(closed_port)
    poll = away.poll(10)
    away.close()
    assert (poll.bodies, poll.span, poll.standing, poll.restarted) == ([], {}, frozenset(), False)
    assert f"kafka at 127.0.0.1:{closed_port} cannot be reached" in away.status()
    assert "refused" in away.status()


def test_each_poll_waits_a_second(closed_port):
    slept = []
    away = source(closed_port, slept)
    for _ in range(5):
        away.poll(10)
    assert slept == [1.0] * 5


def test_attempts_become_rarer(closed_port, monkeypatch):
    tried = []
    connect = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: tried.append(a) or connect(*a))
    away, attempts = source(closed_port), []
    for _ in range(100):
        away.poll(10)
        assert away.status()
        attempts.append(len(tried))
    assert [attempts.index(n) for n in range(1, len(tried) + 1)] == [
        0,
        3,
        8,
        17,
        28,
        39,
        50,
        61,
        72,
        83,
        94,
    ]


@pytest.mark.usefixtures("loose_sockets")
def test_fifty_failed_attempts_leave_no_thread(rude_port, monkeypatch):
    monkeypatch.setattr("driftwatch.sources.kafka.options.PATIENCE", 0.05)
    before = threading.active_count()
    for _ in range(50):
        away = source(rude_port)
        away.poll(10)
        assert "does not take PLAINTEXT from us" in away.status()
        assert threading.active_count() <= before + 1
    assert threading.active_count() == before


def test_whoever_asks_nothing_is_told_nothing(closed_port):
    away = source(closed_port)
    away.seek()
    away.pause(["t/0"])
    away.acknowledge({"t/0": (0, 1)})
    assert (away.lag(), away.status()) == ({}, "")
    away.close()
