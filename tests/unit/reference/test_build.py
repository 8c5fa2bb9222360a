"""A profile is exact, deterministic, counted on rows that did not choose, and says its doubts."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference import document
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.readers import delimited
from driftwatch.reference.sampling import choosing_half

N = 3000
NAMED = Choices(model="fraud", version="3", multivariate=False)
START = 1_769_860_800  # 2026-01-31T12:00:00Z


def rows(n=N, seed=11):
    rng = np.random.default_rng(seed)
    score = np.round(rng.beta(2, 5, n), 4)
    return {
        "time": START + np.arange(n),
        "amount": np.round(rng.lognormal(size=n), 3),
        "items": rng.integers(0, 9, n),
        "balance": np.round(rng.normal(size=n), 3),
        "country": np.array(["fr", "de", "it", "es"])[rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])],
        "score": score,
        "label": (rng.random(n) < score).astype(int),
    }


def put(path, columns):
    table = pa.table(columns)
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        path.write_text("\n".join(json.dumps(row) for row in table.to_pylist()))
    return path


def cells(profile, name):
    place = profile.layout.names.index(name)
    start = profile.layout.start
    return profile.reference.counts[start[place] : start[place + 1]]


def warned(profile, text):
    return [warning for warning in profile.lineage["warnings"] if text in warning]


@pytest.fixture
def heldout(tmp_path):
    return put(tmp_path / "heldout.csv", rows())


def test_numbers_are_counted_exactly_on_all_rows(heldout):
    profile = build([heldout], NAMED)
    given = rows()
    assert profile.reference.rows == N
    for place, feature in enumerate(profile.layout.numeric):
        values = given[feature.name].astype(np.float64)
        cuts = np.concatenate([[-np.inf], feature.edges, [np.inf]])
        expected = [((values >= low) & (values < high)).sum() for low, high in pairwise(cuts)]
        assert cells(profile, feature.name).tolist() == [*expected, 0, 0]
        assert profile.reference.low[place] == values.min()
        assert profile.reference.high[place] == values.max()
        np.testing.assert_allclose(profile.reference.moments[place, 0], values.mean(), rtol=1e-12)


def test_deciles_are_those_of_all_rows_where_the_sample_holds_all(heldout):
    profile = build([heldout], NAMED)
    feature = profile.layout.numeric[profile.layout.names.index("balance")]
    np.testing.assert_array_equal(
        feature.edges[feature.deciles], np.quantile(rows()["balance"], np.arange(1, 10) / 10)
    )


def test_categories_are_counted_on_the_half_that_did_not_choose_them(heldout):
    profile = build([heldout], NAMED)
    country = rows()["country"][~choosing_half(np.arange(N), 0)]
    feature = profile.layout.categorical[0]
    expected = [(country == word).sum() for word in feature.categories]
    assert cells(profile, "country").tolist() == [*expected, 0, 0, 0]
    assert profile.lineage["halves"] == {"chose": N - len(country), "counted": len(country)}


def test_words_that_only_the_counted_half_holds_are_unseen(tmp_path):
    word = np.array(["usual"] * N, object)
    chose = choosing_half(np.arange(N), 0)
    word[np.flatnonzero(chose)[:7]] = "chosen"
    word[np.flatnonzero(~chose)[:5]] = "counted"
    profile = build([put(tmp_path / "a.csv", {"word": list(word)})], NAMED)
    assert profile.layout.categorical[0].categories == ("usual", "chosen")
    counted = int((~chose).sum())
    assert cells(profile, "word").tolist() == [counted - 5, 0, 0, 5, 0]


def test_only_the_most_frequent_categories_are_kept(tmp_path):
    given = {"word": [f"w{i % 10 if i % 3 else 0}" for i in range(N)]}
    profile = build([put(tmp_path / "a.csv", given)], Choices(model="m", version="1", keep=2))
    kept = cells(profile, "word")
    assert profile.layout.categorical[0].categories[0] == "w0"
    assert len(kept) == 5
    assert kept[2] > 0
    assert kept[3] == 0


def test_missing_values_are_counted_as_such(tmp_path):
    given = {"number": [1.5, None] * 500, "word": ["a", "b", None, None] * 250}
    for name in ("a.csv", "a.parquet", "a.ndjson"):
        profile = build([put(tmp_path / name, given)], NAMED)
        assert cells(profile, "number")[-1] == 500
        assert 0 < cells(profile, "word")[-1] < 500


def test_every_kind_of_file_gives_the_same_counts(tmp_path):
    profiles = [
        build([put(tmp_path / f"heldout.{kind}", rows())], NAMED)
        for kind in ("csv", "parquet", "ndjson")
    ]
    for profile in profiles[1:]:
        assert profile.schema == profiles[0].schema
        assert profile.layout.digest == profiles[0].layout.digest
        np.testing.assert_array_equal(profile.reference.counts, profiles[0].reference.counts)


def test_the_size_of_chunks_changes_nothing_that_is_counted(heldout, monkeypatch):
    whole = build([heldout], Choices(model="fraud", version="3", sample=500))
    monkeypatch.setattr(delimited, "CELLS", 700)
    pieces = build([heldout], Choices(model="fraud", version="3", sample=500))
    assert pieces.layout.digest == whole.layout.digest
    np.testing.assert_array_equal(pieces.reference.counts, whole.reference.counts)
    np.testing.assert_allclose(pieces.reference.moments, whole.reference.moments, rtol=1e-12)


def test_several_files_are_profiled_as_one(tmp_path, heldout):
    given = rows()
    halves = [
        put(tmp_path / f"{part}.csv", {name: column[half] for name, column in given.items()})
        for part, half in (("a", slice(0, 1000)), ("b", slice(1000, None)))
    ]
    parted, whole = build(halves, NAMED), build([heldout], NAMED)
    np.testing.assert_array_equal(parted.reference.counts, whole.reference.counts)
    assert [file["rows"] for file in parted.lineage["files"]] == [1000, 2000]


def test_the_same_seed_gives_the_same_profile_and_another_seed_another(heldout):
    first = document.dump(build([heldout], NAMED))
    assert document.dump(build([heldout], NAMED)) == first
    other = build([heldout], Choices(model="fraud", version="3", seed=1))
    assert document.parse(first).lineage["halves"] != other.lineage["halves"]


def test_a_built_profile_survives_its_file(heldout):
    profile = build([heldout], NAMED)
    read = document.parse(document.dump(profile))
    assert read.fingerprint == profile.fingerprint
    assert read.schema == profile.schema


def test_the_schema_leaves_out_what_is_no_input_and_no_output_of_the_model(heldout):
    profile = build([heldout], NAMED)
    assert [(c.name, c.type, c.role) for c in profile.schema.columns] == [
        ("amount", "numeric", "feature"),
        ("items", "integer", "feature"),
        ("balance", "numeric", "feature"),
        ("score", "numeric", "score"),
        ("country", "categorical", "feature"),
        ("label", "categorical", "label"),
    ]
    assert profile.lineage["roles"] == {"time": "time", "score": "score", "label": "label"}


def test_required_columns_are_marked(heldout):
    profile = build([heldout], Choices(model="m", version="1", required=frozenset({"amount"})))
    assert [c.name for c in profile.schema.columns if c.required] == ["amount"]


def test_the_threshold_of_the_score_is_an_edge(heldout):
    for threshold in (0.5, 0.123456):
        profile = build([heldout], Choices(model="m", version="1", threshold=threshold))
        edges = {feature.name: feature.edges for feature in profile.layout.numeric}
        assert threshold in edges["score"]
        assert threshold not in edges["balance"]


def test_an_integer_column_with_a_later_fraction_is_numeric(tmp_path):
    path = put(tmp_path / "a.ndjson", {"x": [1] * 20_000 + [1.5]})
    assert build([path], NAMED).schema.columns[0].type == "numeric"


def test_a_time_is_summarised_by_its_age_in_seconds(tmp_path):
    given = {
        "time": [datetime(2026, 1, 31, 12, tzinfo=UTC)] * 4,
        "opened": [datetime(2026, 1, 31, hour, tzinfo=UTC) for hour in (9, 10, 13)] + [None],
    }
    for name in ("a.csv", "a.parquet"):
        profile = build([put(tmp_path / name, given)], NAMED)
        assert profile.schema.columns[0].type == "timestamp"
        assert (profile.reference.low[0], profile.reference.high[0]) == (-3600, 3 * 3600)
        assert cells(profile, "opened")[-1] == 1


def test_lineage_tells_where_the_profile_comes_from(heldout):
    told = build([heldout], Choices(model="fraud", version="3", rows="heldout", commit="abc"))
    lineage = told.lineage
    assert lineage["rows"] == N
    assert lineage["rows_are"] == "heldout"
    assert lineage["commit"] == "abc"
    assert lineage["program"].startswith("driftwatch ")
    assert lineage["settings"]["seed"] == 0
    assert lineage["time"] == {
        "first": "2026-01-31T12:00:00Z",
        "last": "2026-01-31T12:49:59Z",
    }
    (file,) = lineage["files"]
    assert file["name"] == str(heldout)
    assert file["rows"] == N
    assert len(file["sha256"]) == 64


def test_sound_rows_raise_no_warning(heldout):
    assert build([heldout], NAMED).lineage["warnings"] == []


def test_progress_ends_at_the_whole_of_both_passes(heldout, monkeypatch):
    monkeypatch.setattr(delimited, "CELLS", 2000)
    told = []
    build([heldout], NAMED, progress=lambda done, total: told.append((done, total)))
    done, totals = zip(*told, strict=True)
    assert set(totals) == {2 * heldout.stat().st_size}
    assert list(done) == sorted(done)
    assert done[-1] == totals[0]
    assert len(done) > 10


def test_an_identifier_is_left_out_unless_its_type_is_said(tmp_path):
    given = {"card": [f"c{i}" for i in range(N)], "x": list(range(N))}
    path = put(tmp_path / "a.csv", given)
    profile = build([path], NAMED)
    assert profile.layout.names == ("x",)
    chose = profile.lineage["halves"]["chose"]
    assert warned(profile, f"card: left out: looks like an identifier ({chose:,} different values")
    kept = build([path], Choices(model="m", version="1", types={"card": "categorical"}))
    assert kept.layout.names == ("x", "card")


def test_an_identifier_is_told_even_where_memory_holds_only_some_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr("driftwatch.reference.survey.DISTINCT", 100)
    monkeypatch.setattr(delimited, "CELLS", 100)
    given = {"card": [f"c{i}" for i in range(N)], "word": [f"w{i % 90}" for i in range(N)]}
    profile = build([put(tmp_path / "a.csv", given)], NAMED)
    assert profile.layout.names == ("word",)
    assert warned(profile, "card: left out: looks like an identifier")


def test_a_vocabulary_is_bounded_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("driftwatch.reference.survey.DISTINCT", 100)
    given = {"word": [f"w{i % 301 if i % 3 == 0 else i % 40}" for i in range(N)]}
    profile = build([put(tmp_path / "a.csv", given)], NAMED)
    assert len(profile.layout.categorical[0].seen) <= 100
    assert warned(profile, "later ones count as unseen")
    assert cells(profile, "word")[-2] > 0


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"time": None}, "no column of event times (--time)"),
        ({"time": START + np.arange(N)[::-1]}, "not in time order: 2,999 (100.0%) come after"),
        ({"time": [None] * 9 + [START] * (N - 9)}, "9 rows have no event time"),
        ({"time": np.arange(N) + 5e8}, "event times lie outside 2000 to 2099"),
        (
            {"score": np.random.default_rng(1).permutation(np.linspace(-1, 2, N))},
            "score: a score lies on [0, 1], and this one on [-1, 2]",
        ),
        ({"empty": [None] * N}, "empty: left out: no value in the first rows"),
        ({"label": np.arange(N) % 2}, "the 2 classes have exactly 1,500 rows each"),
        ({"score": (rows()["label"] + 1) / 3}, "almost perfectly (AUC 1.0000)"),
        ({"prediction": rows()["label"]}, "100.00% of the predictions equal the label"),
    ],
)
def test_what_is_doubtful_about_the_rows_is_said(tmp_path, change, warning):
    given = {name: column for name, column in (rows() | change).items() if column is not None}
    profile = build([put(tmp_path / "a.csv", given)], NAMED)
    assert len(warned(profile, warning)) == 1
    assert len(profile.lineage["warnings"]) == 1


def test_oversampled_rows_look_like_training_rows(tmp_path):
    given = rows()
    positives = np.flatnonzero(given["label"] == 1)
    again = np.concatenate([np.arange(N), positives])
    given = {name: column[again] for name, column in given.items()}
    given["extra"] = np.round(given["amount"] * given["balance"], 4)
    given["time"] = START + np.arange(len(again))
    profile = build([put(tmp_path / "a.csv", given)], NAMED)
    (warning,) = warned(profile, "may be training rows")
    assert "of the rows have the same numbers as an earlier row" in warning


def test_of_declared_training_rows_it_is_said_what_their_scores_do(heldout):
    profile = build([heldout], Choices(model="m", version="1", rows="training"))
    assert warned(profile, "declared to be training rows: scores on them are optimistic")
    for name in ("score", "label"):
        assert warned(profile, f"{name}: left out: on training rows it is better than it will ever")
        assert name not in profile.layout.names
    assert profile.labelled is None


def test_few_rows_are_said(tmp_path):
    profile = build([put(tmp_path / "a.csv", rows(900))], NAMED)
    assert warned(profile, "only 900 rows")


def test_columns_that_come_and_go_between_files_are_said(tmp_path):
    given = rows(12_000)
    first = put(tmp_path / "a.csv", given)
    fewer = {name: c for name, c in given.items() if name != "items"} | {"late": given["items"]}
    fewer["time"] = given["time"] + 12_000
    profile = build([first, put(tmp_path / "b.csv", fewer)], NAMED)
    assert warned(profile, "b.csv: has no items: counted as missing")
    assert warned(profile, "columns that are not in the first rows were left out: late")
    assert cells(profile, "items")[-1] == 12_000


OTHERS = rows(1000) | {"model": ["fraud"] * 900 + ["churn"] * 100, "version": ["2", "3"] * 500}


def test_only_rows_of_the_chosen_version_are_profiled(tmp_path):
    profile = build([put(tmp_path / "a.csv", OTHERS)], NAMED)
    assert profile.reference.rows == 450
    assert (profile.model, profile.version) == ("fraud", "3")
    assert warned(profile, "550 rows of other models or versions were left out")


def test_the_only_model_and_version_of_the_data_need_no_choice(tmp_path):
    given = rows(1000) | {"model": ["fraud"] * 1000, "version": [3] * 1000}
    profile = build([put(tmp_path / "a.parquet", given)], Choices(fallback=("other", "9")))
    assert (profile.model, profile.version) == ("fraud", "3")


def test_what_the_data_do_not_name_falls_back_on_what_the_file_is_called(heldout):
    profile = build([heldout], Choices(fallback=("fraud", "3")))
    assert (profile.model, profile.version) == ("fraud", "3")


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        (Choices(), r"the rows are of 2 models \(churn, fraud\); choose with --model"),
        (Choices(model="fraud"), r"the rows are of 2 versions \(2, 3\); choose with --version"),
        (Choices(model="x", version="3"), "no row is of x 3; the data are of churn 2, churn 3"),
    ],
)
def test_a_model_and_version_must_be_chosen_where_there_are_several(tmp_path, choices, reason):
    with pytest.raises(ProfileError, match=reason):
        build([put(tmp_path / "a.csv", OTHERS)], choices)


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        (Choices(), "the data have no column model; say which it is with --model"),
        (Choices(model="m"), "the data have no column version; say which it is with --version"),
        (Choices(model="m", version=".3"), "version '.3' is not up to 64 of"),
        (Choices(model="a/b", version="3"), "model 'a/b' is not up to 64 of"),
    ],
)
def test_a_profile_without_a_name_is_refused(heldout, choices, reason):
    with pytest.raises(ProfileError, match=reason):
        build([heldout], choices)


def test_a_few_values_that_are_no_numbers_count_as_missing_and_are_told(tmp_path):
    values = ["1.5", "2.5"] * 7500
    values[12_000], values[3] = "oops", "?"
    built = build([put(tmp_path / "a.csv", {"x": values, "y": range(15_000)})], NAMED)
    assert {c.name: c.type for c in built.schema.columns} == {"x": "numeric", "y": "integer"}
    layout = built.layout
    x = layout.names.index("x")
    assert built.reference.present[x] == 14_998
    told = (
        f"x: 2 of 15,000 values count as missing, the first in {tmp_path}/a.csv: row 4: '?' is no "
        "number; mend them, or say --type x=categorical to keep all"
    )
    assert told in built.lineage["warnings"]


def test_more_values_that_are_no_numbers_are_refused_unless_it_is_asked_for(tmp_path):
    path = put(tmp_path / "a.csv", {"x": ["1"] * 15_000 + ["oops"] * 200})
    reason = (
        r"a\.csv: row 15001: x: 'oops' is no number, as 200 of 15,200 values; say another --type"
    )
    with pytest.raises(ProfileError, match=reason):
        build([path], NAMED)
    built = build([path], replace(NAMED, types={"x": "numeric"}))
    assert any("x: 200 of 15,200 values count as missing" in w for w in built.lineage["warnings"])
    words = put(tmp_path / "b.csv", {"x": ["fr", "it", "7"] * 500})
    with pytest.raises(ProfileError, match="x: 'fr' is no number, as 1,000 of 1,500 values"):
        build([words], replace(NAMED, types={"x": "numeric"}))


@pytest.mark.parametrize("place", [50, 12_000])
def test_integers_with_a_few_fractions_are_numbers_unless_integers_are_asked_for(tmp_path, place):
    values = ["1", "2"] * 7500
    values[place] = "2.5"
    path = put(tmp_path / "a.csv", {"x": values})
    found = build([path], NAMED)
    assert found.schema.columns[0].type == "numeric"
    assert found.reference.present[0] == 15_000
    (told,) = (w for w in found.lineage["warnings"] if w.startswith("x: "))
    assert f"1 of 15,000 values are not whole, the first in {path}: row {place + 1}: 2.5" in told
    asked = build([path], replace(NAMED, types={"x": "integer"}))
    assert asked.schema.columns[0].type == "integer"
    assert asked.reference.present[0] == 14_999
    assert any("2.5 is no whole number" in w for w in asked.lineage["warnings"])


def test_data_without_a_column_to_summarise_are_refused(tmp_path):
    path = put(tmp_path / "a.csv", {"time": [1] * 100, "empty": [None] * 100})
    with pytest.raises(ProfileError, match="no column is left to summarise: empty: no value"):
        build([path], NAMED)
