"""What may a person decide about a profile before it is built?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import ColumnType
from driftwatch.nouns.segments import MOST

ColumnRole = Literal["feature", "prediction", "score", "label", "time", "id", "model", "version"]
Declared = Literal["heldout", "production", "training", "undeclared"]
TYPES: tuple[ColumnType, ...] = get_args(ColumnType)
ROLES: tuple[ColumnRole, ...] = get_args(ColumnRole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What overrides the defaults and what is inferred; columns go by their names.

    `model` and `version` choose among the rows where the data name several; `fallback` stands in
    where neither they nor the data name one. `rows` declares what the rows are. `sample` is how
    many rows the edges are chosen from, None for as many as fit a bounded memory. `positive` names
    which of two classes the score is of. `segments` are the columns whose values are watched apart,
    the `most` frequent ones of each. `multivariate` asks for features of several columns at
    once, `mmd` for those of the maximum mean discrepancy too.
    `built` is the wall time of the building, RFC 3339: a new version is known by it. `unattended`
    leaves out with a warning what else is refused, and keeps no blocks of time of segments, which
    only a replay reads.
    """

    model: str = ""
    version: str = ""
    fallback: tuple[str, str] = ("", "")
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    roles: Mapping[str, ColumnRole] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    bins: int = 256
    keep: int = 100
    seed: int = 0
    sample: int | None = None
    threshold: float = 0.5
    positive: str = ""
    multivariate: bool = True
    mmd: bool = False
    segments: tuple[str, ...] = ()
    most: int = 10
    rows: Declared = "undeclared"
    commit: str = ""
    built: str = ""
    unattended: bool = False

    def __post_init__(self) -> None:
        """Refuse settings that no profile can be built with."""
        _within("bins", self.bins, 10, 2048)
        _within("keep", self.keep, 1, 100_000)
        _within("seed", self.seed, 0, 2**63 - 1)
        _within("segments", self.most * max(1, len(self.segments)), 1, MOST)
        if self.sample is not None:
            _within("sample", self.sample, 100, 10**8)


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        message = f"{name} is {value}, and should be from {low} to {high}"
        raise ProfileError(message)
