"""Does the cloud of rows look the same from any side?"""

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate.directions import Directions

Floats = NDArray[np.float64]


def random_projections(directions: Directions, count: int, random: np.random.Generator) -> Floats:
    r"""Draw random projections of whitened rows: each of variance 1 in the reference.

    Measures what a random view of all columns at once shows. With v the principal directions and
    their variances s, a unit vector u drawn at random gives

    .. math:: \sum_i u_i \, v_i^T x / \sqrt{s_i}

    Whitening gives each direction the same say, so that a change along one in which the reference
    hardly spreads, as between two columns that always agree, is not drowned.

    Misleads nobody about whether, but says little about where: each projection mixes all columns.
    Blind to a change that all the drawn directions are nearly at right angles to, which becomes
    likelier with the number of columns, and to one of the whole cloud that keeps its projections.

    Parameters
    ----------
    directions : those of the reference
    count : how many to draw; none are where there is but one direction, which is no mixture

    Returns
    -------
    float64[count, d], what rows are multiplied by

    References: Cramer and Wold, Some Theorems on Distribution Functions (1936): the projections
    on all lines determine a distribution.

    >>> directions = Directions.fit(np.array([[1.0, 0.6], [0.6, 1.0]]), 0.65, 10)
    >>> drawn = random_projections(directions, 3, np.random.default_rng(0))
    >>> np.diag(drawn @ [[1.0, 0.6], [0.6, 1.0]] @ drawn.T).round(9)
    array([1., 1., 1.])
    """
    r = len(directions.variances)
    drawn = random.normal(size=(count if r > 1 else 0, r))
    drawn /= np.sqrt((drawn * drawn).sum(axis=1, keepdims=True))
    projections: Floats = (drawn / np.sqrt(directions.variances)) @ directions.matrix
    return projections
