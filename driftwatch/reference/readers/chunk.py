"""What does a reader give at a time?"""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from driftwatch.reference.values import Raw, take

CELLS = 100_000  # of a chunk of a text file: more do not fit a processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some consecutive rows of one file, as columns by path.

    A path is a column's name, or `features.` and its name in driftwatch's own format. `row` holds
    the rows' numbers in their file, from 1; `done` how many bytes are read so far.
    """

    file: str
    row: NDArray[np.int64]
    columns: Mapping[str, Raw]
    done: int

    def taken(self, rows: NDArray[np.int64]) -> "Chunk":
        """Give the chunk of just these rows."""
        columns = {path: take(raw, rows) for path, raw in self.columns.items()}
        return Chunk(self.file, self.row[rows], columns, self.done)


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a file, unpacked where it ends in .gz, and beside it the file whose position counts."""
    with path.open("rb") as file:
        if path.suffix.lower() != ".gz":
            yield file, file
            return
        with gzip.open(file) as unpacked:
            yield cast("BinaryIO", unpacked), file
