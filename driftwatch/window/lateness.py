"""Which observations come too late, and which claim to come from the future?

Both are decided observation by observation, from what stands before it in its own partition's log.
So the size of polls, how partitions interleave, and restarts change nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from driftwatch.nouns.records import Bool, Int32, Int64, Poll
from driftwatch.nouns.settings import microseconds
from driftwatch.window.settings import WindowSettings

NEVER = -(2**62)  # before any event time, and far enough from the end of int64 to subtract from


@dataclass(frozen=True, slots=True, eq=False)
class Lateness:
    """What was found: both masks are of the observations, as is `reached`.

    That is how far the partition had come in event time, NEVER if nowhere. `high` is of the
    partitions that hold any which are not in the future; `last` has the place of the last one of
    each partition.
    """

    late: Bool
    in_future: Bool
    reached: Int64
    high: Mapping[str, int]
    last: Mapping[str, int]


def judge_lateness(
    poll: Poll,
    times: Int64,
    records: Int32,
    high: Mapping[str, int | None],
    settings: WindowSettings,
) -> Lateness:
    """Judge observations, given their event times and their rows in the poll.

    One is late if its pane ends at or before the running maximum of its partition's event times,
    itself included, less the lateness. `high` holds the maxima before this poll. An observation too
    far ahead of its own arrival does not touch the maximum.
    """
    pane, lateness = microseconds(settings.pane), microseconds(settings.lateness)
    in_future = times > poll.arrived[records] + microseconds(settings.future)
    late, reached = np.zeros(len(times), np.bool_), np.full(len(times), NEVER)
    highs: dict[str, int] = {}
    last: dict[str, int] = {}
    for partition, run in _runs(poll, records):
        before = high.get(partition)
        seen = np.where(in_future[run], NEVER, times[run])
        maximum = np.maximum.accumulate(seen)
        if before is not None:
            np.maximum(maximum, before, out=maximum)
        late[run] = (seen // pane + 1) * pane <= maximum - lateness
        reached[run] = maximum
        last[partition] = run.stop - 1 if isinstance(run, slice) else int(run[-1])
        if np.any(seen > NEVER):
            highs[partition] = int(maximum[-1])
    return Lateness(late & ~in_future, in_future, reached, highs, last)


def _runs(poll: Poll, records: Int32) -> Iterator[tuple[str, slice | Int64]]:
    """Give each partition's observations, in the order of its log."""
    if not len(records):
        return
    place = poll.partition[records].astype(np.int64) * len(poll.bodies) + records
    order = None
    if np.any(place[1:] < place[:-1]):
        order = np.argsort(place, kind="stable")
        place = place[order]
    partition = place // len(poll.bodies)
    first = np.flatnonzero(np.diff(partition, prepend=-1)).tolist()
    for start, end in zip(first, [*first[1:], len(place)], strict=True):
        run = slice(start, end)
        yield poll.partitions[partition[start]], run if order is None else order[run]
