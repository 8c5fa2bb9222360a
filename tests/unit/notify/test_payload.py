"""What a webhook's body says."""

import json
import typing
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from driftwatch.notify.payload import Kind, dated, document, waited, written
from driftwatch.nouns.messages import Delivery, Message

SECOND = 10**6
AT = 1_700_000_000 * SECOND


def _message(decided_after: int = 60, **facts: object) -> Message:
    decided = {"decided_at": AT + decided_after * SECOND}
    return Message("m-1", "firing", "fraud/3/CovariateShift", AT, {**decided, **facts})


def test_it_names_its_type_its_id_its_event_time_and_the_facts() -> None:
    told = document(_message(features=["amount"]))
    assert told == {
        "type": "io.driftwatch.alert.firing",
        "id": "m-1",
        "timestamp": "2023-11-14T22:13:20Z",
        "data": {"decided_at": "2023-11-14T22:14:20Z", "features": ["amount"]},
    }


def test_a_transition_decided_long_after_its_event_time_says_by_how_much() -> None:
    assert document(_message(decided_after=7200))["delayed_by"] == 7200


def test_five_minutes_are_no_delay() -> None:
    assert "delayed_by" not in document(_message(decided_after=300))
    assert "delayed_by" in document(_message(decided_after=301))


def test_facts_without_a_time_of_decision_say_nothing_of_delay() -> None:
    message = Message("m-1", "firing", "o", AT, {})
    assert "delayed_by" not in document(message)
    assert waited(message, AT + 10**12) is None


def test_a_message_that_waited_for_its_receiver_knows_how_long() -> None:
    message = _message(decided_after=0)
    assert waited(message, AT + 300 * SECOND) is None
    assert waited(message, AT + 3600 * SECOND) == 3600


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4))
def test_the_body_is_the_same_every_time_and_holds_the_facts_unchanged(facts: dict) -> None:
    message = Message("m-1", "resolved", "o", AT, facts)
    body = written(document(message, category_values=True))
    assert body == written(document(message, category_values=True))
    kept = {key: value for key, value in facts.items() if key not in ("type", "decided_at")}
    assert kept.items() <= json.loads(body)["data"].items()


def test_a_stored_message_is_as_old_as_its_storing() -> None:
    stored = Delivery(Message("m-1", "firing", "o", AT, {"a": 1}), "people", 3, 0, AT + SECOND)
    assert dated(stored).facts == {"decided_at": AT + SECOND, "a": 1}


def test_facts_know_their_own_time_better() -> None:
    stored = Delivery(_message(decided_after=9), "people", 3, 0, AT)
    assert dated(stored).facts["decided_at"] == AT + 9 * SECOND


def test_values_of_categories_are_told_only_where_that_is_allowed() -> None:
    feature = {"feature": "country", "value": 0.4, "unseen_values": ["Zoe", "Max"]}
    message = _message(features=[feature], categories=["Ada"])
    bare = document(message)["data"]
    assert bare["features"] == [{"feature": "country", "value": 0.4}]
    assert "categories" not in bare
    whole = document(message, category_values=True)["data"]
    assert (whole["features"], whole["categories"]) == ([feature], ["Ada"])


def test_a_category_is_named_only_where_that_is_allowed() -> None:
    named = {"feature": "name", "set": "name is Ada", "value": 0.4}
    kept = {"feature": "city", "set": "city is a value never seen before", "value": 0.4}
    message = _message(features=[named, kept], why="name is Ada: 0.4 of 900 rows")
    bare = document(message)["data"]
    assert bare["why"] == "name is one category: 0.4 of 900 rows"
    assert [f["set"] for f in bare["features"]] == ["name is one category", kept["set"]]
    whole = document(message, category_values=True)["data"]
    assert (whole["why"], whole["features"]) == (message.facts["why"], [named, kept])


def test_each_kind_of_message_has_a_type_of_its_own() -> None:
    kinds = (*typing.get_args(Kind), "test")
    assert len({document(replace(_message(), kind=kind))["type"] for kind in kinds}) == 5
