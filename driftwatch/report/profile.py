"""What is there to say of a profile, to a person who has just built it?"""

from collections.abc import Iterator, Sequence

import numpy as np

from driftwatch.nouns.profiles import CONFIDENCE, Column, Profile
from driftwatch.report.document import Document, Section

_MINUTE = 60 * 10**6


def describe(
    profile: Profile, smallest: Sequence[tuple[str, ...]] = (), doubts: Sequence[str] = ()
) -> Document:
    """Describe a profile.

    `smallest` are the smallest shifts that can be seen, by family; `doubts` join its warnings.
    """
    warnings = tuple((text,) for text in (*profile.lineage.get("warnings", ()), *doubts))
    return Document(
        (
            Section("columns", ("column", "type", "role", "missing", "holds"), _rows(profile), ""),
            Section("labels", ("label", "rows", "share"), tuple(_labels(profile)), "none"),
            Section("segments", ("segment", "rows", ""), tuple(_segments(profile)), "none"),
            Section("beside the columns", ("what", "how many"), tuple(_beside(profile)), ""),
            Section(
                "smallest shift that the pager sees, nine times of ten",
                ("family", "of", "within 1 h", "within 24 h"),
                tuple(smallest),
                "not known without event times",
            ),
            Section("warnings", ("what to know",), warnings, "none"),
        )
    )


def _rows(profile: Profile) -> tuple[tuple[str, ...], ...]:
    places = {name: place for place, name in enumerate(profile.layout.names)}
    return tuple(
        _row(profile, column, places.get(column.name)) for column in profile.schema.columns
    )


def _row(profile: Profile, column: Column, place: int | None) -> tuple[str, ...]:
    if place is None:
        held = f"vectors of {column.length} numbers" if column.type == "vector" else "texts"
        return column.name, column.type, column.role, "", held
    layout, reference = profile.layout, profile.reference
    if place < len(layout.numeric):
        low, high = reference.low[place], reference.high[place]
        held = f"{low:.6g} to {high:.6g}, mean {reference.moments[place, 0]:.6g}"
    else:
        kept = layout.categorical[place - len(layout.numeric)].categories
        more = ", ..." if len(kept) > 3 else ""
        held = f"{len(kept)} categories: {', '.join(kept[:3])}{more}"
    missing = reference.missing[place] / max(1, reference.counted[place])
    return column.name, column.type, column.role, f"{missing:.2%}", held


def _labels(profile: Profile) -> Iterator[tuple[str, ...]]:
    if profile.labelled is None:
        return
    classes, rows = profile.labelled.layout.classes, profile.labelled.labels
    for k, name in enumerate(classes):
        positive = " (positive)" if len(classes) == 2 and k == 1 else ""
        yield f"{name}{positive}", f"{rows[k]:,}", f"{rows[k] / max(1, rows.sum()):.2%}"


def _segments(profile: Profile) -> Iterator[tuple[str, ...]]:
    watched = profile.parts
    for family in profile.segments:
        for name, summary in zip(family.names, family.summaries, strict=True):
            few = "" if name in watched else "too few to be watched"
            yield name, f"{summary.rows:,}", few


def _beside(profile: Profile) -> Iterator[tuple[str, str]]:
    derived = profile.derived
    joint = len(derived.columns.names) if derived and derived.columns else 0
    yield "features of several columns", str(joint) if joint else "none"
    if derived is not None:
        parts = [(text.name, text.names) for text in derived.texts]
        parts += [(vector.name, vector.names) for vector in derived.vectors]
        yield from ((f"features of {name}", str(len(names))) for name, names in parts)
    if CONFIDENCE in profile.layout.names:
        yield "cells of class and confidence", str(len(profile.layout.categorical[-1].categories))
    if profile.blocks is None:
        yield "blocks of time", "none: there are no event times, or they span less than 50 s"
        return
    blocks = profile.blocks
    rows = np.mean(blocks.blocks.rows) if len(blocks.blocks.rows) else 0
    each = f"{blocks.length // _MINUTE} min" if blocks.length >= _MINUTE else "less than a minute"
    yield "blocks of time", f"{len(blocks.blocks.start)} of {each}, {rows:,.0f} rows each"
    yield "days", str(len(blocks.days.start))
    slots = len(blocks.hours_of_day.start), len(blocks.hours_of_week.start)
    yield "hours of the day, of the week with rows enough", f"{slots[0]}, {slots[1]}"
