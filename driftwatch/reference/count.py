"""How often does each cell occur in the rows?

The second pass over the data: exact counts over the layout that the first pass chose. Categories
and derived features are counted on the half that did not choose them, numbers on all rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate import Derived
from detectors.summaries import Layout, Summary, tabulate
from detectors.summaries.labelled import Labelled, LabelledLayout
from driftwatch.nouns.derivation import extend
from driftwatch.nouns.profiles import Schema
from driftwatch.nouns.records import Batch
from driftwatch.nouns.segments import Segments
from driftwatch.reference.choices import Choices
from driftwatch.reference.classes import Classes
from driftwatch.reference.columns import matrix, population_rows, times_of, vectors_of, words_of
from driftwatch.reference.infer import Plan
from driftwatch.reference.odd import OddValues
from driftwatch.reference.readers import Chunk
from driftwatch.reference.sampling import choosing_half
from driftwatch.reference.segments import Family, Parted
from driftwatch.reference.stretches import Grid, Stretches
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
    """What the second pass found."""

    summary: Summary
    labelled: Labelled | None
    stretches: Stretches | None
    parted: tuple[Parted, ...] = ()
    segments: tuple[Segments, ...] = ()
    rows: int = 0
    times: Times = field(default_factory=Times)
    repeats: Repeats = field(default_factory=Repeats)
    odd: OddValues = field(default_factory=OddValues)


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """What the first pass chose, and the second counts."""

    plan: Plan
    schema: Schema
    layout: Layout
    derived: Derived | None
    classes: Classes | None
    grids: Mapping[str, Grid]
    seed: int
    families: tuple[Family, ...] = ()

    @property
    def confidence(self) -> LabelledLayout | None:
        """The cells of the probabilities that are a feature."""
        return self.classes.layout if self.classes and self.classes.confident else None

    @property
    def halved(self) -> NDArray[np.bool_]:
        """Which features of the layout are counted on the half that did not choose, bool[d]."""
        derived = self.derived.names if self.derived else ()
        chosen = {*derived, *(column.name for column in self.schema.categorical)}
        return np.array([name in chosen for name in self.layout.names], np.bool_)


def count(chunks: Iterable[Chunk], counting: Counting, choices: Choices) -> Count:
    """Make the second pass."""
    layout, classes = counting.layout, counting.classes
    halved = counting.halved
    found = Count(
        summary=Summary.empty(layout),
        labelled=Labelled.empty(classes.layout) if classes else None,
        stretches=_stretches(counting),
        parted=tuple(map(Parted, counting.families)),
        odd=OddValues(choices.types),
    )
    counted = Summary.empty(layout)
    for whole in chunks:
        chunk = population_rows(whole, counting.plan, choices)
        if len(chunk.row):
            counted += _count_chunk(found, chunk, counting)
    found.odd.check()
    join = partial(_joined, halved=halved)
    found.summary = join(found.summary, counted)
    found.segments = tuple(
        parted.segments(join, found.stretches.parted(place) if found.stretches else None)
        for place, parted in enumerate(found.parted)
    )
    return found


def _stretches(counting: Counting) -> Stretches | None:
    if not counting.grids:
        return None
    segments = [family.segments for family in counting.families]
    return Stretches(counting.layout, counting.halved, counting.grids, segments)


def _joined(whole: Summary, half: Summary, halved: NDArray[np.bool_]) -> Summary:
    """Take some features from the summary of the half, and the others from that of all rows."""
    layout = whole.layout
    cells = np.repeat(halved, np.diff(layout.start))
    numeric = halved[: len(layout.numeric)]
    return replace(
        whole,
        counts=np.where(cells, half.counts, whole.counts),
        tails=np.where(numeric[:, None, None], half.tails, whole.tails),
        moments=np.where(numeric[:, None], half.moments, whole.moments),
        low=np.where(numeric, half.low, whole.low),
        high=np.where(numeric, half.high, whole.high),
    )


def _count_chunk(found: Count, chunk: Chunk, counting: Counting) -> Summary:
    """Count a chunk; give the summary of the rows that did not choose."""
    plan = counting.plan
    rows = np.arange(found.rows, found.rows + len(chunk.row))
    found.rows += len(rows)
    batch = read(chunk, plan, found.odd)
    _note(found, plan, batch)
    whole = extend(batch, counting.schema, counting.derived, counting.confidence)
    columns = whole.numbers, whole.codes, whole.words
    chose = choosing_half(rows, counting.seed)
    if counting.classes is not None and found.labelled is not None:
        found.labelled += counting.classes.count(chunk, batch.numbers)
    segments = [parted.find(batch) for parted in found.parted]
    for parted, segment in zip(found.parted, segments, strict=True):
        parted.add(counting.layout, segment, whole, chose)
    if found.stretches is not None:
        found.stretches.add(batch.time, whole, ~chose, segments)
    halves = tabulate(counting.layout, *columns, chose.astype(np.int64), 2)
    counted = halves.summary(0)
    found.summary += counted + halves.summary(1)
    return counted


def read(chunk: Chunk, plan: Plan, odd: OddValues) -> Batch:
    """Give a chunk's rows as the daemon has them, without model and version; note odd values."""
    worded = [words_of(chunk, column) for column in plan.categorical]
    n = len(chunk.row)
    time = plan.others.get("time")
    return Batch(
        model="",
        version="",
        record=np.arange(n, dtype=np.int32),
        time=np.full(n, MISSING_TIME) if time is None else times_of(chunk, time),
        numbers=matrix(chunk, plan, odd),
        codes=np.array([codes for _, codes in worded], np.int32).reshape(-1, n),
        words=tuple(words for words, _ in worded),
        key=np.zeros(0, np.uint64),
        texts=tuple(words_of(chunk, column) for column in plan.texts),
        vectors=tuple(vectors_of(chunk, column) for column in plan.vectors),
    )


def _note(found: Count, plan: Plan, batch: Batch) -> None:
    if "time" in plan.others:
        found.times.add(batch.time)
    still = [i for i, c in enumerate(plan.numeric) if c.type != "timestamp"]
    if still:
        found.repeats.add(batch.numbers[still])
