"""What does every store show, and for how long?"""

import random
from datetime import timedelta

from driftwatch.nouns.judgements import Outgoing
from driftwatch.nouns.messages import Circuit, Instruction, Outcome
from driftwatch.nouns.records import Tally
from driftwatch.nouns.settings import microseconds
from driftwatch.store import Store
from tests.unit.store.samples import (
    DAY,
    HOUR,
    MINUTE,
    attempt,
    committed,
    delta,
    judgement,
    message,
    part,
    transition,
    verdicts,
)

KEPT = microseconds(timedelta(days=90))


def test_an_empty_store_shows_nothing(store: Store) -> None:
    shown = store.snapshot(5)
    assert (shown.verdicts, shown.alerts, shown.models, shown.outgoing) == ((), (), {}, {})
    assert store.counters() == {}
    assert store.deliveries(9) == []


def test_what_waits_is_shown_by_endpoint_with_its_circuit(store: Store) -> None:
    committed(store, *(message(f"m{n}", order=str(n)) for n in range(4)))
    store.due("people", 5_000, 9_000, 10)
    store.answered(attempt("m0", Outcome.DELIVERED))
    store.answered(attempt("m1", Outcome.DEAD))
    store.save_circuit(Circuit("people", 3, 7_000))
    store.save_circuit(Circuit("retrain", disabled="410 Gone"))
    assert store.snapshot(0).outgoing == {
        "people": Outgoing(2, 1, 1_000, 7_000, ""),
        "retrain": Outgoing(0, 0, None, None, "410 Gone"),
    }


def test_short_texts_are_remembered(stores: tuple[Store, Store]) -> None:
    first, second = stores
    assert second.meta("kafka.member") is None
    for value in ("a", "größer"):
        first.remember("kafka.member", value)
        assert second.meta("kafka.member") == value


def test_the_size_grows_with_what_is_kept(store: Store) -> None:
    before = store.size()
    many = tuple(part(n * MINUTE, body=random.randbytes(20_000)) for n in range(100))
    store.append(delta(parts=many), MINUTE)
    assert store.size() >= before + 1_000_000
    assert store.snapshot(0).store_bytes == store.size()


def test_hours_and_transitions_are_kept_by_event_time(store: Store) -> None:
    """Data of last year, replayed today, are kept as long as today's."""
    store.close("fraud", lambda _: KEPT + 2 * HOUR)
    hours = tuple(part(n * HOUR) for n in range(4))
    told = tuple(transition(n * HOUR) for n in range(4))
    store.commit(judgement(None, KEPT + 2 * HOUR, hours=hours, transitions=told))
    store.maintain(10 * KEPT)
    assert store.hours("fraud", 0, DAY) == list(hours[2:])
    assert store.transitions(9) == [told[3], told[2]]


def test_verdicts_of_a_version_that_is_long_gone_are_not_shown(store: Store) -> None:
    store.close("fraud", lambda _: KEPT + 2 * HOUR)
    shown = (verdicts(HOUR, "1h"), verdicts(2 * HOUR, "24h"))
    store.commit(judgement(None, KEPT + 2 * HOUR, verdicts=shown))
    store.maintain(0)
    assert [v.window for v in store.snapshot(0).verdicts] == ["24h"]


def test_open_panes_are_kept_however_old(store: Store) -> None:
    store.append(delta(parts=(part(0),)), MINUTE)
    store.maintain(10 * KEPT)
    assert store.panes("fraud", 0, HOUR) == [part(0)]


def test_counts_by_pane_are_dropped_in_time_and_counters_never_fall(store: Store) -> None:
    tallies = {Tally("received", pane): 5 for pane in (0, MINUTE, KEPT + MINUTE)}
    store.append(delta(tallies=tallies), MINUTE)
    before = store.counters()
    store.maintain(10 * KEPT)
    assert {t.pane for _, t in store.tallies(0, 10 * KEPT)} == {MINUTE, KEPT + MINUTE}
    assert store.counters() == before


def test_an_arrival_in_the_far_future_does_not_empty_the_counts(store: Store) -> None:
    tallies = {Tally("received", pane): 5 for pane in (0, MINUTE, 1_000 * KEPT)}
    store.append(delta(tallies=tallies), MINUTE)
    store.maintain(KEPT)
    assert len(store.tallies(0, 2_000 * KEPT)) == 3


def test_messages_are_kept_while_they_wait_and_else_for_their_time(store: Store) -> None:
    committed(store, *(message(f"m{n}", order=str(n)) for n in range(3)))
    store.due("people", 5_000, 9_000, 10)
    store.answered(attempt("m0", Outcome.DELIVERED))
    store.answered(attempt("m1", Outcome.DEAD))
    store.maintain(1_000 + KEPT)
    assert len(store.deliveries(9)) == 3
    store.maintain(1_001 + KEPT)
    assert [d.delivery.message.id for d in store.deliveries(9)] == ["m2"]
    assert len(store.attempts("m0")) == 1
    store.maintain(2_001 + KEPT)
    assert store.attempts("m0") == []
    assert [d.message.id for d in store.due("people", 9_000, 9_900, 9)] == ["m2"]


def test_instructions_are_shown_newest_first_and_kept_for_their_time(store: Store) -> None:
    told = [Instruction("acknowledge", f"a{n}", n, "ada", "seen") for n in range(3)]
    for instruction in told:
        store.add(instruction)
    assert store.instructions(2) == [told[2], told[1]]
    store.maintain(KEPT + 1)
    assert store.instructions(9) == [told[2], told[1]]


def test_what_was_rejected_is_kept_until_it_was_judged_however_old(store: Store) -> None:
    """Data of last year, read today, are judged by what was rejected of them too."""
    old = {Tally("refused", pane, "fraud", "3", "not_json"): 5 for pane in (0, HOUR)}
    store.append(delta(tallies={**old, Tally("received", 10 * KEPT): 10}), MINUTE)
    store.maintain(10 * KEPT)
    assert [one.pane for one in store.refused("fraud", ["kafka"], 0, DAY)] == [0, HOUR]
    store.close("fraud", lambda _: KEPT + HOUR)
    store.commit(judgement(None, KEPT + HOUR))
    store.maintain(10 * KEPT)
    assert [one.pane for one in store.refused("fraud", ["kafka"], 0, DAY)] == [HOUR]
