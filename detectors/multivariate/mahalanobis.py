"""How unusual is a row as a whole, given how the reference's columns vary together?"""

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate.exact import squared_lengths

Floats = NDArray[np.float64]


def mahalanobis_distance(scores: Floats, variances: Floats) -> Floats:
    r"""Give the Mahalanobis distance of rows from the mean of the reference.

    Measures how many standard deviations a row lies from the mean, each principal direction by the
    spread of its own:

    .. math:: \sqrt{\sum_i (v_i^T x)^2 / s_i}

    Misleads where values of one column have heavy tails: it then says what that column says. Blind
    to all that turns around the mean, such as a correlation that goes from .5 to -.5 with another
    that goes the other way, and weak with many columns, each of which adds its noise.

    Parameters
    ----------
    scores : float64[r, n], along the principal components
    variances : float64[r], of these in the reference; directions of less than a millionth of the
        largest are left out

    Returns
    -------
    float64[n], without unit; about sqrt(r) of a row like those of the reference

    Reference: Mahalanobis, On the Generalised Distance in Statistics (1936).

    >>> mahalanobis_distance(np.array([[6.0], [4.0]]), np.array([4.0, 1.0]))
    array([5.])
    """
    distance: Floats = np.sqrt(squared_lengths(scores, 1 / variances))
    return distance
