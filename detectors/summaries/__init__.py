"""What is kept instead of rows: mergeable counts over a frozen layout."""

from detectors.summaries.bins import Bins
from detectors.summaries.body import decode, encode, merge
from detectors.summaries.edges import categorical_feature, numeric_feature
from detectors.summaries.features import CategoricalFeature, NumericFeature, hash_words
from detectors.summaries.grouped import Grouped, combine
from detectors.summaries.heavy import HeavyHitters
from detectors.summaries.layout import TAIL, Layout
from detectors.summaries.summary import Summary
from detectors.summaries.tabulate import tabulate
from detectors.summaries.texts import TextTransforms, fit_text

__all__ = [
    "TAIL",
    "Bins",
    "CategoricalFeature",
    "Grouped",
    "HeavyHitters",
    "Layout",
    "NumericFeature",
    "Summary",
    "TextTransforms",
    "categorical_feature",
    "combine",
    "decode",
    "encode",
    "fit_text",
    "hash_words",
    "merge",
    "numeric_feature",
    "tabulate",
]
