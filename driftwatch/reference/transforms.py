"""Which further features are made of the columns, texts and vectors of the reference?

They are fitted on the sampled rows of the half that chooses, and counted on the other half. So are
their edges taken from the other half of the sample: there the features lie as they will be counted.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate import Derived, MultivariateSettings, derive
from detectors.summaries import NumericFeature, numeric_feature
from driftwatch.nouns.derivation import features
from driftwatch.nouns.profiles import Schema
from driftwatch.nouns.records import Batch, Float64, Int32
from driftwatch.reference.choices import Choices
from driftwatch.reference.infer import Plan
from driftwatch.reference.sampling import choosing_half
from driftwatch.reference.survey import Survey

BINS = 64
FEWEST = 100  # sampled rows of a half; on fewer, joint features are hardly more than noise
MMD = 64


def fit(plan: Plan, schema: Schema, surveyed: Survey, choices: Choices) -> Derived | None:
    """Fit all transforms; None where there is nothing to make them of."""
    numeric = [c.name for c in schema.numeric if c.role == "feature"]
    categorical = [c.name for c in schema.categorical if c.role == "feature"]
    chose = surveyed.chose
    joint = choices.multivariate and len(numeric) >= 2 and int(chose.sum()) >= FEWEST
    if not joint and not plan.texts and not plan.vectors:
        return None
    fitted = derive(
        numeric,
        *_half(surveyed.batch(plan), schema, chose),
        categorical,
        MultivariateSettings(mmd=MMD if choices.mmd else 0, seed=choices.seed),
        texts=_texts(plan, surveyed, choosing=True),
        vectors=_vectors(plan, surveyed, choosing=True),
        joint=joint,
        taken=[column.name for column in schema.columns],
    )
    return fitted if fitted.names else None


def edges(
    derived: Derived, plan: Plan, schema: Schema, surveyed: Survey
) -> tuple[NumericFeature, ...]:
    """Choose the edges of the derived features; those of which only the mean counts have none."""
    return tuple(
        numeric_feature(name, () if name in derived.edgeless else values, bins=BINS)
        for name, values in _counted(derived, plan, schema, surveyed)
    )


def _counted(
    derived: Derived, plan: Plan, schema: Schema, surveyed: Survey
) -> Iterator[tuple[str, Float64]]:
    """Give the name of each feature with its values on the counted half of the sample."""
    if derived.columns is not None:
        half = _half(surveyed.batch(plan), schema, ~surveyed.chose)
        yield from zip(derived.columns.names, derived.columns.apply(*half), strict=True)
    texts = _texts(plan, surveyed, choosing=False)
    for text in derived.texts:
        yield from zip(text.names, text.apply(*texts[text.name]), strict=True)
    vectors = _vectors(plan, surveyed, choosing=False)
    for vector in derived.vectors:
        yield from zip(vector.names, vector.apply(vectors[vector.name]), strict=True)


def _half(
    batch: Batch, schema: Schema, chosen: NDArray[np.bool_]
) -> tuple[Float64, Int32, list[list[str]]]:
    numbers, codes, words = features(batch, schema)
    return numbers[:, chosen], codes[:, chosen], words


def _texts(
    plan: Plan, surveyed: Survey, *, choosing: bool
) -> Mapping[str, tuple[list[str], Int32]]:
    places = [surveyed.plan.texts.index(column) for column in plan.texts]
    return {
        column.name: surveyed.texts[place].of(choosing=choosing)
        for column, place in zip(plan.texts, places, strict=True)
    }


def _vectors(plan: Plan, surveyed: Survey, *, choosing: bool) -> Mapping[str, Float64]:
    found = {}
    for column in plan.vectors:
        sample = surveyed.vectors[surveyed.plan.vectors.index(column)]
        half = choosing_half(sample.rows, surveyed.seed) == choosing
        found[column.name] = sample.values[:, half]
    return found
