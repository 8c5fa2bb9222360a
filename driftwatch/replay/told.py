"""What are people told of a replay?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driftwatch.nouns.judgements import AlertKey, State, Transition
from driftwatch.nouns.retraining import Retraining
from driftwatch.nouns.settings import microseconds
from driftwatch.replay.quiet import Quiet
from driftwatch.replay.run import Replayed
from driftwatch.report.document import Cell, Chart, Document, Section
from driftwatch.report.times import show_if, show_time
from driftwatch.window.settings import HOUR

_HOUR = microseconds(HOUR)
_DAY = 24 * _HOUR
_NAMED = 3


def document(
    replayed: Replayed, quiet: Mapping[str, Quiet], odd: Sequence[tuple[str, str]] = ()
) -> Document:
    """Tell when it would have paged and why, and what pages cost.

    `quiet` is by version, `odd` has the columns with values that are no numbers.
    """
    pages = [t for t in replayed.transitions if t.after is State.FIRING]
    return Document(
        sections=(
            _pages(replayed),
            _retrainings(replayed.retrainings),
            _costs(quiet),
            Section("records", ("kind", "number"), tuple(sorted(replayed.counts.items())), "none"),
            Section("values that are no numbers", ("column", "what"), tuple(odd), "none"),
        ),
        title=f"driftwatch replay: {replayed.model}",
        lead=(_verdict(replayed, len(pages)), *_lead_of(quiet)),
        tone="bad" if pages else "good",
        charts=tuple(_charts(replayed)),
        facts=_facts(replayed),
    )


def _verdict(replayed: Replayed, pages: int) -> str:
    if replayed.first is None or replayed.last is None:
        return "Nothing could be judged: the data hold no closed pane of a version with a profile."
    days = (replayed.last - replayed.first) / _DAY
    said = "no page" if not pages else "1 page" if pages == 1 else f"{pages} pages"
    return (
        f"{said} in {days:.1f} days of event time, from {show_time(replayed.first)} to "
        f"{show_time(replayed.last)}."
    )


def _lead_of(quiet: Mapping[str, Quiet]) -> Iterator[str]:
    for version, tried in quiet.items():
        if tried.why:
            yield f"The cost in false pages of version {version} is not known: {tried.why}."
        else:
            yield (
                f"On {tried.months} months drawn from the reference of version {version}"
                f"{_of(tried.segments)}, which has not drifted: {tried.pages} pages, so "
                f"{tried.low:.2f} to {tried.high:.2f} a month; the budget is {tried.budget:.2f}."
            )


def _of(segments: int) -> str:
    if not segments:
        return ""
    return f", whole and in {segments} segment{'s' if segments > 1 else ''}"


def _pages(replayed: Replayed) -> Section:
    columns = ("alert", "version", "fired", "resolved", "since", "features", "why")
    return Section("pages", columns, tuple(_rows(replayed.transitions)), "none")


def _rows(transitions: tuple[Transition, ...]) -> Iterator[tuple[Cell, ...]]:
    resolved: dict[tuple[AlertKey, int], int] = {
        (t.key, t.ordinal): t.boundary for t in transitions if t.after is State.RESOLVED
    }
    for told in transitions:
        if told.after is State.FIRING:
            features = told.evidence.get("features", ())
            names = [str(f["feature"]) for f in features]
            since = min((f["since"] for f in features), default=told.boundary)
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield (
                told.key.alert,
                told.key.version,
                show_time(told.boundary),
                show_if(resolved.get((told.key, told.ordinal))),
                show_time(since),
                ", ".join(names[:_NAMED]) + more,
                told.why,
            )


def _retrainings(retrainings: tuple[Retraining, ...]) -> Section:
    columns = ("version", "episode began", "requested", "stage", "why")
    rows = tuple(
        (
            of.version,
            show_time(of.began),
            show_if(of.requested_at),
            of.stage.value,
            "; ".join(reason.text for reason in of.reasons),
        )
        for of in retrainings
    )
    return Section("retrainings", columns, rows, "none was wanted")


def _costs(quiet: Mapping[str, Quiet]) -> Section:
    columns = (
        "version",
        "segments",
        "months",
        "pages",
        "a month from",
        "to",
        "budget a month",
        "not tried for",
    )
    rows = tuple(
        (version, q.segments, q.months, q.pages, q.low, q.high, q.budget, q.why or None)
        for version, q in quiet.items()
    )
    return Section("false pages on undrifted data", columns, rows, "not asked for")


def _charts(replayed: Replayed) -> Iterator[Chart]:
    """Draw each version's evidence; 1 is where a family pages."""
    if replayed.first is None or replayed.last is None:
        return
    start = replayed.first // _HOUR * _HOUR
    steps = (replayed.last - start) // _HOUR + 1
    for population in sorted({population for population, _ in replayed.evidence}):
        series = {
            family: tuple(noted.get(start + step * _HOUR) for step in range(steps))
            for (of, family), noted in sorted(replayed.evidence.items())
            if of == population
        }
        marks = tuple(
            (t.boundary, f"{t.key.alert} {t.after.value}")
            for t in replayed.transitions
            if t.key.version == population.version and t.after is State.FIRING
        )
        of = " ".join(filter(None, (population.version, population.segment)))
        yield Chart(f"evidence on version {of} (pages at 1)", start, _HOUR, series, 1.0, marks)


def _facts(replayed: Replayed) -> dict[str, Any]:
    return {
        "model": replayed.model,
        "first": show_if(replayed.first),
        "last": show_if(replayed.last),
        "evidence": [
            {
                "version": population.version,
                "segment": population.segment,
                "family": family,
                "hours": {show_time(hour): ratio for hour, ratio in sorted(noted.items())},
            }
            for (population, family), noted in sorted(replayed.evidence.items())
        ],
    }
