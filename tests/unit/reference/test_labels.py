"""Labels: which are classes, how they are counted with scores, and which is the positive one."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detectors.summaries.labelled import labelled_layout, tabulate
from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import CONFIDENCE
from driftwatch.reference import document
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices

N = 4000


def choices(**chosen):
    return Choices(model="m", version="1", multivariate=False, **chosen)


def put(path, columns):
    pq.write_table(pa.table(columns), path)
    return path


def binary(names=("legit", "fraud")):
    rng = np.random.default_rng(5)
    score = rng.beta(2, 5, N)
    label = np.array(names)[(rng.random(N) < score).astype(int)]
    predicted = np.array(names)[(score >= 0.5).astype(int)]
    return {"amount": rng.normal(size=N), "score": score, "prediction": predicted, "label": label}


def numeric(profile, name):
    return profile.layout.numeric[profile.layout.names.index(name)]


def counts(profile, name):
    place = profile.layout.names.index(name)
    start = profile.layout.start
    return profile.reference.counts[start[place] : start[place + 1]]


def test_labels_are_counted_by_score_and_by_prediction(tmp_path):
    given = binary()
    found = build([put(tmp_path / "a.parquet", given)], choices()).labelled
    assert found.layout.classes == ("legit", "fraud")
    codes = {name: k for k, name in enumerate(found.layout.classes)}
    label, predicted = ([codes[w] for w in given[c]] for c in ("label", "prediction"))
    both = np.stack([1 - given["score"], given["score"]], axis=1)
    wanted = tabulate(found.layout, both, np.array(predicted), np.array(label))
    np.testing.assert_array_equal(found.cells, wanted.cells)
    np.testing.assert_array_equal(found.predicted, wanted.predicted)
    np.testing.assert_allclose(found.soft, wanted.soft)
    assert found.rows == N


def test_cells_by_label_are_sums_of_the_scores_cells(tmp_path):
    profile = build([put(tmp_path / "a.parquet", binary())], choices(threshold=0.123))
    (cuts,) = profile.labelled.layout.edges
    edges = numeric(profile, "score").edges
    assert np.isin(cuts, edges).all()
    assert 0.123 in cuts
    cell = np.searchsorted(cuts, np.append(-np.inf, edges), side="right")
    added = np.bincount(cell, counts(profile, "score")[:-2], minlength=len(cuts) + 1)
    np.testing.assert_array_equal(added, profile.labelled.cells.sum(axis=1)[:-1])


@pytest.mark.parametrize(
    ("names", "chosen", "positive"),
    [
        (("legit", "fraud"), "", "fraud"),  # the one that scores higher, whatever its name
        (("b", "a"), "", "a"),
        (("true", "false"), "", "true"),
        (("1", "0"), "", "1"),
        (("legit", "fraud"), "legit", "legit"),
    ],
)
def test_which_class_is_the_positive_one(tmp_path, names, chosen, positive):
    path = put(tmp_path / "a.parquet", binary(names))
    assert build([path], choices(positive=chosen)).labelled.layout.classes[1] == positive


def test_a_positive_class_that_no_label_names_is_refused(tmp_path):
    path = put(tmp_path / "a.parquet", binary())
    with pytest.raises(ProfileError, match="'spam' is no label; the labels are fraud, legit"):
        build([path], choices(positive="spam"))


def test_classes_written_as_numbers_are_classes(tmp_path):
    given = binary(("0", "1"))
    whole = {c: given[c].astype(int) for c in ("label", "prediction")}
    for columns in (whole, {"label": whole["label"].astype(float), "prediction": whole["label"]}):
        profile = build([put(tmp_path / "a.parquet", given | columns)], choices())
        assert profile.labelled.layout.classes == ("0", "1")
        assert profile.labelled.labels.tolist() == np.bincount(whole["label"]).tolist()
        types = {column.name: column.type for column in profile.schema.columns}
        assert (types["label"], types["prediction"]) == ("categorical", "categorical")


def test_labels_of_a_regression_are_summarised_as_numbers(tmp_path):
    given = {"x": np.arange(N) * 1.0, "label": np.arange(N) / 7, "prediction": np.arange(N) / 8}
    profile = build([put(tmp_path / "a.parquet", given)], choices())
    assert profile.labelled is None
    assert ("label", "label") in profile.columns
    assert counts(profile, "label").sum() == N
    assert [c.required for c in profile.schema.columns if c.role == "label"] == [False]


def test_too_many_labels_are_left_out_with_a_warning(tmp_path):
    given = binary() | {"label": [f"l{i % 60}" for i in range(N)]}
    profile = build([put(tmp_path / "a.parquet", given)], choices())
    assert profile.labelled is None
    why = "label: left out: more than 50 different labels are no classes"
    assert [text for text in profile.lineage["warnings"] if text.startswith(why)]


def test_rows_without_label_or_prediction_or_score_are_counted_as_such(tmp_path):
    given = binary()
    label = [None if i % 10 else word for i, word in enumerate(given["label"])]
    score = np.where(np.arange(N) % 4, given["score"], np.nan)
    given |= {"label": pa.array(label), "score": pa.array(score, from_pandas=True)}
    found = build([put(tmp_path / "a.parquet", given)], choices()).labelled
    assert int(found.labels.sum()) == N // 10
    assert int(found.cells[-1].sum()) == N // 4
    assert found.rows == N


def test_a_profile_of_training_rows_has_neither_scores_nor_labels(tmp_path):
    path = put(tmp_path / "a.parquet", binary())
    profile = build([path], choices(rows="training"))
    assert profile.labelled is None
    assert dict(profile.columns) == {"amount": "feature", "prediction": "prediction"}
    warnings = " ".join(profile.lineage["warnings"])
    assert "score: left out: on training rows" in warnings
    assert "label: left out: on training rows" in warnings


def several():
    rng = np.random.default_rng(6)
    given = rng.dirichlet([2, 1, 1], N)
    names = np.array(["cat", "dog", "eel"])
    label = [names[rng.choice(3, p=row)] for row in given]
    return names, given, label, names[given.argmax(axis=1)]


def test_of_several_classes_cells_of_class_and_confidence_are_a_feature(tmp_path):
    names, given, label, predicted = several()
    path = tmp_path / "a.ndjson"
    with path.open("w") as file:
        for row, truth, guess in zip(given, label, predicted, strict=True):
            scores = dict(zip(names.tolist(), row.tolist(), strict=True))
            record = {"features": {"x": row[0]}, "scores": scores, "label": truth}
            file.write(json.dumps(record | {"prediction": str(guess)}) + "\n")
    profile = build([path], choices())
    roles = dict(profile.columns)
    assert {roles[f"scores.{name}"] for name in names} == {"score"}
    assert roles[CONFIDENCE] == "score"
    layout = profile.labelled.layout
    assert layout.classes == ("cat", "dog", "eel")
    cells = np.bincount(layout.find(given), minlength=layout.width)
    assert counts(profile, CONFIDENCE).tolist() == [*cells, 0, 0, 0]
    np.testing.assert_array_equal(profile.labelled.cells.sum(axis=1)[:-1], cells)
    again = document.parse(document.dump(profile))
    assert again.fingerprint == profile.fingerprint
    assert again.confidence.digest == layout.digest
    assert again.columns == profile.columns


def test_labelled_counts_survive_the_file_and_their_damage_is_told(tmp_path):
    profile = build([put(tmp_path / "a.parquet", binary())], choices())
    body = document.dump(profile)
    again = document.parse(body)
    np.testing.assert_array_equal(again.labelled.cells, profile.labelled.cells)
    np.testing.assert_array_equal(again.labelled.sums, profile.labelled.sums)
    assert again.labelled.layout.digest == profile.labelled.layout.digest
    for change in (
        lambda d: d["labelled"]["cells"].pop(),
        lambda d: d["labelled"]["predicted"][0].__setitem__(0, -1),
        lambda d: d["labelled"]["classes"].append("third"),
        lambda d: d["labelled"].pop("soft"),
    ):
        raw = json.loads(body)
        del raw["fingerprint"]
        change(raw)
        raw["fingerprint"] = document._fingerprint(raw)
        with pytest.raises(ProfileError, match="no valid profile"):
            document.parse(json.dumps(raw).encode())


def test_the_layout_of_labels_is_the_same_as_chosen_from_all_rows(tmp_path):
    given = binary()
    both = np.stack([1 - given["score"], given["score"]], axis=1)
    profile = build([put(tmp_path / "a.parquet", given)], choices())
    wanted = labelled_layout(("legit", "fraud"), both, forced=(0.5,))
    assert profile.labelled.layout.digest == wanted.digest
