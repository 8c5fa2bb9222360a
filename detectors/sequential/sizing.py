"""How small a shift can be seen, with this reference and this traffic?"""

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.sequential.components import Components
from detectors.sequential.sets import FAMILIES

Floats = NDArray[np.float64]


def smallest_shift(components: Components, rows: float, hours: float) -> Floats:
    r"""Give the smallest shift of a feature's shares that is seen within some hours, float64[G].

    In Cohen's h, of the feature's weightiest set, for each group of the components (a family and
    feature):

    .. math::
        h_0 + z_{d'} \sqrt{\phi / m} + \sqrt{2 \phi \ln(1 / (\alpha s_f w_c)) / (n T)}

    tolerance, what the reference leaves open, and what the rows need. Misleads for shares near 0
    or 1, where the thetas of the grid are far from the best bet.

    Parameters
    ----------
    rows : expected in an hour (n); hours : T

    >>> from detectors.sequential.detector import Detector
    >>> from detectors.sequential.dispersion import Dispersion
    >>> from detectors.sequential.reference import Reference
    >>> from detectors.sequential.sets import Sets
    >>> from detectors.sequential.tuning import Tuning
    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", np.arange(5000.0)),))
    >>> columns = np.arange(5000.0)[None], np.zeros((0, 5000), np.int32), []
    >>> summary = tabulate(layout, *columns, np.zeros(5000, np.int64), 1).summary(0)
    >>> sets = Sets.of(layout, summary, ["feature"])
    >>> reference = Reference(sets, summary, Dispersion.said(1.0, len(sets)))
    >>> covariate, quality = smallest_shift(Components.of(reference, Tuning()), 1000, 24)
    >>> bool(0.13 < covariate < 0.16)
    True
    """
    tuning = components.tuning
    _, m = components.reference.sets.count(components.reference.summary.counts)
    m = np.append(m, components.reference.summary.present[components.watched])
    said = np.full(components.columns - len(m), np.inf)  # what may be rejected is not counted
    m = np.concatenate([m, said])
    n = np.full(components.columns, max(rows, 1e-9))
    phi = components.phi(n)
    shares = tuning.shared(components.families)
    share = np.array([shares.get(FAMILIES[family], np.nan) for family in components.family])
    weight = components.weight.max(axis=0)
    rest = np.sqrt(phi / np.maximum(m, 1))[components.column] * -special.ndtri(components.level)
    excess = -np.log(tuning.alpha * share[components.group] * weight)
    seen = np.sqrt(2 * phi[components.column] * excess / (max(rows, 1e-9) * hours))
    return np.minimum.reduceat(tuning.tolerance + rest + seen, components.first)
