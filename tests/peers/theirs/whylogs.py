"""What does whylogs say of each chunk's profile beside the reference's?"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import whylogs
from whylogs.viz.drift.column_drift_algorithms import KS, ChiSquare

from tests.peers.theirs.exchange import answer, chunks, columns, given, series


def profiled(values: np.ndarray[Any, Any]) -> Any:
    """Profile one column."""
    return whylogs.log(pandas=pd.DataFrame({"x": values})).view().get_column("x")


def rank_error(view: Any) -> float:
    """Give the error of a rank that the sketch states for itself, at 99%."""
    return float(view.get_metric("distribution").kll.value.normalized_rank_error(False))


def main() -> None:
    warnings.simplefilter("ignore")
    found: dict[str, list[float]] = {}
    for name in series():
        for column, reference, current in columns(given(name)):
            numeric = reference.dtype.kind == "f"
            algorithm = KS() if numeric else ChiSquare()
            before = profiled(reference)
            for chunk in chunks(current):
                now = profiled(chunk)
                said = algorithm.calculate(now, before, False)
                key = f"{name}/{column}/" + ("ks" if numeric else "chi_square")
                found.setdefault(key, []).append(float(said.statistic))
                if numeric:
                    quantiles = len(algorithm._parameter_config.quantiles)
                    allowed = rank_error(now) + rank_error(before) + 1 / quantiles
                    found.setdefault(f"{name}/{column}/ks allowed", []).append(allowed)
    answer(found)


if __name__ == "__main__":
    main()
