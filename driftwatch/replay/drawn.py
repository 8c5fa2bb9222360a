"""How is traffic drawn from the reference's blocks of time?

Whole blocks at a time, so that rows that resemble their neighbours stay together, and each hour of
the day from that same hour where there are enough. What is drawn from is held against the rest.

A few hundred rows, drawn for months, would show what they have more of than the reference, as if it
were drift. So rows are left out at random until the shares are, on average, the reference's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.detector import Detector
from detectors.sequential.state import State
from driftwatch.decide.watch import Watch
from driftwatch.nouns.records import Int64, Population
from driftwatch.nouns.settings import microseconds
from driftwatch.window.settings import HOUR

ENOUGH = 4  # blocks of an hour of the day
_HOUR = microseconds(HOUR)
_DAY = 24 * _HOUR


@dataclass(slots=True, eq=False)
class Part:
    """The whole or a segment: its blocks to draw from, counted by set, and where its evidence is.

    k, n : int64[b, S]
    kept : float64[S], the share of a set's rows that is drawn, or where `outside` of the others
    """

    population: Population
    detector: Detector
    state: State
    k: Int64
    n: Int64
    kept: NDArray[np.float64]
    outside: NDArray[np.bool_]

    @classmethod
    def of(cls, made: Watch, segment: str, k: Int64, n: Int64) -> "Part":
        """Hold blocks against what is left of the reference without them."""
        components = made.detector.components
        held, total = components.reference.counts
        own, rows = k.sum(axis=0), n.sum(axis=0)
        reference = replace(components.reference, slots=None, held=(held - own, total - rows))
        detector = Detector.of(reference, components.tuning)
        population = Population(made.profile.model, made.profile.version, segment)
        outside = own * total < held * rows
        more = np.where(outside, rows - own, own) * total
        fair = np.where(outside, total - held, held) * rows
        kept = np.where(more > 0, fair / np.maximum(more, 1), 1.0)
        return cls(population, detector, detector.begin(), k, n, kept, outside)

    def drawn(self, blocks: Int64, rng: np.random.Generator) -> tuple[Int64, Int64]:
        """Draw some blocks; give their counts by set."""
        k, n = self.k[blocks].sum(axis=0), self.n[blocks].sum(axis=0)
        left = rng.binomial(np.where(self.outside, n - k, k), self.kept)
        return np.where(self.outside, n - left, left), n

    def advance(self, hour: int, k: Int64, n: Int64, share: float) -> int:
        """Take in an hour, with its share of the budget; give the number of pages."""
        outcome = self.detector.hour(self.state, hour, k, n, share)
        self.state = outcome.state
        return len(outcome.pages)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Blocks of which the same are drawn for all parts.

    `each` of them make an hour; `at` has the places of those for each hour of the day.
    """

    parts: Sequence[Part]
    each: int
    at: tuple[Int64, ...]

    @classmethod
    def of(cls, parts: Sequence[Part], start: Int64, length: int) -> "Drawn":
        """Draw from the blocks that begin then."""
        hours = start // _HOUR % 24
        own = [np.flatnonzero(hours == hour) for hour in range(24)]
        full = all(len(blocks) >= ENOUGH for blocks in own)
        everywhere = np.arange(len(start))
        at = tuple(blocks if full else everywhere for blocks in own)
        return cls(parts, max(round(_HOUR / length), 1), at)

    def hour(self, hour: int, rng: np.random.Generator) -> Iterator[tuple[Part, Int64, Int64]]:
        """Draw an hour; give the parts that have rows in it, with their counts by set."""
        chosen = rng.choice(self.at[hour % 24], self.each)
        for part in self.parts:
            k, n = part.drawn(chosen, rng)
            if n.any():
                yield part, k, n


def taken(start: Int64, length: int) -> Int64:
    """Choose the blocks to draw from: every other one, and the others on the next day.

    >>> taken(np.arange(48) * _HOUR, _HOUR)[[0, 1, -2, -1]]
    array([ 1,  3, 44, 46])
    """
    return np.flatnonzero((start // length + start // _DAY) % 2 == 1)
