"""What is a model trusted on?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from detectors.summaries import Layout, Summary

ColumnType = Literal["numeric", "integer", "categorical", "boolean", "timestamp"]
Role = Literal["feature", "prediction", "score", "label", "segment", "key", "time"]
NUMERIC_TYPES: frozenset[str] = frozenset({"numeric", "integer", "timestamp"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the model's data. A required one that is missing rejects the record."""

    name: str
    type: ColumnType
    role: Role = "feature"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns that are summarised, numeric ones first: the order of `Layout` and `Batch`."""

    columns: tuple[Column, ...]

    @property
    def numeric(self) -> tuple[Column, ...]:
        """Columns held as numbers: numeric, integer, and timestamp (its age in seconds)."""
        return tuple(c for c in self.columns if c.type in NUMERIC_TYPES)

    @property
    def categorical(self) -> tuple[Column, ...]:
        """Columns held as codes: categorical and boolean (as the words true and false)."""
        return tuple(c for c in self.columns if c.type not in NUMERIC_TYPES)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The reference of one (model, version): immutable, identified by its fingerprint.

    `layout` and `reference` have one feature per column of `schema`, in its order. `lineage` is
    JSON: files with hashes, rows, time range, git commit, program version.
    """

    model: str
    version: str
    schema: Schema
    layout: Layout
    reference: Summary
    fingerprint: str
    lineage: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the registry knows at one moment; swapped whole, never changed."""

    models: frozenset[str]
    profiles: Mapping[tuple[str, str], Profile] = field(default_factory=dict)

    def profile(self, model: str, version: str) -> Profile | None:
        """Give the profile of a version, if there is one."""
        return self.profiles.get((model, version))
