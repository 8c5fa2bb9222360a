"""Polls of observations that are decoded already, for the tests of windows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from driftwatch.nouns.profiles import Column, Profile
from driftwatch.nouns.records import Batch, Decoded, Poll
from driftwatch.window.settings import WindowSettings
from tests.unit.decode.samples import NOW, SECOND, poll, profile

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
NOON = NOW - 9 * HOUR + 12 * HOUR
SETTINGS = WindowSettings(future=timedelta(days=1))
PROFILE = profile("3", Column("amount", "numeric"), Column("country", "categorical"))


def batch(
    times: Sequence[int],
    *,
    record: Sequence[int] | None = None,
    version: str = "3",
    of: Profile | None = PROFILE,
    amounts: Sequence[float] | None = None,
) -> Batch:
    """Make observations of a version; without a profile they have no columns."""
    n = len(times)
    numbers = np.array([amounts if amounts is not None else np.arange(n) % 200.0], np.float64)
    codes = numbers.astype(np.int32) % 2
    return Batch(
        model="fraud",
        version=version,
        record=np.array(range(n) if record is None else record, np.int32),
        time=np.array(times, np.int64),
        numbers=numbers if of else np.zeros((0, n)),
        codes=codes if of else np.zeros((0, n), np.int32),
        words=(["FR", "DE"],) if of else (),
        key=np.zeros(n, np.uint64),
    )


def decoded(*batches: Batch) -> Decoded:
    return Decoded(list(batches), np.zeros(0, np.int32), [], [])


def read(times: Sequence[int], **options: Any) -> tuple[Poll, Decoded]:
    """Make a poll of one observation a record, arrived when it happened, with its decoding."""
    options.setdefault("arrived", NOON)
    return poll([b"{}"] * len(times), **options), decoded(*[batch(times)] if times else [])
