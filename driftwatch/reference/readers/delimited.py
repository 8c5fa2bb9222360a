"""How is CSV read, in chunks?"""

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference.readers.chunk import CELLS, Chunk, opened
from driftwatch.reference.values import Texts

_DELIMITERS = ",;\t|"


def read(path: Path) -> Iterator[Chunk]:
    """Read a file whose first line names the columns."""
    with opened(path) as (data, file):
        text = io.TextIOWrapper(data, encoding="utf-8-sig", newline="")
        first = text.readline()
        delimiter = max(_DELIMITERS, key=first.count)
        rows = filter(None, csv.reader(chain([first], text), delimiter=delimiter, strict=True))
        names = _names(path, next(rows, []))
        done = 0
        while piece := _piece(path, rows, done, max(1, CELLS // len(names))):
            _check_widths(path, piece, len(names), done)
            columns = dict(zip(names, map(Texts, zip(*piece, strict=True)), strict=True))
            row = np.arange(done + 1, done + 1 + len(piece))
            yield Chunk(str(path), row, columns, file.tell())
            done += len(piece)


def _names(path: Path, names: list[str]) -> list[str]:
    wrong = ""
    if not names:
        wrong = "it is empty; the first line should name the columns"
    elif "" in names:
        wrong = f"column {names.index('') + 1} has no name in the first line"
    elif len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        wrong = f"the first line names the column {twice!r:.80} twice"
    if wrong:
        message = f"{path}: {wrong}"
        raise ProfileError(message)
    return names


def _piece(path: Path, rows: Iterator[list[str]], done: int, limit: int) -> list[list[str]]:
    try:
        return list(islice(rows, limit))
    except csv.Error as error:
        message = f"{path}: after row {done}: {error}"
        raise ProfileError(message) from error


def _check_widths(path: Path, rows: list[list[str]], width: int, done: int) -> None:
    if {*map(len, rows)} == {width}:
        return
    place, row = next((i, row) for i, row in enumerate(rows) if len(row) != width)
    message = (
        f"{path}: row {done + place + 1} has {len(row)} values, and the first line names {width} "
        "columns"
    )
    raise ProfileError(message)
