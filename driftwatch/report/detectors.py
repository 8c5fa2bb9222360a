"""Which detectors are there, what does each say, and when does it mislead?

All of it is read from the detectors themselves: their docstrings, their settings, and what they
answer when they are asked about columns of each type.
"""

import inspect
import re
from collections.abc import Collection, Iterable
from dataclasses import fields
from itertools import compress
from typing import Any

from detectors.comparison import AnyComparison, Undefined
from detectors.kinds import DEFAULTS, EVERY, AnyDetector
from detectors.prior import AnyEstimator
from detectors.summaries import Layout, Summary, categorical_feature, numeric_feature
from driftwatch.report.document import Document, Section

_COLUMNS = ("kind", "for", "by default", "is", "measures", "misleads", "gives", "settings")
_MARKUP = re.compile(r":math:`([^`]*)`|`([^`]*)`")
_ARRAY = re.compile(r",? float64\[[^\]]*\]")
KINDS = tuple(detector().kind for detector in EVERY)


def detectors(kinds: Collection[str] = (), *, whole: bool = False) -> Document:
    """Tell of the detectors of some kinds, or of all; programs are given the `whole` in one table.

    People are given a line each, and then what there is to know of each.
    """
    rows = [_row(made()) for made in EVERY if not kinds or made().kind in kinds]
    if whole:
        return Document((Section("detectors", _COLUMNS, tuple(rows), "none"),))
    lines = tuple((kind, types, usual, first) for kind, types, usual, first, *_ in rows)
    overview = Section("detectors", _COLUMNS[:4], lines, "none")
    return Document((overview, *map(_page, rows)))


def _row(detector: AnyDetector) -> tuple[str, ...]:
    said = _paragraphs(detector)
    usual = {default.kind for default in DEFAULTS}
    return (
        detector.kind,
        _types(detector),
        "yes" if detector.kind in usual else "no",
        said[0],
        _of("Measures", said),
        _of("Misleads", said),
        _of("Shapes:", said),
        ", ".join(_settings(detector)) or "none",
    )


def _page(row: tuple[str, ...]) -> Section:
    told = tuple(zip(_COLUMNS[4:], row[4:], strict=True))
    return Section(row[0], ("it", "what"), told, "nothing")


def _paragraphs(detector: AnyDetector) -> list[str]:
    text = inspect.getdoc(detector) or ""
    return [_MARKUP.sub(r"\1\2", " ".join(part.split())) for part in text.split("\n\n")]


def _of(word: str, paragraphs: Iterable[str]) -> str:
    """Give the paragraph that a word begins, without it, and without the lead-in of a formula."""
    found = next((text for text in paragraphs if text.startswith(word)), "")
    text = _ARRAY.sub("", found.removeprefix(word)).lstrip(" ,")
    if text.endswith((":", ",")):
        text = f"{text[:-1]}."
    elif not text.endswith("."):
        *sentences, last = re.split(r"(?<=\.) (?=[A-Z])", text)
        text = " ".join(sentences) or f"{last.rpartition(', ')[0]}."
    symbol = re.match(r"[a-z]\b", text)
    return text if symbol else text[:1].upper() + text[1:]


def _settings(detector: Any) -> Iterable[str]:
    """Name each setting with its default; those of a part in brackets."""
    for field in fields(detector):
        value = getattr(detector, field.name)
        if field.name == "kind":
            continue
        parts = hasattr(value, "__dataclass_fields__")
        shown = f"({', '.join(_settings(value))})" if parts else f"{value}".lower()
        yield f"{field.name} {shown}"


def _types(detector: AnyDetector) -> str:
    """Name the types of columns that a detector says something of."""
    if isinstance(detector, AnyEstimator):
        return "classes"
    if not isinstance(detector, AnyComparison):
        return "all columns"
    layout = Layout(
        (numeric_feature("number", [0.0, 1.0]),), (categorical_feature("word", {"a": 1}),)
    )
    nothing = Summary.empty(layout)
    applies = detector.compare(nothing, nothing).undefined != Undefined.NOT_APPLICABLE
    return ", ".join(compress(("numeric", "categorical"), applies))
