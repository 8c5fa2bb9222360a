"""What is derived from all that a row holds: columns, texts and vectors?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.frozen import FORMAT, reading
from detectors.multivariate.mmd import Discrepancy, MeanDiscrepancy
from detectors.multivariate.settings import MultivariateSettings
from detectors.multivariate.transforms import Transforms, fit
from detectors.multivariate.vectors import VectorTransforms, fit_vector
from detectors.summaries import NumericFeature, Summary, numeric_feature
from detectors.summaries.texts import TextTransforms, fit_text

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Words = Sequence[Sequence[str]]
Texts = Sequence[tuple[Sequence[str], Codes]]

BINS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """All derived features of a profile: of columns, then of each text, then of each vector."""

    columns: Transforms | None = None
    texts: tuple[TextTransforms, ...] = field(default=())
    vectors: tuple[VectorTransforms, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the r features; none is another's, nor that of a column."""
        made = [self.columns.names if self.columns else ()]
        made += [text.names for text in self.texts] + [vector.names for vector in self.vectors]
        return tuple(chain.from_iterable(made))

    @property
    def tests(self) -> tuple[MeanDiscrepancy, ...]:
        """The tests whose random features are among the derived ones."""
        found = [self.columns.mmd if self.columns else None, *(v.mmd for v in self.vectors)]
        return tuple(test for test in found if test is not None)

    @property
    def edgeless(self) -> frozenset[str]:
        """The features of which only the mean is needed: those of the tests."""
        return frozenset(name for test in self.tests for name in test.names)

    def apply(
        self,
        numbers: Floats,
        codes: Codes,
        words: Words,
        texts: Texts = (),
        vectors: Sequence[Floats] = (),
    ) -> Floats:
        """Make the features of n rows, float64[r, n]; NaN where they cannot be made.

        Parameters
        ----------
        numbers : float64[p, n]; codes : int32[q, n], indices into words[column], -1 where missing
        texts : of each text column its distinct texts and int32[n], indices into them or -1
        vectors : of each vector column float64[k, n], NaN where missing
        """
        made = [self.columns.apply(numbers, codes, words)] if self.columns else []
        for text, (distinct, coded) in zip(self.texts, texts, strict=True):
            made.append(text.apply(distinct, coded))
        for vector, values in zip(self.vectors, vectors, strict=True):
            made.append(vector.apply(values))
        if len(made) == 1:
            return made[0]
        return np.concatenate(made) if made else np.empty((0, numbers.shape[1]))

    def features(self, values: Floats, *, bins: int = BINS) -> tuple[NumericFeature, ...]:
        """Choose the edges of each feature from derived values, float64[r, k].

        Features of which only the mean is needed have no edges: one cell takes all their values.
        """
        none = self.edgeless
        return tuple(
            numeric_feature(name, () if name in none else row, bins=bins)
            for name, row in zip(self.names, values, strict=True)
        )

    def discrepancies(self, reference: Summary, current: Summary) -> tuple[Discrepancy, ...]:
        """Compare two summaries by each test; their layout holds the features."""
        return tuple(test.compare(reference, current) for test in self.tests)

    def to_json(self) -> dict[str, Any]:
        """Give all transforms as JSON, from which they come back to the last bit."""
        return {
            "format": FORMAT,
            "columns": self.columns.to_json() if self.columns else None,
            "texts": [text.to_json() for text in self.texts],
            "vectors": [vector.to_json() for vector in self.vectors],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave; ValueError if it is of another format or damaged."""
        with reading(document, "the derived features"):
            columns = document["columns"]
            return cls(
                Transforms.from_json(columns) if columns else None,
                tuple(TextTransforms.from_json(text) for text in document["texts"]),
                tuple(VectorTransforms.from_json(vector) for vector in document["vectors"]),
            )


def derive(  # noqa: PLR0917 - the parts of a batch, in its order, and what they are called
    names: Sequence[str],
    numbers: Floats,
    codes: Codes,
    words: Words,
    categories: Sequence[str],
    settings: MultivariateSettings | None = None,
    *,
    texts: Mapping[str, tuple[Sequence[str], Codes]] | None = None,
    vectors: Mapping[str, Floats] | None = None,
    joint: bool = True,
    taken: Collection[str] = (),
) -> Derived:
    """Fit all derived features to a sample of one half of the reference; count them on the other.

    `joint` says whether features are made of several columns at once. See `fit`, `fit_text` and
    `fit_vector` for what each part is made of; texts and vectors go by the names of their columns.

    >>> none = np.zeros((0, 2)), np.zeros((0, 2), dtype=np.int32), [], []
    >>> note = ["paid", "paid late"], np.array([0, 1], dtype=np.int32)
    >>> derive([], *none, texts={"note": note}).names
    ('note length', 'note unknown characters', 'note unknown words')
    """
    texts, vectors = texts or {}, vectors or {}
    used = {*names, *categories, *texts, *vectors, *taken}
    columns = None
    if joint:
        columns = fit(names, numbers, codes, words, categories, settings, taken=used)
        used.update(columns.names)
    worded = []
    for name, (distinct, coded) in texts.items():
        worded.append(fit_text(name, distinct, coded, taken=used))
        used.update(worded[-1].names)
    bundled = []
    for name, sample in vectors.items():
        bundled.append(fit_vector(name, sample, settings, taken=used))
        used.update(bundled[-1].names)
    return Derived(columns, tuple(worded), tuple(bundled))
