"""What is derived from many columns, texts or vectors, so that joint shifts show?"""

from detectors.multivariate.derived import Derived, derive
from detectors.multivariate.detector import MaximumMeanDiscrepancy
from detectors.multivariate.mmd import Discrepancy, MeanDiscrepancy
from detectors.multivariate.settings import MultivariateSettings
from detectors.multivariate.transforms import Transforms, fit
from detectors.multivariate.vectors import VectorTransforms, fit_vector

# What a daemon computes if its configuration names nothing.
DEFAULTS: tuple[MaximumMeanDiscrepancy, ...] = (MaximumMeanDiscrepancy(),)

__all__ = [
    "DEFAULTS",
    "Derived",
    "Discrepancy",
    "MaximumMeanDiscrepancy",
    "MeanDiscrepancy",
    "MultivariateSettings",
    "Transforms",
    "VectorTransforms",
    "derive",
    "fit",
    "fit_vector",
]
