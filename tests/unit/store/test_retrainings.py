"""What does every store owe to retrainings: requests that can be held back, places, silences?"""

from dataclasses import replace

import pytest

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.messages import Attempt, Instruction, Message, Outcome
from driftwatch.nouns.records import Delta, Position
from driftwatch.nouns.retraining import (
    Decision,
    Located,
    Reason,
    Retraining,
    Sent,
    Stage,
)
from driftwatch.nouns.settings import microseconds
from driftwatch.store import Store
from driftwatch.store.rules import PLACES
from tests.unit.store.conftest import RETENTION
from tests.unit.store.samples import MINUTE, delta, message, part

NOW = 1_000_000_000
WHY = (Reason("settle", "the alerts must fire until größer 'später'"),)


def wish(stage: Stage = Stage.REQUESTED, revision: int = 1, **changes: object) -> Retraining:
    asked = stage is not Stage.HELD or revision > 1
    made = Retraining(
        id="retrain_1",
        model="fraud",
        version="3",
        reference="f1",
        ordinal=1,
        stage=stage,
        reasons=WHY,
        began=MINUTE,
        boundary=2 * MINUTE,
        decided_at=NOW,
        requested_at=NOW if asked else None,
        expires_at=NOW + 1000 if asked else None,
        known=("3",),
        rising={"4": 5 * MINUTE},
        revision=revision,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def request(facts: str = "as it was", id: str = "retrain_1") -> Message:
    return Message(id, "retrain", f"fraud/3/{id}", MINUTE, {"why": facts})


def save(
    store: Store, *wishes: Retraining, messages: tuple[Message, ...] = (), now: int = NOW
) -> None:
    """Commit the next boundary with these."""
    stored = store.offsets("kafka")
    next_ = stored["t-0"].next if stored else 0
    pane = next_ * MINUTE
    store.append(delta(next_, next_ + 1, parts=(part(pane),)), MINUTE)
    store.close("fraud", lambda _: pane + MINUTE)
    opened = store.open("fraud", MINUTE)
    assert opened is not None
    told = tuple(Decision(of.id, of.stage, of.reasons, now, pane) for of in wishes)
    addressed = tuple((one, ("ci",)) for one in messages)
    store.commit(
        Judgement(
            "fraud",
            opened.previous,
            opened.boundary,
            now,
            messages=addressed,
            retrainings=wishes,
            decisions=told,
        )
    )


def due(store: Store, now: int = NOW, until: int = NOW + 10) -> list[str]:
    return [d.message.id for d in store.due("ci", now, until, 10)]


def answered(store: Store, outcome: Outcome, at: int = NOW) -> None:
    store.answered(Attempt("retrain_1", "ci", at, outcome, 200, "fine", due=at + 5))


def test_a_retraining_comes_back_as_it_was_with_its_decisions(store: Store) -> None:
    save(store, wish(Stage.HELD))
    later = wish(revision=2, reasons=(Reason("wanted", "ok"),), called=("quality_alert",))
    save(store, later, messages=(request(),))
    assert store.retraining("retrain_1") == later
    assert store.retrainings(9) == store.retrainings(9, model="fraud") == [later]
    assert store.retrainings(9, model="churn") == []
    assert store.retraining("unheard") is None
    found = store.decisions("retrain_1")
    assert [(d.stage, d.reasons) for d in found] == [
        (Stage.HELD, WHY),
        (Stage.REQUESTED, later.reasons),
    ]
    between = store.between("fraud")
    assert between is not None
    assert between.previous == between.boundary == 2 * MINUTE
    assert between.standing.retrainings == (later,)
    assert between.standing.sent == {"retrain_1": Sent(waiting=1)}
    assert between.standing.born == NOW


@pytest.mark.parametrize("revision", [1, 2, 4])
def test_of_two_that_decide_on_one_retraining_the_second_changes_nothing(
    store: Store, revision: int
) -> None:
    save(store, wish())
    save(store, wish(revision=2, successor="4"))
    before = store.retrainings(9)
    with pytest.raises(Conflict, match="revision"):
        save(store, wish(revision=revision, successor="5"))
    assert store.retrainings(9) == before
    assert len(store.decisions("retrain_1")) == 2


def test_a_request_goes_out_while_it_is_asked_for_and_has_not_expired(store: Store) -> None:
    save(store, wish(), messages=(request(),))
    assert due(store, NOW + 1000) == []
    assert due(store) == ["retrain_1"]


def test_a_request_that_is_held_again_waits_and_then_tells_how_it_is_then(store: Store) -> None:
    save(store, wish(), messages=(request("before"),))
    save(store, wish(Stage.HELD, 2))
    assert due(store) == []
    [kept] = store.deliveries(9)
    assert kept.outcome is Outcome.WAITING
    save(store, wish(revision=3), messages=(request("now"),))
    [given] = store.due("ci", NOW, NOW + 10, 9)
    assert given.message.facts == {"why": "now"}


def test_what_was_tried_once_is_told_the_same_way_again(store: Store) -> None:
    save(store, wish(), messages=(request("first"),))
    assert due(store) == ["retrain_1"]
    answered(store, Outcome.WAITING)
    save(store, wish(Stage.HELD, 2), now=NOW + 1)
    save(store, wish(revision=3), messages=(request("second"),), now=NOW + 2)
    [given] = store.due("ci", NOW + 20, NOW + 40, 9)
    assert given.message.facts == {"why": "first"}


@pytest.mark.parametrize("stage", [Stage.WITHDRAWN, Stage.DONE, Stage.FAILED, Stage.TIMED_OUT])
def test_a_request_that_is_over_is_never_sent(store: Store, stage: Stage) -> None:
    save(store, wish(), messages=(request(),))
    save(store, wish(stage, 2))
    assert due(store, NOW + 10**10) == []
    assert [d.outcome for d in store.deliveries(9)] == [Outcome.COLLAPSED]


@pytest.mark.parametrize("stage", [Stage.HELD, Stage.WITHDRAWN, Stage.EXPIRED])
def test_a_request_that_a_relay_has_in_hand_cannot_be_taken_back(
    store: Store, stage: Stage
) -> None:
    save(store, wish(), messages=(request(),))
    assert due(store) == ["retrain_1"]
    with pytest.raises(Conflict, match="in hand"):
        save(store, wish(stage, 2))
    assert store.retrainings(9)[0].stage is Stage.REQUESTED
    answered(store, Outcome.DELIVERED, NOW + 1)
    with pytest.raises(Conflict, match="in hand"):
        save(store, wish(stage, 2), now=NOW + 2)
    opened = store.between("fraud")
    assert opened is not None
    taken = Sent(taken_at=NOW + 1, answer="ci: fine")
    assert opened.standing.sent == {"retrain_1": taken}


def test_a_refused_one_can_be_taken_back(store: Store) -> None:
    save(store, wish(), messages=(request(),))
    due(store)
    answered(store, Outcome.WAITING, NOW + 1)
    save(store, wish(Stage.WITHDRAWN, 2), now=NOW + 2)
    assert due(store, NOW + 10**9, NOW + 2 * 10**9) == []


def test_a_closed_one_is_shown_and_not_judged_any_more(store: Store) -> None:
    save(store, wish(Stage.WITHDRAWN, closed=True))
    assert store.between("fraud") is None
    assert [of.id for of in store.retrainings(9)] == ["retrain_1"]


def test_closed_ones_go_with_the_history(store: Store) -> None:
    old = wish(Stage.WITHDRAWN, closed=True)
    save(store, old, wish(Stage.HELD, id="retrain_2"))
    store.maintain(NOW + microseconds(RETENTION.history) + 1)
    assert [of.id for of in store.retrainings(9)] == ["retrain_2"]
    assert store.decisions("retrain_1") == []


def test_a_look_between_boundaries_leaves_the_boundary_and_its_time(store: Store) -> None:
    save(store, wish())
    before = store.snapshot(0).models
    boundary = before["fraud"].boundary
    assert boundary is not None
    look = Judgement("fraud", boundary, boundary, NOW + 500, retrainings=(wish(revision=2),))
    store.commit(look)
    assert store.snapshot(0).models == before
    assert store.retrainings(9)[0].revision == 2
    with pytest.raises(Conflict):
        store.commit(replace(look, previous=7, boundary=7))


def test_a_place_widens_with_every_append_and_is_read_by_stretches(store: Store) -> None:
    def append(first: int, places: dict[tuple[str, int], tuple[int, int]]) -> None:
        store.append(
            Delta(
                "kafka",
                {"t-0": (first, first + 9)},
                {"t-0": Position(first + 9)},
                (),
                {},
                (),
                places,
            ),
            MINUTE,
        )

    append(0, {("t-0", 0): (0, 5), ("t-0", MINUTE): (3, 9)})
    append(9, {("t-0", MINUTE): (9, 12), ("t-1", MINUTE): (70, 71), ("t-0", 5 * MINUTE): (12, 18)})
    assert store.places(("kafka",), 0, 2 * MINUTE) == [
        Located("kafka", "t-0", 0, 12, 0, 2 * MINUTE),
        Located("kafka", "t-1", 70, 71, MINUTE, 2 * MINUTE),
    ]
    assert store.places(("kafka",), MINUTE, 2 * MINUTE)[0].first == 3
    assert store.places(("other",), 0, 10 * MINUTE) == []
    store.maintain(PLACES + 3 * MINUTE)
    assert len(store.places(("kafka",), 0, 9 * MINUTE)) == 2
    append(18, {("t-0", PLACES + 2 * MINUTE): (18, 27)})
    store.maintain(PLACES + 3 * MINUTE)
    assert [p.first for p in store.places(("kafka",), 0, 2 * PLACES)] == [12]


def test_what_a_silence_puts_off_is_sent_at_its_end_or_when_it_is_lifted(store: Store) -> None:
    until = NOW + 10_000
    store.add(Instruction("silence", "fraud", NOW, "ada", "maintenance", details={"until": until}))
    [told] = store.instructions(9)
    firing = Judgement(
        "fraud",
        None,
        MINUTE,
        NOW,
        messages=((message("m1", "firing"), ("ci",)),),
        put_off={"m1": until},
    )
    store.append(delta(parts=(part(0),)), MINUTE)
    store.commit(firing)
    assert due(store) == []
    assert store.add(Instruction("lift", "999", NOW + 1)) == 0
    assert due(store) == []
    assert store.add(Instruction("lift", str(told.id), NOW + 1)) == 1
    assert due(store, NOW + 1, NOW + 20) == ["m1"]


def test_instructions_keep_their_details_and_their_order(store: Store) -> None:
    details = {"state": "done", "version": "größer"}
    store.add(Instruction("retraining", "retrain_1", NOW, "ci", details=details))
    store.add(Instruction("enable", "ci", NOW))
    store.add(Instruction("accept", "fraud/3", NOW, details={"feature": "country"}))
    newest = store.instructions(9)
    assert [told.kind for told in newest] == ["accept", "enable", "retraining"]
    assert newest[-1].details == details
    assert newest[0].id > newest[1].id > newest[2].id > 0
    save(store, wish())
    opened = store.between("fraud")
    assert opened is not None
    assert [told.kind for told in opened.standing.instructions] == ["retraining", "accept"]
