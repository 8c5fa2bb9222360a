"""What do frouros' batch detectors say of each chunk?"""

import warnings
from typing import Any

import numpy as np
from frouros.detectors import data_drift
from frouros.detectors.data_drift.batch.distance_based.base import (
    BaseDistanceBasedProbability as Probabilities,
)
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr

from tests.peers.theirs.exchange import answer, chunks, columns, given, series

BINS = 10
DISTANCES = {
    "psi": lambda: data_drift.PSI(num_bins=BINS),
    "hellinger": lambda: data_drift.HellingerDistance(num_bins=BINS),
    "bhattacharyya": lambda: data_drift.BhattacharyyaDistance(num_bins=BINS),
    "js": lambda: data_drift.JS(num_bins=BINS),
    "kl": lambda: data_drift.KL(num_bins=BINS),
    "emd": data_drift.EMD,
}
TESTS = {
    "ks": data_drift.KSTest,
    "cvm": data_drift.CVMTest,
    "anderson_darling": data_drift.AndersonDarlingTest,
    "welch": data_drift.WelchTTest,
}


def numbers(reference: np.ndarray[Any, Any], current: np.ndarray[Any, Any]) -> dict[str, float]:
    found = {}
    for name, make in DISTANCES.items():
        detector = make()
        detector.fit(X=reference)
        found[name] = float(detector.compare(X=current)[0].distance)
    for name, make in TESTS.items():
        detector = make()
        detector.fit(X=reference)
        said = detector.compare(X=current)[0]
        found[f"{name}/statistic"] = float(said.statistic)
        found[f"{name}/p_value"] = float(said.p_value)
    return {**found, **moved(reference, current)}


def moved(reference: np.ndarray[Any, Any], current: np.ndarray[Any, Any]) -> dict[str, float]:
    """Give what counting each side, instead of drawing lines, would move JS and KL by."""
    edges = np.linspace(*(f(np.concatenate([reference, current])) for f in (np.min, np.max)), BINS)
    lines = [np.array(s) for s in Probabilities._calculate_probabilities(reference, current, BINS)]
    counts = [np.histogram(side, edges)[0] / len(side) for side in (reference, current)]
    distances = [jensenshannon(*pair) for pair in zip(counts, lines, strict=True)]
    divergences = [float(rel_entr(now, before).sum()) for before, now in (counts, lines)]
    apart = abs(divergences[0] - divergences[1])
    return {
        "js moved": float(np.nan_to_num(distances).sum()),
        "kl moved": apart if np.isfinite(divergences).all() else np.inf,
    }


def words(reference: np.ndarray[Any, Any], current: np.ndarray[Any, Any]) -> dict[str, float]:
    """Words as such for chi-square; as whole numbers, a bin each, for the intersection."""
    chi = data_drift.ChiSquareTest()
    chi.fit(X=reference)
    said = chi.compare(X=current)[0]
    known, codes = np.unique(np.concatenate([reference, current]), return_inverse=True)
    before, now = codes[: len(reference)].astype(float), codes[len(reference) :].astype(float)
    overlap = data_drift.HINormalizedComplement(num_bins=len(known))
    overlap.fit(X=before)
    return {
        "chi_square/statistic": float(said.statistic),
        "chi_square/p_value": float(said.p_value),
        "hi_normalized_complement": float(overlap.compare(X=now)[0].distance),
    }


def main() -> None:
    warnings.simplefilter("ignore")
    found: dict[str, list[float]] = {}
    for name in series():
        for column, reference, current in columns(given(name)):
            compare = numbers if reference.dtype.kind == "f" else words
            for chunk in chunks(current):
                for key, value in compare(reference, chunk).items():
                    found.setdefault(f"{name}/{column}/{key}", []).append(value)
    answer(found)


if __name__ == "__main__":
    main()
