"""What should a person know before a model is trusted on these rows?"""

from collections.abc import Iterator

import numpy as np

from driftwatch.reference.choices import Choices
from driftwatch.reference.count import Count
from driftwatch.reference.infer import Plan
from driftwatch.reference.segments import refusal
from driftwatch.reference.survey import CLASSES, DISTINCT, Survey
from driftwatch.reference.suspicion import suspicions

FEW_ROWS = 1_000
_YEAR_2000 = 946_684_800_000_000
_YEAR_2100 = 4_102_444_800_000_000


def warnings(plan: Plan, surveyed: Survey, counted: Count, choices: Choices) -> list[str]:
    """Give all doubts about a profile, in words for people."""
    return [
        *plan.warnings,
        *counted.odd.doubts(),
        *_of_rows(surveyed),
        *_of_columns(plan, surveyed),
        *_of_segments(plan, choices),
        *_of_times(plan, counted),
        *_of_scores(plan, counted),
        *_of_training(surveyed, counted, choices),
    ]


def _of_rows(surveyed: Survey) -> Iterator[str]:
    if surveyed.rows < FEW_ROWS:
        yield (
            f"only {surveyed.rows:,} rows: small shifts cannot be told from chance; "
            f"{FEW_ROWS:,} and more are wanted"
        )
    if surveyed.others:
        yield f"{surveyed.others:,} rows of other models or versions were left out"


def _of_columns(plan: Plan, surveyed: Survey) -> Iterator[str]:
    for name, why in plan.left_out.items():
        yield f"{name}: left out: {why}"
    for name in sorted(surveyed.crowded.keys() - plan.left_out.keys()):
        yield f"{name}: only {DISTINCT:,} different values are held; later ones count as unseen"
    if surveyed.unplanned:
        late = ", ".join(sorted(surveyed.unplanned)[:10])
        yield f"columns that are not in the first rows were left out: {late}"
    for file, paths in surveyed.absent.items():
        if paths:
            yield f"{file}: has no {', '.join(sorted(paths))}: counted as missing"


def _of_segments(plan: Plan, choices: Choices) -> Iterator[str]:
    for name in choices.segments:
        if why := refusal(name, plan):
            yield f"{name}: no segments: {why}"


def _of_times(plan: Plan, counted: Count) -> Iterator[str]:
    times = counted.times
    if "time" not in plan.others:
        yield "no column of event times (--time): their order and range are not known"
        return
    if times.missing:
        yield f"{times.missing:,} rows have no event time"
    if (times.first or _YEAR_2000) < _YEAR_2000 or (times.last or 0) >= _YEAR_2100:
        yield "event times lie outside 2000 to 2099, where production rejects them; see --time"
    if times.disordered:
        share = times.disordered / counted.rows
        yield (
            f"the rows are not in time order: {times.disordered:,} ({share:.1%}) come after a row "
            "of a later time; sort them by event time, so that what neighbours have in common shows"
        )


def _of_scores(plan: Plan, counted: Count) -> Iterator[str]:
    for place, column in enumerate(plan.numeric):
        low, high = counted.summary.low[place], counted.summary.high[place]
        if column.role == "score" and (low < 0 or high > 1):
            yield f"{column.name}: a score lies on [0, 1], and this one on [{low:g}, {high:g}]"


def _of_training(surveyed: Survey, counted: Count, choices: Choices) -> Iterator[str]:
    if choices.rows == "training":
        yield (
            "declared to be training rows: scores on them are optimistic, so that production seems "
            "to drift from them where nothing changed; held-out or early production rows are wanted"
        )
    columns = surveyed.plan.numeric
    values = surveyed.numbers
    scores = [i for i, column in enumerate(columns) if column.role == "score"]
    features = [i for i, c in enumerate(columns) if c.role == "feature" and c.type != "timestamp"]
    for sign in suspicions(
        sample=values[np.array(features, np.int64)],
        score=values[scores[0]] if scores else None,
        label=surveyed.label,
        prediction=surveyed.prediction,
        labels=surveyed.labels if len(surveyed.labels) <= CLASSES else {},
        repeated=counted.repeats.share,
    ):
        yield f"these may be training rows: {sign}; held-out or early production rows are wanted"
