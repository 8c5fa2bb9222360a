"""What is a model trusted on?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate import Derived
from detectors.sequential.sets import Sets
from detectors.summaries import Layout, Summary
from detectors.summaries.labelled import Labelled, LabelledLayout
from driftwatch.nouns.deflated import deflate, inflate
from driftwatch.nouns.segments import LEAST, Segments

ColumnType = Literal["numeric", "integer", "categorical", "boolean", "timestamp", "text", "vector"]
Role = Literal["feature", "prediction", "score", "label", "segment", "key", "time"]
NUMERIC_TYPES: frozenset[str] = frozenset({"numeric", "integer", "timestamp"})
CATEGORICAL_TYPES: frozenset[str] = frozenset({"categorical", "boolean"})
SCORES = "scores."  # columns of that beginning are the classes' probabilities
CONFIDENCE = "class and confidence"  # the cells of more than two classes' probabilities


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the model's data. A required one that is missing rejects the record.

    `length` is how many numbers a vector has.
    """

    name: str
    type: ColumnType
    role: Role = "feature"
    required: bool = False
    length: int = 0


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns that are read, numeric ones first: the order of `Layout` and `Batch`."""

    columns: tuple[Column, ...]

    @property
    def numeric(self) -> tuple[Column, ...]:
        """Columns held as numbers: numeric, integer, and timestamp (its age in seconds)."""
        return tuple(c for c in self.columns if c.type in NUMERIC_TYPES)

    @property
    def categorical(self) -> tuple[Column, ...]:
        """Columns held as codes: categorical and boolean (as the words true and false)."""
        return tuple(c for c in self.columns if c.type in CATEGORICAL_TYPES)

    @property
    def texts(self) -> tuple[Column, ...]:
        """Columns held as codes too, of which only derived features are counted."""
        return tuple(c for c in self.columns if c.type == "text")

    @property
    def vectors(self) -> tuple[Column, ...]:
        """Columns of several numbers a row, of which only derived features are counted."""
        return tuple(c for c in self.columns if c.type == "vector")


@dataclass(frozen=True, slots=True, eq=False)
class SetCounts:
    """How often each of s sets of values occurred in b stretches of the reference.

    `start` is when each begins, int64[b]: of event time, or since midnight or Monday's midnight,
    in UTC, for slots. `rows` counts its rows, int64[b]. `k` and `n` lie in `body`, deflated, for
    they are large and seldom needed.
    """

    start: NDArray[np.int64]
    rows: NDArray[np.int64]
    sets: int
    body: bytes

    @classmethod
    def of(
        cls,
        start: NDArray[np.int64],
        rows: NDArray[np.int64],
        k: NDArray[np.int64],
        n: NDArray[np.int64],
    ) -> Self:
        """Keep counts, both int64[b, s]."""
        return cls(start, rows, k.shape[1], deflate(np.stack([k.T, n.T])))  # by set, then by time

    @property
    def k(self) -> NDArray[np.int64]:
        """Rows of each stretch whose value lies in the set, int64[b, s]."""
        return self._counts(0)

    @property
    def n(self) -> NDArray[np.int64]:
        """Rows that could, int64[b, s]; of what is counted on half of the rows, of that half."""
        return self._counts(1)

    def check(self) -> None:
        """Raise ValueError where the body is damaged."""
        self._counts(0)

    def _counts(self, which: int) -> NDArray[np.int64]:
        both = inflate(self.body, (2, self.sets, len(self.start)))
        return np.ascontiguousarray(both[which].T)


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """The reference in order of time, counted by the sets that the pager watches.

    `sets` identifies the dictionary of sets. `blocks` are stretches of `length` microseconds,
    `days` those of UTC, `hours_of_day` and `hours_of_week` the slots with rows enough.
    """

    sets: str
    length: int
    blocks: SetCounts
    days: SetCounts
    hours_of_day: SetCounts
    hours_of_week: SetCounts


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The reference of one (model, version): immutable, identified by its fingerprint.

    `layout` and `reference` have the features that `columns` names. `lineage` is JSON: files with
    hashes, rows, time range, git commit, program version. `labelled` counts the reference's rows
    by score, prediction and label, where it has labels; `derived` makes further features of a
    batch; `blocks` is there where the reference has event times; `segments` has a family for each
    column whose values are watched apart.
    """

    model: str
    version: str
    schema: Schema
    layout: Layout
    reference: Summary
    fingerprint: str
    lineage: Mapping[str, Any] = field(default_factory=dict)
    labelled: Labelled | None = None
    derived: Derived | None = None
    blocks: Blocks | None = None
    segments: tuple[Segments, ...] = ()

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Name every feature with its role, in the layout's order.

        Numeric columns, then derived features, then categorical columns, and the cells of more
        than two classes' probabilities, which are a score. What is derived from a text has the
        text's role; the role of all other derived features is "derived".
        """
        roles: dict[str, str] = {CONFIDENCE: "score"}
        for text in self.derived.texts if self.derived else ():
            role = next((c.role for c in self.schema.texts if c.name == text.name), "feature")
            roles |= dict.fromkeys(text.names, role)
        roles |= {column.name: column.role for column in self.schema.columns}
        return tuple((name, roles.get(name, "derived")) for name in self.layout.names)

    @property
    def threshold(self) -> float | None:
        """The score from which on the model decides for the positive class."""
        settings = self.lineage.get("settings")
        threshold = settings.get("threshold") if isinstance(settings, dict) else None
        return float(threshold) if isinstance(threshold, int | float) else None

    @property
    def provisional(self) -> bool:
        """Whether it was learned of what came in, and nobody has looked at it."""
        return self.lineage.get("provisional") is True

    @property
    def confidence(self) -> LabelledLayout | None:
        """The cells of the probabilities, where there are more than two classes of them."""
        there = self.labelled is not None and CONFIDENCE in self.layout.names
        return self.labelled.layout if self.labelled and there else None

    @property
    def parts(self) -> Mapping[str, Summary]:
        """The reference of each segment that has rows enough to be watched, by its name."""
        return {
            name: summary
            for family in self.segments
            for name, summary in zip(family.names, family.summaries, strict=True)
            if summary.rows >= LEAST
        }

    def of(self, segment: str) -> "Profile | None":
        """Give the profile that a segment is held against; None where it is not watched."""
        if not segment:
            return self
        own = self.parts.get(segment)
        return None if own is None else replace(self, reference=own, labelled=None)

    def watched(self) -> Sets:
        """Choose the sets that the pager watches; those that `blocks` counts, in their order."""
        roles = [role for _, role in self.columns]
        return Sets.of(self.layout, self.reference, roles, threshold=self.threshold)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the registry knows at one moment; swapped whole, never changed.

    `learns` says of how many rows a profile is learned, by the models for which one is.
    """

    models: frozenset[str]
    profiles: Mapping[tuple[str, str], Profile] = field(default_factory=dict)
    learns: Mapping[str, int] = field(default_factory=dict)

    def profile(self, model: str, version: str) -> Profile | None:
        """Give the profile of a version, if there is one."""
        return self.profiles.get((model, version))
