"""What becomes of a JSON record that is sound?"""

import json

import numpy as np
import pytest

from driftwatch.decode.json import JsonFormat
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.profiles import Column, Known
from driftwatch.nouns.records import Batch, Reason
from tests.unit.decode.samples import AT, NOW, SECOND, body, known, poll, profile, record

HOUR = 3600


def decoded(*bodies: bytes | None, of: Known | None = None, **settings: object) -> list[Batch]:
    made = JsonFormat.model_validate(settings).build()
    found = made.decode(poll(bodies), of or known())
    assert found.details == []
    return found.batches


def one(*bodies: bytes, of: Known | None = None, **settings: object) -> Batch:
    batches = decoded(*bodies, of=of, **settings)
    assert len(batches) == 1
    return batches[0]


def written(batch: Batch, column: int) -> list[str | None]:
    words = batch.words[column]
    return [None if code < 0 else words[code] for code in batch.codes[column].tolist()]


def test_a_record_becomes_a_row_of_numbers_and_codes_in_the_order_of_the_schema():
    batch = one(body())
    assert (batch.model, batch.version, batch.record.tolist()) == ("fraud", "3", [0])
    assert batch.time.tolist() == [NOW]
    assert batch.numbers.tolist() == [[12.5], [3.0], [HOUR], [0.75]]
    assert [written(batch, j) for j in range(3)] == [["FR"], ["true"], ["fraud"]]


def test_types_of_the_arrays_are_as_the_batch_promises():
    batch = one(body())
    types = (batch.record, batch.time, batch.numbers, batch.codes, batch.key)
    wanted = (np.int32, np.int64, np.float64, np.int32, np.uint64)
    assert tuple(a.dtype for a in types) == tuple(map(np.dtype, wanted))


@pytest.mark.parametrize("value", [None, ...], ids=["null", "absent"])
@pytest.mark.parametrize("name", ["amount", "items", "opened", "score"])
def test_a_missing_number_is_nan(name, value):
    batch = one(body(), body(**{name: value}), body())
    row = ["amount", "items", "opened", "score"].index(name)
    assert np.isnan(batch.numbers).T.tolist() == [
        [False] * 4,
        [j == row for j in range(4)],
        [False] * 4,
    ]


@pytest.mark.parametrize("value", [None, ...], ids=["null", "absent"])
@pytest.mark.parametrize("name", ["country", "member", "prediction"])
def test_a_missing_word_has_the_code_minus_one(name, value):
    batch = one(body(), body(**{name: value}))
    row = ["country", "member", "prediction"].index(name)
    assert (batch.codes[:, 1] == -1).tolist() == [j == row for j in range(3)]
    assert (batch.codes[:, 0] >= 0).all()


def test_equal_words_have_equal_codes_in_all_chunks_of_a_poll():
    countries = [f"C{i % 7}" for i in range(3000)]
    batch = one(*(body(country=c) for c in countries))
    assert written(batch, 0) == countries
    assert len(batch.words[0]) == 7


def test_whole_numbers_as_categories_count_as_the_words_they_are_written_as():
    batch = one(body(country=33), body(country="33"), body(country=-1))
    assert written(batch, 0) == ["33", "33", "-1"]
    assert batch.codes[0, 0] == batch.codes[0, 1]


def test_truth_is_counted_as_the_words_true_and_false():
    assert written(one(body(member=True), body(member=False)), 1) == ["true", "false"]


def test_a_whole_number_may_be_written_with_a_fraction_of_zero_or_an_exponent():
    plain = body(items=3)
    batch = one(*(plain.replace(b'"items": 3', b'"items": ' + n) for n in (b"3.0", b"3e2", b"-0")))
    assert batch.numbers[1].tolist() == [3.0, 300.0, 0.0]


def test_numbers_beyond_the_precision_of_a_double_are_rounded_to_the_nearest():
    batch = one(body(amount=2**53 + 1, items=10**30), body(amount=1e-320))
    assert batch.numbers[0].tolist() == [2.0**53, 1e-320]
    assert batch.numbers[1, 0] == 1e30


def test_a_number_too_small_for_a_double_is_zero():
    assert one(body().replace(b"12.5", b"1e-999")).numbers[0, 0] == 0.0


def test_of_a_key_that_stands_twice_the_last_value_counts():
    assert one(body().replace(b'"items"', b'"amount": 7, "items"')).numbers[0, 0] == 7.0


def test_what_is_not_wanted_is_skipped_whatever_number_or_text_it_is():
    strange = body().replace(b'"a-1"', b'1e999, "x": "\xff", "y": [[1], {"z": null}]')
    assert one(strange).numbers[0, 0] == 12.5


def test_keys_may_be_written_with_escapes_and_in_any_order():
    turned = json.dumps(dict(reversed(record().items()))).encode()
    assert one(turned.replace(b'"amount"', b'"am\\u006funt"')).numbers[0, 0] == 12.5


@pytest.mark.parametrize(
    "time",
    [
        NOW // SECOND,
        NOW / SECOND,
        NOW // 1000,
        NOW,
        AT,
        "2025-10-09T11:00:00+02:00",
        "2025-10-09 04:00:00.000000-05:00",
        "2025-10-09T09:00:00z",
    ],
)
def test_event_times_are_seconds_milliseconds_microseconds_or_rfc_3339(time):
    assert one(body(time=time)).time.tolist() == [NOW]


@pytest.mark.parametrize(
    ("time", "after"),
    [
        (NOW / SECOND + 0.000001, 1),
        (NOW / SECOND + 0.123457, 123_457),
        (NOW // 1000 + 0.5, 500),
        ("2025-10-09T09:00:00.999999Z", 999_999),
    ],
)
def test_event_times_are_exact_to_the_microsecond(time, after):
    assert one(body(time=time)).time.tolist() == [NOW + after]


def test_ways_of_writing_times_may_be_mixed():
    times = [NOW // 1000, AT, NOW, NOW / SECOND]
    assert one(*(body(time=t) for t in times)).time.tolist() == [NOW] * 4


@pytest.mark.parametrize(("unit", "scale"), [("s", SECOND), ("ms", 1000), ("us", 1)])
def test_the_unit_of_times_can_be_fixed(unit, scale):
    batch = one(body(time=NOW // scale, opened=0), body(), time_unit=unit)
    assert batch.time.tolist() == [NOW, NOW]
    assert batch.numbers[2].tolist() == [NOW / SECOND, HOUR]


def test_a_timestamp_is_its_age_against_the_event_time_and_may_lie_after_it():
    batch = one(body(opened=NOW // SECOND - 90), body(opened="2025-10-09T09:00:01.5Z"))
    assert batch.numbers[2].tolist() == [90.0, -1.5]


def test_a_timestamp_of_the_first_and_the_last_year_is_an_age_too():
    batch = one(body(opened="0001-01-01T00:00:00+02:00"), body(opened="9999-12-31T23:59:59Z"))
    ages = [NOW // SECOND + 62_135_596_800 + 2 * HOUR, NOW // SECOND - 253_402_300_799]
    assert batch.numbers[2].tolist() == ages


@pytest.mark.parametrize("time", [None, ...])
def test_without_a_time_the_arrival_is_taken_where_that_is_configured(time):
    batch = one(body(), body(time=time), missing_time="arrival")
    assert batch.time.tolist() == [NOW, NOW]


def test_fields_are_read_where_the_paths_say():
    given = {
        "meta": {"ts": AT, "about": {"model": "fraud", "version": "3"}},
        "payload": {"features": {"items": 3, "country": "FR"}},
        "tx": {"amount": 9},
        "out": {"class": "fraud", "p": 0.5},
    }
    batch = one(
        json.dumps(given).encode(),
        time="meta.ts",
        model="meta.about.model",
        version="meta.about.version",
        features="payload.features",
        columns={"amount": "tx.amount"},
        prediction="out.class",
        score="out.p",
    )
    assert batch.numbers[[0, 1, 3], 0].tolist() == [9.0, 3.0, 0.5]
    assert [written(batch, j) for j in (0, 2)] == [["FR"], ["fraud"]]


def test_features_may_stand_at_the_top():
    flat = {**record(), **record()["features"]}
    del flat["features"]
    assert (
        one(json.dumps(flat).encode(), features="").numbers.tolist() == one(body()).numbers.tolist()
    )


def test_a_path_can_be_a_list_where_a_key_holds_a_dot():
    given = json.dumps({**record(), "tx.amount": 4}).encode()
    assert one(given, columns={"amount": ["tx.amount"]}).numbers[0, 0] == 4.0


def test_a_feature_whose_name_holds_a_dot_is_one_key():
    of = known(profile("3", Column("tx.amount", "numeric")))
    assert one(body(features={"tx.amount": 5}), of=of).numbers.tolist() == [[5.0]]


def test_a_place_may_serve_as_time_and_as_a_column():
    of = known(profile("3", Column("hour", "timestamp")))
    assert one(body(), of=of, columns={"hour": "time"}).numbers.tolist() == [[0.0]]


def test_a_place_cannot_have_two_types():
    of = known(profile("3", Column("amount", "numeric"), Column("country", "categorical")))
    with pytest.raises(
        ConfigurationError, match=r"features\.country is wanted as number and as word"
    ):
        decoded(body(), of=of, columns={"amount": "features.country"})


def test_a_place_cannot_be_a_value_and_an_object():
    with pytest.raises(ConfigurationError, match=r"features is wanted as a word, and as an object"):
        decoded(body(), prediction="features")


def test_several_scores_stand_under_their_names():
    of = known(profile("3", Column("low", "numeric", "score"), Column("high", "numeric", "score")))
    assert one(body(low=0.1, high=0.9), of=of).numbers.tolist() == [[0.1], [0.9]]


@pytest.mark.parametrize("gone", [{}, {"tx": None}], ids=["absent", "null"])
def test_an_object_that_holds_only_what_may_be_missing_may_be_missing(gone):
    given = json.dumps({**record(), **gone}).encode()
    there = json.dumps({**record(), "tx": {"amount": 1}}).encode()
    batch = one(given, there, columns={"amount": "tx.amount"})
    assert np.isnan(batch.numbers[0]).tolist() == [True, False]


@pytest.mark.parametrize("value", [None, ...])
def test_records_that_name_no_model_or_version_have_the_default_ones(value):
    settings = {"default_model": "fraud", "default_version": "3"}
    batch = one(body(), body(model=value), body(version=value), **settings)
    assert (batch.model, batch.version, batch.record.tolist()) == ("fraud", "3", [0, 1, 2])


def test_a_version_without_a_profile_is_counted_only():
    batches = {b.version: b for b in decoded(body(), body(version="4"), body(version="4"))}
    assert batches["4"].record.tolist() == [1, 2]
    assert batches["4"].numbers.shape == batches["4"].codes.shape == (0, 2)
    assert batches["4"].time.tolist() == [NOW, NOW]
    assert batches["3"].record.tolist() == [0]


def test_a_version_without_a_profile_may_have_any_features():
    (batch,) = decoded(body(version="4", features=[1, "x"]))
    assert batch.version == "4"


def test_versions_of_other_schemas_are_read_by_their_own():
    of = known(
        profile("3"), profile("4", Column("amount", "categorical"), Column("new", "numeric"))
    )
    bodies = [
        body() if i % 3 else body(version="4", amount="low", features={"amount": "low", "new": i})
        for i in range(30)
    ]
    batches = {b.version: b for b in decoded(*bodies, of=of)}
    assert batches["3"].record.tolist() == [i for i in range(30) if i % 3]
    assert batches["4"].record.tolist() == batches["4"].numbers[0].tolist() == list(range(0, 30, 3))
    assert set(written(batches["4"], 0)) == {"low"}


def test_models_are_kept_apart():
    of = known(profile("3"), profile("3", model="churn"), models=("fraud", "churn"))
    batches = decoded(body(), body(model="churn"), body(), of=of)
    assert {b.model: b.record.tolist() for b in batches} == {"fraud": [0, 2], "churn": [1]}


def test_an_empty_poll_holds_nothing():
    found = JsonFormat().build().decode(poll([]), known())
    assert (found.batches, found.rejected.tolist(), found.reasons) == ([], [], [])


def test_rejected_records_do_not_shift_the_rows_of_the_others():
    bodies = [body() if i % 5 else b"{" for i in range(2500)]
    found = JsonFormat().build().decode(poll(bodies), known())
    assert found.rejected.tolist() == list(range(0, 2500, 5))
    assert set(found.reasons) == {Reason.NOT_JSON}
    assert found.batches[0].record.tolist() == [i for i in range(2500) if i % 5]


def test_more_schemas_than_decoders_are_kept_are_decoded_all_the_same():
    made = JsonFormat().build()
    for i in range(200):
        of = known(profile("3", Column(f"f{i}", "numeric")))
        (batch,) = made.decode(poll([body(features={f"f{i}": i})]), of).batches
        assert batch.numbers.tolist() == [[i]]
