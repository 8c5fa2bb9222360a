"""What is derived from many columns, texts or vectors, so that joint shifts show?"""

from detectors.multivariate.mmd import Discrepancy, MeanDiscrepancy
from detectors.multivariate.settings import MultivariateSettings
from detectors.multivariate.transforms import Transforms, fit

__all__ = [
    "Discrepancy",
    "MeanDiscrepancy",
    "MultivariateSettings",
    "Transforms",
    "fit",
]
