"""Schemas, profiles, records and polls for the tests of decode and window."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from detectors.summaries import Layout, Summary, categorical_feature, numeric_feature
from driftwatch.nouns.profiles import Column, Known, Profile, Schema
from driftwatch.nouns.records import Poll

SECOND = 10**6
NOW = 1_760_000_400 * SECOND  # on the minute
AT = "2025-10-09T09:00:00Z"  # the same moment

COLUMNS = (
    Column("amount", "numeric"),
    Column("items", "integer"),
    Column("opened", "timestamp"),
    Column("score", "numeric", "score"),
    Column("country", "categorical"),
    Column("member", "boolean"),
    Column("prediction", "categorical", "prediction"),
)


def schema(*columns: Column) -> Schema:
    return Schema(columns or COLUMNS)


def profile(version: str = "3", *columns: Column, model: str = "fraud") -> Profile:
    """Make a profile whose layout is of little use, but fits its schema."""
    of = schema(*columns)
    layout = Layout(
        tuple(numeric_feature(c.name, np.linspace(0, 200, 400), bins=16) for c in of.numeric),
        tuple(categorical_feature(c.name, {"FR": 9, "DE": 5, "true": 3}) for c in of.categorical),
    )
    return Profile(model, version, of, layout, Summary.empty(layout), f"print-of-{version}")


def known(*profiles: Profile, models: Sequence[str] = ("fraud",)) -> Known:
    return Known(frozenset(models), {(p.model, p.version): p for p in profiles or [profile()]})


def record(**changes: Any) -> dict[str, Any]:
    """Make a good record; what is given is changed, and what is given as ... left out."""
    made = {
        "id": "a-1",
        "time": AT,
        "model": "fraud",
        "version": "3",
        "features": {
            "amount": 12.5,
            "items": 3,
            "opened": "2025-10-09T08:00:00Z",
            "country": "FR",
            "member": True,
        },
        "prediction": "fraud",
        "score": 0.75,
    }
    for name, value in changes.items():
        inside = name in made["features"]
        of: dict[str, Any] = made["features"] if inside else made  # type: ignore[assignment]
        of[name] = value
        if value is ...:
            del of[name]
    return made


def body(**changes: Any) -> bytes:
    return json.dumps(record(**changes)).encode()


def poll(
    bodies: Sequence[bytes | None],
    *,
    partition: Sequence[int] | None = None,
    arrived: int | Sequence[int] = NOW,
    first: Mapping[str, int] | None = None,
    standing: Sequence[str] = (),
    partitions: Sequence[str] | None = None,
) -> Poll:
    """Make a poll of partitions "0", "1", ... in which offsets count from `first`."""
    partition = partition if partition is not None else [0] * len(bodies)
    names = partitions or [str(i) for i in range(max(partition, default=0) + 1)]
    following = {name: (first or {}).get(name, 0) for name in names}
    span, offset = {}, []
    for place in partition:
        offset.append(following[names[place]])
        following[names[place]] += 1
    for name in {names[place] for place in partition}:
        span[name] = ((first or {}).get(name, 0), following[name])
    return Poll(
        bodies=list(bodies),
        partitions=tuple(names),
        partition=np.array(partition, np.int16),
        offset=np.array(offset, np.int64),
        arrived=np.broadcast_to(np.asarray(arrived, np.int64), len(bodies)).copy(),
        span=span,
        standing=frozenset(standing),
    )
