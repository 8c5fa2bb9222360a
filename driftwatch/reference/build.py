"""How does a profile come from data, in two passes and bounded memory?

Whatever is chosen by looking at the reference is counted on rows that did not choose it: the
vocabulary is chosen on a random half and counted on the other. Numeric edges need no split.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from detectors.prior import cell_names
from detectors.summaries import (
    CategoricalFeature,
    Layout,
    NumericFeature,
    categorical_feature,
    hash_words,
    numeric_feature,
)
from detectors.summaries.labelled import LabelledLayout
from driftwatch import __version__
from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import CONFIDENCE, Column, Profile, Role, Schema
from driftwatch.reference.choices import Choices
from driftwatch.reference.classes import classes
from driftwatch.reference.count import Count, Counting, count
from driftwatch.reference.document import seal
from driftwatch.reference.infer import Plan, infer
from driftwatch.reference.kinds import FEW_VALUES
from driftwatch.reference.readers import Chunk, Files
from driftwatch.reference.registry import VERSION
from driftwatch.reference.rhythm import rhythm
from driftwatch.reference.segments import families
from driftwatch.reference.stretches import Stretches, grids
from driftwatch.reference.survey import CLASSES, DISTINCT, Survey, survey
from driftwatch.reference.transforms import edges, fit
from driftwatch.reference.warnings import warnings
from driftwatch.report.times import show_if

_IDENTIFYING = 0.5  # more distinct values than this share of all: an identifier, or free text

Progress = Callable[[int, int], None]


class Rows(Protocol):
    """Rows that can be read twice: files of them, or a sample."""

    @property
    def size(self) -> int:
        """The bytes of all rows."""

    def chunks(self) -> Iterator[Chunk]:
        """Give all rows in order."""

    def lineage(self) -> list[dict[str, Any]]:
        """Say which files these are."""


def _no_progress(done: int, total: int) -> None:
    """Tell nobody."""


def build(
    names: Sequence[str | Path],
    choices: Choices | None = None,
    *,
    progress: Progress = _no_progress,
) -> Profile:
    """Build the profile of one model and version from files of rows.

    `progress` is told the bytes read and the bytes to read, of both passes. The same files and
    choices give the same profile. Its lineage says what was found, left out and doubtful.
    """
    return build_of(Files.found([str(name) for name in names]), choices or Choices(), progress)


def build_of(files: Rows, choices: Choices, progress: Progress = _no_progress) -> Profile:
    """Build the profile of rows, wherever they come from."""
    plan = infer(files.chunks(), choices)
    surveyed = survey(_told(files, progress, 0), plan, choices)
    model, version = _named(choices, surveyed)
    plan = plan.without(_unusable(plan, surveyed, choices))
    if all(column.role == "label" for column in plan.columns):
        reasons = "; ".join(f"{name}: {why}" for name, why in plan.left_out.items())
        message = f"no column is left to summarise: {reasons or 'all are in other roles'}"
        raise ProfileError(message)
    counting = _counting(plan, surveyed, choices)
    counted = count(_told(files, progress, files.size), counting, choices)
    plan = plan.as_numeric(counted.odd.fractional)
    profile = Profile(
        model=model,
        version=version,
        schema=_schema(plan, choices),
        layout=counting.layout,
        reference=counted.summary,
        fingerprint="",
        lineage=_lineage(files, plan, surveyed, counted, choices),
        labelled=counted.labelled,
        derived=counting.derived,
        segments=counted.segments,
    )
    return seal(_with_blocks(profile, counted.stretches))


def _with_blocks(profile: Profile, stretches: Stretches | None) -> Profile:
    """Give the profile with its blocks of time, and the doubts about these."""
    if stretches is None:
        return profile
    sets = profile.watched()
    blocks = stretches.blocks(sets)
    doubts = [*profile.lineage["warnings"], *rhythm(sets, blocks)]
    return replace(profile, blocks=blocks, lineage={**profile.lineage, "warnings": doubts})


def _told(files: Rows, progress: Progress, before: int) -> Iterator[Chunk]:
    for chunk in files.chunks():
        yield chunk
        progress(before + chunk.done, 2 * files.size)


def _named(choices: Choices, surveyed: Survey) -> tuple[str, str]:
    met = [population for population, rows in surveyed.populations.items() if rows]
    fitting = [
        (model, version)
        for model, version in met
        if choices.model in ("", model) or not model
        if choices.version in ("", version) or not version
    ]
    if not surveyed.rows:
        there = ", ".join(sorted(f"{model} {version}".strip() for model, version in met))
        message = f"no row is of {choices.model} {choices.version}; the data are of {there}"
        raise ProfileError(message)
    models = {model for model, _ in fitting if model}
    versions = {version for _, version in fitting if version}
    return (
        _one("model", choices.model, models, choices.fallback[0]),
        _one("version", choices.version, versions, choices.fallback[1]),
    )


def _one(what: str, chosen: str, met: set[str], fallback: str) -> str:
    wrong = ""
    name = chosen or (next(iter(met)) if len(met) == 1 else fallback)
    if not chosen and len(met) > 1:
        wrong = f"the rows are of {len(met)} {what}s ({', '.join(sorted(met)[:10])}); choose with"
    elif not name:
        wrong = f"the data have no column {what}; say which it is with"
    elif not VERSION.fullmatch(name):
        wrong = (
            f"the {what} {name!r:.80} is not up to 64 of A-Z a-z 0-9 . _ - with no leading dot; "
            "say another with"
        )
    if wrong:
        message = f"{wrong} --{what}"
        raise ProfileError(message)
    return name


def _unusable(plan: Plan, surveyed: Survey, choices: Choices) -> dict[str, str]:
    """Say which columns cannot be summarised after all, and why."""
    reasons = {}
    for column, values in zip(plan.numeric, surveyed.numbers, strict=True):
        if not np.isfinite(values).any():
            reasons[column.name] = f"no number in {values.size:,} sampled rows"
    for column, counts in zip(plan.categorical, surveyed.words, strict=True):
        distinct = len(counts)
        present = surveyed.crowded.get(column.name, counts.total())
        if column.role == "label" and len(surveyed.labels) > CLASSES:
            reasons[column.name] = (
                f"more than {CLASSES} different labels are no classes; of numbers say --type "
                f"{column.name}=numeric"
            )
        elif not distinct:
            reasons[column.name] = f"no value in {surveyed.chosen:,} rows"
        elif (
            column.name not in choices.types
            and distinct > FEW_VALUES
            and distinct > _IDENTIFYING * present
        ):
            reasons[column.name] = (
                f"looks like an identifier ({distinct:,} different values in {present:,}); to keep "
                f"it say --type {column.name}=categorical"
            )
    return reasons


def _counting(plan: Plan, surveyed: Survey, choices: Choices) -> Counting:
    """Choose all that is counted."""
    schema = _schema(plan, choices)
    found = classes(plan, schema, surveyed, choices)
    derived = fit(plan, schema, surveyed, choices)
    layout = Layout(
        _numeric(plan, surveyed, choices, found.cuts if found else ())
        + (edges(derived, plan, schema, surveyed) if derived else ()),
        _categorical(plan, surveyed, choices)
        + ((_confidence(found.layout),) if found and found.confident else ()),
    )
    parted = families(plan, surveyed, choices)
    segments = 0 if choices.unattended else sum(family.segments for family in parted)
    return Counting(
        plan=plan,
        schema=schema,
        layout=layout,
        derived=derived,
        classes=found,
        grids=grids(surveyed.times, surveyed.rows, layout.width, segments),
        seed=choices.seed,
        families=parted,
    )


def _numeric(
    plan: Plan, surveyed: Survey, choices: Choices, cuts: Iterable[float]
) -> tuple[NumericFeature, ...]:
    """Choose the edges; the survey may hold columns that the plan has left out since."""
    numbers = dict(zip(surveyed.plan.numeric, surveyed.numbers, strict=True))
    forced = (choices.threshold, *cuts)
    return tuple(
        numeric_feature(
            column.name,
            numbers[column],
            bins=choices.bins,
            forced=forced if column.role == "score" else (),
        )
        for column in plan.numeric
    )


def _categorical(plan: Plan, surveyed: Survey, choices: Choices) -> tuple[CategoricalFeature, ...]:
    words = dict(zip(surveyed.plan.categorical, surveyed.words, strict=True))
    return tuple(
        categorical_feature(column.name, words[column], keep=choices.keep)
        for column in plan.categorical
    )


def _confidence(layout: LabelledLayout) -> CategoricalFeature:
    """Make a category of each cell of the probabilities."""
    names = cell_names(layout)
    return CategoricalFeature(CONFIDENCE, tuple(names), np.unique(hash_words(names)))


def _schema(plan: Plan, choices: Choices) -> Schema:
    roles: dict[str, Role] = {"prediction": "prediction", "score": "score", "label": "label"}
    return Schema(
        tuple(
            Column(
                column.name,
                column.type,
                roles.get(column.role, "feature"),
                required=column.name in choices.required,
                length=column.length,
            )
            for column in plan.columns
        )
    )


def _lineage(
    files: Rows, plan: Plan, surveyed: Survey, counted: Count, choices: Choices
) -> dict[str, Any]:
    read = [{**file, "rows": surveyed.files.get(file["name"], 0)} for file in files.lineage()]
    times = counted.times
    return {
        "files": read,
        "rows": surveyed.rows,
        "rows_of_others": surveyed.others,
        "rows_are": choices.rows,
        "halves": {"chose": surveyed.chosen, "counted": surveyed.rows - surveyed.chosen},
        "time": {"first": show_if(times.first), "last": show_if(times.last)},
        "roles": {role: column.name for role, column in plan.others.items()},
        "left_out": dict(plan.left_out),
        "warnings": warnings(plan, surveyed, counted, choices),
        "settings": {
            "bins": choices.bins,
            "keep": choices.keep,
            "seed": choices.seed,
            "sample": surveyed.sample.values.shape[1],
            "threshold": choices.threshold,
            "vocabulary": DISTINCT,
            "positive": choices.positive,
            "multivariate": choices.multivariate,
            "mmd": choices.mmd,
        },
        "built": choices.built or None,
        "commit": choices.commit or None,
        "program": f"driftwatch {__version__}",
    }
