"""Which settings of a format are taken?"""

import pytest
from pydantic import ValidationError

from driftwatch.decode.json import JsonFormat


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": ""},
        {"time": "a..b"},
        {"time": 3},
        {"time": ["a", ""]},
        {"columns": {"amount": ""}},
        {"default_version": 3},
        {"default_version": ".3"},
        {"default_model": ""},
        {"time_unit": "ns"},
        {"max_depth": 501},
        {"max_bytes": True},
        {"earliest_year": 1970},
        {"kind": "avro"},
        {"feature": "x"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        JsonFormat.model_validate(wrong)


@pytest.mark.parametrize("path", ["time", "meta.time", ["a.b", "c"]])
def test_a_path_is_written_as_it_is_read(path):
    made = JsonFormat.model_validate({"time": path})
    assert made.model_dump()["time"] == path
    assert JsonFormat.model_validate(made.model_dump()) == made


def test_the_features_alone_may_stand_at_the_top():
    assert JsonFormat.model_validate({"features": ""}).features == ()
