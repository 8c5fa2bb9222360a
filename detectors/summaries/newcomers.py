"""Which values that the reference never held came in each group of rows?

Sketches by categorical feature, its place among them; features without such a value have none.
"""

import struct
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.heavy import KEEP, HeavyHitters
from detectors.summaries.layout import Layout

Newcomers = Mapping[int, HeavyHitters]
NONE: Newcomers = MappingProxyType({})

_ENTRY = struct.Struct("<HI")


def add(one: Newcomers, other: Newcomers) -> Newcomers:
    """Merge the sketches of two groups."""
    if not one or not other:
        return one or other
    both = {place: one.get(place) or other[place] for place in one.keys() | other.keys()}
    return both | {place: one[place] + other[place] for place in one.keys() & other.keys()}


def newcomers(
    layout: Layout,
    codes: NDArray[np.int32],
    words: Sequence[Sequence[str]],
    group: NDArray[np.int64],
    keep: int = KEEP,
) -> dict[int, Newcomers]:
    """Sketch the values that the reference never held, by group; groups without any have none.

    Parameters
    ----------
    codes : int32[q, n], indices into words[column], -1 where missing
    group : int64[n], not negative

    >>> from detectors.summaries import categorical_feature
    >>> layout = Layout((), (categorical_feature("country", {"fr": 5, "de": 9}),))
    >>> codes = np.array([[0, 1, 1, -1]], dtype=np.int32)
    >>> newcomers(layout, codes, [["fr", "uk"]], np.array([0, 0, 7, 7]))[7][0].counts
    {'uk': 1}
    """
    found: dict[int, dict[int, HeavyHitters]] = {}
    for place, (cells, own) in enumerate(zip(layout.word_cells, words, strict=True)):
        new = np.zeros(len(own) + 1, dtype=bool)
        if own:
            unseen = cells.start + len(cells.feature.categories) + 1
            new[:-1] = cells.find(own, np.arange(len(own), dtype=np.int32)) == unseen
        rows = np.flatnonzero(new[codes[place]])
        for at, counts in _counted(codes[place][rows], group[rows], own).items():
            found.setdefault(at, {})[place] = HeavyHitters.of(counts, keep)
    return dict(found)


def _counted(
    codes: NDArray[np.int32], group: NDArray[np.int64], words: Sequence[str]
) -> dict[int, dict[str, int]]:
    """Count the words of each group; words may stand twice."""
    width = len(words) or 1
    pairs, counts = np.unique(group * width + codes, return_counts=True)
    found: dict[int, dict[str, int]] = {}
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        at, code = divmod(pair, width)
        own = found.setdefault(at, {})
        own[words[code]] = own.get(words[code], 0) + count
    return found


def encode(sketches: Newcomers) -> bytes:
    """Write sketches as bytes; none are none."""
    parts = []
    for place in sorted(sketches):
        body = sketches[place].encode()
        parts += [_ENTRY.pack(place, len(body)), body]
    return b"".join(parts)


def decode(body: bytes) -> Newcomers:
    """Read what `encode` wrote; ValueError if it is something else."""
    found, at = {}, 0
    while at < len(body):
        begins = at + _ENTRY.size
        place, length = _ENTRY.unpack_from(body, at) if begins <= len(body) else (0, len(body))
        at = begins + length
        if at > len(body):
            message = "the summary is damaged: its sketches of values end too early"
            raise ValueError(message)
        found[place] = HeavyHitters.decode(body[begins:at])
    return found
