"""From a real store to real receivers: at least once, in order, whatever the receivers do."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.messages import Attempt, Instruction, Message, Outcome
from driftwatch.store import Store
from tests.integration.notify.receiver import (
    Received,
    answer,
    drip,
    echo,
    in_turn,
    listening,
)
from tests.integration.notify.relaying import (
    SECOND,
    SECRET,
    FastClock,
    endpoint,
    messages,
    put,
    relaying,
    store_in,
    until,
)
from tests.real.parts import free_port


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def store(tmp_path: Path, clock: FastClock) -> Iterator[Store]:
    opened = store_in(tmp_path, clock)
    yield opened
    opened.dispose()


def outcomes(store: Store) -> list[Outcome]:
    return [dispatch.outcome for dispatch in store.deliveries(10_000)]


def delivered(store: Store, count: int = 1) -> bool:
    return outcomes(store).count(Outcome.DELIVERED) == count


def test_a_message_that_fails_once_is_sent_again_under_the_same_id(
    store: Store, clock: FastClock
) -> None:
    put(store, messages(1, clock()), ["people"], clock())
    with listening(in_turn(answer(500, "oh"), answer(200))) as receiver:
        with relaying(store, clock, endpoint("people", receiver.url)):
            until(lambda: delivered(store))
        assert receiver.ids() == ["msg_0000", "msg_0000"]
        assert receiver.received[0].body == receiver.received[1].body
    first, second = store.attempts("msg_0000")
    assert (first.status, second.status) == (500, 200)
    assert first.answer.endswith("/... answered 500: oh")
    assert second.at - first.at >= 4 * SECOND


def test_what_a_receiver_that_is_down_missed_comes_after_a_restart(
    tmp_path: Path, clock: FastClock
) -> None:
    port = free_port()
    there = endpoint("people", f"http://127.0.0.1:{port}/hook")
    before = store_in(tmp_path, clock)
    put(before, messages(1, clock()), ["people"], clock())
    with relaying(before, clock, there):
        until(lambda: len(before.attempts("msg_0000")) >= 2)
    before.dispose()
    after = store_in(tmp_path, clock)
    tried = len(after.attempts("msg_0000"))
    with listening() as receiver:
        back = endpoint("people", receiver.url)
        with relaying(after, clock, back):
            until(lambda: delivered(after))
    (dispatch,) = after.deliveries(10)
    assert dispatch.delivery.attempt == tried + 1
    assert after.attempts("msg_0000")[0].status is None
    assert receiver.ids() == ["msg_0000"]
    after.dispose()


def test_a_receiver_that_asks_for_a_minute_gets_it(store: Store, clock: FastClock) -> None:
    put(store, messages(2, clock()), ["people"], clock())
    busy = in_turn(answer(429, "busy", retry_after="60"), answer(200))
    with listening(busy) as receiver, relaying(store, clock, endpoint("people", receiver.url)):
        until(lambda: delivered(store, 2))
    first, second = store.attempts("msg_0000")
    assert second.at - first.at >= 60 * SECOND
    (other,) = store.attempts("msg_0001")
    assert other.at - first.at >= 60 * SECOND


def test_an_endpoint_that_is_gone_stays_so_over_a_restart_until_it_is_enabled(
    tmp_path: Path, clock: FastClock
) -> None:
    before = store_in(tmp_path, clock)
    put(before, messages(2, clock()), ["people"], clock())
    with listening(answer(410, "no more")) as receiver:
        there = endpoint("people", receiver.url)
        with relaying(before, clock, there):
            until(lambda: before.circuit("people").disabled != "")
        before.dispose()
        after = store_in(tmp_path, clock)
        receiver.react = answer(200)
        with relaying(after, clock, there):
            time.sleep(0.3)
            assert len(receiver.received) == 1
            after.add(Instruction("enable", "people", clock()))
            until(lambda: delivered(after, 2))
    assert receiver.ids() == ["msg_0000", "msg_0000", "msg_0001"]
    after.dispose()


def test_resolved_never_overtakes_firing(store: Store, clock: FastClock) -> None:
    at = clock()
    put(store, [Message("msg_f", "firing", "fraud/3/Drift", at, {})], ["people"], at)
    refusing = in_turn(answer(503), answer(500), answer(200))
    with listening(refusing) as receiver, relaying(store, clock, endpoint("people", receiver.url)):
        until(lambda: len(receiver.received) > 0)
        later = Message("msg_r", "resolved", "fraud/3/Drift", at, {})
        store.close("fraud", lambda _: clock())
        add(store, later, at, clock())
        until(lambda: delivered(store, 2))
    assert receiver.ids() == ["msg_f", "msg_f", "msg_f", "msg_r"]


def add(store: Store, message: Message, previous: int, now: int) -> None:
    told = ((message, ("people",)),)
    store.commit(
        Judgement(model="fraud", previous=previous, boundary=now, decided_at=now, messages=told)
    )


def test_a_receiver_that_dawdles_delays_no_other(store: Store, clock: FastClock) -> None:
    put(store, messages(20, clock()), ["slow", "people"], clock())
    with listening(drip(b"HTTP/1.1 2")) as slow, listening() as receiver:
        dawdling = endpoint("slow", slow.url, timeout="3s")
        began = time.monotonic()
        with relaying(store, clock, dawdling, endpoint("people", receiver.url)):
            until(lambda: delivered(store, 20))
            assert time.monotonic() - began < 3
            assert len(slow.received) == 1
    assert len(receiver.received) == 20


class Crowd:
    """A reaction that counts how many requests are being answered at a time."""

    def __init__(self, status: int) -> None:
        self.status, self.most, self._now = status, 0, 0
        self._lock = threading.Lock()

    def __call__(self, handler: BaseHTTPRequestHandler, request: Received) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        answer(self.status)(handler, request)
        with self._lock:
            self._now -= 1


def test_a_thousand_waiting_messages_make_no_storm(store: Store, clock: FastClock) -> None:
    put(store, messages(1000, clock()), ["people"], clock())
    crowd = Crowd(500)
    with listening(crowd) as receiver, relaying(store, clock, endpoint("people", receiver.url)):
        until(lambda: store.circuit("people").failures >= 6)
        assert len(receiver.received) == store.circuit("people").failures
        refused = len(receiver.received)
        crowd.status = 200
        until(lambda: len(receiver.received) >= refused + 100)
    assert crowd.most == 1
    taken = receiver.ids()[refused:]
    assert len(taken) == len(set(taken))


def test_a_dead_message_that_is_redelivered_arrives(store: Store, clock: FastClock) -> None:
    put(store, messages(1, clock()), ["people"], clock())
    with listening() as receiver:
        store.due("people", clock(), clock(), 1)
        store.answered(_dead(clock()))
        assert outcomes(store) == [Outcome.DEAD]
        store.add(Instruction("redeliver", "msg_0000", clock()))
        with relaying(store, clock, endpoint("people", receiver.url)):
            until(lambda: delivered(store))
        assert receiver.ids() == ["msg_0000"]


def _dead(at: int) -> Attempt:
    return Attempt("msg_0000", "people", at, Outcome.DEAD, 500, "no")


def test_what_a_receiver_echoes_of_our_secrets_is_not_stored(
    store: Store, clock: FastClock, tmp_path: Path
) -> None:
    put(store, messages(1, clock()), ["people"], clock())
    with listening(echo) as receiver:
        there = endpoint("people", receiver.url + "/T0TOKEN123?key=Qu3ryS3cret")
        with relaying(store, clock, there):
            until(lambda: len(store.attempts("msg_0000")) > 0)
    store.dispose()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in ("T0TOKEN123", "Qu3ryS3cret", SECRET, SECRET[6:]):
        assert secret.encode() not in stored
    assert b"answered 500" in stored
