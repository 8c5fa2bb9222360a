"""What a profile derives of its columns is counted in every pane, as the reference counts it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from detectors.summaries import decode, tabulate
from driftwatch.decode.json import JsonFormat
from driftwatch.nouns.derivation import derive
from driftwatch.nouns.profiles import CONFIDENCE, Known
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.window.delta import DeltaBuilder
from tests.unit.decode.samples import poll
from tests.unit.window.samples import HOUR, MINUTE, NOON, SETTINGS

N = 1200
CLASSES = ["cat", "dog", "eel"]


def records(n, seed):
    rng = np.random.default_rng(seed)
    for i, scores in enumerate(rng.dirichlet([2, 1, 1], n)):
        x = rng.normal(size=3)
        words = rng.choice(["paid", "late", "again", "the", "bill"], 6)
        yield {
            "time": (NOON - HOUR + i * HOUR // n) / 1e6,
            "model": "pets",
            "version": "1",
            "features": {
                "x": x[0],
                "y": x[0] + x[1] if i % 50 else None,
                "kind": str(rng.choice(["a", "b"])),
                "note": " ".join(words) + f" {i}" if i % 40 else None,
                "face": (x[2] + rng.normal(size=4)).tolist(),
            },
            "scores": dict(zip(CLASSES, scores.tolist(), strict=True)),
            "prediction": CLASSES[int(scores.argmax())],
            "label": CLASSES[int(rng.choice(3, p=scores))],
        }


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    path = tmp_path_factory.mktemp("derived") / "a.ndjson"
    path.write_text("\n".join(map(json.dumps, records(N, 1))))
    return build([path], Choices())


def read(profile, bodies):
    known = Known(frozenset({"pets"}), {("pets", "1"): profile})
    given = poll(bodies, arrived=NOON)
    return given, JsonFormat().build().decode(given, known), known


def test_every_pane_counts_what_is_derived_of_its_rows(profile):
    bodies = [json.dumps(record).encode() for record in records(300, 2)]
    given, decoded, known = read(profile, bodies)
    builder = DeltaBuilder("s", {}, SETTINGS, 0, NOON)
    builder.add(given, decoded, known)
    parts = builder.build(NOON).parts
    assert len(parts) == 60
    (batch,) = decoded.batches
    whole = derive(batch, profile)
    pane = (batch.time - parts[0].pane) // MINUTE
    wanted = tabulate(profile.layout, whole.numbers, whole.codes, whole.words, pane, 60)
    for place, part in enumerate(parts):
        counted = decode(profile.layout, part.body)
        np.testing.assert_array_equal(counted.counts, wanted.summary(place).counts)
        assert (counted.counted == part.rows).all()


def test_features_of_missing_values_are_missing(profile):
    bodies = [json.dumps(record).encode() for record in records(200, 3)]
    _, decoded, _ = read(profile, bodies)
    whole = derive(decoded.batches[0], profile)
    names = profile.layout.names
    absent = np.isnan(whole.numbers[[names.index("x + y"), names.index("note length")]])
    assert absent.sum(axis=1).tolist() == [4, 5]


def test_cells_of_class_and_confidence_are_those_of_the_labelled_layout(profile):
    bodies = [json.dumps(record).encode() for record in records(200, 4)]
    _, decoded, _ = read(profile, bodies)
    (batch,) = decoded.batches
    whole = derive(batch, profile)
    assert profile.layout.names[-1] == CONFIDENCE
    given = np.array([list(record["scores"].values()) for record in records(200, 4)])
    assert whole.codes[-1].tolist() == profile.labelled.layout.find(given).tolist()
    none = replace(batch, numbers=np.full_like(batch.numbers, np.nan))
    assert set(derive(none, profile).codes[-1].tolist()) == {-1}


def test_the_size_of_polls_changes_nothing_that_is_derived(profile):
    bodies = [json.dumps(record).encode() for record in records(200, 5)]
    _, decoded, _ = read(profile, bodies)
    whole = derive(decoded.batches[0], profile).numbers
    _, first, _ = read(profile, bodies[:77])
    _, second, _ = read(profile, bodies[77:])
    pieces = [derive(d.batches[0], profile).numbers for d in (first, second)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole)
