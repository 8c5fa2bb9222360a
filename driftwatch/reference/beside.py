"""How are counts by label, by stretches of time, and by segment written into a profile?"""

import base64
from typing import Any

import msgspec
import numpy as np

from detectors.summaries import Layout, decode, encode
from detectors.summaries.labelled import Labelled, LabelledLayout
from driftwatch.nouns.profiles import Blocks, SetCounts
from driftwatch.nouns.segments import SegmentBlocks, Segments


class WrittenLabelled(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Counts by score, prediction and label; the last class is the positive one of two."""

    classes: list[str]
    edges: list[list[float]]
    cells: list[list[int]]
    predicted: list[list[int]]
    sums: list[list[float]]
    soft: list[list[float]]


class WrittenSets(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Counts by set of stretches of time; `counts` in base64."""

    start: list[int]
    rows: list[int]
    sets: int
    counts: str


class WrittenBlocks(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """All stretches of time, in microseconds."""

    sets: str
    length: int
    blocks: WrittenSets
    days: WrittenSets
    hours_of_day: WrittenSets
    hours_of_week: WrittenSets


class WrittenSegmentBlocks(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Stretches of time, in microseconds; `counts` by cell in base64, of each segment."""

    length: int
    start: list[int]
    counts: list[str]


class WrittenSegments(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The segments of a column; `rows` and `summaries` (in base64) of each value, then the rest."""

    column: str
    values: list[str]
    rows: list[int]
    summaries: list[str]
    blocks: WrittenSegmentBlocks | None = None


def write_labelled(summary: Labelled) -> dict[str, Any]:
    """Write counts by label."""
    return {
        "classes": list(summary.layout.classes),
        "edges": [cuts.tolist() for cuts in summary.layout.edges],
        "cells": summary.cells.tolist(),
        "predicted": summary.predicted.tolist(),
        "sums": summary.sums.tolist(),
        "soft": summary.soft.tolist(),
    }


def labelled(written: WrittenLabelled) -> Labelled:
    """Read counts by label; ValueError where they do not hold together."""
    edges = tuple(np.array(cuts, np.float64) for cuts in written.edges)
    layout = LabelledLayout(tuple(written.classes), edges)
    empty = Labelled.empty(layout)
    read = Labelled(
        layout=layout,
        cells=np.array(written.cells, np.int64).reshape(empty.cells.shape),
        predicted=np.array(written.predicted, np.int64).reshape(empty.predicted.shape),
        sums=np.array(written.sums, np.float64).reshape(empty.sums.shape),
        soft=np.array(written.soft, np.float64).reshape(empty.soft.shape),
    )
    if min(read.cells.min(), read.predicted.min()) < 0:
        message = "its counts by label are not all 0 or more"
        raise ValueError(message)
    return read


def write_blocks(blocks: Blocks) -> dict[str, Any]:
    """Write the stretches of time."""
    return {
        "sets": blocks.sets,
        "length": blocks.length,
        "blocks": _write_sets(blocks.blocks),
        "days": _write_sets(blocks.days),
        "hours_of_day": _write_sets(blocks.hours_of_day),
        "hours_of_week": _write_sets(blocks.hours_of_week),
    }


def _write_sets(counts: SetCounts) -> dict[str, Any]:
    return {
        "start": counts.start.tolist(),
        "rows": counts.rows.tolist(),
        "sets": counts.sets,
        "counts": base64.b64encode(counts.body).decode(),
    }


def blocks(written: WrittenBlocks) -> Blocks:
    """Read the stretches of time; ValueError where they do not hold together."""
    return Blocks(
        sets=written.sets,
        length=written.length,
        blocks=_sets(written.blocks),
        days=_sets(written.days),
        hours_of_day=_sets(written.hours_of_day),
        hours_of_week=_sets(written.hours_of_week),
    )


def _sets(written: WrittenSets) -> SetCounts:
    if len(written.start) != len(written.rows) or written.sets < 0:
        message = "its blocks have not as many rows as starts"
        raise ValueError(message)
    body = base64.b64decode(written.counts, validate=True)
    start, rows = (np.array(x, np.int64) for x in (written.start, written.rows))
    read = SetCounts(start, rows, written.sets, body)
    read.check()
    return read


def write_segments(segments: Segments) -> dict[str, Any]:
    """Write the segments of a column."""
    bodies = (encode(summary) for summary in segments.summaries)
    found: dict[str, Any] = {
        "column": segments.column,
        "values": list(segments.values),
        "rows": [int(summary.rows) for summary in segments.summaries],
        "summaries": [base64.b64encode(body).decode() for body in bodies],
    }
    if segments.blocks is not None:
        found["blocks"] = {
            "length": segments.blocks.length,
            "start": segments.blocks.start.tolist(),
            "counts": [base64.b64encode(body).decode() for body in segments.blocks.bodies],
        }
    return found


def segments(written: WrittenSegments, layout: Layout) -> Segments:
    """Read the segments of a column; ValueError where they do not hold together."""
    if len(written.summaries) != len(written.values) + 1:
        message = (
            f"its segments of {written.column!r:.80} have not a summary each, and the rest one"
        )
        raise ValueError(message)
    bodies = (base64.b64decode(body, validate=True) for body in written.summaries)
    read = tuple(decode(layout, body) for body in bodies)
    if [summary.rows for summary in read] != written.rows:
        message = f"its segments of {written.column!r:.80} have not the rows that it states"
        raise ValueError(message)
    own = written.blocks
    blocks = None if own is None else _segment_blocks(own, layout, len(read))
    return Segments(written.column, tuple(written.values), read, blocks)


def _segment_blocks(written: WrittenSegmentBlocks, layout: Layout, segments: int) -> SegmentBlocks:
    bodies = tuple(base64.b64decode(body, validate=True) for body in written.counts)
    if len(bodies) != segments or written.length < 1:
        message = "its blocks of segments are not of each, or have no length"
        raise ValueError(message)
    start = np.array(written.start, np.int64)
    read = SegmentBlocks(written.length, start, layout.width, bodies)
    for place in range(segments):
        read.counts(place)
    return read
