"""Checks of known data, with names as hostile as data can have them."""

import numpy as np

from detectors.gate import Gate
from detectors.prior import HistogramLikelihood
from detectors.summaries.labelled import Labelled
from driftwatch.evaluate.check import check
from driftwatch.nouns.checks import Checked, Side
from driftwatch.nouns.profiles import Column, Profile, Schema
from tests.detectors.prior.samples import TWO, counted, population, window
from tests.detectors.samples import layout_of, summarise

HOSTILE = "<script>alert(1)</script>|`x`\n@everyone [a](http://evil.example) **b** \x1b[2J"
FINGERPRINT = "sha256:" + "0" * 64


def columns(n: int, seed: int, *, shift: float = 0.0) -> dict:
    random = np.random.default_rng(seed)
    words = random.choice(["fr", HOSTILE, "it"], n, p=[0.5 - shift, 0.3 + shift, 0.2]).tolist()
    return {
        "income": np.where(random.random(n) < 0.02, np.nan, random.lognormal(3 + shift, 1, n)),
        "age": random.integers(18, 90, n).astype(float),
        HOSTILE: random.normal(size=n),
        "country": words,
    }


def side(summary, given: str, **changes) -> Side:
    lineage = {"files": [{"name": given}], "time": {"first": "2026-01-31T12:00:00Z", "last": None}}
    plain = {
        "kind": "data",
        "given": (given,),
        "model": "",
        "version": "",
        "fingerprint": FINGERPRINT,
        "lineage": lineage,
        "summary": summary,
    }
    return Side(**plain | changes)


def middling(rows: int) -> Labelled:
    """Give an unlabelled window of nothing but middling scores."""
    return counted(TWO, np.zeros_like(TWO, dtype=np.int64), np.array([0, 0, rows, 0, 0]))


def checked(
    shift: float = 0.0,
    rows: int = 4000,
    *,
    labels: bool = False,
    mixed: bool = True,
    derived=frozenset(),
    **options,
) -> Checked:
    """Check `rows` rows that moved by so much against 20,000.

    Without `mixed`, the current scores are no mixture of those that the classes had.
    """
    usual = columns(20_000, 1)
    layout = layout_of(usual)
    now = window("two", (0.6, 0.4), 5000) if mixed else middling(5000)
    labelled = population("two", 10_000), now
    before, now = (
        side(
            summarise(layout, data),
            name,
            labelled=part if labels else None,
            **changes,
        )
        for data, name, part, changes in (
            (usual, "fraud-3.json", labelled[0], {"kind": "profile", "model": "fraud"}),
            (columns(rows, 2, shift=shift), "new.csv", labelled[1], {}),
        )
    )
    assert not labels or HistogramLikelihood().estimate(*labelled).reason == ""
    types = ["numeric"] * len(layout.numeric) + ["categorical"] * len(layout.categorical)
    named = zip(layout.names, types, strict=True)
    schema = Schema(tuple(Column(name, kind) for name, kind in named if name not in derived))
    profile = Profile("fraud", "3", schema, layout, before.summary, FINGERPRINT)
    return check((before, now), profile, Gate(), notes=(f"odd: {HOSTILE}",), **options)
