"""What is kept instead of rows: mergeable counts over a frozen layout."""

from detectors.summaries.layout import CategoricalFeature, Layout, NumericFeature, hash_words
from detectors.summaries.summary import Summary, decode, encode
from detectors.summaries.tabulate import Grouped, combine, tabulate

__all__ = [
    "CategoricalFeature",
    "Grouped",
    "Layout",
    "NumericFeature",
    "Summary",
    "combine",
    "decode",
    "encode",
    "hash_words",
    "tabulate",
]
