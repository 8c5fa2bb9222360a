"""What does NannyML say of each chunk?"""

import warnings
from typing import Any

import nannyml
import numpy as np
import pandas as pd

from tests.peers.theirs.exchange import CHUNK, answer, given

NUMBERS = ["jensen_shannon", "kolmogorov_smirnov", "wasserstein", "hellinger"]
WORDS = ["jensen_shannon", "chi2", "l_infinity", "hellinger"]
# `exact` must stand beside the methods' names: where it is documented to stand, it is not read.
EXACT = {"kolmogorov_smirnov": {}, "wasserstein": {}, "calculation_method": "exact"}


def frames(data: dict[str, np.ndarray[Any, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    sides = ({}, {})
    for name, values in data.items():
        side, _, column = name.partition("/")
        sides[side == "current"][column] = (
            values if values.dtype.kind == "f" else values.astype(str)
        )
    return pd.DataFrame(sides[0]), pd.DataFrame(sides[1])


def univariate(name: str) -> dict[str, list[float]]:
    """Compute every statistic of every column of a data set, chunk by chunk."""
    reference, current = frames(given(name))
    found = {}
    for how, parameters in (("exact", EXACT), ("as installed", None)):
        calculator = nannyml.UnivariateDriftCalculator(
            column_names=list(reference),
            continuous_methods=NUMBERS,
            categorical_methods=WORDS,
            computation_params=parameters,
            chunk_size=CHUNK,
        )
        calculator.fit(reference)
        result = calculator.calculate(current).filter(period="analysis").to_df()
        for column in reference:
            for method in NUMBERS if reference[column].dtype.kind == "f" else WORDS:
                key = f"{name}/{column}/{method}/{how}"
                found[key] = result[(column, method, "value")].tolist()
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    answer({**univariate("drawn"), **univariate("car_loan")})


if __name__ == "__main__":
    main()
