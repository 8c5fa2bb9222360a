"""Which values came that the reference never held?

Counts of unseen values say how many; this says which, in bounded memory, for people to look at.
What is kept depends a little on how the rows were split before merging, so nothing is judged by it.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from detectors.summaries.features import hash_words

KEEP = 20
LONGEST = 200  # characters of a value that are kept
MAGIC = b"dwhh"
FORMAT = 1
_HEADER = struct.Struct("<4sBxHqq")
_ENTRY = struct.Struct("<qH")


@dataclass(frozen=True, slots=True)
class HeavyHitters:
    r"""The most frequent of any number of values, by at most `keep` counters; `+` merges two.

    Of n values it holds every one that came more than n / (keep + 1) times. `counts` are from
    below: a value came at least so often, and at most `error` times more, for which

    .. math:: error \le (n - \sum counts) / (keep + 1) \le n / (keep + 1)

    however the values were split before merging. Where there are more than `keep` counters, the
    largest that there is no room for is taken off all of them, and those at 0 go.

    A value longer than 200 characters is kept as its beginning and a hash of the whole.

    Misleads where hardly any value comes twice: which of them are kept then says little.

    References: Misra and Gries, Finding Repeated Elements (1982); Agarwal et al., Mergeable
    Summaries (2012).

    >>> some = HeavyHitters.of({"xx": 5, "yy": 2, "zz": 1}, keep=2)
    >>> some.counts, some.n, some.error
    ({'xx': 4, 'yy': 1}, 8, 1)
    >>> (some + HeavyHitters.of({"yy": 3}, keep=2)).counts
    {'xx': 4, 'yy': 4}
    """

    keep: int
    n: int
    error: int
    counts: Mapping[str, int]

    @classmethod
    def of(cls, counts: Mapping[str, int], keep: int = KEEP) -> Self:
        """Keep the most frequent of counted values."""
        shortened = Counter[str]()
        for value, count in zip(_shortened(counts), counts.values(), strict=True):
            shortened[value] += count
        return cls._pruned(keep, sum(counts.values()), 0, shortened)

    def __add__(self, other: Self) -> Self:
        if self.keep != other.keep:
            message = f"sketches of {self.keep} and of {other.keep} counters are not merged"
            raise ValueError(message)
        added = Counter(self.counts)
        added.update(other.counts)
        return self._pruned(self.keep, self.n + other.n, self.error + other.error, added)

    @classmethod
    def _pruned(cls, keep: int, n: int, error: int, counts: Mapping[str, int]) -> Self:
        """Keep `keep` counters, the largest first, and of equal ones in the order of the values."""
        order = sorted(counts, key=lambda value: (-counts[value], value))
        off = counts[order[keep]] if len(order) > keep else 0
        left = {value: counts[value] - off for value in order[:keep] if counts[value] > off}
        return cls(keep, n, error + off, left)

    def encode(self) -> bytes:
        """Write the sketch as versioned bytes."""
        parts = [_HEADER.pack(MAGIC, FORMAT, self.keep, self.n, self.error)]
        for value, count in self.counts.items():
            body = value.encode("utf-8", "surrogatepass")
            parts += [_ENTRY.pack(count, len(body)), body]
        return b"".join(parts)

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Read what `encode` wrote; ValueError if it is something else."""
        if len(body) < _HEADER.size or body[:4] != MAGIC:
            message = "these bytes are not a sketch of values: they do not begin with its header"
            raise ValueError(message)
        _, version, keep, n, error = _HEADER.unpack_from(body)
        if version != FORMAT:
            message = f"the sketch of values has format {version}; this program reads {FORMAT}"
            raise ValueError(message)
        try:
            return cls(keep, n, error, dict(_entries(body)))
        except (struct.error, UnicodeDecodeError) as damage:
            message = f"the sketch of values is damaged: {damage}"
            raise ValueError(message) from damage


def _shortened(values: Iterable[str]) -> Iterable[str]:
    for value in values:
        if len(value) <= LONGEST:
            yield value
        else:
            yield f"{value[:LONGEST]}... ({int(hash_words([value])[0]):016x})"


def _entries(body: bytes) -> Iterable[tuple[str, int]]:
    at = _HEADER.size
    while at < len(body):
        count, length = _ENTRY.unpack_from(body, at)
        at += _ENTRY.size + length
        if at > len(body):
            message = f"it ends {at - len(body)} bytes too early"
            raise struct.error(message)
        yield body[at - length : at].decode("utf-8", "surrogatepass"), count
