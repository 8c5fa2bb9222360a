"""Categories of a long tail that have not moved: the halves of a profile keep the gate open.

100,000 values whose frequencies fall as 1 / rank: every new window holds values that the reference
never held, though nothing has changed.
"""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from scipy import stats

from detectors.gate import Gate
from detectors.sequential.sets import Kind, Sets
from detectors.summaries import Layout, categorical_feature, tabulate
from driftwatch.__main__ import main
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices

VALUES, ROWS, WINDOW, TIMES = 100_000, 50_000, 5000, 40
WORDS = [f"item {i}" for i in range(VALUES)]
SHARES = 1 / np.arange(1, VALUES + 1)
PROMISED = 0.05 + 0.01  # alpha + delta


def codes(rows, random):
    return np.searchsorted(np.cumsum(SHARES), random.random(rows) * SHARES.sum()).astype(np.int32)


def save(found, name):
    random = np.random.default_rng(len(found))
    columns = {"item": [WORDS[c] for c in found], "x": random.normal(size=len(found))}
    pa.parquet.write_table(pa.table(columns), name)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    file = tmp_path_factory.mktemp("zipf") / "reference.parquet"
    save(codes(ROWS, np.random.default_rng(1)), file)
    return file


def drift(layout, summary, gate, random):
    """Count the windows that drift, and how often unseen values are what tells."""
    place = layout.names.index("item")
    roles = ["feature" if name == "item" else "ignored" for name in layout.names]
    sets = Sets.of(layout, summary, roles)
    bounds, drifted, unseen = gate.bounds(sets, summary), 0, 0
    for _ in range(TIMES):
        counted = count(Layout((), (layout.categorical[-1],)), codes(WINDOW, random))
        whole = type(summary).empty(layout)
        whole.counts[layout.start[place] : layout.start[place + 1]] = counted.counts
        found = gate.judge(sets, summary, whole, bounds)
        drifted += bool(found.drifted[place])
        unseen += bool(found.drifted[place] and sets.kind[found.telling[place]] == Kind.UNSEEN)
    return drifted, unseen


def count(layout, found):
    rows = len(found)
    held, coded = np.unique(found, return_inverse=True)
    words = [WORDS[c] for c in held]
    columns = np.zeros((0, rows)), coded[None].astype(np.int32), [words]
    return tabulate(layout, *columns, np.zeros(rows, np.int64), 1).summary(0)


@pytest.fixture(scope="module")
def profile(reference):
    return build([reference], Choices(model="shop", version="1"))


@pytest.mark.parametrize("tolerance", [0.0, 0.05])
def test_chosen_on_one_half_and_counted_on_the_other_they_do_not_drift(profile, tolerance):
    gate = Gate(tolerance=tolerance)
    drifted, _ = drift(profile.layout, profile.reference, gate, np.random.default_rng(2))
    assert drifted <= stats.binom.ppf(1 - 1e-5, TIMES, PROMISED)
    (new,) = np.flatnonzero(profile.watched().kind == Kind.UNSEEN)
    k, n = profile.watched().count(profile.reference.counts)
    assert k[new] / n[new] > 0.05


def test_chosen_and_counted_on_the_same_rows_nearly_every_window_drifts():
    found = codes(ROWS, np.random.default_rng(1))
    words = Counter(WORDS[c] for c in found)
    layout = Layout((), (categorical_feature("item", words),))
    summary = count(layout, found)
    assert summary.unseen[0] == 0
    drifted, unseen = drift(layout, summary, Gate(), np.random.default_rng(2))
    assert drifted == unseen == TIMES


def test_through_profile_and_check_the_gate_stays_open(reference, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = ["--model", "shop", "--version", "1"]
    assert main(["profile", str(reference), "-o", "shop-1.json", *name]) == 0
    random = np.random.default_rng(3)
    for _ in range(3):
        save(codes(WINDOW, random), "now.parquet")
        assert main(["check", "--reference", "shop-1.json", "--current", "now.parquet"]) == 0
    assert main(["check", "--reference", str(reference), "--current", "now.parquet"]) == 0
