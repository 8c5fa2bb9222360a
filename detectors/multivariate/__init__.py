"""What is derived from many columns, texts or vectors, so that joint shifts show?"""

from detectors.multivariate.derived import Derived, derive
from detectors.multivariate.mmd import Discrepancy, MeanDiscrepancy
from detectors.multivariate.settings import MultivariateSettings
from detectors.multivariate.transforms import Transforms, fit
from detectors.multivariate.vectors import VectorTransforms, fit_vector

__all__ = [
    "Derived",
    "Discrepancy",
    "MeanDiscrepancy",
    "MultivariateSettings",
    "Transforms",
    "VectorTransforms",
    "derive",
    "fit",
    "fit_vector",
]
