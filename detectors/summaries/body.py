"""How is a summary kept as bytes?

A body is a header (magic, format version, layout digest, sizes), then the counts in the narrowest
integers that hold them, either of every cell or, where that is far smaller, of the cells that are
not zero with the gaps between them; then the tails of cells that are not zero, moments, low and
high; and the sketches of unseen values, if there are any. Nothing is deflated: the counts of a pane
hold few bits to spare, and a window reads many.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import newcomers
from detectors.summaries.layout import TAIL, Layout
from detectors.summaries.summary import Counts, Floats, Summary, merge_moments

MAGIC = b"dwsm"
FORMAT = 1
_HEADER = struct.Struct("<4sBBBx8sqqq")
_SIZES = (1, 2, 4, 8)


def encode(summary: Summary) -> bytes:
    """Write a summary as versioned, compact bytes."""
    index = np.flatnonzero(summary.counts)
    counts = summary.counts[index]
    parts = (summary.tails, summary.moments, summary.low, summary.high)
    packed = pack(summary.layout, summary.rows, index, counts, parts)
    return packed + newcomers.encode(summary.newcomers)


def decode(layout: Layout, body: bytes) -> Summary:
    """Read what `encode` or `Grouped.encode` wrote; ValueError if it is not of this layout."""
    return merge(layout, (body,))


def merge(layout: Layout, bodies: Iterable[bytes]) -> Summary:
    """Read many bodies of one layout and add them up, as `decode` and `+` would but faster."""
    total = Summary.empty(layout)
    low, high, rows = total.low, total.high, 0
    finite: list[Counts] = []
    moments: list[Floats] = []
    came = newcomers.NONE
    for body in bodies:
        read = _read(layout, body)
        rows += read.rows
        read.add(layout, total)
        finite.append(read.finite(layout))
        moments.append(read.moments)
        np.minimum(low, read.low, out=low)
        np.maximum(high, read.high, out=high)
        came = newcomers.add(came, read.newcomers)
    if not moments:
        return total
    first = np.zeros(1, dtype=np.int64)
    merged = merge_moments(np.stack(finite), np.stack(moments), first)[0]
    return Summary(layout, rows, total.counts, total.tails, merged, low, high, came)


def pack(
    layout: Layout,
    rows: int,
    index: Counts,
    counts: Counts,
    floats: tuple[Floats, Floats, Floats, Floats],
) -> bytes:
    """Write the cells `index` that are not zero, with tails, moments, low and high."""
    size = _narrowest(counts)
    gaps = index.copy()
    gaps[1:] -= index[:-1]
    gap = _narrowest(gaps)
    sparse = 2 * len(index) * (gap + size) < layout.width * size
    dense = _spread(layout, index, counts.astype(f"<u{size}"))
    tails = floats[0][_held(layout, dense)]
    written = [gaps.astype(f"<u{gap}"), counts.astype(f"<u{size}")] if sparse else [dense]
    header = _HEADER.pack(
        MAGIC,
        FORMAT,
        gap if sparse else 0,
        size,
        bytes.fromhex(layout.digest),
        rows,
        len(index) if sparse else layout.width,
        len(tails),
    )
    rest = (part.astype("<f8").tobytes() for part in (tails, *floats[1:]))
    return b"".join([header, *(part.tobytes() for part in written), *rest])


@dataclass(frozen=True, slots=True, eq=False)
class _Body:
    """What one body holds; `counts` of every cell, in the integers that it was written in."""

    rows: int
    counts: NDArray[np.unsignedinteger]
    tails: Floats
    moments: Floats
    low: Floats
    high: Floats
    newcomers: newcomers.Newcomers

    def add(self, layout: Layout, total: Summary) -> None:
        """Add the counts and tails into those of a summary."""
        np.add(total.counts, self.counts, out=total.counts, casting="unsafe")
        with np.errstate(over="ignore", invalid="ignore"):
            if len(self.tails) == total.tails.size:
                np.add(total.tails, self.tails.reshape(total.tails.shape), out=total.tails)
            else:
                total.tails[_held(layout, self.counts)] += self.tails

    def finite(self, layout: Layout) -> Counts:
        """Count the rows that hold a finite number, int64[p]."""
        missing = self.counts[layout.missing_cells[: len(self.low)]].astype(np.int64)
        return self.rows - missing - self.counts[layout.not_finite_cells].astype(np.int64)


def _read(layout: Layout, body: bytes) -> _Body:
    if len(body) < _HEADER.size or body[:4] != MAGIC:
        message = "these bytes are not a summary: they do not begin with its header"
        raise ValueError(message)
    _, version, gap, size, digest, rows, held, tails = _HEADER.unpack_from(body)
    if version != FORMAT:
        message = f"the summary has format {version}; this program reads format {FORMAT}"
        raise ValueError(message)
    if digest.hex() != layout.digest:
        message = f"the summary is of layout {digest.hex()}, not of {layout.digest}"
        raise ValueError(message)
    p = len(layout.numeric)
    expected = _HEADER.size + held * (gap + size) + 8 * (tails + 4 * p)
    if size not in _SIZES or len(body) < expected or (not gap and held != layout.width):
        message = f"the summary is damaged: {len(body)} bytes where {expected} are right"
        raise ValueError(message)
    at = _HEADER.size + held * gap
    counts = np.frombuffer(body, f"<u{size}", held, at)
    if gap:
        gaps = np.frombuffer(body, f"<u{gap}", held, _HEADER.size)
        counts = _spread(layout, np.cumsum(gaps, dtype=np.int64), counts)
    floats = np.frombuffer(body, "<f8", tails + 4 * p, at + held * size)
    moments, low, high = np.split(floats[tails:], [2 * p, 3 * p])
    came = newcomers.decode(body[expected:])
    return _Body(rows, counts, floats[:tails], moments.reshape(p, 2), low, high, came)


def _spread(
    layout: Layout, index: Counts, counts: NDArray[np.unsignedinteger]
) -> NDArray[np.unsignedinteger]:
    if len(index) and index[-1] >= layout.width:
        message = f"the summary is damaged: it counts a cell {index[-1]} of {layout.width}"
        raise ValueError(message)
    dense = np.zeros(layout.width, dtype=counts.dtype)
    dense[index] = counts
    return dense


def _held(layout: Layout, dense: NDArray[np.unsignedinteger]) -> NDArray[np.bool_]:
    """Say which tail cells hold values, bool[p, 2, TAIL]."""
    if not layout.numeric:
        return np.zeros((0, 2, TAIL), dtype=bool)
    return (dense[layout.tail_cells] > 0) & (layout.tail_cells >= 0)


def _narrowest(counts: Counts) -> int:
    most = int(counts.max()) if len(counts) else 0
    return next(size for size in _SIZES if most < 1 << 8 * size)
