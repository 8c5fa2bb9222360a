"""On which data is everything compared?

`drawn`: 50,000 rows of reference and ten chunks of 5,000, of which the last five have drifted;
continuous values, for those of the car loans have few decimals. `car_loan`: NannyML's packaged
synthetic data, as they lie in its wheel. `prior_2` and `prior_3`: probabilities and labels of two
and of three classes, and what our calibration makes of them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyarrow import csv

from detectors.prior.calibration import calibrate
from tests.peers.environments import FOLDER, is_installed, site_packages
from tests.peers.theirs.exchange import CHUNK

Columns = dict[str, NDArray[Any]]

SEED = 2026
ROWS = 50_000
LABELLED, UNLABELLED = 4_000, 2_000
KINDS = np.array([f"kind {i}" for i in range(8)])
LOANS = {
    "car_value": float,
    "debt_to_income_ratio": float,
    "loan_length": float,
    "driver_tenure": float,
    "y_pred_proba": float,
    "salary_range": str,
    "repaid_loan_on_prev_car": str,
    "size_of_downpayment": str,
    "y_pred": str,
}


def write() -> dict[str, Columns]:
    """Write the data sets that can be had to build/peers, for the peers to read."""
    made = {"drawn": drawn(), "prior_2": labelled((0.2, 0.8)), "prior_3": labelled((0.6, 0.1, 0.3))}
    if is_installed("nannyml"):
        made["car_loan"] = car_loan(site_packages("nannyml") / "nannyml/datasets/data")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, columns in made.items():
        np.savez(FOLDER / f"{name}.npz", **columns)  # type: ignore[arg-type]
    return made


def drawn() -> Columns:
    """Draw scores, amounts with a heavy tail, and categories."""
    random = np.random.default_rng(SEED)
    moved = np.repeat([0.0, 1.0], 5 * CHUNK)
    shares = 0.6 ** np.arange(len(KINDS))
    drifted = shares[::-1] * 0.1 + shares * 0.9
    return {
        "reference/score": random.beta(2.0, 5.0, ROWS),
        "current/score": random.beta(2.0 + 0.3 * moved, 5.0),
        "reference/amount": random.lognormal(3.0, 1.0, ROWS),
        "current/amount": random.lognormal(3.0 + 0.1 * moved, 1.0),
        "reference/kind": random.choice(KINDS, ROWS, p=shares / shares.sum()),
        "current/kind": np.concatenate(
            [random.choice(KINDS, 5 * CHUNK, p=some / some.sum()) for some in (shares, drifted)]
        ),
    }


def labelled(shares: Sequence[float]) -> Columns:
    """Draw labelled reference rows and current ones of other shares, with their probabilities.

    A model that is overconfident, so that there is something to calibrate.
    """
    k = len(shares)
    random = np.random.default_rng([SEED, k])
    labels = random.integers(0, k, LABELLED)
    classes = random.choice(k, UNLABELLED, p=shares)
    reference, current = (_probabilities(random, some, k) for some in (labels, classes))
    fitted = calibrate(reference, np.eye(k, dtype=np.int64)[labels])
    return {
        "reference": reference,
        "labels": labels,
        "current": current,
        "calibrated_prior": fitted.apply(reference).mean(axis=0),
        "calibrated_current": fitted.apply(current),
    }


def _probabilities(
    random: np.random.Generator, labels: NDArray[np.int64], k: int
) -> NDArray[np.float64]:
    powers = np.exp(1.4 * (random.normal(size=(len(labels), k)) + 1.2 * np.eye(k)[labels]))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def car_loan(folder: Path) -> Columns:
    """Read both files of the car loans."""
    columns: Columns = {}
    for side, file in (("reference", "reference"), ("current", "analysis")):
        table = csv.read_csv(folder / f"synthetic_car_loan_{file}.csv")
        for name, kind in LOANS.items():
            values = table[name].to_pylist()
            columns[f"{side}/{name}"] = np.array(values, dtype=float if kind is float else None)
            if kind is str:
                columns[f"{side}/{name}"] = columns[f"{side}/{name}"].astype(str)
    return columns
