"""Other rows are counted by a profile as it counts its own, labels and derived features too."""

import json

import numpy as np
import pytest

from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.recount import recount

N = 1500


def write(path, seed, n=N):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        x = rng.normal(size=2)
        score = float(rng.random())
        features = {"x": x[0], "y": x[0] + x[1], "kind": str(rng.choice(["a", "b"]))}
        features["note"] = " ".join(rng.choice(["paid", "late", "again"], 4)) + f" {i}"
        features["face"] = rng.normal(size=3).tolist()
        label = "fraud" if rng.random() < score else "legit"
        rows.append({"features": features, "score": score, "label": label})
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def profile(tmp_path):
    return build([write(tmp_path / "reference.ndjson", 1)], Choices(model="m", version="1"))


def found(path, profile):
    return recount([path], profile, Choices(), progress=lambda done, total: None)


def test_the_same_rows_give_the_same_counts_where_all_rows_are_counted(tmp_path, profile):
    again = found(tmp_path / "reference.ndjson", profile)
    start = profile.layout.start
    for place, (name, role) in enumerate(profile.columns):
        here = slice(start[place], start[place + 1])
        counts = again.summary.counts[here], profile.reference.counts[here]
        if name in ("x", "y", "score"):
            np.testing.assert_array_equal(*counts, err_msg=name)
        elif role == "derived":
            assert counts[0].sum() == N > counts[1].sum() > N / 3
    np.testing.assert_array_equal(again.labelled.cells, profile.labelled.cells)


def test_other_rows_are_counted_by_label_and_by_what_is_derived(tmp_path, profile):
    other = found(write(tmp_path / "current.ndjson", 2, 700), profile)
    assert (other.summary.counted == 700).all()
    assert (other.absent, other.further) == ((), ())
    assert other.labelled.layout is profile.labelled.layout
    assert int(other.labelled.labels.sum()) == 700
