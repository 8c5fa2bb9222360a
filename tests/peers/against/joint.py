"""The reconstruction error of all columns together, beside NannyML's."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate import MultivariateSettings, Transforms, fit
from tests.peers.data import Columns
from tests.peers.ours import Floats
from tests.peers.rows import Row, row
from tests.peers.theirs.exchange import CHUNK

PEER = "nannyml"
LEFT_OUT = {"y_pred_proba", "y_pred"}
STEP = 2.0**-20  # of the grid that our standardised values lie on
REASON = (
    "ours rounds standardised values to 2^-20, and the components' weights to 2^-24, so that sums "
    "are the same on every machine: at most 2^-19 a column; fitted on all of the reference for "
    "this line, where a profile fits on one half"
)


def rows(columns: Columns, found: Sequence[float]) -> Iterator[Row]:
    """Compare the mean of each chunk."""
    numbers, codes, words = _parts(columns)
    names = [list(side) for side in (numbers, codes)]
    before, now = (
        (_side(numbers, at).astype(float), _side(codes, at).astype(np.int32)) for at in (0, 1)
    )
    settings = MultivariateSettings(pairs=0, projections=0, mahalanobis=False)
    transforms = fit(names[0], *before, words, names[1], settings)
    for i, theirs in enumerate(found):
        chunk = slice(i * CHUNK, (i + 1) * CHUNK)
        error = _error(transforms, now[0][:, chunk], now[1][:, chunk], words)
        yield row(
            "PCA reconstruction error, mean of the chunk, 65% of the variance",
            PEER,
            f"car_loan, {len(names[0]) + len(names[1])} columns, chunk {i}",
            theirs=theirs,
            ours=float(error.mean()),
            tolerance=2 * STEP * (len(names[0]) + len(names[1])),
            reason=REASON,
        )


def _error(
    transforms: Transforms, numbers: Floats, codes: NDArray[np.int32], words: list[list[str]]
) -> Floats:
    made = transforms.apply(numbers, codes, words)
    error: Floats = made[transforms.names.index("reconstruction error")]
    return error


def _parts(columns: Columns) -> tuple[Columns, Columns, list[list[str]]]:
    """Give both sides of each column, words as codes into the distinct ones."""
    numbers: Columns = {}
    codes: Columns = {}
    words = []
    for key in columns:
        side, _, name = key.partition("/")
        if side != "reference" or name in LEFT_OUT:
            continue
        both = np.stack([columns[f"{s}/{name}"] for s in ("reference", "current")])
        if both.dtype.kind == "f":
            numbers[name] = both
        else:
            known, coded = np.unique(both, return_inverse=True)
            codes[name] = coded.reshape(both.shape)
            words.append(known.tolist())
    return numbers, codes, words


def _side(columns: Columns, at: int) -> NDArray[Any]:
    return np.stack([both[at] for both in columns.values()])
