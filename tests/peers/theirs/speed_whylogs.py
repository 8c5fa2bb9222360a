"""How long does whylogs take to profile a window, and a row by itself?"""

import warnings

import pandas as pd
import whylogs
from whylogs.core import DatasetProfile

from tests.peers.theirs.exchange import answer
from tests.peers.theirs.wide import FEW, NAMES, asked, seconds, window

ONE_BY_ONE = 2_000


def main() -> None:
    warnings.simplefilter("ignore")
    rows, repeats = asked()
    values = window(rows, 1)
    frame = pd.DataFrame(values.T, columns=NAMES)
    each = [dict(zip(NAMES, row, strict=True)) for row in values[:, :ONE_BY_ONE].T.tolist()]

    def one_by_one() -> None:
        profile = DatasetProfile()
        for row in each:
            profile.track(row)

    whylogs.log(pandas=frame[:FEW])
    answer(
        {
            "frame": seconds(lambda: whylogs.log(pandas=frame), repeats),
            "row": seconds(one_by_one, repeats) / ONE_BY_ONE,
        }
    )


if __name__ == "__main__":
    main()
