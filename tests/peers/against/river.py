"""river's statistic of two streams; its detectors of change in one stream of errors are no part."""

from collections.abc import Mapping

from detectors.comparison import KolmogorovSmirnov
from tests.peers.against.case import Case
from tests.peers.against.curves import ONE_BIN, all_values, one_bin
from tests.peers.data import Columns
from tests.peers.theirs.exchange import CHUNK

CASES = (
    Case(
        "ks",
        "Kolmogorov-Smirnov D of two streams of 5,000, every value an edge",
        KolmogorovSmirnov(),
        cut=all_values,
    ),
    Case(
        "ks",
        "Kolmogorov-Smirnov D of two streams of 5,000, 256 edges against raw values",
        KolmogorovSmirnov(),
        tolerance=one_bin,
        reason=ONE_BIN,
    ),
)


def begun(data: Mapping[str, Columns]) -> dict[str, Columns]:
    """Leave of each reference the rows that river was given."""
    return {
        name: {
            key: values[:CHUNK] if key.startswith("reference/") else values
            for key, values in columns.items()
        }
        for name, columns in data.items()
    }
