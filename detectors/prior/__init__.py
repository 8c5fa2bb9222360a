"""Which shares do the classes have now, when labels have not come yet?

An estimator is its configuration: a frozen dataclass with a `kind`. `AnyEstimator` is the one list
of them: the configuration, the tests and the documents all read it.
"""

from detectors.prior.bbse import BlackBoxShift
from detectors.prior.estimated import Estimated, Refused
from detectors.prior.histogram import HistogramLikelihood
from detectors.prior.margins import Margins, cell_names, pair
from detectors.prior.mlls import CalibratedLikelihood
from detectors.prior.observed import ObservedShares
from detectors.prior.shift import Fit, PriorShiftTest

AnyEstimator = HistogramLikelihood | BlackBoxShift | CalibratedLikelihood | ObservedShares

# What a daemon estimates by if its configuration names nothing.
DEFAULTS: tuple[AnyEstimator, ...] = (HistogramLikelihood(), ObservedShares())

__all__ = [
    "DEFAULTS",
    "AnyEstimator",
    "BlackBoxShift",
    "CalibratedLikelihood",
    "Estimated",
    "Fit",
    "HistogramLikelihood",
    "Margins",
    "ObservedShares",
    "PriorShiftTest",
    "Refused",
    "cell_names",
    "pair",
]
