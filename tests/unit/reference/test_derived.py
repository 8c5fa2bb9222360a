"""Derived features: fitted on one half, counted on the other, the same in profile and stream."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detectors.summaries import tabulate
from driftwatch.nouns.derivation import derive
from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.records import Batch
from driftwatch.reference import document
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.readers import parquet
from driftwatch.reference.sampling import TextSample, choosing_half

N = 4000
NAMED = Choices(model="m", version="1")
WORDS = ["paid", "late", "again", "the", "bill", "came", "twice", "never", "call", "me"]


def columns(seed=3, n=N):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    notes = [" ".join(rng.choice(WORDS, 5)) + f" number {i}" for i in range(n)]
    face = rng.normal(size=(n, 4)) @ np.array([[1, 0.5, 0, 0]] * 4)
    return {
        "x": x,
        "y": 0.8 * x + rng.normal(size=n),
        "z": rng.exponential(size=n),
        "kind": np.array(["a", "b", "c"])[rng.integers(0, 3, n)],
        "score": rng.random(n),
        "note": notes,
        "face": pa.array((face + rng.normal(size=(n, 4))).tolist()),
    }


def put(path, given):
    pq.write_table(pa.table(given), path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return put(tmp_path_factory.mktemp("derived") / "a.parquet", columns())


@pytest.fixture(scope="module")
def profile(path):
    return build([path], NAMED)


def batch(given, profile):
    """Make the batch that the stream would give."""
    n = len(given["x"])
    kinds = ["a", "b", "c"]
    numbers = [np.asarray(given[c.name], np.float64) for c in profile.schema.numeric]
    return Batch(
        model="m",
        version="1",
        record=np.arange(n, dtype=np.int32),
        time=np.zeros(n, np.int64),
        numbers=np.array(numbers),
        codes=np.array([[kinds.index(word) for word in given["kind"]]], np.int32),
        words=(kinds,),
        key=np.zeros(n, np.uint64),
        texts=((list(given["note"]), np.arange(n, dtype=np.int32)),),
        vectors=(np.array(given["face"].to_pylist()).T,),
    )


def test_features_of_several_columns_texts_and_vectors_are_in_the_layout(profile):
    roles = dict(profile.columns)
    assert roles["x + y"] == "derived"
    assert roles["note length"] == "feature"
    assert roles["face mahalanobis distance"] == "derived"
    assert {"note", "face"}.isdisjoint(roles)
    assert [(c.name, c.type, c.length) for c in profile.schema.columns][-2:] == [
        ("note", "text", 0),
        ("face", "vector", 4),
    ]


def test_scores_have_no_part_in_what_is_derived(profile):
    assert not [name for name, role in profile.columns if "score" in name and role == "derived"]


def test_the_profile_counts_the_other_half_as_the_stream_would(profile):
    given = batch(columns(), profile)
    whole = derive(given, profile)
    chose = choosing_half(np.arange(N), 0).astype(np.int64)
    halves = tabulate(profile.layout, whole.numbers, whole.codes, whole.words, chose, 2)
    counted, start = halves.summary(0), profile.layout.start
    for place, (name, role) in enumerate(profile.columns):
        if role == "derived" or name.startswith("note"):
            here = slice(start[place], start[place + 1])
            np.testing.assert_array_equal(
                profile.reference.counts[here], counted.counts[here], err_msg=name
            )
            assert profile.reference.counted[place] == N - chose.sum()
    assert profile.reference.counted[profile.layout.names.index("x")] == N


def test_transforms_survive_the_file_to_the_last_bit(profile):
    again = document.parse(document.dump(profile))
    assert again.fingerprint == profile.fingerprint
    assert again.columns == profile.columns
    given = batch(columns(seed=9, n=50), profile)
    np.testing.assert_array_equal(derive(given, again).numbers, derive(given, profile).numbers)


def test_the_same_rows_give_the_same_transforms_whatever_the_chunks(path, profile, monkeypatch):
    monkeypatch.setattr(parquet, "_CELLS", 3000)
    again = build([path], NAMED)
    assert again.layout.digest == profile.layout.digest
    np.testing.assert_array_equal(again.reference.counts, profile.reference.counts)


def test_without_multivariate_only_texts_and_vectors_are_derived_of(path):
    profile = build([path], Choices(model="m", version="1", multivariate=False))
    derived = [n for n in profile.layout.names if n not in ("x", "y", "z", "kind", "score")]
    assert derived
    assert all(name.startswith(("note ", "face ")) for name in derived)


def test_the_random_features_of_the_discrepancy_are_made_if_asked_for(path):
    profile = build([path], Choices(model="m", version="1", mmd=True))
    assert "mmd 64" in profile.layout.names
    (test, *_) = profile.derived.tests
    own = test.compare(profile.reference, profile.reference)
    assert abs(own.statistic) < 1e-9


def test_too_few_rows_are_not_fitted(tmp_path):
    given = {name: columns()[name][:150] for name in ("x", "y", "z")}
    assert build([put(tmp_path / "a.parquet", given)], NAMED).derived is None


def test_a_profile_without_derived_features_leaves_batches_as_they_are(path):
    drop = frozenset({"note", "face"})
    plain = build([path], Choices(model="m", version="1", multivariate=False, dropped=drop))
    given = batch(columns(n=10), plain)
    assert derive(given, plain) is given


def test_identifiers_are_no_texts(tmp_path):
    given = {"x": columns()["x"], "uuid": [f"0a1b2c3d-{i:012d}" for i in range(N)]}
    profile = build([put(tmp_path / "a.parquet", given)], NAMED)
    assert "uuid" in profile.lineage["left_out"]


def test_a_type_that_is_said_makes_a_text_of_anything(tmp_path):
    given = {"x": columns()["x"], "code": [f"c{i}" for i in range(N)]}
    said = Choices(model="m", version="1", types={"code": "text"})
    profile = build([put(tmp_path / "a.parquet", given)], said)
    assert profile.layout.names[-3:] == ("code length", *profile.layout.names[-2:])


def test_a_vector_of_another_length_is_an_error_with_its_place(tmp_path):
    rows = [{"x": i, "face": [1.0, 2.0] if i < 15_000 else [1.0]} for i in range(15_001)]
    file = tmp_path / "a.ndjson"
    file.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(ProfileError, match=r"row 15001: face: \[1.0\] is no list of 2 numbers"):
        build([file], NAMED)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("transforms"),
        lambda d: d["transforms"].update(format=99),
        lambda d: d["columns"][-1].update(length=0),
        lambda d: d["columns"][-1].update(type="numeric"),
    ],
)
def test_transforms_that_do_not_fit_the_columns_are_refused(profile, change):
    raw = json.loads(document.dump(profile))
    del raw["fingerprint"]
    change(raw)
    raw["fingerprint"] = document._fingerprint(raw)
    with pytest.raises(ProfileError, match="no valid profile"):
        document.parse(json.dumps(raw).encode())


def test_a_sample_of_texts_does_not_depend_on_the_order_of_rows():
    texts = [f"text {i} " * (i % 9) for i in range(2000)]
    rows = np.arange(2000)
    found = []
    for parts in ([rows], np.array_split(rows[::-1], 7), np.array_split(rows, 50)):
        sample = TextSample(300, 9000, 4)
        for part in parts:
            sample.add(part, [texts[i] for i in part], np.arange(len(part), dtype=np.int32))
        held = [sample.of(choosing=half) for half in (True, False)]
        found.append([[words[code] for code in codes] for words, codes in held])
    assert found[0] == found[1] == found[2]
    assert 0 < sum(len(text) for half in found[0] for text in half) <= 9000
