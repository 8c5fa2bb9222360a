"""Which values of a column are watched apart, and how often does each cell occur in their rows?

The values are chosen on the half of the rows that chooses, and counted as the whole reference is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import Layout, Summary, tabulate
from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.records import Batch, Int64
from driftwatch.nouns.segments import LEAST, SegmentBlocks, Segments, divide, nameable
from driftwatch.reference.choices import Choices
from driftwatch.reference.infer import Plan
from driftwatch.reference.survey import Survey

Join = Callable[[Summary, Summary], Summary]


@dataclass(frozen=True, slots=True)
class Family:
    """A column, its place among the categorical ones, and its values that are watched apart."""

    column: str
    place: int
    values: tuple[str, ...]

    @property
    def segments(self) -> int:
        """How many segments there are, the rest too."""
        return len(self.values) + 1


def families(plan: Plan, surveyed: Survey, choices: Choices) -> tuple[Family, ...]:
    """Choose the most frequent values of each column, of those that have rows enough."""
    refused = {name: why for name in choices.segments if (why := refusal(name, plan))}
    if refused and not choices.unattended:
        name, why = next(iter(refused.items()))
        message = f"--segment {name}: {why}"
        raise ProfileError(message)
    found = (name for name in choices.segments if name not in refused)
    return tuple(_family(name, plan, surveyed, choices) for name in found)


def refusal(name: str, plan: Plan) -> str:
    """Say why a column has no segments, empty if it has."""
    if any(column.name == name for column in plan.categorical):
        return ""
    kind = next((column.type for column in plan.columns if column.name == name), None)
    why = f"it is {kind}" if kind else plan.left_out.get(name, "it is not summarised")
    return f"{why}; segments are the values of a categorical or boolean column"


def _family(name: str, plan: Plan, surveyed: Survey, choices: Choices) -> Family:
    place = next(at for at, column in enumerate(plan.categorical) if column.name == name)
    words = dict(zip(surveyed.plan.categorical, surveyed.words, strict=True))
    counts = words[plan.categorical[place]]
    enough = [
        (-count, word)
        for word, count in counts.items()
        if 2 * count >= LEAST and nameable(word)  # half of the rows chooses
    ]
    return Family(name, place, tuple(word for _, word in sorted(enough)[: choices.most]))


@dataclass(slots=True, eq=False)
class Parted:
    """The counts of each segment of a family: of all rows, and of the half that did not choose."""

    family: Family
    whole: list[Summary] = field(default_factory=list)
    half: list[Summary] = field(default_factory=list)

    def find(self, batch: Batch) -> Int64:
        """Give the place of each row's segment."""
        place = self.family.place
        return divide(self.family.values, batch.codes[place], batch.words[place])

    def add(self, layout: Layout, segment: Int64, whole: Batch, chose: NDArray[np.bool_]) -> None:
        """Count rows, of which `whole` has all columns of the layout."""
        groups = 2 * self.family.segments
        columns = whole.numbers, whole.codes, whole.words
        counted = tabulate(layout, *columns, 2 * segment + chose, groups)
        halves = [counted.summary(group) for group in range(groups)]
        self.half = _added(self.half, halves[::2])
        self.whole = _added(self.whole, [a + b for a, b in _pairs(halves)])

    def segments(self, join: Join, blocks: SegmentBlocks | None) -> Segments:
        """Give the segments; `join` takes each feature from the counts that it is held by."""
        summaries = tuple(map(join, self.whole, self.half))
        return Segments(self.family.column, self.family.values, summaries, blocks)


def _added(before: Sequence[Summary], new: Sequence[Summary]) -> list[Summary]:
    return [a + b for a, b in zip(before, new, strict=True)] if before else list(new)


def _pairs(halves: Sequence[Summary]) -> Iterator[tuple[Summary, Summary]]:
    return zip(halves[::2], halves[1::2], strict=True)
