"""How does driftwatch stand, at one glance?"""

from collections.abc import Iterable, Mapping

from driftwatch.nouns.judgements import AlertState, Outgoing, Snapshot, State
from driftwatch.nouns.records import Counter, Offsets
from driftwatch.report.alerts import name_of
from driftwatch.report.document import Document, Section
from driftwatch.report.times import show_if, show_time
from driftwatch.report.windows import joint_tests, shares

_SILENT = Outgoing(waiting=0, dead=0, oldest=None, open_until=None, disabled="")


def status(
    snapshot: Snapshot,
    positions: Mapping[str, Offsets],
    counters: Mapping[Counter, int],
    names: Iterable[str] = (),
) -> Document:
    """Tell of models, sources, alerts, what the last windows held, and endpoints.

    `names` are the configured endpoints.
    """
    return Document(
        (
            _models(snapshot),
            *_references(snapshot),
            _sources(positions),
            _counts(counters),
            _alerts(snapshot.alerts),
            shares(snapshot.verdicts),
            joint_tests(snapshot.verdicts),
            endpoints(snapshot.outgoing, snapshot.taken_at, names),
        )
    )


def endpoints(outgoing: Mapping[str, Outgoing], now: int, names: Iterable[str] = ()) -> Section:
    """Tell of each endpoint what waits for it, and whether it is being sent to.

    Those of `names` that nothing was ever sent to are told of too.
    """
    outgoing = {**dict.fromkeys(names, _SILENT), **outgoing}
    columns = ("endpoint", "health", "waiting", "dead", "oldest")
    rows = tuple(
        (name, _health(found, now), found.waiting, found.dead, show_if(found.oldest))
        for name, found in outgoing.items()
    )
    return Section("endpoints", columns, rows, "none is configured")


def _health(found: Outgoing, now: int) -> str:
    if found.disabled:
        return f"disabled: {found.disabled}"
    if found.open_until is not None and found.open_until > now:
        return f"paused until {show_time(found.open_until)}"
    return "fine"


def _models(snapshot: Snapshot) -> Section:
    columns = ("model", "judged until", "closed until", "judged at")
    rows = tuple(
        (name, show_if(found.boundary), show_if(found.closed), show_if(found.decided_at))
        for name, found in sorted(snapshot.models.items())
    )
    return Section("models", columns, rows, "nothing was read yet")


def _references(snapshot: Snapshot) -> tuple[Section, ...]:
    """Tell of provisional references, and of those to come, where there are any."""
    judged = {
        (v.population.model, v.population.version)
        for v in snapshot.verdicts
        if snapshot.learned.get((v.population.model, v.population.version)) == v.reference
    }
    rows: list[tuple[str, str, int | None, int | None]] = [
        (f"{model}/{version}", "provisional: learned, judged by it", None, None)
        for model, version in sorted(judged)
    ]
    rows += [
        (f"{model}/{version}", "being learned, not judged", found.rows, found.days)
        for (model, version), found in sorted(snapshot.learning.items())
    ]
    columns = ("version", "reference", "rows", "whole days")
    return (Section("learned references", columns, tuple(rows), ""),) if rows else ()


def _sources(positions: Mapping[str, Offsets]) -> Section:
    columns = ("source", "partition", "next", "newest event time")
    rows = tuple(
        (source, partition, position.next, show_if(position.high))
        for source, offsets in sorted(positions.items())
        for partition, position in sorted(offsets.items())
    )
    return Section("sources", columns, rows, "nothing was read yet")


def _counts(counters: Mapping[Counter, int]) -> Section:
    columns = ("count", "source", "model", "version", "reason", "records")
    rows = tuple(
        (c.kind, c.source, c.model or None, c.version or None, c.reason or None, count)
        for c, count in sorted(counters.items())
        if c.kind != "segment"  # they are among the observations; /metrics has them
    )
    return Section("counts", columns, rows, "nothing was read yet")


def _alerts(states: tuple[AlertState, ...]) -> Section:
    columns = ("alert", "state", "since", "severity")
    rows = tuple(
        (name_of(s.key), s.state.value, show_time(s.since), s.severity)
        for s in states
        if s.state in (State.PENDING, State.FIRING)
    )
    return Section("alerts", columns, rows, "none is pending or firing")
