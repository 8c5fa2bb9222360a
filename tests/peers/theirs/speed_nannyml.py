"""How long does NannyML take for one chunk, once fitted?"""

import warnings

import nannyml
import pandas as pd

from tests.peers.theirs.exchange import answer
from tests.peers.theirs.nannyml import NUMBERS
from tests.peers.theirs.wide import NAMES, asked, seconds, window


def main() -> None:
    warnings.simplefilter("ignore")
    rows, repeats = asked()
    reference, current = (pd.DataFrame(window(rows, at).T, columns=NAMES) for at in (0, 1))
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=NAMES, continuous_methods=NUMBERS, chunk_size=rows
    )
    calculator.fit(reference)
    calculator.calculate(current)
    answer({"calculate": seconds(lambda: calculator.calculate(current), repeats)})


if __name__ == "__main__":
    main()
