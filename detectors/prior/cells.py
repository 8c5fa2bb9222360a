"""Which cells of the scores do the current window and the reference share, and how full are they?

Arrays may have any number of leading axes, one entry for each of many references and windows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.labelled import Labelled, same_layout

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells of the score with what both sides count in them: K classes, B cells.

    reference : int64[..., K, B], labelled rows of the reference by label
    current : int64[..., B], rows of the current window, labelled or not
    """

    reference: Counts
    current: Counts

    @classmethod
    def of(cls, reference: Labelled, current: Labelled, bins: int = BINS) -> "Cells":
        """Take the cells of two summaries, of two classes at most `bins` of nearly equal depth."""
        same_layout(reference, current)
        cells = cls(reference.cells[:-1, :-1].T, current.cells[:-1].sum(axis=1))
        return cells.joined(bins) if len(reference.layout.classes) == 2 else cells

    def joined(self, bins: int) -> "Cells":
        """Join neighbours until `bins` cells hold nearly equal numbers of reference rows.

        A cell without reference rows goes with the next that has some, or with the last.
        """
        held = self.reference.sum(axis=-2)
        total = held.sum(axis=-1, keepdims=True)
        before = np.cumsum(held, axis=-1) - held
        place = before * bins // np.maximum(total, 1)
        last = np.where(held > 0, place, 0).max(axis=-1, keepdims=True)
        place = np.minimum(place, last)
        return Cells(
            _add_up(
                self.reference, np.broadcast_to(place[..., None, :], self.reference.shape), bins
            ),
            _add_up(self.current, place, bins),
        )

    @property
    def m(self) -> Counts:
        """Labelled reference rows of each class, int64[..., K]."""
        m: Counts = self.reference.sum(axis=-1)
        return m

    @property
    def n(self) -> Counts:
        """Rows of the current window with a score, int64[...]."""
        n: Counts = np.asarray(self.current.sum(axis=-1))
        return n

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which cells hold reference rows, bool[..., B]: only they say anything of a label."""
        known: NDArray[np.bool_] = np.asarray(self.reference.any(axis=-2))
        return known

    @property
    def densities(self) -> Floats:
        """Shares f_y(b) = (N_y(b) + .5 / NB) / (m_y + .5), float64[..., K, B].

        NB is the number of known cells; 0 in others.
        """
        known = self.known[..., None, :]
        number = np.maximum(known.sum(axis=-1, keepdims=True), 1)
        smoothed = (self.reference + 0.5 / number) / (self.m[..., None] + 0.5)
        return np.where(known, smoothed, 0.0)

    @property
    def shares(self) -> Floats:
        """Shares q(b) of the current rows, float64[..., B]."""
        shares: Floats = self.current / np.maximum(self.n, 1)[..., None]
        return shares


def _add_up(counts: Counts, place: Counts, bins: int) -> Counts:
    """Add up the last axis by place."""
    flat = counts.reshape(-1, counts.shape[-1])
    row = np.arange(len(flat))[:, None] * bins
    index = (row + place.reshape(flat.shape)).reshape(-1)
    added = np.zeros(len(flat) * bins, dtype=np.int64)
    np.add.at(added, index, flat.reshape(-1))
    return added.reshape(*counts.shape[:-1], bins)
