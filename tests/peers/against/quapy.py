"""quapy's estimates of the shares of classes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from detectors.prior import BlackBoxShift, CalibratedLikelihood
from detectors.summaries.labelled import LabelledLayout, tabulate
from tests.peers.data import Columns
from tests.peers.ours import Floats
from tests.peers.rows import Row, row

PEER = "quapy"
CASES = (
    ("acc", "ACC: the hard confusion matrix inverted (BBSE)", BlackBoxShift()),
    ("pacc", "PACC: the soft confusion matrix inverted (BBSE)", BlackBoxShift(soft=True)),
    ("emq", "EMQ on calibrated probabilities, by its own stop", CalibratedLikelihood(stop="quapy")),
)
TOLERANCE = 1e-12


def rows(data: Mapping[str, Columns], found: Mapping[str, Sequence[float]]) -> Iterator[Row]:
    """Compare the share of each class, every row being a cell of its own."""
    for name, columns in data.items():
        p, now = columns["reference"], columns["current"]
        layout = _cells(np.concatenate([p, now]))
        unknown = np.full(len(now), -1)
        reference = tabulate(layout, p, p.argmax(axis=1), columns["labels"])
        current = tabulate(layout, now, now.argmax(axis=1), unknown)
        for key, statistic, estimator in CASES:
            ours = estimator.estimate(reference, current).prior
            for i, theirs in enumerate(found[f"{name}/{key}"]):
                yield row(
                    statistic,
                    PEER,
                    f"{name}, class {i}",
                    theirs=theirs,
                    ours=float(ours[i]),
                    exact=TOLERANCE,
                    reason="the same convention, every row a cell of its own: rounding",
                )


def _cells(p: Floats) -> LabelledLayout:
    """Give each row of probabilities a cell of its own."""
    k = p.shape[1]
    if k == 2:
        return LabelledLayout(("0", "1"), (np.unique(p[:, 1])[1:],))
    best = p.argmax(axis=1)
    cuts = tuple(np.unique(p[best == i, i])[1:] for i in range(k))
    return LabelledLayout(tuple(map(str, range(k))), cuts)
