"""An endpoint comes back to ten thousand messages."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.messages import Message, Outcome
from driftwatch.store import Store
from tests.integration.notify.receiver import Received, answer, listening
from tests.integration.notify.relaying import FastClock, endpoint, put, relaying, store_in, until

ALERTS, CHANGES = 200, 50
NET = 40  # alerts of which the last is a firing that nobody has heard of


class Gate:
    """A receiver that refuses until it is opened, and knows how many came at a time."""

    def __init__(self) -> None:
        self.open, self.most, self._now = False, 0, 0
        self._lock = threading.Lock()

    def __call__(self, handler: BaseHTTPRequestHandler, request: Received) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        answer(200 if self.open else 500)(handler, request)
        with self._lock:
            self._now -= 1


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def store(tmp_path: Path, clock: FastClock) -> Iterator[Store]:
    made = store_in(tmp_path, clock)
    yield made
    made.dispose()


def history(at: int) -> list[Message]:
    """Make what alerts went through: in turns firing and resolved; half of them fire at the end."""
    return [
        Message(
            f"msg_{change:02}_{alert:03}",
            "firing" if change % 2 == 0 else "resolved",
            f"fraud/{alert}/Drift",
            at,
            {},
        )
        for change in range(CHANGES + 1)
        for alert in range(ALERTS)
        if change < CHANGES or alert < NET
    ]


def test_it_hears_the_net_state_in_order_one_at_a_time_and_delays_nobody(
    store: Store, clock: FastClock
) -> None:
    told = history(clock())
    assert len(told) > 10_000
    first = [m for m in told if m.id.startswith("msg_00") and 30 <= int(m.id[-3:]) < 50]
    put(store, first, ["people"], clock())
    gate = Gate()
    with (
        listening(gate) as away,
        listening() as well,
        relaying(store, clock, endpoint("people", away.url), endpoint("other", well.url)),
    ):
        until(lambda: store.circuit("people").failures >= 5)
        _tell(store, clock, "people", [m for m in told if m not in first])
        began = time.monotonic()
        _tell(store, clock, "other", [_other(n, clock()) for n in range(20)])
        until(lambda: len(well.received) == 20)
        assert time.monotonic() - began < 15
        gate.open = True
        until(lambda: not store.deliveries(1, outcome=Outcome.WAITING, endpoint="people"))
        refused = away.ids()[: store.circuit("people").failures or 5]
    assert gate.most == 1
    tried = {int(message[-3:]) for message in refused if message.startswith("msg_00")}
    assert 0 < len(tried) < len(first)
    _check(list(dict.fromkeys(away.ids())), tried)
    outcomes = {d.outcome for d in store.deliveries(20_000)}
    assert outcomes == {Outcome.DELIVERED, Outcome.COLLAPSED}


def _other(number: int, at: int) -> Message:
    return Message(f"other_{number}", "firing", f"fraud/other{number}/Drift", at, {})


def _tell(store: Store, clock: FastClock, name: str, messages: list[Message]) -> None:
    (progress,) = store.snapshot(clock()).models.values()
    now = clock()
    store.close("fraud", lambda _: now)
    store.commit(
        Judgement(
            model="fraud",
            previous=progress.boundary,
            boundary=now,
            decided_at=now,
            messages=tuple((message, (name,)) for message in messages),
        )
    )


def _check(heard: list[str], tried: set[int]) -> None:
    """What was tried may have been heard of, and so is its end; of the rest the net state."""
    by_alert: dict[int, list[int]] = defaultdict(list)
    for message in heard:
        _, change, alert = message.split("_")
        by_alert[int(alert)].append(int(change))
    for alert in range(ALERTS):
        net = [CHANGES] if alert < NET else []
        assert by_alert[alert] == ([0, 1, *net] if alert in tried else net)
