"""What must be known of the rows before they can be counted?

The first pass over the data: a sample of the rows, from which edges are chosen and transforms are
fitted, and the words of a random half, from which the vocabulary is. Memory is bounded whatever the
number of rows.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from driftwatch.nouns.records import Batch
from driftwatch.reference.choices import Choices
from driftwatch.reference.columns import matrix, population_rows, times_of, vectors_of, words_of
from driftwatch.reference.infer import Found, Plan
from driftwatch.reference.odd import OddValues
from driftwatch.reference.readers import Chunk
from driftwatch.reference.sampling import Sample, TextSample, choosing_half
from driftwatch.reference.values import MISSING_TIME

DISTINCT = 100_000  # words of a column that are held; those met later count as unseen
CLASSES = 50  # more labels than that are no classes
_SAMPLE_ROWS = 100_000
_SAMPLE_VALUES = 20_000_000  # 160 MB
_BESIDE = 3  # rows of the sample beside the columns: label, prediction, time
_TEXT_ROWS = 20_000
_CHARACTERS = 20_000_000  # of the sampled texts of a column
_VECTOR_VALUES = 8_000_000  # of the sampled vectors of a column, 64 MB


@dataclass(slots=True, eq=False)
class Survey:
    """What the first pass found, by the plan that it followed.

    `sample` has the plan's numeric columns; the codes of label and prediction in `classes`, NaN
    where there is none; the event time; and the codes of the categorical columns in `met`, the
    words of each. `words` counts the values of each categorical column on the choosing half, and
    `crowded` how many values it took to fill that; `labels` counts those of all rows.
    """

    plan: Plan
    seed: int
    sample: Sample
    texts: list[TextSample]
    vectors: list[Sample]
    words: list[Counter[str]]
    met: list[dict[str, int]]
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
    odd: OddValues = field(default_factory=OddValues)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The numeric columns of the sample, float64[p, k]."""
        return self.sample.values[: len(self.plan.numeric)]

    @property
    def label(self) -> NDArray[np.float64]:
        """The label of each sampled row, as its code in `classes`."""
        return self._row(0)

    @property
    def prediction(self) -> NDArray[np.float64]:
        """The prediction of each sampled row, as its code in `classes`."""
        return self._row(1)

    @property
    def times(self) -> NDArray[np.float64]:
        """The event time of each sampled row in microseconds, NaN where missing."""
        return self._row(2)

    def _row(self, place: int) -> NDArray[np.float64]:
        row: NDArray[np.float64] = self.sample.values[len(self.plan.numeric) + place]
        return row

    def batch(self, plan: Plan) -> Batch:
        """Give the sampled rows with the columns that are left in a plan, but texts and vectors."""
        p = len(self.plan.numeric)
        numeric = [self.plan.numeric.index(column) for column in plan.numeric]
        categorical = [self.plan.categorical.index(column) for column in plan.categorical]
        values = self.sample.values
        whole = numeric == list(range(p))
        return Batch(
            model="",
            version="",
            record=np.arange(values.shape[1], dtype=np.int32),
            time=np.zeros(0, np.int64),
            numbers=values[:p] if whole else values[numeric],
            codes=values[[p + _BESIDE + place for place in categorical]].astype(np.int32),
            words=tuple(list(self.met[place]) for place in categorical),
            key=np.zeros(0, np.uint64),
        )

    @property
    def chose(self) -> NDArray[np.bool_]:
        """Which sampled rows belong to the choosing half."""
        return choosing_half(self.sample.rows, self.seed)


def survey(chunks: Iterable[Chunk], plan: Plan, choices: Choices) -> Survey:
    """Make the first pass."""
    columns = len(plan.numeric) + len(plan.categorical)
    size = choices.sample or max(20_000, min(_SAMPLE_ROWS, _SAMPLE_VALUES // max(1, columns)))
    found = Survey(
        plan=plan,
        seed=choices.seed,
        sample=Sample(columns + _BESIDE, size, choices.seed),
        texts=[TextSample(min(size, _TEXT_ROWS), _CHARACTERS, choices.seed) for _ in plan.texts],
        vectors=[
            Sample(column.length, min(size, _VECTOR_VALUES // column.length), choices.seed)
            for column in plan.vectors
        ],
        words=[Counter() for _ in plan.categorical],
        met=[{} for _ in plan.categorical],
        odd=OddValues(choices.types),
    )
    for chunk in chunks:
        _note_columns(found, chunk, plan)
        kept = population_rows(chunk, plan, choices, found.populations)
        if len(kept.row):
            _survey_chunk(found, kept, plan)
        found.others += len(chunk.row) - len(kept.row)
    found.odd.check(sampled=True)
    return found


def _survey_chunk(found: Survey, chunk: Chunk, plan: Plan) -> None:
    rows = np.arange(found.rows, found.rows + len(chunk.row))
    found.rows += len(rows)
    found.files[chunk.file] = found.files.get(chunk.file, 0) + len(rows)
    places = found.sample.wanted(rows)
    if len(places):
        found.sample.add(rows[places], _sampled(found, chunk.taken(places), plan))
    _sample_rest(found, chunk, plan, rows)
    half = choosing_half(rows, found.seed)
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
    p = len(plan.numeric)
    values = np.full((p + _BESIDE + len(plan.categorical), len(chunk.row)), np.nan)
    values[:p] = matrix(chunk, plan, found.odd)
    for place, role in ((p, "label"), (p + 1, "prediction")):
        column = next((c for r, c in plan.others.items() if r == role), None)
        if column is not None and len(found.classes) <= 2 * CLASSES:
            values[place] = _coded(chunk, column, found.classes, np.nan)
    if (time := plan.others.get("time")) is not None:
        moments = times_of(chunk, time)
        values[p + 2] = np.where(moments == MISSING_TIME, np.nan, moments)
    for j, (column, met) in enumerate(zip(plan.categorical, found.met, strict=True)):
        values[p + _BESIDE + j] = _coded(chunk, column, met, -1)
    return values


def _coded(chunk: Chunk, column: Found, met: dict[str, int], missing: float) -> NDArray[np.float64]:
    """Give a column as codes of the words met so far, which new ones join."""
    words, codes = words_of(chunk, column)
    return np.array([*(met.setdefault(word, len(met)) for word in words), missing])[codes]


def _sample_rest(found: Survey, chunk: Chunk, plan: Plan, rows: NDArray[np.int64]) -> None:
    """Sample the texts and the vectors."""
    for text, column in zip(found.texts, plan.texts, strict=True):
        text.add(rows, *words_of(chunk, column))
    for vector, column in zip(found.vectors, plan.vectors, strict=True):
        places = vector.wanted(rows)
        if len(places):
            vector.add(rows[places], vectors_of(chunk.taken(places), column))


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
