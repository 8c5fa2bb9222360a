"""In which order are rows counted, and how many at a time?"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Run:
    """Rows that lie one after the other: all those of one group, or of a few.

    `first` is the place of the first row, `groups` are the groups, int64[g], and `held` is how many
    rows each of them has.
    """

    first: int
    groups: Counts
    held: Counts

    @cached_property
    def size(self) -> int:
        """The number of rows."""
        return int(self.held.sum())

    @property
    def rows(self) -> slice:
        """The places of the rows."""
        return slice(self.first, self.first + self.size)

    @cached_property
    def begins(self) -> Counts:
        """Where each group begins among the rows of the run, int64[g]."""
        begins: Counts = np.cumsum(self.held) - self.held
        return begins

    @cached_property
    def group(self) -> Counts:
        """Which of the run's groups each row is of, from 0, int64[size]."""
        return np.repeat(np.arange(len(self.held)), self.held)

    def cut(self, size: int) -> Iterator["Run"]:
        """Cut into runs of at most so many rows, or of one group."""
        ends = np.cumsum(self.held)
        first = row = 0
        while first < len(ends):
            last = max(int(np.searchsorted(ends, row + size, side="right")), first + 1)
            some = slice(first, last)
            yield Run(self.first + row, self.groups[some], self.held[some])
            first, row = last, int(ends[last - 1])


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows in the order of their groups.

    `order` has their places as they came, None where that is the order; `held` is how many rows
    each group has, `run` is all of them.
    """

    order: NDArray[np.intp] | None
    held: Counts
    run: Run

    @classmethod
    def by(cls, group: NDArray[np.int64], groups: int) -> "Rows":
        """Order rows by their groups, each of which is in [0, groups)."""
        held = np.bincount(group, minlength=groups)
        present = np.flatnonzero(held)
        order = None
        if np.any(group[1:] < group[:-1]):
            narrow = group.astype(np.uint16) if groups <= 1 << 16 else group
            order = np.argsort(narrow, kind="stable")  # by radix where it is narrow
        return cls(order, held, Run(0, present, held[present]))

    def take(self, columns: NDArray[Any], run: Run, room: NDArray[Any]) -> NDArray[Any]:
        """Give the rows of a run, [c, n] -> [c, size]; put them into `room` if they must move."""
        if self.order is None:
            return columns[:, run.rows]
        shape = len(columns), run.size
        out = room[: shape[0] * shape[1]].reshape(shape)
        return columns.take(self.order[run.rows], axis=1, out=out, mode="clip")
