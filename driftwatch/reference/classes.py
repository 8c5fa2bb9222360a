"""Which classes do the labels name, and into which cells do their scores fall?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.labelled import Labelled, LabelledLayout, labelled_layout, tabulate
from driftwatch.nouns.derivation import probabilities
from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import SCORES, Schema
from driftwatch.reference.choices import Choices
from driftwatch.reference.columns import words_of
from driftwatch.reference.infer import Found, Plan
from driftwatch.reference.readers import Chunk
from driftwatch.reference.survey import Survey

_POSITIVE = ("true", "1")


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The classes, and how rows are counted by score, prediction and label."""

    layout: LabelledLayout
    schema: Schema
    label: Found
    prediction: Found | None

    @property
    def confident(self) -> bool:
        """Whether cells of the probabilities are a feature of their own."""
        return len(self.layout.classes) > 2 and any(map(len, self.layout.edges))

    @property
    def cuts(self) -> NDArray[np.float64]:
        """The cuts of the only score, by which its summary gives these cells too."""
        return self.layout.edges[0] if len(self.layout.classes) == 2 else np.zeros(0)

    def count(self, chunk: Chunk, numbers: NDArray[np.float64]) -> Labelled:
        """Count the rows of a chunk."""
        given = probabilities(numbers, self.schema, self.layout.classes)
        none = np.full(len(chunk.row), -1)
        predicted = none if self.prediction is None else self._codes(chunk, self.prediction)
        return tabulate(self.layout, given, predicted, self._codes(chunk, self.label))

    def _codes(self, chunk: Chunk, column: Found) -> NDArray[np.int64]:
        words, codes = words_of(chunk, column)
        place = {name: k for k, name in enumerate(self.layout.classes)}
        return np.array([*(place.get(word, -1) for word in words), -1])[codes]


def classes(plan: Plan, schema: Schema, surveyed: Survey, choices: Choices) -> Classes | None:
    """Find the classes; None where labels are absent, numbers, or all the same."""
    label = next((c for c in plan.categorical if c.role == "label"), None)
    scored = [c.name.removeprefix(SCORES) for c in plan.numeric if c.name.startswith(SCORES)]
    names = sorted({*surveyed.labels, *scored})
    if choices.positive and (label is None or choices.positive not in names):
        met = ", ".join(names) or "none"
        message = f"the positive class {choices.positive!r:.80} is no label; the labels are {met}"
        raise ProfileError(message)
    if label is None or len(names) < 2:
        return None
    if len(names) == 2:
        positive = choices.positive or _positive(names, surveyed)
        names.sort(key=lambda name: name == positive)
    sample = probabilities(surveyed.batch(plan).numbers, schema, names)
    forced = (choices.threshold,) if len(names) == 2 and np.isfinite(sample).any() else ()
    layout = labelled_layout(tuple(names), sample, forced=forced)
    return Classes(layout, schema, label, plan.others.get("prediction"))


def _positive(names: Sequence[str], surveyed: Survey) -> str:
    """Take the class that is called true or 1, or else that of which the score is higher."""
    for name in _POSITIVE:
        if name in names:
            return name
    scores = [place for place, c in enumerate(surveyed.plan.numeric) if c.role == "score"]
    if len(scores) != 1:
        return names[-1]
    score = surveyed.numbers[scores[0]]
    means = [_mean(score[surveyed.label == surveyed.classes.get(name)]) for name in names]
    return names[0] if means[0] > means[1] else names[-1]


def _mean(values: NDArray[np.float64]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else 0.0
