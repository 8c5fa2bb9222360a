"""What was counted of one version since the last append?

A piece for each poll: its rows by pane, or by segment and pane, for each column that divides them.
The whole of a version is the sum of its segments, so that no row is counted twice for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from detectors.summaries import Grouped, combine, newcomers, tabulate
from detectors.summaries.newcomers import Newcomers
from driftwatch.nouns.derivation import derive
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.records import Batch, Int64, Part, Population
from driftwatch.nouns.segments import divide
from driftwatch.window.grouping import Panes, group_by_pane


@dataclass(slots=True, eq=False)
class Pieces:
    """The pieces of one version: the starts of each one's panes, and its counts by family.

    Groups of a piece with p panes are numbered segment * p + pane. Without segments there is one
    family, of one part.
    """

    profile: Profile
    starts: list[Int64] = field(default_factory=list)
    grouped: list[tuple[Grouped, ...]] = field(default_factory=list)
    newcomers: dict[int, Newcomers] = field(default_factory=dict)

    def add(self, batch: Batch, pane: int) -> int:
        """Count the rows of a poll; give how many cells that takes."""
        panes = group_by_pane(batch.time, pane)
        whole = derive(batch, self.profile)
        width = len(panes.start)
        grouped = tuple(
            tabulate(
                self.profile.layout,
                whole.numbers,
                whole.codes,
                whole.words,
                panes.group if parts == 1 else place * width + panes.group,
                parts * width,
            )
            for place, parts in self._divided(batch)
        )
        self.starts.append(panes.start)
        self.grouped.append(grouped)
        layout = self.profile.layout
        if np.isin(grouped[0].index % layout.width, layout.unseen_cells).any():
            self._note(whole, panes)
        return sum(one.size for one in grouped)

    def parts(self) -> Iterator[Part]:
        """Put the pieces together: of the whole, and of each segment that is watched."""
        starts = np.unique(np.concatenate(self.starts))
        at = [np.searchsorted(starts, some) for some in self.starts]
        yield from self._whole(starts, at)
        for family in range(len(self.profile.segments)):
            yield from self._segments(family, starts, at)

    def _whole(self, starts: Int64, at: list[Int64]) -> Iterator[Part]:
        pieces = [grouped[0] for grouped in self.grouped]
        group = [
            np.tile(place, len(one.rows) // len(place))
            for one, place in zip(pieces, at, strict=True)
        ]
        whole = combine(pieces, group, len(starts))
        for place, start in enumerate(starts.tolist()):
            body = whole.encode(place) + newcomers.encode(self.newcomers.get(start, {}))
            yield self._part("", start, int(whole.rows[place]), body)

    def _segments(self, family: int, starts: Int64, at: list[Int64]) -> Iterator[Part]:
        names, watched = self.profile.segments[family].names, self.profile.parts
        first = np.arange(len(names))[:, None] * len(starts)
        pieces = [grouped[family] for grouped in self.grouped]
        by_segment = combine(
            pieces, [(first + place).ravel() for place in at], first.size * len(starts)
        )
        for group in np.flatnonzero(by_segment.rows).tolist():
            segment, place = divmod(group, len(starts))
            if names[segment] in watched:
                rows, body = int(by_segment.rows[group]), by_segment.encode(group)
                yield self._part(names[segment], int(starts[place]), rows, body)

    def _part(self, segment: str, start: int, rows: int, body: bytes) -> Part:
        population = Population(self.profile.model, self.profile.version, segment)
        return Part(population, self.profile.fingerprint, start, rows, body)

    def _divided(self, batch: Batch) -> Iterator[tuple[Int64, int]]:
        """Give the place of each row's segment, and how many there are, for each family."""
        if not self.profile.segments:
            yield np.zeros(0, np.int64), 1
        columns = [column.name for column in self.profile.schema.categorical]
        for family in self.profile.segments:
            at = columns.index(family.column)
            yield divide(family.values, batch.codes[at], batch.words[at]), len(family.names)

    def _note(self, batch: Batch, panes: Panes) -> None:
        """Sketch the values that the reference never held, by pane, of the whole only."""
        layout = self.profile.layout
        came = newcomers.newcomers(layout, batch.codes, batch.words, panes.group)
        for place, sketches in came.items():
            pane = int(panes.start[place])
            self.newcomers[pane] = newcomers.add(self.newcomers.get(pane, {}), sketches)
