"""Stored messages go out at least once, in order, and never as a storm."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.notify.relay import IDLE, OPENS_AFTER, PROBE_EVERY, Refused, relay, step
from driftwatch.nouns.errors import Gone, Permanent, Transient
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.messages import (
    Answer,
    Attempt,
    Circuit,
    Delivery,
    Instruction,
    Message,
    Outcome,
    Rendered,
)
from driftwatch.store.memory import Memory

SECOND = 10**6
START = 1_700_000_000 * SECOND
Reaction = Callable[[str], Answer]


class Clock:
    """A wall clock that moves when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


class Outbox:
    """An outbox in memory, which can be away."""

    def __init__(self, messages: list[Message]) -> None:
        self.store = Memory()
        self.away = False
        judgement = Judgement(
            model="fraud",
            previous=None,
            boundary=START,
            decided_at=START,
            messages=tuple((message, ("people",)) for message in messages),
        )
        self.store.close("fraud", lambda _: START)
        self.store.commit(judgement)

    def due(self, endpoint: str, now: int, claim_until: int, limit: int) -> Sequence[Delivery]:
        self._reach()
        return self.store.due(endpoint, now, claim_until, limit)

    def answered(self, attempt: Attempt) -> None:
        self._reach()
        self.store.answered(attempt)

    def circuit(self, endpoint: str) -> Circuit:
        self._reach()
        return self.store.circuit(endpoint)

    def save_circuit(self, circuit: Circuit) -> None:
        self._reach()
        self.store.save_circuit(circuit)

    def _reach(self) -> None:
        if self.away:
            message = "the store cannot be reached"
            raise Transient(message)

    @property
    def waiting(self) -> int:
        return len(self.store.deliveries(10_000, outcome=Outcome.WAITING))

    @property
    def attempts(self) -> list[Attempt]:
        """All tries, the oldest first; those of one moment by message."""
        ids = [d.delivery.message.id for d in reversed(self.store.deliveries(10_000))]
        return sorted((a for i in ids for a in self.store.attempts(i)), key=lambda a: a.at)


class Receiver:
    """An endpoint that reacts as it is told, and remembers what it was sent."""

    name = "people"
    longest = 15.0

    def __init__(self, react: Reaction) -> None:
        self.react = react
        self.sent: list[str] = []

    def render(self, message: Message, attempt_at: int) -> Rendered:
        return Rendered("POST", "https://x.example", {}, message.id.encode())

    def send(self, rendered: Rendered) -> Answer:
        self.sent.append(rendered.body.decode())
        return self.react(rendered.body.decode())

    def close(self) -> None:
        pass


def taken(_: str) -> Answer:
    return Answer(200, "thanks")


def down(_: str) -> Answer:
    message = "https://x.example could not be reached: Connection refused"
    raise Transient(message)


def refusing(status: int, retry_after: float | None = None) -> Reaction:
    def react(_: str) -> Answer:
        message = f"answered {status}"
        raise Refused(message, status=status, retry_after=retry_after)

    return react


def gone(_: str) -> Answer:
    message = "https://x.example answered 410"
    raise Gone(message)


def hopeless(_: str) -> Answer:
    message = "the routing key is unknown"
    raise Permanent(message)


def in_turn(reactions: Iterable[Reaction]) -> Reaction:
    """React so, one after the other; then take all."""
    script = iter(reactions)

    def react(body: str) -> Answer:
        return next(script, taken)(body)

    return react


def messages(count: int, orders: int = 0) -> list[Message]:
    return [
        Message(f"m{i}", "firing", f"order-{i % orders if orders else i}", START, {})
        for i in range(count)
    ]


def run_for(
    seconds: int, receiver: Receiver, outbox: Outbox, clock: Clock, idle: float = IDLE
) -> None:
    """Step until so much time has passed; the clock moves by the waits."""
    end = clock.now + seconds * SECOND
    while clock.now < end:
        wait = step(receiver, outbox, clock, lambda: 0.5)
        clock.now += int((idle if wait == IDLE else wait) * SECOND)


def test_a_message_that_is_taken_is_delivered_with_what_was_said() -> None:
    receiver, outbox, clock = Receiver(taken), Outbox(messages(1)), Clock()
    assert step(receiver, outbox, clock, lambda: 0.5) == 0
    (attempt,) = outbox.attempts
    assert attempt.outcome is Outcome.DELIVERED
    assert (attempt.status, attempt.answer, attempt.due) == (200, "thanks", None)
    assert outbox.waiting == 0


def test_an_empty_outbox_is_looked_into_again_a_little_later() -> None:
    assert step(Receiver(taken), Outbox([]), Clock(), lambda: 0.5) == IDLE


def test_all_that_waits_goes_out_one_after_the_other_without_a_pause() -> None:
    receiver, outbox, clock = Receiver(taken), Outbox(messages(1000)), Clock()
    waits = [step(receiver, outbox, clock, lambda: 0.5) for _ in range(1000)]
    assert set(waits) == {0.0}
    assert receiver.sent == [f"m{i}" for i in range(1000)]


def test_a_failed_message_is_tried_by_the_schedule_and_then_dead() -> None:
    receiver, outbox, clock = Receiver(refusing(500)), Outbox(messages(1)), Clock()
    run_for(4 * 86400, receiver, outbox, clock, idle=20)
    gaps = [(b.at - a.at) / SECOND for a, b in itertools.pairwise(outbox.attempts)]
    schedule = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert gaps == pytest.approx(schedule, abs=20)
    assert [a.outcome for a in outbox.attempts] == [Outcome.WAITING] * 9 + [Outcome.DEAD]
    assert {a.status for a in outbox.attempts} == {500}
    assert outbox.waiting == 0


def test_every_try_has_the_same_id() -> None:
    receiver, outbox, clock = Receiver(down), Outbox(messages(1)), Clock()
    run_for(86400, receiver, outbox, clock, idle=20)
    assert len(receiver.sent) > 3
    assert set(receiver.sent) == {"m0"}


def test_no_answer_has_no_status() -> None:
    receiver, outbox = Receiver(down), Outbox(messages(1))
    step(receiver, outbox, Clock(), lambda: 0.5)
    assert outbox.attempts[0].status is None
    assert "Connection refused" in outbox.attempts[0].answer


def test_a_message_that_can_never_be_taken_is_dead_at_once() -> None:
    receiver, outbox, clock = Receiver(hopeless), Outbox(messages(2)), Clock()
    run_for(10, receiver, outbox, clock)
    assert [a.outcome for a in outbox.attempts] == [Outcome.DEAD, Outcome.DEAD]


def test_a_receiver_that_asks_for_time_gets_it_for_all_messages() -> None:
    receiver = Receiver(refusing(429, retry_after=120))
    outbox, clock = Outbox(messages(5)), Clock()
    run_for(119, receiver, outbox, clock)
    assert receiver.sent == ["m0"]
    receiver.react = taken
    run_for(10, receiver, outbox, clock)
    assert sorted(receiver.sent[1:]) == ["m0", "m1", "m2", "m3", "m4"]


def test_a_receiver_cannot_silence_us_for_longer_than_an_hour() -> None:
    receiver = Receiver(refusing(503, retry_after=1e12))
    outbox, clock = Outbox(messages(1)), Clock()
    run_for(3599, receiver, outbox, clock)
    assert len(receiver.sent) == 1
    run_for(10, receiver, outbox, clock)
    assert len(receiver.sent) == 2


def test_a_receiver_cannot_hasten_us_beyond_the_schedule() -> None:
    receiver = Receiver(refusing(429, retry_after=-100))
    outbox, clock = Outbox(messages(1)), Clock()
    run_for(4, receiver, outbox, clock)
    assert len(receiver.sent) == 1


def test_while_a_receiver_is_down_a_thousand_messages_make_one_probe_in_five_minutes() -> None:
    receiver, outbox, clock = Receiver(down), Outbox(messages(1000)), Clock()
    run_for(3600, receiver, outbox, clock)
    assert len(receiver.sent) <= OPENS_AFTER + 3600 * SECOND // PROBE_EVERY
    assert len(receiver.sent) >= 3600 * SECOND // PROBE_EVERY


def test_a_probe_that_succeeds_lets_all_others_go() -> None:
    receiver, outbox, clock = Receiver(down), Outbox(messages(100)), Clock()
    run_for(1200, receiver, outbox, clock)
    receiver.react = taken
    run_for(1800, receiver, outbox, clock)
    assert outbox.waiting == 0
    assert outbox.circuit("people") == Circuit("people")


def test_an_open_circuit_outlives_a_restart() -> None:
    outbox, clock = Outbox(messages(1)), Clock()
    outbox.save_circuit(Circuit("people", OPENS_AFTER, START + PROBE_EVERY))
    receiver = Receiver(taken)
    run_for(299, receiver, outbox, clock)
    assert receiver.sent == []
    run_for(2, receiver, outbox, clock)
    assert receiver.sent == ["m0"]


def test_an_endpoint_that_is_gone_gets_nothing_until_it_is_enabled() -> None:
    receiver, outbox, clock = Receiver(gone), Outbox(messages(3)), Clock()
    run_for(9000, receiver, outbox, clock)
    assert receiver.sent == ["m0"]
    assert outbox.circuit("people").disabled == "https://x.example answered 410"
    assert outbox.waiting == 3
    receiver.react = taken
    outbox.store.add(Instruction("enable", "people", clock.now))
    run_for(5, receiver, outbox, clock)
    assert receiver.sent == ["m0", "m0", "m1", "m2"]


def test_an_endpoint_that_is_gone_costs_a_message_no_life() -> None:
    last = Delivery(messages(1)[0], "people", attempt=9, due=0, created=START)
    outbox = Outbox(messages(1))
    outbox.due = lambda *_: [last]  # type: ignore[method-assign]
    step(Receiver(gone), outbox, Clock(), lambda: 0.5)
    assert outbox.attempts[0].outcome is Outcome.WAITING


def test_a_dead_message_that_is_sent_again_has_its_ten_tries_anew() -> None:
    receiver, outbox, clock = Receiver(down), Outbox(messages(1)), Clock()
    run_for(4 * 86400, receiver, outbox, clock, idle=20)
    assert outbox.waiting == 0
    assert outbox.store.add(Instruction("redeliver", "m0", clock.now)) == 1
    run_for(4 * 86400, receiver, outbox, clock, idle=20)
    assert receiver.sent == ["m0"] * 20


def test_a_firing_and_its_resolved_that_were_never_tried_are_not_sent() -> None:
    first, second = messages(2, orders=1)
    receiver, clock = Receiver(taken), Clock()
    outbox = Outbox([first, replace(second, kind="resolved")])
    run_for(10, receiver, outbox, clock)
    assert receiver.sent == []
    assert outbox.waiting == 0


def test_a_message_waits_for_the_one_before_it_in_its_order() -> None:
    receiver = Receiver(in_turn([down]))
    outbox, clock = Outbox(messages(2, orders=1)), Clock()
    run_for(20, receiver, outbox, clock)
    assert receiver.sent == ["m0", "m0", "m1"]


def test_while_the_store_is_away_nothing_is_sent_and_then_it_goes_on() -> None:
    receiver, outbox, clock = Receiver(taken), Outbox(messages(1)), Clock()
    outbox.away = True
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        outbox.away = len(waits) < 4

    relay(
        receiver,
        outbox,
        clock=clock,
        random=lambda: 0.5,
        going=lambda: len(waits) < 6,
        wait=wait,
    )
    assert waits == [1, 2, 5, 5, 0, IDLE]
    assert receiver.sent == ["m0"]


def test_a_try_that_could_not_be_noted_is_made_again_after_its_claim() -> None:
    outbox, clock = Outbox(messages(1)), Clock()

    def taken_while_the_store_goes(body: str) -> Answer:
        outbox.away = True
        return taken(body)

    receiver = Receiver(taken_while_the_store_goes)
    with pytest.raises(Transient):
        step(receiver, outbox, clock, lambda: 0.5)
    outbox.away, receiver.react = False, taken
    run_for(29, receiver, outbox, clock)
    assert receiver.sent == ["m0"]
    run_for(2, receiver, outbox, clock)
    assert receiver.sent == ["m0", "m0"]
    assert outbox.waiting == 0


REACTIONS = [taken, down, refusing(500), refusing(429, 60), refusing(503, 5), hopeless]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(REACTIONS), max_size=30),
    st.integers(1, 12),
    st.integers(1, 3),
)
def test_whatever_a_receiver_does_order_is_kept_and_no_message_is_lost(
    reactions: list[Reaction], count: int, orders: int
) -> None:
    outbox, clock = Outbox(messages(count, orders)), Clock()
    receiver = Receiver(in_turn(reactions))
    while outbox.waiting:
        wait = step(receiver, outbox, clock, lambda: 0.5)
        # Time flies while nothing is due.
        clock.now += int((wait and 60) * SECOND)
    settled = [a.message for a in outbox.attempts if a.outcome is not Outcome.WAITING]
    assert sorted(settled) == sorted(f"m{i}" for i in range(count))
    for order in range(orders):
        of_order = [m for m in settled if int(m[1:]) % orders == order]
        assert of_order == sorted(of_order, key=lambda m: int(m[1:]))
