"""What of a record goes into a sample's rows, wherever its fields stand."""

import json

import pytest

from driftwatch.decode.json import JsonFormat
from driftwatch.decode.plain import plain

OWN = JsonFormat()


def told(record: object, settings: JsonFormat = OWN) -> object:
    return plain(json.dumps(record).encode(), 17, settings)


def test_a_record_of_our_own_format_keeps_what_a_profile_is_of() -> None:
    record = {
        "id": "a",
        "time": "2026-01-05T00:00:00Z",
        "model": "fraud",
        "version": "3",
        "features": {"amount": 5, "country": None},
        "prediction": "legit",
        "score": 0.25,
        "scores": {"fraud": 0.25, "legit": 0.75},
        "label": "fraud",
        "customer": "is nobody's business",
    }
    assert told(record) == {
        "time": 17,
        "features": {"amount": 5, "country": None},
        "prediction": "legit",
        "score": 0.25,
        "scores": {"fraud": 0.25, "legit": 0.75},
        "label": "fraud",
    }


def test_fields_are_found_where_the_settings_have_them() -> None:
    settings = JsonFormat.model_validate(
        {
            "features": "in.x",
            "prediction": "out.class",
            "columns": {"age": "person.age", "scores.a": "out.p.a", "label": "truth.is"},
        }
    )
    record = {"in": {"x": {"amount": 1}}, "out": {"class": "b", "p": {"a": 0.5}}}
    rest = {"person": {"age": 44}, "truth": {"is": "a"}}
    assert told({**record, **rest}, settings) == {
        "time": 17,
        "features": {"amount": 1, "age": 44},
        "prediction": "b",
        "label": "a",
        "scores": {"a": 0.5},
    }


def test_where_features_stand_at_the_top_the_other_fields_are_none() -> None:
    settings = JsonFormat.model_validate({"features": "", "time": "meta.at", "label": "truth"})
    record = {"meta": {"at": 1}, "model": "m", "version": "1", "id": 9, "truth": "a", "amount": 2}
    assert told(record, settings) == {"time": 17, "features": {"amount": 2}, "label": "a"}


@pytest.mark.parametrize("record", [{"features": 7}, {"features": None}, {}, {"scores": [1]}])
def test_what_is_no_object_has_no_features(record: object) -> None:
    assert told(record) == {"time": 17, "features": {}}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"a": "\xff"}', b"[" * 5000, b'{"a":' * 5000], ids=repr
)
def test_a_body_that_cannot_be_read_gives_nothing(body: bytes) -> None:
    assert plain(body, 17, OWN) is None
