"""What does popmon say of each chunk's histogram beside the reference's?

Histograms go to `hist_compare` as its reports hand them over; the two divergences are also given
the shares that they are defined on.
"""

import warnings
from typing import Any

import histogrammar
import numpy as np
import pandas as pd
from popmon.analysis.comparison import comparisons
from popmon.analysis.comparison.hist_comparer import hist_compare
from popmon.analysis.hist_numpy import get_consistent_numpy_entries

from tests.peers.theirs.exchange import answer, chunks, columns, ends, given, series

BINS = 20
WANTED = ("psi", "jsd", "ks", "ks_pvalue", "chi2", "chi2_pvalue", "max_prob_diff")


def histogram(values: np.ndarray[Any, Any], between: tuple[float, float] | None) -> Any:
    """Count values in bins of equal width, or words."""
    if between is None:
        counted = histogrammar.Categorize(quantity=lambda value: value)
    else:
        counted = histogrammar.Bin(BINS, *between, quantity=lambda value: value)
    counted.fill.numpy(values)
    return counted


def compared(reference: np.ndarray[Any, Any], current: np.ndarray[Any, Any]) -> dict[str, float]:
    numeric = reference.dtype.kind == "f"
    between = ends(np.concatenate([reference, current])) if numeric else None
    pair = histogram(current, between), histogram(reference, between)
    names = "histogram", "histogram_ref"
    said = hist_compare(pd.Series(dict(zip(names, pair, strict=True))), *names)
    keys = (key for key in WANTED if numeric or not key.startswith("ks"))
    found = {key: float(said[key]) for key in keys}
    p, q = (np.asarray(side, dtype=float) for side in get_consistent_numpy_entries(list(pair)))
    p, q = p / p.sum(), q / q.sum()
    found["psi of shares"] = float(comparisons.population_stability_index(p, q))
    found["jsd of shares"] = float(comparisons.jensen_shannon_divergence(p, q))
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    found: dict[str, list[float]] = {}
    for name in series():
        for column, reference, current in columns(given(name)):
            for chunk in chunks(current):
                for key, value in compared(reference, chunk).items():
                    found.setdefault(f"{name}/{column}/{key}", []).append(value)
    answer(found)


if __name__ == "__main__":
    main()
