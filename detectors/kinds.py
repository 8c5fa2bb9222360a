"""Which detectors are there?

The one list of them all: the configuration, the commands and the documents read it.
"""

import typing

from detectors import comparison, multivariate, prior
from detectors.comparison import AnyComparison
from detectors.multivariate import MaximumMeanDiscrepancy
from detectors.prior import AnyEstimator

AnyDetector = AnyComparison | AnyEstimator | MaximumMeanDiscrepancy

# What a daemon computes if its configuration names nothing.
DEFAULTS: tuple[AnyDetector, ...] = (
    *comparison.DEFAULTS,
    *prior.DEFAULTS,
    *multivariate.DEFAULTS,
)
EVERY: tuple[type[AnyDetector], ...] = typing.get_args(AnyDetector)
