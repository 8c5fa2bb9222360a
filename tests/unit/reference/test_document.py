"""A profile's file: what is read is what was written, and damage is told."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import (
    TAIL,
    CategoricalFeature,
    Layout,
    NumericFeature,
    Summary,
    hash_words,
)
from driftwatch.nouns.errors import DriftwatchError, ProfileError
from driftwatch.nouns.profiles import Column, Profile, Schema
from driftwatch.reference import document

DATA = Path(__file__).parent / "data"

finite = st.floats(allow_nan=False, allow_infinity=False)
extreme = st.floats(allow_nan=False)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
counts = st.integers(0, 2**62)


@st.composite
def numeric_columns(draw, name):
    edges = np.array(sorted(draw(st.sets(finite, max_size=6))))
    positions = st.lists(st.integers(0, max(0, len(edges) - 1)), max_size=len(edges))
    feature = NumericFeature(
        name, edges, *(np.array(sorted(draw(positions)), np.int64) for _ in range(2))
    )
    kind = draw(st.sampled_from(["numeric", "integer", "timestamp"]))
    role = draw(st.sampled_from(["feature", "prediction", "score"]))
    return Column(name, kind, role, draw(st.booleans())), feature


@st.composite
def categorical_columns(draw, name):
    words = draw(st.lists(names, max_size=5, unique=True))
    kept = words[: draw(st.integers(0, len(words)))]
    feature = CategoricalFeature(name, tuple(kept), np.unique(hash_words(words)))
    return Column(name, draw(st.sampled_from(["categorical", "boolean"]))), feature


@st.composite
def profiles(draw):
    taken = draw(st.lists(names, max_size=5, unique=True))
    split = draw(st.integers(0, len(taken)))
    numeric = [draw(numeric_columns(name)) for name in taken[:split]]
    words = [draw(categorical_columns(name)) for name in taken[split:]]
    layout = Layout(tuple(f for _, f in numeric), tuple(f for _, f in words))
    p = split

    def floats(shape, values):
        size = int(np.prod(shape))
        return np.array(draw(st.lists(values, min_size=size, max_size=size))).reshape(shape)

    reference = Summary(
        layout=layout,
        rows=draw(counts),
        counts=np.array(
            draw(st.lists(counts, min_size=layout.width, max_size=layout.width)), np.int64
        ),
        tails=floats((p, 2, TAIL), extreme),
        moments=floats((p, 2), extreme),
        low=floats((p,), extreme),
        high=floats((p,), extreme),
    )
    schema = Schema(tuple(column for column, _ in numeric + words))
    lineage = draw(
        st.dictionaries(names, st.none() | finite | names | st.lists(st.booleans(), max_size=2))
    )
    return document.seal(Profile(draw(names), draw(names), schema, layout, reference, "", lineage))


@pytest.fixture
def profile():
    edges = np.array([0.1, 0.2, 1e300])
    layout = Layout(
        (NumericFeature("amount", edges, np.array([0, 1]), np.array([0, 2])),),
        (CategoricalFeature("country", ("fr", "de"), hash_words(["fr", "de", "it"])),),
    )
    reference = Summary(
        layout=layout,
        rows=66,
        counts=np.arange(11),
        tails=np.full((1, 2, TAIL), 0.1),
        moments=np.array([[0.3, 2.0]]),
        low=np.array([-1.0]),
        high=np.array([7.0]),
    )
    schema = Schema((Column("amount", "numeric"), Column("country", "categorical")))
    lineage = {"rows": 66, "files": [{"name": "heldout.csv"}]}
    return document.seal(Profile("fraud", "3", schema, layout, reference, "", lineage))


def assert_same(one, other):
    assert (one.model, one.version, one.schema) == (other.model, other.version, other.schema)
    assert one.fingerprint == other.fingerprint
    assert one.lineage == other.lineage
    assert one.layout.digest == other.layout.digest
    assert one.reference.rows == other.reference.rows
    for ours, theirs in zip(one.layout.numeric, other.layout.numeric, strict=True):
        np.testing.assert_array_equal(ours.deciles, theirs.deciles)
        np.testing.assert_array_equal(ours.doane, theirs.doane)
    for name in ("counts", "tails", "moments", "low", "high"):
        ours, theirs = getattr(one.reference, name), getattr(other.reference, name)
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        assert ours.tobytes() == theirs.tobytes(), name


@settings(max_examples=60, deadline=None)
@given(profiles())
def test_what_is_read_is_what_was_written_to_the_last_bit(profile):
    body = document.dump(profile)
    assert_same(document.parse(body), profile)
    assert document.dump(document.parse(body)) == body


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_character_of_the_content_is_refused(data):
    profile = data.draw(profiles())
    body = bytearray(document.dump(profile))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0x21, 0x7E).filter(lambda new: new != body[place]))
    try:
        read = document.parse(bytes(body))
    except ProfileError:
        return
    assert_same(read, profile)  # Only what says the same in other characters is taken.


@settings(max_examples=40, deadline=None)
@given(profiles(), st.floats(0, 1, exclude_max=True))
def test_a_truncated_profile_is_refused(profile, share):
    body = document.dump(profile).rstrip()
    with pytest.raises(ProfileError, match="not JSON, or truncated"):
        document.parse(body[: int(share * len(body))])


def test_an_edited_count_is_refused(profile):
    body = document.dump(profile).replace(b'"rows": 66', b'"rows": 67')
    with pytest.raises(ProfileError, match=r"does not have the fingerprint .* edited or damaged"):
        document.parse(body)


def test_an_edited_warning_is_refused(profile):
    body = document.dump(profile).replace(b"heldout.csv", b"other.csv")
    with pytest.raises(ProfileError, match="edited"):
        document.parse(body)


def test_other_white_space_is_no_edit(profile):
    body = json.dumps(json.loads(document.dump(profile)), separators=(",", ":")).encode()
    assert_same(document.parse(body), profile)


def test_a_profile_of_the_first_format_is_read_as_it_was_written():
    profile = document.load(DATA / "format-1.json")
    assert profile.fingerprint == json.loads((DATA / "format-1.json").read_bytes())["fingerprint"]
    assert profile.columns == (
        ("amount", "feature"),
        ("score", "score"),
        ("country", "feature"),
    )
    assert profile.reference.counted.tolist() == [300, 300, 300]
    assert (profile.labelled, profile.derived, profile.blocks) == (None, None, None)


def test_a_profile_of_a_newer_format_is_refused_as_such(profile):
    body = document.dump(profile).replace(b'"format": 2', b'"format": 3')
    with pytest.raises(ProfileError, match=r"format 3, which a newer driftwatch wrote.*upgrade"):
        document.parse(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON, or truncated"),
        (b"\x80\x04\x95", "not JSON"),
        (b'"\xff"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no profile"),
        (b'{"kind": "other"}', "no profile"),
        (b'{"kind": "driftwatch profile"}', '"format" is None'),
        (b'{"kind": "driftwatch profile", "format": true}', '"format" is True'),
        (b'{"kind": "driftwatch profile", "format": 1}', "fingerprint ''"),
    ],
)
def test_what_is_no_profile_is_refused(body, reason):
    with pytest.raises(ProfileError, match=reason):
        document.parse(body)


def spoilt(profile, change):
    """Give the document with a change and the fingerprint that fits it."""
    raw = json.loads(document.dump(profile))
    del raw["fingerprint"]
    change(raw)
    raw["fingerprint"] = document._fingerprint(raw)
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["columns"].reverse(), "numeric columns do not come first"),
        (lambda d: d["columns"][0]["counts"].pop(), "'amount': 6 counts of at least 0"),
        (lambda d: d["columns"][1]["counts"].append(1), "'country': 5 counts of at least 0"),
        (lambda d: d["columns"][0]["counts"].__setitem__(0, -1), "'amount': 6 counts of at least"),
        (lambda d: d["columns"][0].update(counts=[2**70] * 6), "no valid profile"),
        (lambda d: d["columns"][0].update(edges=[1, 3, 2]), "its edges do not rise"),
        (lambda d: d["columns"][0].update(deciles=[3]), "outside the edges"),
        (lambda d: d["columns"][0].update(tails=[[0.0]]), "its tails are not twice 8"),
        (lambda d: d["columns"][0].update(type="boolean"), "does not fit its type boolean"),
        (lambda d: d["columns"][0].update(more=1), "unknown field"),
        (lambda d: d["columns"][1].update(seen="?"), "no valid profile"),
        (lambda d: d.pop("model"), "missing required field `model`"),
    ],
)
def test_a_profile_that_does_not_hold_together_is_refused(profile, change, reason):
    with pytest.raises(ProfileError, match=reason):
        document.parse(spoilt(profile, change))


def test_people_can_read_it_line_by_line(profile):
    lines = document.dump(profile).decode().splitlines()
    assert '  "model": "fraud",' in lines
    assert '      "counts": [0, 1, 2, 3, 4, 5],' in lines
    assert lines[0] == "{"


def test_a_saved_profile_is_loaded_and_leaves_nothing_beside_it(profile, tmp_path):
    path = tmp_path / "fraud-3.json"
    path.write_text("what stood there before")
    document.save(profile, path)
    assert_same(document.load(path), profile)
    assert list(tmp_path.iterdir()) == [path]


def test_a_profile_that_cannot_be_written_is_no_fault_of_the_profile(profile, tmp_path):
    with pytest.raises(DriftwatchError, match="cannot be written: No such file") as raised:
        document.save(profile, tmp_path / "missing" / "fraud-3.json")
    assert not isinstance(raised.value, ProfileError)


def test_errors_of_a_file_name_it(tmp_path):
    path = tmp_path / "fraud-3.json"
    with pytest.raises(ProfileError, match=r"fraud-3.json: .* cannot be read: No such file"):
        document.load(path)
    path.write_text("{")
    with pytest.raises(ProfileError, match=r"fraud-3.json: it is not JSON, or truncated"):
        document.load(path)
