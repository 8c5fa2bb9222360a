"""What does every store owe to the relays, and to who tells them what to do?"""

import pytest

from driftwatch.nouns.messages import (
    Circuit,
    Delivery,
    Dispatch,
    Instruction,
    Outcome,
)
from driftwatch.nouns.records import Counter
from driftwatch.store import Store
from tests.unit.store.samples import attempt, committed, everything, message

NOW = 5_000


def ids(store: Store, now: int = NOW, until: int = 9_000, limit: int = 10) -> list[str]:
    return [d.message.id for d in store.due("people", now, until, limit)]


def outcomes(store: Store) -> dict[str, Outcome]:
    return {d.delivery.message.id: d.outcome for d in store.deliveries(100)}


def test_a_message_is_due_at_once_for_each_endpoint(store: Store) -> None:
    committed(store, message(), endpoints=("people", "retrain"))
    expected = Delivery(message(), "people", attempt=0, due=1_000, created=1_000)
    assert store.due("people", NOW, 9_000, 10) == [expected]
    assert [d.endpoint for d in store.due("retrain", NOW, 9_000, 10)] == ["retrain"]
    assert list(store.due("nobody", NOW, 9_000, 10)) == []


def test_nothing_is_due_before_its_time(store: Store) -> None:
    committed(store, message())
    assert ids(store, now=999) == []
    assert ids(store, now=1_000) == ["m1"]


def test_what_one_relay_claimed_no_other_gets_until_the_claim_ends(
    stores: tuple[Store, Store],
) -> None:
    first, second = stores
    committed(first, message())
    assert ids(first, NOW, until=9_000) == ["m1"]
    assert ids(second, 8_999) == []
    assert ids(second, 9_000) == ["m1"]


def test_an_answer_releases_the_claim_and_counts_the_try(store: Store) -> None:
    committed(store, message())
    ids(store)
    store.answered(attempt(outcome=Outcome.WAITING, at=6_000, status=503, answer="busy", due=7_000))
    assert ids(store, 6_999) == []
    [again] = store.due("people", 7_000, 9_500, 10)
    assert (again.attempt, again.due, again.created) == (1, 7_000, 1_000)


def test_every_try_is_counted_by_endpoint_and_outcome_for_ever(store: Store) -> None:
    committed(store, message(), message("m2"), endpoints=("people", "retrain"))
    for outcome in (Outcome.WAITING, Outcome.WAITING, Outcome.DELIVERED):
        store.answered(attempt(outcome=outcome))
    store.answered(attempt("m2", Outcome.DEAD, endpoint="retrain"))
    for outcome in (Outcome.DELIVERED, Outcome.DELIVERED, Outcome.WAITING):
        store.count_delivery("alertmanager", outcome)
    store.maintain(10**17)
    assert store.counters() == {
        Counter("delivery", "people", reason="waiting"): 2,
        Counter("delivery", "people", reason="delivered"): 1,
        Counter("delivery", "retrain", reason="dead"): 1,
        Counter("delivery", "alertmanager", reason="delivered"): 2,
        Counter("delivery", "alertmanager", reason="waiting"): 1,
    }


@pytest.mark.parametrize("outcome", [Outcome.DELIVERED, Outcome.DEAD])
def test_what_is_delivered_or_dead_is_not_due_again(store: Store, outcome: Outcome) -> None:
    committed(store, message())
    ids(store)
    store.answered(attempt(outcome=outcome))
    assert ids(store, 10**12) == []
    assert outcomes(store) == {"m1": outcome}


def test_a_second_relay_answering_late_does_not_undo_a_delivery(store: Store) -> None:
    committed(store, message())
    ids(store)
    store.answered(attempt(outcome=Outcome.DELIVERED))
    store.answered(attempt(outcome=Outcome.WAITING, status=None, due=1))
    assert outcomes(store) == {"m1": Outcome.DELIVERED}
    assert ids(store, 10**12) == []


def test_a_delivery_that_did_arrive_is_not_dead(store: Store) -> None:
    committed(store, message())
    ids(store)
    store.answered(attempt(outcome=Outcome.DEAD))
    store.answered(attempt(outcome=Outcome.DELIVERED))
    assert outcomes(store) == {"m1": Outcome.DELIVERED}


def test_messages_are_due_oldest_first_up_to_the_limit(store: Store) -> None:
    committed(store, *(message(f"m{n}", order=f"o{n}") for n in (3, 1, 2)))
    assert ids(store, limit=2) == ["m3", "m1"]
    assert ids(store, limit=2) == ["m2"]


def test_a_message_waits_while_an_older_one_of_its_order_waits(store: Store) -> None:
    committed(store, message("m1", "resolved"), message("m2", "firing"))
    assert ids(store) == ["m1"]
    assert ids(store) == []
    store.answered(attempt("m1", Outcome.WAITING, due=8_000))
    assert ids(store, 7_999) == []
    assert ids(store, 8_000) == ["m1"]
    store.answered(attempt("m1", Outcome.DELIVERED))
    assert ids(store, 8_000) == ["m2"]


def test_a_dead_message_does_not_hold_up_its_order(store: Store) -> None:
    committed(store, message("m1", "resolved"), message("m2", "firing"))
    ids(store)
    store.answered(attempt("m1", Outcome.DEAD))
    assert ids(store) == ["m2"]


def test_orders_do_not_wait_for_each_other(store: Store) -> None:
    committed(store, message("m1", order="a"), message("m2", order="b"))
    assert ids(store) == ["m1", "m2"]


def test_a_firing_and_its_resolved_that_nobody_heard_of_collapse(store: Store) -> None:
    committed(store, message("m1", "firing"), message("m2", "resolved"))
    assert ids(store) == []
    assert outcomes(store) == {"m1": Outcome.COLLAPSED, "m2": Outcome.COLLAPSED}


def test_after_an_outage_only_the_net_state_is_sent(store: Store) -> None:
    kinds = ("firing", "resolved", "firing", "resolved", "firing")
    committed(store, *(message(f"m{n}", kind) for n, kind in enumerate(kinds)))
    assert ids(store) == ["m4"]


def test_after_a_firing_that_was_told_its_resolved_is_told_too(store: Store) -> None:
    committed(store, message("m1", "firing"))
    ids(store)
    store.answered(attempt("m1", Outcome.WAITING, due=6_000, status=None))
    committed(store, message("m2", "resolved"))
    assert ids(store, 6_000) == ["m1"]
    store.answered(attempt("m1", Outcome.DELIVERED))
    assert ids(store, 6_000) == ["m2"]


def test_a_firing_that_a_relay_had_when_it_died_does_not_collapse(store: Store) -> None:
    committed(store, message("m1", "firing"))
    assert ids(store, until=9_000) == ["m1"]
    committed(store, message("m2", "resolved"))
    assert ids(store, 9_000) == ["m1"]


def test_a_resolved_and_a_new_firing_do_not_collapse(store: Store) -> None:
    committed(store, message("m1", "resolved"), message("m2", "firing"))
    assert ids(store) == ["m1"]


def test_each_endpoint_collapses_for_itself(store: Store) -> None:
    committed(store, message("m1", "firing"), endpoints=("people", "retrain"))
    assert [d.message.id for d in store.due("retrain", NOW, 9_000, 10)] == ["m1"]
    committed(store, message("m2", "resolved"), endpoints=("people", "retrain"))
    assert ids(store) == []
    store.answered(attempt("m1", endpoint="retrain"))
    assert [d.message.id for d in store.due("retrain", NOW, 9_000, 10)] == ["m2"]


def test_a_message_that_is_stored_already_is_not_sent_again(store: Store) -> None:
    committed(store, message())
    ids(store)
    store.answered(attempt())
    committed(store, message())
    assert ids(store, 10**12) == []
    assert len(store.deliveries(9)) == 1


def test_a_circuit_is_closed_until_one_is_stored(stores: tuple[Store, Store]) -> None:
    first, second = stores
    assert first.circuit("people") == Circuit("people")
    for circuit in (Circuit("people", 3, 7_000), Circuit("people", 0, None, "410 Gone")):
        first.save_circuit(circuit)
        assert second.circuit("people") == circuit


def test_looking_for_what_is_due_leaves_the_circuit_alone(store: Store) -> None:
    store.save_circuit(Circuit("people", 3, 7_000, "gone"))
    committed(store, message())
    assert ids(store) == ["m1"]
    assert store.circuit("people") == Circuit("people", 3, 7_000, "gone")


@pytest.mark.parametrize(("subject", "again"), [("m1", {"m1"}), ("people", {"m1", "m2"})])
def test_dead_messages_wait_anew_when_told_to(store: Store, subject: str, again: set[str]) -> None:
    committed(store, message("m1", order="a"), message("m2", order="b"), message("m3", order="c"))
    ids(store)
    store.answered(attempt("m1", Outcome.DEAD))
    store.answered(attempt("m2", Outcome.DEAD))
    store.answered(attempt("m3", Outcome.DELIVERED))
    assert store.add(Instruction("redeliver", subject, 6_000, "ada")) == len(again)
    found = store.due("people", 6_000, 9_000, 10)
    assert {d.message.id for d in found} == again
    assert {(d.attempt, d.due, d.created) for d in found} == {(0, 6_000, 1_000)}


def test_what_a_person_sends_again_does_not_collapse(store: Store) -> None:
    committed(store, message("m1", "firing"))
    ids(store)
    store.answered(attempt("m1", Outcome.DEAD))
    committed(store, message("m2", "resolved"))
    store.add(Instruction("redeliver", "m1", 6_000))
    assert ids(store, 6_000) == ["m1"]


@pytest.mark.parametrize("kind", ["redeliver", "enable", "acknowledge"])
def test_an_instruction_about_nothing_changes_nothing_but_is_recorded(
    store: Store, kind: str
) -> None:
    committed(store, message())
    before = everything(store)
    told = Instruction(kind, "unheard", 6_000, "ada", "because")
    assert store.add(told) == 0
    assert everything(store) == before
    assert store.instructions(9) == [told]


def test_enabling_an_endpoint_closes_its_circuit(store: Store) -> None:
    store.save_circuit(Circuit("people", 9, 10**12, "410 Gone"))
    store.save_circuit(Circuit("retrain", 1))
    assert store.add(Instruction("enable", "people", 6_000)) == 1
    assert store.circuit("people") == Circuit("people")
    assert store.circuit("retrain") == Circuit("retrain", 1)


def test_deliveries_are_shown_newest_first_with_their_last_try(store: Store) -> None:
    committed(store, message("m1", order="a"), message("m2", order="b"))
    ids(store)
    tries = [
        attempt("m1", Outcome.WAITING, at=6_000, status=500, answer="oops", due=7_000),
        attempt("m1", Outcome.DEAD, at=7_000, status=None, answer="no answer"),
    ]
    for tried in tries:
        store.answered(tried)
    first = Delivery(message("m1", order="a"), "people", 2, 7_000, 1_000)
    second = Delivery(message("m2", order="b"), "people", 0, 1_000, 1_000)
    dead, waiting = Dispatch(first, Outcome.DEAD, tries[1]), Dispatch(second, Outcome.WAITING)
    assert store.deliveries(9) == [waiting, dead]
    assert store.deliveries(1) == [waiting]
    assert store.deliveries(9, outcome=Outcome.DEAD, endpoint="people") == [dead]
    assert store.deliveries(9, endpoint="retrain") == []
    assert store.attempts("m1") == tries


def test_one_is_found_however_many_wait_behind_others(store: Store) -> None:
    alike = [message(f"a{n:03}", order="one") for n in range(200)]
    committed(store, *alike, message("last", order="two"))
    assert ids(store, limit=1) == ["a000"]
    store.answered(attempt("a000", Outcome.WAITING, due=10**6))
    assert ids(store, limit=1) == ["last"]
    assert ids(store, limit=1) == []
