"""How long does Evidently take for its report of drift?"""

import warnings
from typing import Any

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset, DataSummaryPreset

from tests.peers.theirs.exchange import answer
from tests.peers.theirs.wide import FEW, NAMES, asked, seconds, window


def main() -> None:
    warnings.simplefilter("ignore")
    rows, repeats = asked()
    reference, current = (pd.DataFrame(window(rows, at).T, columns=NAMES) for at in (0, 1))

    def report(*presets: Any, rows: int = rows) -> Any:
        return Report(list(presets)).run(current[:rows], reference[:rows]).dict()

    report(DataDriftPreset(), DataSummaryPreset(), rows=FEW)
    drift = seconds(lambda: report(DataDriftPreset()), repeats)
    both = seconds(lambda: report(DataDriftPreset(), DataSummaryPreset()), repeats)
    answer({"drift": drift, "default": both})


if __name__ == "__main__":
    main()
