"""Before which event time is nothing more expected, and who runs too far ahead?

Pure functions of the stored positions and the wall clock.
"""

from collections.abc import Mapping

from driftwatch.nouns.records import Offsets, Position
from driftwatch.nouns.settings import microseconds
from driftwatch.window.settings import WindowSettings


def watermark(sources: Mapping[str, Offsets], settings: WindowSettings, now: int) -> int | None:
    """Give the end of the last pane to which nothing more is expected; None while it is unknown.

    It is the least of the partitions' newest event times, less the lateness. A partition that was
    never read makes it unknown until it is idle: where its records begin cannot be known before.
    An idle one is not waited for; when all are idle, event time goes on with the wall clock, so
    that the last panes before a silence are judged too. Where no record was ever seen there is
    nothing to close.
    """
    positions = [position for offsets in sources.values() for position in offsets.values()]
    if any(p.high is None and not _is_idle(p, settings, now) for p in positions):
        return None
    highs = [p.high for p in positions if p.high is not None]
    if not highs:
        return None
    awaited = [p.high for p in positions if p.high is not None and not _is_idle(p, settings, now)]
    reached = min(awaited) if awaited else max(now, min(highs))
    return _pane_end(reached - microseconds(settings.lateness), settings)


def ahead(offsets: Offsets, settings: WindowSettings, now: int) -> frozenset[str]:
    """Name the partitions of a source that are to wait for the slowest, so that panes can close."""
    awaited = [
        p.high for p in offsets.values() if p.high is not None and not _is_idle(p, settings, now)
    ]
    if not awaited:
        return frozenset()
    furthest = min(awaited) + microseconds(settings.ahead)
    return frozenset(
        name for name, p in offsets.items() if p.high is not None and p.high > furthest
    )


def _is_idle(position: Position, settings: WindowSettings, now: int) -> bool:
    """Say whether it has stood at the end of its log for long enough."""
    standing = position.standing
    return standing is not None and now - standing >= microseconds(settings.idle)


def _pane_end(time: int, settings: WindowSettings) -> int:
    pane = microseconds(settings.pane)
    return time // pane * pane
