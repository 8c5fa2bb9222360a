"""How do columns of all kinds become numbers on one scale?

Numbers are centred on the mean of the reference and divided by its standard deviation; so are
categories, by how frequent each is. A value is then cut off at 256 deviations.

Missing values (and infinities, which have no place on a scale) stay out of pairs: these are missing
too. In all that is made of every column they count as the mean. So a jump of missing pulls values
towards the middle; but a row that lacks a column which the reference hardly ever lacks has no such
value at all, so that data that break are not taken for data that moved. Which columns those are:
as many, the fullest first, as leave out at most 5% of the reference's rows together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate.exact import on_grid

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Bools = NDArray[np.bool_]

LACKING = 0.05  # share of rows that may lack a required column
FLAT = 1e-12  # a standard deviation below this part of the mean is rounding


@dataclass(frozen=True, slots=True)
class Levels:
    """A categorical column as a number: the share of the reference that has its value.

    A value that is not among the most frequent has `rest`: 0, as rare ones have and new ones. Two
    values are 1 and 0, for their shares may be alike, and a third is in the middle.
    """

    place: int
    words: tuple[str, ...]
    levels: tuple[float, ...]
    rest: float

    @classmethod
    def fit(cls, place: int, codes: Codes, words: Sequence[str], keep: int) -> Self:
        """Take the shares of the `keep` most frequent values."""
        counts = np.bincount(codes[codes >= 0], minlength=len(words))
        order = sorted(np.flatnonzero(counts).tolist(), key=lambda at: (-counts[at], words[at]))
        kept = tuple(words[at] for at in order[:keep])
        if len(order) == 2 and keep >= 2:
            return cls(place, kept, (1.0, 0.0), float(counts[order[0]] / counts.sum()))
        shares = counts[order[:keep]] / max(counts.sum(), 1)
        return cls(place, kept, tuple(shares.tolist()), 0.0)

    def apply(self, codes: Codes, words: Sequence[str]) -> Floats:
        """Give each code's number, NaN where missing, float64[n]."""
        known = dict(zip(self.words, self.levels, strict=True))
        table = np.array([*(known.get(word, self.rest) for word in words), np.nan])
        return table[codes]


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """The d columns that take part: numeric ones at `numeric` among all, then categorical ones.

    centre, spread : float64[d]; required : bool[d], columns without which a row has no value
    """

    names: tuple[str, ...]
    numeric: NDArray[np.intp]
    categorical: tuple[Levels, ...]
    centre: Floats
    spread: Floats
    required: Bools

    @classmethod
    def fit(
        cls, names: Sequence[str], numbers: Floats, levels: Sequence[Levels], raw: Floats
    ) -> Self:
        """Standardise the columns `raw`, float64[p + q, n], and leave out those without spread."""
        centre, spread = _moments(raw)
        with np.errstate(invalid="ignore"):
            usable = np.isfinite(centre) & np.isfinite(spread) & (spread > FLAT * np.abs(centre))
        everything = cls(
            tuple(names),
            np.arange(len(numbers)),
            tuple(levels),
            centre,
            spread,
            np.zeros(len(names), dtype=bool),
        )
        chosen = everything.taking(np.flatnonzero(usable))
        return replace(chosen, required=_required(np.isnan(raw[usable])))

    def taking(self, places: NDArray[np.intp]) -> Self:
        """Give the encoding of only some of the columns, in their order."""
        p = len(self.numeric)
        return replace(
            self,
            names=tuple(self.names[at] for at in places),
            numeric=self.numeric[places[places < p]],
            categorical=tuple(self.categorical[at - p] for at in places if at >= p),
            centre=self.centre[places],
            spread=self.spread[places],
            required=self.required[places],
        )

    def apply(self, numbers: Floats, codes: Codes, words: Sequence[Sequence[str]]) -> Floats:
        """Give the columns on the grid, NaN where missing, float64[d, n]."""
        raw = np.empty((len(self.names), numbers.shape[1]))
        np.take(numbers, self.numeric, axis=0, out=raw[: len(self.numeric)])
        for at, column in enumerate(self.categorical, start=len(self.numeric)):
            raw[at] = column.apply(codes[column.place], words[column.place])
        return self.standardised(raw)

    def standardised(self, raw: Floats) -> Floats:
        """Put raw columns on the grid, in their own memory; infinities go missing."""
        strange = np.isinf(raw)
        if strange.any():
            raw[strange] = np.nan
        with np.errstate(over="ignore"):
            raw -= self.centre[:, None]
            raw /= self.spread[:, None]
            return on_grid(raw)

    def filled(self, values: Floats) -> tuple[Floats, Bools]:
        """Put the mean where a value is missing; say which rows lack a required column."""
        missing = np.isnan(values)
        if not missing.any():
            return values, np.zeros(values.shape[1], dtype=bool)
        return np.where(missing, 0.0, values), np.logical_or.reduce(missing[self.required], axis=0)

    def to_json(self) -> dict[str, Any]:
        """Give the encoding as JSON."""
        return {
            "names": list(self.names),
            "numeric": self.numeric.tolist(),
            "categorical": [
                {"place": c.place, "words": list(c.words), "levels": list(c.levels), "rest": c.rest}
                for c in self.categorical
            ],
            "centre": self.centre.tolist(),
            "spread": self.spread.tolist(),
            "required": self.required.tolist(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(
            tuple(document["names"]),
            np.array(document["numeric"], dtype=np.intp),
            tuple(
                Levels(c["place"], tuple(c["words"]), tuple(c["levels"]), c["rest"])
                for c in document["categorical"]
            ),
            np.array(document["centre"], dtype=np.float64),
            np.array(document["spread"], dtype=np.float64),
            np.array(document["required"], dtype=bool),
        )


def _moments(raw: Floats) -> tuple[Floats, Floats]:
    """Give mean and standard deviation of each column's present values; 0 where there are none."""
    present = ~np.isnan(raw)
    n = np.maximum(present.sum(axis=1), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        centre = np.where(present, raw, 0.0).sum(axis=1) / n
        apart = np.where(present, raw - centre[:, None], 0.0)
        spread = np.sqrt((apart * apart).sum(axis=1) / n)
    return centre, spread


def _required(missing: Bools) -> Bools:
    """Choose the columns without which a row has no value."""
    order = np.argsort(missing.sum(axis=1), kind="stable")
    lacking = np.logical_or.accumulate(missing[order], axis=0).sum(axis=1)
    required = np.zeros(len(missing), dtype=bool)
    required[order[lacking <= LACKING * missing.shape[1]]] = True
    return required
