"""Relays over a real store and real connections, with a clock that runs fast."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from driftwatch.notify.relay import relay
from driftwatch.notify.webhook import WebhookSettings
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.messages import Message
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECOND = 10**6
FASTER = 100
PATIENCE = 30.0


class FastClock:
    """A wall clock that runs a hundred times as fast."""

    def __init__(self) -> None:
        self._start = time.time_ns() // 1000
        self._began = time.monotonic_ns() // 1000

    def __call__(self) -> int:
        return self._start + (time.monotonic_ns() // 1000 - self._began) * FASTER


def store_in(folder: Path, clock: Callable[[], int]) -> Store:
    settings = StoreSettings.model_validate({"url": f"sqlite:///{folder / 'state.db'}"})
    return open_store(settings, clock)


def endpoint(name: str, url: str, timeout: str = "5s") -> WebhookSettings:
    given = {"name": name, "url": url, "secret": SECRET, "timeout": timeout}
    return WebhookSettings.model_validate(given)


def put(store: Store, messages: Sequence[Message], names: Iterable[str], now: int) -> None:
    """Store messages for endpoints, as a judgement does."""
    store.close("fraud", lambda _: now)
    told = tuple((message, tuple(names)) for message in messages)
    store.commit(
        Judgement(model="fraud", previous=None, boundary=now, decided_at=now, messages=told)
    )


def messages(count: int, at: int) -> list[Message]:
    return [Message(f"msg_{i:04}", "firing", f"fraud/{i}/Drift", at, {}) for i in range(count)]


@contextmanager
def relaying(store: Store, clock: FastClock, *endpoints: WebhookSettings) -> Iterator[None]:
    """Relay in a thread an endpoint until the block ends."""
    stopping = threading.Event()
    threads = []
    for settings in endpoints:
        built = settings.build(clock=clock, environment={}, folder=Path())
        given = {
            "clock": clock,
            "random": lambda: 0.5,
            "going": lambda: not stopping.is_set(),
            "wait": lambda seconds: stopping.wait(seconds / FASTER),
        }
        threads.append(threading.Thread(target=relay, args=(built, store), kwargs=given))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail if it does not within half a minute."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come to hold in time"
        time.sleep(0.02)
