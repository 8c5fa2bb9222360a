"""How is JSON read, one object a line, in chunks?

Driftwatch's own format, told by an object under `features` in the first row, is flattened: the
features get the path `features.<name>`, the probabilities of classes `scores.<class>`, and of the
rest only the fields of the format are taken.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference.readers.chunk import Chunk, opened
from driftwatch.reference.values import Objects, Raw

FEATURES = "features."
PROBABILITIES = "scores."
ENVELOPE = ("id", "time", "model", "version", "prediction", "score", "label")
_BYTES = 1 << 20
_DECODER = msgspec.json.Decoder()


def read(path: Path) -> Iterator[Chunk]:
    """Read a file of objects; a blank line is no row."""
    with opened(path) as (data, file):
        done, own = 0, None
        while lines := data.readlines(_BYTES):
            rows = _rows(path, lines, done)
            if not rows:
                continue
            if own is None:
                own = isinstance(rows[0].get("features"), dict)
            columns = own_columns(path, rows, done) if own else _columns("", rows)
            row = np.arange(done + 1, done + 1 + len(rows))
            yield Chunk(str(path), row, columns, file.tell())
            done += len(rows)


def _rows(path: Path, lines: list[bytes], done: int) -> list[dict[str, Any]]:
    lines = [line for line in lines if not line.isspace()]
    try:
        rows: list[Any] = _DECODER.decode_lines(b"".join(lines))
        if len(rows) == len(lines) and {*map(type, rows)} <= {dict}:
            return rows
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # The line is found below, where each is read alone.
    for place, line in enumerate(lines):
        _check(f"{path}: row {done + place + 1}", line)
    message = f"{path}: after row {done}: it is not one JSON object a line"
    raise ProfileError(message)


def _check(place: str, line: bytes) -> None:
    try:
        wrong = "" if isinstance(_DECODER.decode(line), dict) else "it is JSON, but no object"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        wrong = f"it is not JSON: {error}"
    if wrong:
        message = f"{place}: {wrong}; one JSON object a line is wanted"
        raise ProfileError(message)


def own_columns(path: str | Path, rows: Sequence[dict[str, Any]], done: int = 0) -> dict[str, Raw]:
    """Flatten rows of driftwatch's own format; `done` of the file's came before them."""
    features = [row.get("features") for row in rows]
    if {*map(type, features)} != {dict}:
        place = next(i for i, value in enumerate(features) if not isinstance(value, dict))
        message = f'{path}: row {done + place + 1} has no object "features", as the first row has'
        raise ProfileError(message)
    columns = _columns(FEATURES, [value for value in features if value is not None])
    met = set().union(*rows)
    columns |= {key: Objects([row.get(key) for row in rows]) for key in ENVELOPE if key in met}
    if "scores" in met:
        given = [row.get("scores") for row in rows]
        scores = [value if isinstance(value, dict) else {} for value in given]
        columns |= _columns(PROBABILITIES, scores)
    return columns


def _columns(before: str, rows: Sequence[dict[str, Any]]) -> dict[str, Raw]:
    names = dict.fromkeys(rows[0])
    names |= dict.fromkeys(sorted({*names}.symmetric_difference(set().union(*rows))))
    return {before + name: Objects([row.get(name) for row in rows]) for name in names}
