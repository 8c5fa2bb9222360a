"""How far from the rules that join the reference's columns does a row lie?"""

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate.exact import squared_lengths

Floats = NDArray[np.float64]


def reconstruction_error(lengths: Floats, scores: Floats, explaining: int) -> Floats:
    r"""Give the distance of rows from their reconstruction by principal components.

    Measures what is left of a standardised row x once its parts along the leading principal
    components v of the reference are taken away, those that hold 65% of the variance by default:

    .. math:: |x - \sum_{i \le k} v_i v_i^T x| = \sqrt{|x|^2 - \sum_{i \le k} (v_i^T x)^2}

    It grows where columns cease to agree that did, and shrinks where they agree more than before.

    Misleads where a column moved by itself, which changes it too. Blind to what moves within the
    leading components: a shift along them leaves the error where it was.

    Parameters
    ----------
    lengths : float64[n], squared lengths of the rows
    scores : float64[r, n], along the principal components, the leading ones first
    explaining : k

    Returns
    -------
    float64[n], in standard deviations; 0 and up

    Reference: `nannyml.DataReconstructionDriftCalculator`, which takes the mean of it.

    >>> reconstruction_error(np.array([25.0]), np.array([[3.0], [4.0]]), 1)
    array([4.])
    """
    left = lengths - squared_lengths(scores[:explaining])
    error: Floats = np.sqrt(np.maximum(left, 0.0))
    return error
