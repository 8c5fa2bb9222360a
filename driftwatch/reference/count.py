"""How often does each cell occur in the rows?

The second pass over the data: exact counts over the layout that the first pass chose. Categories
are counted on the half that did not choose them, numbers on all rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import Layout, Summary, tabulate
from driftwatch.reference.choices import Choices
from driftwatch.reference.columns import matrix, population_rows, times_of, words_of
from driftwatch.reference.infer import Plan
from driftwatch.reference.readers import Chunk
from driftwatch.reference.sampling import choosing_half
from driftwatch.reference.suspicion import Repeats
from driftwatch.reference.values import MISSING_TIME


@dataclass(slots=True)
class Times:
    """What the event times of all rows were; `disordered` came after a later one."""

    first: int | None = None
    last: int | None = None
    disordered: int = 0
    missing: int = 0

    def add(self, times: NDArray[np.int64]) -> None:
        """Take note of the next rows' times."""
        known = times[times != MISSING_TIME]
        self.missing += len(times) - len(known)
        if not len(known):
            return
        reached = np.maximum.accumulate(known)
        if self.last is not None:
            reached = np.maximum(reached, self.last)
        self.disordered += int((known < reached).sum())
        lowest = int(known.min())
        self.first = lowest if self.first is None else min(self.first, lowest)
        self.last = int(reached[-1])


@dataclass(slots=True, eq=False)
class Count:
    """What the second pass found; `fractional` are integer columns that hold other numbers."""

    summary: Summary
    rows: int = 0
    times: Times = field(default_factory=Times)
    repeats: Repeats = field(default_factory=Repeats)
    fractional: set[str] = field(default_factory=set)


def count(chunks: Iterable[Chunk], plan: Plan, layout: Layout, choices: Choices) -> Count:
    """Make the second pass."""
    found = Count(Summary.empty(layout))
    counted = Summary.empty(layout)
    for whole in chunks:
        chunk = population_rows(whole, plan, choices)
        if len(chunk.row):
            counted += _count_chunk(found, chunk, plan, choices)
    cells = found.summary.counts.copy()
    words = layout.start[len(layout.numeric)]
    cells[words:] = counted.counts[words:]
    found.summary = replace(found.summary, counts=cells)
    return found


def _count_chunk(found: Count, chunk: Chunk, plan: Plan, choices: Choices) -> Summary:
    """Count a chunk; give the summary of the rows that did not choose."""
    rows = np.arange(found.rows, found.rows + len(chunk.row))
    found.rows += len(rows)
    numbers = matrix(chunk, plan)
    _note(found, chunk, plan, numbers)
    worded = [words_of(chunk, column) for column in plan.categorical]
    codes = np.array([codes for _, codes in worded], np.int32).reshape(-1, len(rows))
    chose = choosing_half(rows, choices.seed).astype(np.int64)
    words = [words for words, _ in worded]
    halves = tabulate(found.summary.layout, numbers, codes, words, chose, 2)
    counted = halves.summary(0)
    found.summary += counted + halves.summary(1)
    return counted


def _note(found: Count, chunk: Chunk, plan: Plan, numbers: NDArray[np.float64]) -> None:
    time = plan.others.get("time")
    if time is not None:
        found.times.add(times_of(chunk, time))
    for column, values in zip(plan.numeric, numbers, strict=True):
        finite = values[np.isfinite(values)]
        if column.type == "integer" and np.any(finite != np.rint(finite)):
            found.fractional.add(column.name)
    still = [i for i, c in enumerate(plan.numeric) if c.type != "timestamp"]
    if still:
        found.repeats.add(numbers[still])
