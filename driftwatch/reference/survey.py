"""What must be known of the rows before they can be counted?

The first pass over the data: a sample of the rows, from which edges are chosen, and the words of a
random half, from which the vocabulary is. Memory is bounded whatever the number of rows.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from driftwatch.reference.choices import Choices
from driftwatch.reference.columns import matrix, population_rows, words_of
from driftwatch.reference.infer import Plan
from driftwatch.reference.readers import Chunk
from driftwatch.reference.sampling import Sample, choosing_half

DISTINCT = 100_000  # words of a column that are held; those met later count as unseen
CLASSES = 50  # more labels than that are no classes
_SAMPLE_ROWS = 100_000
_SAMPLE_VALUES = 20_000_000  # 160 MB


@dataclass(slots=True, eq=False)
class Survey:
    """What the first pass found, by the plan that it followed.

    `sample` has the plan's numeric columns and, in its last two rows, the codes of label and
    prediction in `classes` (NaN where there is none). `words` counts the values of each
    categorical column on the choosing half, and `crowded` how many values it took to fill that;
    `labels` counts those of all rows.
    """

    plan: Plan
    sample: Sample
    words: list[Counter[str]]
    rows: int = 0
    chosen: int = 0
    others: int = 0
    files: dict[str, int] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    classes: dict[str, int] = field(default_factory=dict)
    populations: Counter[tuple[str, str]] = field(default_factory=Counter)
    crowded: dict[str, int] = field(default_factory=dict)
    unplanned: set[str] = field(default_factory=set)
    absent: dict[str, set[str]] = field(default_factory=dict)


def survey(chunks: Iterable[Chunk], plan: Plan, choices: Choices) -> Survey:
    """Make the first pass."""
    size = max(20_000, min(_SAMPLE_ROWS, _SAMPLE_VALUES // max(1, len(plan.numeric))))
    sample = Sample(len(plan.numeric) + 2, choices.sample or size, choices.seed)
    found = Survey(plan, sample, [Counter() for _ in plan.categorical])
    for chunk in chunks:
        _note_columns(found, chunk, plan)
        kept = population_rows(chunk, plan, choices, found.populations)
        if len(kept.row):
            _survey_chunk(found, kept, plan, choices)
        found.others += len(chunk.row) - len(kept.row)
    return found


def _survey_chunk(found: Survey, chunk: Chunk, plan: Plan, choices: Choices) -> None:
    rows = np.arange(found.rows, found.rows + len(chunk.row))
    found.rows += len(rows)
    found.files[chunk.file] = found.files.get(chunk.file, 0) + len(rows)
    places = found.sample.wanted(rows)
    if len(places):
        found.sample.add(rows[places], _sampled(found, chunk.taken(places), plan))
    half = choosing_half(rows, choices.seed)
    found.chosen += int(half.sum())
    for column, counts in zip(plan.categorical, found.words, strict=True):
        words, codes = words_of(chunk, column)
        if not _tally(counts, words, codes[half], DISTINCT):
            found.crowded.setdefault(column.name, counts.total())
    label = plan.others.get("label")
    if label is not None and len(found.labels) <= CLASSES:
        words, codes = words_of(chunk, label)
        _tally(found.labels, words, codes, CLASSES + 1)


def _sampled(found: Survey, chunk: Chunk, plan: Plan) -> NDArray[np.float64]:
    values = np.full((len(plan.numeric) + 2, len(chunk.row)), np.nan)
    values[:-2] = matrix(chunk, plan)
    for place, role in ((-2, "label"), (-1, "prediction")):
        column = next((c for r, c in plan.others.items() if r == role), None)
        if column is not None and len(found.classes) <= 2 * CLASSES:
            words, codes = words_of(chunk, column)
            classes = [found.classes.setdefault(word, len(found.classes)) for word in words]
            values[place] = np.array([*classes, np.nan])[codes]
    return values


def _tally(counts: Counter[str], words: list[str], codes: NDArray[np.int32], limit: int) -> bool:
    """Add to bounded counts; False if there was no room for a word."""
    roomy = True
    tallied = np.bincount(codes[codes >= 0], minlength=len(words)).tolist()
    for word, count in zip(words, tallied, strict=True):
        if count and (word in counts or len(counts) < limit):
            counts[word] += count
        elif count:
            roomy = False
    return roomy


def _note_columns(found: Survey, chunk: Chunk, plan: Plan) -> None:
    found.unplanned |= chunk.columns.keys() - plan.paths
    wanted = {c.path for c in (*plan.columns, *plan.others.values())}
    never = found.absent.setdefault(chunk.file, wanted)
    found.absent[chunk.file] = never - chunk.columns.keys()
