"""Why is a record refused, and what is said of it?"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.decode.json import JsonFormat
from driftwatch.decode.reasons import classify, depth
from driftwatch.nouns.profiles import Column, Known
from driftwatch.nouns.records import Decoded, Reason
from tests.unit.decode.samples import AT, COLUMNS, NOW, body, known, poll, profile, record

R = Reason
FLAT = json.dumps(record()).encode()


def decode(*bodies: bytes | None, of: Known | None = None, **options: object) -> Decoded:
    return JsonFormat.model_validate(options).build().decode(poll(bodies), of or known())


def why(one: bytes | None, of: Known | None = None, **options: object) -> tuple[Reason, str]:
    found = decode(body(), one, body(), of=of, **options)
    assert found.rejected.tolist() == [1]
    assert sum(len(b.record) for b in found.batches) == 2
    return found.reasons[0], found.details[0]


def put(old: str, new: str) -> bytes:
    assert old.encode() in FLAT
    return FLAT.replace(old.encode(), new.encode())


REFUSED = {
    "tombstone": (None, R.TOMBSTONE, "no body"),
    "empty": (b"", R.NOT_JSON, "Expecting value"),
    "blank": (b"  ", R.NOT_JSON, "Expecting value"),
    "cut": (FLAT[:40], R.NOT_JSON, "at character"),
    "trailing": (FLAT + b"x", R.NOT_JSON, "Extra data"),
    "two objects": (FLAT + FLAT, R.NOT_JSON, "Extra data"),
    "two lines": (FLAT + b"\n" + FLAT, R.NOT_JSON, "Extra data"),
    "trailing comma": (FLAT[:-1] + b",}", R.NOT_JSON, "at character"),
    "byte order mark": (b"\xef\xbb\xbf" + FLAT, R.NOT_JSON, "at character 0"),
    "leading zero": (put("12.5", "012.5"), R.NOT_JSON, "at character"),
    "control character": (put("FR", "F\x01R"), R.NOT_JSON, "control character"),
    "bad escape": (put("FR", "F\\xR"), R.NOT_JSON, "escape"),
    "array": (b"[1, 2]", R.NOT_AN_OBJECT, "an array at the top"),
    "number": (b"17", R.NOT_AN_OBJECT, "17 at the top"),
    "null": (b"null", R.NOT_AN_OBJECT, "null at the top"),
    "only a text": (b'"secret"', R.NOT_AN_OBJECT, '"secret" at the top'),
    "bad utf-8": (FLAT.replace(b"FR", b"F\xff"), R.BAD_UTF8, "is not UTF-8"),
    "surrogate in utf-8": (FLAT.replace(b"FR", b"\xed\xa0\x80"), R.BAD_UTF8, "is not UTF-8"),
    "half a surrogate": (put("FR", "\\ud800"), R.BAD_UTF8, "surrogate"),
    "deep": (put('"a-1"', "[" * 300 + "]" * 300), R.TOO_DEEP, "nested 301 deep; at most 250"),
    "very deep": (b"[" * 100_000, R.TOO_DEEP, "nested 100000 deep"),
    "deep objects": (b'{"a":' * 5000 + b"1" + b"}" * 5000, R.TOO_DEEP, "nested 5000 deep"),
    "large": (put("a-1", "x" * 1_000_000), R.TOO_LARGE, "at most 1000000 (max_bytes)"),
    "model missing": (body(model=...), R.MISSING_FIELD, "model is missing"),
    "model null": (body(model=None), R.MISSING_FIELD, "model is missing"),
    "model number": (body(model=7), R.WRONG_TYPE, "model: the number 7; quote it"),
    "model object": (body(model={}), R.WRONG_TYPE, "model: an object; a text is wanted"),
    "model unknown": (body(model="churn"), R.UNKNOWN_MODEL, '"churn"; known here: fraud'),
    "version missing": (body(version=...), R.MISSING_FIELD, "version is missing"),
    "version number": (body(version=3), R.WRONG_TYPE, 'the number 3; quote it, as in "3"'),
    "version fraction": (body(version=3.1), R.WRONG_TYPE, "quote it"),
    "version path": (body(version="../x"), R.WRONG_TYPE, "letters, digits, dots"),
    "version long": (body(version="1" * 65), R.WRONG_TYPE, "1 to 64"),
    "version dot": (body(version=".3"), R.WRONG_TYPE, "letters, digits, dots"),
    "version empty": (body(version=""), R.WRONG_TYPE, "letters, digits, dots"),
    "time missing": (body(time=...), R.MISSING_FIELD, "time is missing"),
    "time null": (body(time=None), R.MISSING_FIELD, "time is missing"),
    "time words": (body(time="yesterday"), R.TIME_UNPARSEABLE, "2026-01-31T12:00:00Z"),
    "time as text": (body(time="1760000400"), R.TIME_UNPARSEABLE, "2026-01-31T12:00:00Z"),
    "time without offset": (body(time="2025-10-09T09:00:00"), R.TIME_UNPARSEABLE, "offset"),
    "time date": (body(time="2025-10-09"), R.TIME_UNPARSEABLE, "2026-01-31T12:00:00Z"),
    "time no day": (body(time="2025-02-30T09:00:00Z"), R.TIME_UNPARSEABLE, "02-30"),
    "time leap second": (body(time="2016-12-31T23:59:60Z"), R.TIME_UNPARSEABLE, "23:59:60"),
    "time truth": (body(time=True), R.TIME_UNPARSEABLE, "true"),
    "time object": (body(time={}), R.TIME_UNPARSEABLE, "an object"),
    "time zero": (body(time=0), R.TIME_ABSURD, "outside 2000 to 2099"),
    "time nanoseconds": (body(time=NOW * 1000), R.TIME_ABSURD, "outside 2000 to 2099"),
    "time negative": (body(time=-1), R.TIME_ABSURD, "outside"),
    "time 1999": (body(time="1999-12-31T23:59:59.999999Z"), R.TIME_ABSURD, "outside"),
    "time 2100": (body(time="2100-01-01T00:00:00Z"), R.TIME_ABSURD, "outside"),
    "time huge": (put(f'"{AT}"', "1e300"), R.TIME_ABSURD, "outside"),
    "time infinite": (put(f'"{AT}"', "1e999"), R.NOT_FINITE, "beyond what a double holds"),
    "features missing": (body(features=...), R.MISSING_FIELD, "features is missing"),
    "features null": (body(features=None), R.MISSING_FIELD, "features is missing"),
    "features array": (body(features=[1]), R.WRONG_TYPE, "features: an array; an object"),
    "features number": (body(features=1), R.WRONG_TYPE, "features: 1; an object"),
    "text": (body(amount="much"), R.WRONG_TYPE, 'features.amount: "much"; a number is wanted'),
    "empty text": (body(amount=""), R.WRONG_TYPE, "a number is wanted"),
    "comma": (body(amount="1,5"), R.WRONG_TYPE, "a number is wanted"),
    "truth": (body(amount=True), R.WRONG_TYPE, "features.amount: true"),
    "array of number": (body(amount=[1]), R.WRONG_TYPE, "features.amount: an array"),
    "number as text": (body(amount="12.5"), R.NUMBER_AS_TEXT, "without quotes"),
    "exponent as text": (body(score=" -1e3 "), R.NUMBER_AS_TEXT, 'score: the text " -1e3 "'),
    "nan": (put("12.5", "NaN"), R.NOT_FINITE, "NaN is not JSON; write null"),
    "infinity": (put("12.5", "-Infinity"), R.NOT_FINITE, "-Infinity is not JSON"),
    "nan elsewhere": (put('"a-1"', "NaN"), R.NOT_FINITE, "NaN is not JSON"),
    "nan as text": (body(amount="nan"), R.NOT_FINITE, "write null"),
    "infinity as text": (body(amount="-Inf"), R.NOT_FINITE, "write null"),
    "1e999": (put("12.5", "1e999"), R.NOT_FINITE, "1e999 is beyond"),
    "huge": (put("12.5", "1" + "0" * 400), R.NOT_FINITE, "beyond what a double holds"),
    "gigantic": (put("12.5", "1" + "0" * 6000), R.NOT_FINITE, "beyond what a double holds"),
    "fraction": (body(items=2.5), R.WRONG_TYPE, "features.items: 2.5; a whole number is wanted"),
    "integer as text": (body(items="2"), R.NUMBER_AS_TEXT, "without quotes"),
    "timestamp words": (body(opened="soon"), R.TIME_UNPARSEABLE, "features.opened"),
    "timestamp truth": (body(opened=False), R.TIME_UNPARSEABLE, "features.opened: false"),
    "category fraction": (body(country=1.5), R.WRONG_TYPE, "a text or a whole number"),
    "category whole fraction": (put('"FR"', "2.0"), R.WRONG_TYPE, "a text or a whole number"),
    "category truth": (body(country=True), R.WRONG_TYPE, "features.country: true"),
    "category huge": (body(country=2**63), R.WRONG_TYPE, "a text or a whole number"),
    "category gigantic": (put('"FR"', "9" * 5000), R.WRONG_TYPE, "a text or a whole number"),
    "category object": (body(country={"secret": 1}), R.WRONG_TYPE, "features.country: an object"),
    "boolean text": (body(member="true"), R.WRONG_TYPE, '"true"; true or false is wanted'),
    "boolean number": (body(member=1), R.WRONG_TYPE, "true or false is wanted"),
    "prediction": (body(prediction=[]), R.WRONG_TYPE, "prediction: an array"),
    "twice, first wrong": (put('"items"', '"amount": "x", "items"'), R.WRONG_TYPE, "amount"),
}


def test_where_json_breaks_off_is_said_in_one_sentence():
    _, detail = why(b'{"time": "2026')
    assert detail == "Unterminated string starting at character 9; a record is a JSON object"


@pytest.mark.parametrize("case", REFUSED)
def test_each_kind_of_broken_record_has_its_reason_and_helpful_words(case):
    given_, reason, words = REFUSED[case]
    found, detail = why(given_)
    assert (found, words in detail) == (reason, True), detail


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_said_is_short_whatever_the_record_holds(case):
    assert len(why(REFUSED[case][0])[1]) < 200


@pytest.mark.parametrize("case", REFUSED)
def test_a_record_has_the_same_reason_in_any_company(case):
    one = REFUSED[case][0]
    alone = decode(one)
    among = decode(*[body(version="9", features=1)] * 20, one)
    assert (among.reasons, among.details) == (alone.reasons, alone.details)


def test_a_required_column_that_is_missing_rejects_the_record():
    of = known(profile("3", Column("amount", "numeric", required=True), *COLUMNS[1:]))
    assert why(body(amount=...), of=of) == (R.MISSING_FIELD, "features.amount is missing")
    assert why(body(amount=None), of=of) == (R.MISSING_FIELD, "features.amount is missing")


def test_columns_and_other_keys_can_be_required_by_the_settings():
    assert why(body(country=None), required=["country"])[0] == R.MISSING_FIELD
    assert why(body(id=...), required=["id"]) == (R.MISSING_FIELD, "id is missing")
    assert why(body(id=None), required=["id"]) == (R.MISSING_FIELD, "id is missing")


def test_the_object_above_a_required_column_is_required():
    options = {"columns": {"amount": "tx.amount"}, "required": ["amount"]}
    found = decode(body(tx={"amount": 1}), body(), body(tx=None), body(tx={}), **options)
    assert found.rejected.tolist() == [1, 2, 3]
    assert set(found.details) == {"tx.amount is missing"}


def test_something_else_where_an_object_is_wanted_is_named():
    options = {"columns": {"amount": "tx.amount"}}
    assert why(body(tx="no"), **options) == (R.WRONG_TYPE, 'tx: "no"; an object is wanted')


def test_a_time_that_arrival_stands_in_for_may_still_not_be_broken():
    assert why(body(time="x"), missing_time="arrival")[0] == R.TIME_UNPARSEABLE


def test_an_arrival_that_the_log_does_not_know_cannot_stand_in_for_a_time():
    made = JsonFormat(missing_time="arrival").build()
    found = made.decode(poll([body(time=None)], arrived=-1), known())
    assert found.reasons == [R.TIME_ABSURD]
    assert found.details == ["time: its arrival lies outside 2000 to 2099"]


def test_the_first_year_can_be_moved_back():
    old = body(time="1984-02-01T00:00:00Z")
    assert why(old) == (R.TIME_ABSURD, decode(old).details[0])
    assert decode(old, earliest_year=1980).reasons == []


def test_a_large_record_is_rejected_from_the_first_byte_beyond_the_limit():
    size = len(FLAT)
    assert decode(FLAT, max_bytes=size).reasons == []
    assert decode(FLAT, max_bytes=size - 1).reasons == [R.TOO_LARGE]


@pytest.mark.parametrize("filler", ["", " " * 5000], ids=["short", "long"])
def test_a_deep_record_is_rejected_from_the_first_level_beyond_the_limit(filler):
    def nested(levels: int) -> bytes:
        return put('"a-1"', "[" * (levels - 1) + "]" * (levels - 1) + filler)

    for most in (10, 250, 500):
        assert decode(nested(most), max_depth=most).reasons == []
        assert decode(nested(most + 1), max_depth=most).reasons == [R.TOO_DEEP]


def test_brackets_in_texts_and_side_by_side_are_not_depth():
    texts = put("a-1", "[{" * 2000 + '\\"[')
    wide = put('"a-1"', json.dumps([[i] for i in range(2000)]))
    assert decode(texts, wide).reasons == []


@pytest.mark.parametrize(
    ("given_", "deep"),
    [(b"", 0), (b"{}", 1), (b'{"a": [[]]}', 3), (b'"[[["', 0), (b'["\\"[["]', 1), (b"]]][", 0)],
)
def test_depth_counts_open_brackets_outside_of_texts(given_, deep):
    assert depth(given_) == deep


def test_half_of_a_poll_may_be_broken_in_every_way_and_all_are_counted():
    broken = [case[0] for case in REFUSED.values()]
    bodies = [b for one in broken for b in (one, body())]
    found = decode(*bodies)
    assert found.rejected.tolist() == list(range(0, len(bodies), 2))
    assert found.reasons == [case[1] for case in REFUSED.values()]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["1", "nan", AT, "2025-10-09", NOW, 3, 2.0, 2**63, 10**400]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["amount", "x"]), st.integers(), max_size=2),
)
NAMES = [*record(), *record()["features"]]
RECORDS = st.dictionaries(st.sampled_from(NAMES), st.one_of(VALUES, st.just(...)), max_size=3).map(
    lambda changes: (
        body(**dict(sorted(changes.items(), key=lambda c: c[0] != "features")))
        if "features" not in changes
        else json.dumps({**record(), "features": changes["features"]}, default=str).encode()
    )
)
BODIES = st.one_of(
    RECORDS,
    st.binary(max_size=30),
    st.just(None),
    st.tuples(RECORDS, st.integers(0, 400)).map(lambda cut: cut[0][: cut[1]]),
    st.tuples(RECORDS, st.integers(0, 300), st.integers(0, 255)).map(
        lambda hit: hit[0][: hit[1]] + bytes([hit[2]]) + hit[0][hit[1] + 1 :]
    ),
)
OTHER = profile("4", Column("amount", "categorical"), Column("member", "numeric", required=True))
BOTH = known(profile("3"), OTHER)


@settings(max_examples=400, deadline=None)
@given(st.lists(BODIES, max_size=6), st.sampled_from(["3", "4", "5"]))
def test_what_becomes_of_a_record_does_not_depend_on_its_company(bodies, common):
    company = [body(version=common, features={"amount": "x", "member": 1})] * 7
    made = JsonFormat().build()
    together = made.decode(poll([*company, *bodies]), BOTH)
    expected = {}
    for i, one in enumerate(bodies, start=len(company)):
        alone = made.decode(poll([one]), BOTH)
        if alone.reasons:
            expected[i] = (alone.reasons[0], alone.details[0])
    said = zip(together.reasons, together.details, strict=True)
    found = dict(zip(together.rejected.tolist(), said, strict=True))
    assert {i: said for i, said in found.items() if i >= len(company)} == expected


@settings(max_examples=400, deadline=None)
@given(BODIES)
def test_nothing_is_found_wrong_with_what_the_decoder_takes(one):
    found = JsonFormat().build().decode(poll([one]), BOTH)
    reason = classify(one, NOW, BOTH, JsonFormat())
    if not found.reasons and reason is not None:
        assert reason[0] == R.BAD_UTF8  # in a key or text that is skipped
