"""How do the model's scores, its predictions and the labels lie together?

Rows become counts per (score bin, label) and per (predicted, label). They add up; reference and
current window are the same thing, whether labels have come or not.
"""

import hashlib
import struct
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

MAGIC = b"dwlb"
FORMAT = 1
SCORE_BINS = 100
CONFIDENCE_BINS = 10
_HEADER = struct.Struct("<4sBBBx8sqq")


@dataclass(frozen=True, eq=False)
class LabelledLayout:
    """The classes, and how probabilities fall into cells.

    Of two classes, `edges` holds one array: the inner cuts of the score, which is the probability
    of classes[1]. Of more, it holds one array for each class: the inner cuts of the confidence,
    the largest probability, of rows whose largest probability is that of the class. Cells are
    half-open, [e_i, e_{i+1}), and lie side by side: w of them.
    """

    classes: tuple[str, ...]
    edges: tuple[Floats, ...]

    def __post_init__(self) -> None:
        k = len(self.classes)
        if k < 2 or len(set(self.classes)) != k:
            message = f"labels need two or more classes with different names, not {self.classes}"
            raise ValueError(message)
        if len(self.edges) != (1 if k == 2 else k):
            message = f"{k} classes need {1 if k == 2 else k} arrays of cuts, not {len(self.edges)}"
            raise ValueError(message)
        for cuts in self.edges:
            if not np.isfinite(cuts).all() or np.any(np.diff(cuts) <= 0):
                message = f"cuts of scores must be finite and rise strictly, not {cuts.tolist()}"
                raise ValueError(message)

    @cached_property
    def start(self) -> Counts:
        """Where the cells of each array of cuts begin, and where the last end."""
        return np.cumsum([0, *(len(cuts) + 1 for cuts in self.edges)], dtype=np.int64)

    @property
    def width(self) -> int:
        """The number w of cells."""
        return int(self.start[-1])

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ where classes or cells differ."""
        hashed = hashlib.blake2b(digest_size=8)
        names = [name.encode("utf-8", "surrogatepass") for name in self.classes]
        for part in (*names, *(cuts.astype("<f8").tobytes() for cuts in self.edges)):
            hashed.update(len(part).to_bytes(8, "little"))
            hashed.update(part)
        return hashed.hexdigest()

    def find(self, probabilities: Floats) -> Counts:
        """Give the cell of each row, int64[n]; w where a probability is not finite."""
        finite = np.isfinite(probabilities).all(axis=1)
        cells = np.full(len(probabilities), self.width)
        if len(self.classes) == 2:
            cells[finite] = np.searchsorted(self.edges[0], probabilities[finite, 1], side="right")
            return cells
        best = np.where(finite, probabilities.argmax(axis=1), -1)
        order = np.argsort(best, kind="stable")
        ends = np.searchsorted(best[order], np.arange(len(self.classes) + 1))
        for k, cuts in enumerate(self.edges):
            rows = order[ends[k] : ends[k + 1]]
            cells[rows] = self.start[k] + np.searchsorted(cuts, probabilities[rows, k], "right")
        return cells


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Counts of rows by cell, by predicted class and by label; `+` merges two. K classes, w cells.

    cells : int64[w + 1, K + 1], rows by (cell, label); the last cell is that of rows without
        finite probabilities, the last label that of rows without one of the known labels
    predicted : int64[K + 1, K + 1], rows by (predicted, label), the last likewise
    sums : float64[w, K], sums of the probabilities of each class by cell
    soft : float64[K, K + 1], sums of the probabilities of each class by label
    """

    layout: LabelledLayout
    cells: Counts
    predicted: Counts
    sums: Floats
    soft: Floats

    @classmethod
    def empty(cls, layout: LabelledLayout) -> "Labelled":
        """Make the summary of no rows."""
        w, k = layout.width, len(layout.classes)
        return cls(
            layout=layout,
            cells=np.zeros((w + 1, k + 1), dtype=np.int64),
            predicted=np.zeros((k + 1, k + 1), dtype=np.int64),
            sums=np.zeros((w, k)),
            soft=np.zeros((k, k + 1)),
        )

    def __add__(self, other: "Labelled") -> "Labelled":
        same_layout(self, other)
        return Labelled(
            layout=self.layout,
            cells=self.cells + other.cells,
            predicted=self.predicted + other.predicted,
            sums=self.sums + other.sums,
            soft=self.soft + other.soft,
        )

    @property
    def rows(self) -> int:
        """The number of rows, with and without scores, predictions and labels."""
        return int(self.cells.sum())

    @property
    def labels(self) -> Counts:
        """Rows of each label, int64[K]."""
        labels: Counts = self.cells[:, :-1].sum(axis=0)
        return labels


def same_layout(one: Labelled, other: Labelled) -> None:
    """Raise ValueError where two summaries are of different layouts."""
    if one.layout is not other.layout and one.layout.digest != other.layout.digest:
        message = f"labelled counts of layouts {one.layout.digest} and {other.layout.digest} "
        raise ValueError(message + "have nothing to do with each other")


def labelled_layout(
    classes: tuple[str, ...],
    probabilities: ArrayLike,
    *,
    bins: int | None = None,
    forced: tuple[float, ...] = (),
) -> LabelledLayout:
    """Choose cells from probabilities of reference rows, float64[n, K].

    Equi-depth cuts: of two classes `bins` (100) of the score, with the cuts in `forced`, such as
    the decision threshold; of more classes `bins` (10) of the confidence for each class that is
    the largest. Equal cuts are one; rows that are not finite have no say.

    >>> score = np.array([0.1, 0.2, 0.3, 0.4])
    >>> labelled_layout(("no", "yes"), np.stack([1 - score, score], axis=1), bins=2).edges
    (array([0.3]),)
    """
    rows = np.asarray(probabilities, dtype=np.float64).reshape(-1, len(classes))
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(classes) == 2:
        cuts = _equi_depth(rows[:, 1], bins or SCORE_BINS)
        return LabelledLayout(classes, (np.unique([*cuts, *forced]),))
    best = rows.argmax(axis=1)
    each = (rows[best == k, k] for k in range(len(classes)))
    return LabelledLayout(classes, tuple(_equi_depth(c, bins or CONFIDENCE_BINS) for c in each))


def _equi_depth(values: Floats, bins: int) -> Floats:
    """Give cuts at values that leave an equal number between them."""
    if not len(values):
        return np.zeros(0)
    ordered = np.sort(values)
    cuts = np.unique(ordered[np.arange(1, bins) * len(ordered) // bins])
    above: Floats = cuts[cuts > ordered[0]]
    return above


def tabulate(
    layout: LabelledLayout,
    probabilities: Floats,
    predicted: NDArray[np.integer],
    labels: NDArray[np.integer],
) -> Labelled:
    """Count n rows.

    Parameters
    ----------
    probabilities : float64[n, K], a row with one that is not finite has no score; of two classes
        the score s stands as (1 - s, s), and may be any number where only its order matters
    predicted, labels : int[n], indices into the classes, -1 where there is none

    >>> score = np.array([0.1, 0.2, 0.3, 0.4])
    >>> both = np.stack([1 - score, score], axis=1)
    >>> layout = labelled_layout(("no", "yes"), both, bins=2)
    >>> none = np.full(4, -1)
    >>> tabulate(layout, both, none, np.array([0, 1, 1, -1])).cells
    array([[1, 1, 0],
           [0, 1, 1],
           [0, 0, 0]])
    """
    w, k = layout.width, len(layout.classes)
    predicted, labels = (_codes(codes, k, len(probabilities)) for codes in (predicted, labels))
    cells = layout.find(probabilities)
    known = np.where((cells < w)[:, None], probabilities, 0.0)
    counts = np.bincount(cells * (k + 1) + labels, minlength=(w + 1) * (k + 1))
    pairs = np.bincount(predicted * (k + 1) + labels, minlength=(k + 1) ** 2)
    sums = [np.bincount(cells, column, w + 1)[:w] for column in known.T]
    soft = [np.bincount(labels, column, k + 1) for column in known.T]
    return Labelled(
        layout=layout,
        cells=counts.reshape(w + 1, k + 1),
        predicted=pairs.reshape(k + 1, k + 1),
        sums=np.stack(sums, axis=1),
        soft=np.stack(soft),
    )


def _codes(codes: NDArray[np.integer], k: int, n: int) -> Counts:
    """Give the codes with the last place for rows that have none."""
    wide = np.asarray(codes, dtype=np.int64)
    if wide.shape != (n,) or np.any((wide < -1) | (wide >= k)):
        message = f"predictions and labels of {n} rows must be {n} codes from -1 to {k - 1}"
        raise ValueError(message)
    return np.where(wide < 0, k, wide)


def encode(summary: Labelled) -> bytes:
    """Write labelled counts as versioned bytes: the counts that are not zero, then the sums."""
    counts = np.concatenate([summary.cells.reshape(-1), summary.predicted.reshape(-1)])
    index = np.flatnonzero(counts)
    gaps, held = np.diff(index, prepend=0), counts[index]
    gap, size = _narrowest(gaps), _narrowest(held)
    sums = summary.sums[summary.cells[:-1].any(axis=1)]
    header = _HEADER.pack(
        MAGIC, FORMAT, gap, size, bytes.fromhex(summary.layout.digest), len(index), len(sums)
    )
    ints = (gaps.astype(f"<u{gap}"), held.astype(f"<u{size}"))
    floats = (sums.astype("<f8"), summary.soft.astype("<f8"))
    return b"".join([header, *(part.tobytes() for part in (*ints, *floats))])


def decode(layout: LabelledLayout, body: bytes) -> Labelled:
    """Read what `encode` wrote; ValueError if it is not of this layout."""
    gap, size, held, filled = _read_header(layout, body)
    at = _HEADER.size
    index = np.cumsum(np.frombuffer(body, f"<u{gap}", held, at), dtype=np.int64)
    summary = Labelled.empty(layout)
    counts = np.zeros(summary.cells.size + summary.predicted.size, dtype=np.int64)
    if held and index[-1] >= len(counts):
        message = f"the labelled counts are damaged: they count a cell {index[-1]}"
        raise ValueError(message)
    counts[index] = np.frombuffer(body, f"<u{size}", held, at + held * gap)
    cells, predicted = np.split(counts, [summary.cells.size])
    floats = np.frombuffer(body, "<f8", -1, at + held * (gap + size))
    sums, soft = np.split(floats, [filled * len(layout.classes)])
    cells = cells.reshape(summary.cells.shape)
    rows = cells[:-1].any(axis=1)
    if np.count_nonzero(rows) != filled:
        message = f"the labelled counts are damaged: sums of {filled} cells, not of {rows.sum()}"
        raise ValueError(message)
    summary.sums[rows] = sums.reshape(filled, len(layout.classes))
    return Labelled(
        layout=layout,
        cells=cells,
        predicted=predicted.reshape(summary.predicted.shape),
        sums=summary.sums,
        soft=soft.reshape(summary.soft.shape).copy(),
    )


def _read_header(layout: LabelledLayout, body: bytes) -> tuple[int, int, int, int]:
    if len(body) < _HEADER.size or body[:4] != MAGIC:
        message = "these bytes are not labelled counts: they do not begin with their header"
        raise ValueError(message)
    _, version, gap, size, digest, held, filled = _HEADER.unpack_from(body)
    if version != FORMAT:
        message = f"the labelled counts have format {version}; this program reads format {FORMAT}"
        raise ValueError(message)
    if digest.hex() != layout.digest:
        message = f"the labelled counts are of layout {digest.hex()}, not of {layout.digest}"
        raise ValueError(message)
    k = len(layout.classes)
    expected = _HEADER.size + held * (gap + size) + 8 * k * (filled + k + 1)
    known = gap in (1, 2, 4, 8) and size in (1, 2, 4, 8) and held >= 0 and filled >= 0
    if not known or len(body) != expected:
        message = f"the labelled counts are damaged: {len(body)} bytes where {expected} are right"
        raise ValueError(message)
    return gap, size, held, filled


def _narrowest(counts: Counts) -> int:
    return int(np.min_scalar_type(counts.max()).itemsize) if len(counts) else 1
