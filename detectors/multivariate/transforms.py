"""Which one-dimensional features are made of a profile's columns, so that joint shifts show?

Correlations can move while every column stands still. So features are derived from several columns
at once, fitted on one half of the reference and frozen; counted on the other half, each is one more
numeric feature.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.frozen import FORMAT, reading
from detectors.multivariate.blocks import blocks
from detectors.multivariate.encoding import Encoding, Levels
from detectors.multivariate.joint import MAHALANOBIS, RECONSTRUCTION, Joint
from detectors.multivariate.mmd import MeanDiscrepancy
from detectors.multivariate.pairs import Pairs
from detectors.multivariate.settings import MultivariateSettings
from detectors.naming import distinct

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Words = Sequence[Sequence[str]]

VALUES = 8_000_000  # of the sample that are looked at: 64 MB


@dataclass(frozen=True, slots=True, eq=False)
class Transforms:
    """The frozen derived features of columns; `joint` is None where fewer than two columns vary."""

    names: tuple[str, ...]
    encoding: Encoding
    pairs: Pairs
    joint: Joint | None

    @property
    def mmd(self) -> MeanDiscrepancy | None:
        """The test whose random features are among the derived ones, if it was asked for."""
        return self.joint.mmd if self.joint else None

    def apply(self, numbers: Floats, codes: Codes, words: Words) -> Floats:
        """Make the derived features of n rows, float64[r, n]; NaN where they cannot be made.

        Parameters
        ----------
        numbers : float64[p, n], NaN where missing, the columns that `fit` was given
        codes : int32[q, n], indices into words[column], -1 where missing
        """
        derived = np.empty((len(self.names), numbers.shape[1]))
        if self.joint is None:
            return derived
        paired = 2 * len(self.pairs.left)
        for rows in blocks(numbers.shape[1], len(self.encoding.names)):
            values = self.encoding.apply(numbers[:, rows], codes[:, rows], words)
            self.pairs.apply(values, derived[:paired, rows])
            filled, lacking = self.encoding.filled(values)
            joint = self.joint.apply(filled)
            if lacking.any():
                joint[:, lacking] = np.nan
            derived[paired:, rows] = joint
        return derived

    def to_json(self) -> dict[str, Any]:
        """Give the transforms as JSON, from which they come back to the last bit."""
        return {
            "format": FORMAT,
            "names": list(self.names),
            "encoding": self.encoding.to_json(),
            "pairs": self.pairs.to_json(),
            "joint": self.joint.to_json() if self.joint else None,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave; ValueError if it is of another format or damaged."""
        with reading(document, "the transforms of columns"):
            joint = document["joint"]
            return cls(
                tuple(document["names"]),
                Encoding.from_json(document["encoding"]),
                Pairs.from_json(document["pairs"]),
                Joint.from_json(joint) if joint else None,
            )


def fit(  # noqa: PLR0917 - the parts of a batch, in its order, and what they are called
    names: Sequence[str],
    numbers: Floats,
    codes: Codes,
    words: Words,
    categories: Sequence[str],
    settings: MultivariateSettings | None = None,
    *,
    taken: Collection[str] = (),
) -> Transforms:
    """Fit derived features to a sample of one half of the reference; count them on the other.

    Counted on the rows that they were fitted to, they would look closer to the reference than any
    new rows can. Of a sample of more than 8 million values only every second row is looked at, or
    every third, and so on. What cannot be made of the columns is left out: constant ones and those
    without values do not take part, and with fewer than two that do, or fewer than two rows,
    nothing is made. Categories of which all values are equally frequent count as constant, unless
    there are just two.

    Parameters
    ----------
    names : of the p numeric columns; categories : of the q categorical ones
    numbers : float64[p, n], NaN where missing
    codes : int32[q, n], indices into words[column], -1 where missing
    taken : names that derived features must not have, beside those of the columns

    >>> random = np.random.default_rng(0)
    >>> numbers = random.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=1000).T
    >>> none = np.zeros((0, 1000), dtype=np.int32), [], []
    >>> settings = MultivariateSettings(projections=2)
    >>> transforms = fit(["age", "height"], numbers, *none, settings)
    >>> transforms.names  # doctest: +NORMALIZE_WHITESPACE
    ('age + height', 'age - height', 'projection 1', 'projection 2', 'reconstruction error',
     'mahalanobis distance')
    >>> transforms.apply(numbers, *none[:2]).shape
    (6, 1000)
    """
    settings = settings or MultivariateSettings()
    step = -(-(len(numbers) + len(codes)) * numbers.shape[1] // VALUES) or 1
    numbers, codes = numbers[:, ::step], codes[:, ::step]
    levels = [
        Levels.fit(at, column, words[at], settings.categories) for at, column in enumerate(codes)
    ]
    raw = np.concatenate([numbers, np.empty((len(codes), numbers.shape[1]))])
    for column in levels:
        raw[len(numbers) + column.place] = column.apply(codes[column.place], words[column.place])
    raw[np.isinf(raw)] = np.nan
    encoding = Encoding.fit((*names, *categories), numbers, levels, raw)
    values = encoding.apply(numbers, codes, words)
    correlation = _correlation(encoding, values)
    chosen = _most_joined(correlation, settings.columns)
    encoding, values = encoding.taking(chosen), values[chosen]
    pairs = Pairs.fit(correlation[np.ix_(chosen, chosen)], settings.pairs)
    used = {*names, *categories, *taken}
    paired = distinct(pairs.names(encoding.names), used)
    joint = _joint(encoding, values, settings, {*used, *paired})
    made = (*paired, *joint.names) if joint else ()
    return Transforms(made, encoding, pairs, joint)


def _correlation(encoding: Encoding, values: Floats) -> Floats:
    """Correlate the columns, float64[d, d], over the rows that lack none which is required."""
    filled, lacking = encoding.filled(values)
    filled = filled[:, ~lacking]
    n = max(filled.shape[1], 1)
    apart = filled - filled.sum(axis=1, keepdims=True) / n
    spread = np.sqrt((apart * apart).sum(axis=1))
    spread[spread == 0] = np.inf
    apart /= spread[:, None]
    correlation: Floats = apart @ apart.T
    return correlation


def _most_joined(correlation: Floats, most: int) -> NDArray[np.intp]:
    """Choose the columns with the largest absolute correlation to another, in their order."""
    if len(correlation) <= most:
        return np.arange(len(correlation))
    others = np.abs(correlation - np.diag(np.diag(correlation)))
    chosen = np.argsort(-others.max(axis=1), kind="stable")[:most]
    return np.sort(chosen)


def _joint(
    encoding: Encoding, values: Floats, settings: MultivariateSettings, taken: Collection[str]
) -> Joint | None:
    filled, lacking = encoding.filled(values)
    filled = filled[:, ~lacking]
    varying = (filled != filled[:, :1]).any(axis=1)
    if varying.sum() < 2:
        return None
    wanted = {RECONSTRUCTION: settings.reconstruction, MAHALANOBIS: settings.mahalanobis}
    return Joint.fit(
        filled,
        [name for name, asked in wanted.items() if asked],
        settings,
        most=len(filled),
        taken=taken,
    )
