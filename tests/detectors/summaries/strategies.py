"""Columns as people send them: missing, infinite, repeated and far-off values."""

import numpy as np
from hypothesis import strategies as st

from tests.detectors.samples import layout_of

USUAL = st.sampled_from([0.0, -0.0, 1.0, 1.5, 2.0, -3.25, 7.0, 1e-9, 40.0])
FAR = st.floats(-1e6, 1e6, allow_subnormal=True)
STRANGE = st.sampled_from([np.nan, np.inf, -np.inf])
NUMBER = st.one_of(USUAL, USUAL, FAR, STRANGE)
WORD = st.sampled_from(["a", "b", "c", "rare", "new", "", None])
REFERENCE = layout_of(
    {
        "usual": np.array([0.0, 1, 1, 1, 1.5, 2, 7, -3.25, *np.linspace(-5, 45, 60)]),
        "constant": np.array([1.5] * 9),
        "absent": np.array([np.nan] * 3),
        "kind": ["a"] * 5 + ["b"] * 3 + ["c"] * 2 + ["rare"],
    },
    keep=3,
    bins=32,
)


@st.composite
def columns(draw, least: int = 0, most: int = 40):
    n = draw(st.integers(least, most))
    some = {
        f.name: np.array(draw(st.lists(NUMBER, min_size=n, max_size=n)), dtype=np.float64)
        for f in REFERENCE.numeric
    }
    return {**some, "kind": draw(st.lists(WORD, min_size=n, max_size=n))}


def rows_of(columns) -> int:
    return len(columns["kind"])


def joined(*parts):
    numeric = {f.name: np.concatenate([p[f.name] for p in parts]) for f in REFERENCE.numeric}
    return {**numeric, "kind": [word for p in parts for word in p["kind"]]}


def taken(columns, chosen):
    numeric = {f.name: columns[f.name][chosen] for f in REFERENCE.numeric}
    return {**numeric, "kind": [w for w, c in zip(columns["kind"], chosen, strict=True) if c]}
