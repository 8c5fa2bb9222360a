"""How do closed panes become hours, and windows to be judged?

Windows of up to an hour are sums of minute panes that end at the boundary, longer ones sums of hour
panes that end at its last whole hour. What is closed never changes: each pane is read from the
store once, and kept as its encoded bytes as long as a window needs it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby

from detectors.summaries import Summary, encode, merge
from driftwatch.nouns.judgements import Opened, Subject, Window
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.nouns.records import Part, Population
from driftwatch.nouns.settings import microseconds, show_duration
from driftwatch.window.settings import HOUR, WindowSettings

Read = Callable[[str, int, int], Sequence[Part]]
_HOUR = microseconds(HOUR)
_DAYS = timedelta(hours=48)
_LOOKED_BACK = 168 * _HOUR
_BLOCK = 8  # panes that are put together once, so that sliding a window by a pane costs a fifth


@dataclass(slots=True, eq=False)
class _Bodies:
    """The bodies of all panes that start in [start, end), by pane and population."""

    start: int = 0
    end: int = 0
    held: dict[int, dict[Population, list[bytes]]] = field(default_factory=dict)

    def cover(self, start: int, end: int, read: Callable[[int, int], Sequence[Part]]) -> None:
        """Hold just this stretch, and read what of it is not held yet."""
        if not self.start <= start <= self.end <= end:
            self.start, self.end, self.held = start, start, {}
        if end > self.end:
            for part in read(self.end, end):
                self.add(part)
        self.start, self.end = start, end
        self.held = {pane: held for pane, held in self.held.items() if pane >= start}

    def add(self, part: Part) -> None:
        """Hold one more part."""
        self.held.setdefault(part.pane, {}).setdefault(part.population, []).append(part.body)

    def of(self, population: Population, start: int, end: int) -> list[bytes]:
        """Give what is held of a population in [start, end), in the order of time."""
        panes = sorted(pane for pane in self.held if start <= pane < end)
        return [body for pane in panes for body in self.held[pane].get(population, ())]

    def populations(self, start: int | None = None, end: int | None = None) -> list[Population]:
        """Give the populations that have anything in [start, end), or in all that is held."""
        start, end = self.start if start is None else start, self.end if end is None else end
        return sorted({p for pane, held in self.held.items() if start <= pane < end for p in held})


class Panes:
    """The closed panes of one model. Used by the tick thread only."""

    def __init__(self, settings: WindowSettings) -> None:
        self._step = microseconds(settings.step)
        lengths = [(window_name(w), microseconds(w)) for w in settings.windows]
        self._short = [(name, length) for name, length in lengths if length <= _HOUR]
        self._long = [(name, length) for name, length in lengths if length > _HOUR]
        self._profiles: Mapping[str, Profile] = {}
        self._watched: frozenset[tuple[str, str]] = frozenset()  # versions, and their segments
        self._minutes, self._hours = _Bodies(), _Bodies()
        self._block = _BLOCK * microseconds(settings.pane)
        self._blocks: dict[tuple[Population, int], list[bytes]] = {}
        self._summed: dict[tuple[Population, int, int], Summary] = {}
        self._made: Mapping[int, tuple[Part, ...]] = {}

    def subjects(
        self, opened: Opened, known: Known, panes: Read, hours: Read
    ) -> tuple[Subject, ...]:
        """Give each version that has rows in any window, with all its windows; no segments.

        `panes` and `hours` read parts from the store. Parts that were counted under another
        reference than the present one are left out.
        """
        boundary, whole = opened.boundary, _hour(opened.boundary)
        if self._refer(opened.model, known) or boundary < self._minutes.end:
            self._start_afresh()
        read = self._reader(opened.model, panes)
        self._minutes.cover(boundary - _HOUR, boundary, read)
        self._made = {boundary: self._complete(opened, read)}
        self._cover_hours(opened, self._reader(opened.model, hours))
        self._blocks = {k: b for k, b in self._blocks.items() if k[1] >= self._minutes.start}
        self._summed = {k: s for k, s in self._summed.items() if k[2] == whole}
        populations = {*self._minutes.populations(), *self._hours.populations()}
        versions = sorted(p for p in populations if not p.segment)
        subjects = [self._subject(population, boundary) for population in versions]
        return tuple(s for s in subjects if any(w.summary.rows for w in s.windows))

    def entered(self, opened: Opened, panes: Read) -> dict[Population, list[tuple[int, Summary]]]:
        """Give each pane with rows that was closed since the last boundary, in order of time."""
        since, minutes = self.since(opened), self._minutes
        if since < minutes.start:
            minutes = _Bodies()
            minutes.cover(since, opened.boundary, self._reader(opened.model, panes))
        found: dict[Population, list[tuple[int, Summary]]] = {}
        for pane in sorted(pane for pane in minutes.held if since <= pane < opened.boundary):
            for population, bodies in minutes.held[pane].items():
                found.setdefault(population, []).append((pane, self._merged(population, bodies)))
        return {of: [(at, s) for at, s in of_it if s.rows] for of, of_it in found.items()}

    def past(
        self, opened: Opened, hours: Read, population: Population
    ) -> list[tuple[int, Summary]]:
        """Give the hours of the last week that hold rows, as the number of each since 1970.

        The last is the hour that the boundary lies in, as far as it is closed.
        """
        start, end = self.looked_back(opened), _hour(opened.boundary)
        made = self._made.get(opened.boundary, ())
        read = [*hours(opened.model, start, end), *made]
        parts = [part for part in read if part.population == population and self._refers(part)]
        bodies = {part.pane: [part.body] for part in parts}
        bodies[end] = self._minutes.of(population, end, opened.boundary)
        found = [(at // _HOUR, self._merged(population, bodies[at])) for at in sorted(bodies)]
        return [(hour, summary) for hour, summary in found if summary.rows]

    def looked_back(self, opened: Opened) -> int:
        """Give the time from which on `past` gives hours."""
        return _hour(opened.boundary) - _LOOKED_BACK

    def since(self, opened: Opened) -> int:
        """Give the time from which on panes were closed since the last boundary."""
        previous = opened.previous
        return opened.boundary - self._step if previous is None else previous

    @property
    def silent(self) -> bool:
        """Whether no window held anything at the last boundary, nor will without new rows."""
        return not self._minutes.held and not self._hours.held

    def hours(self, opened: Opened, known: Known) -> tuple[Part, ...]:
        """Give the hour panes that the boundary completes; `subjects` of it has made them."""
        return tuple(part for part in self._made.get(opened.boundary, ()) if _is_known(part, known))

    def forget(self, opened: Opened) -> int:
        """Give the time before which no later boundary needs a minute pane."""
        return opened.boundary - _HOUR

    def _refer(self, model: str, known: Known) -> bool:
        """Take note of the references, and say whether any differs: then other parts count."""
        profiles = {v: profile for (of, v), profile in known.profiles.items() if of == model}
        now = {version: profile.fingerprint for version, profile in profiles.items()}
        before = {version: profile.fingerprint for version, profile in self._profiles.items()}
        if now != before:
            self._profiles = profiles
            self._watched = frozenset(
                (version, segment) for version, p in profiles.items() for segment in ("", *p.parts)
            )
        return now != before

    def _start_afresh(self) -> None:
        """Let go of all that was read, where it may have changed: a store can be restored."""
        self._minutes, self._hours = _Bodies(), _Bodies()
        self._blocks, self._summed = {}, {}

    def _reader(self, model: str, read: Read) -> Callable[[int, int], list[Part]]:
        def ours(start: int, end: int) -> list[Part]:
            parts = [part for part in read(model, start, end) if self._refers(part)]
            runs = groupby(parts, key=lambda part: (part.population, part.pane))
            return [self._one([*run]) for _, run in runs]

        return ours

    def _one(self, parts: Sequence[Part]) -> Part:
        """Make one part of a pane's: one body is less to hold than one of each append."""
        if len(parts) == 1:
            return parts[0]
        whole = self._merged(parts[0].population, [part.body for part in parts])
        return replace(parts[0], rows=whole.rows, body=encode(whole))

    def _refers(self, part: Part) -> bool:
        profile = self._profiles.get(part.population.version)
        watched = (part.population.version, part.population.segment) in self._watched
        return watched and profile is not None and profile.fingerprint == part.reference

    def _merged(self, population: Population, bodies: Sequence[bytes]) -> Summary:
        return merge(self._profiles[population.version].layout, bodies)

    def _complete(self, opened: Opened, read: Callable[[int, int], list[Part]]) -> tuple[Part, ...]:
        """Make the hours that end after the last boundary and up to this one."""
        first, end = _hour(self.since(opened)), _hour(opened.boundary)
        minutes = self._minutes
        if first < min(end, minutes.start):
            minutes = _Bodies()
            minutes.cover(first, end, read)
        starts = {_hour(pane) for pane in minutes.held if first <= pane < end}
        return tuple(
            self._hour_part(population, start, minutes)
            for start in sorted(starts)
            for population in minutes.populations(start, start + _HOUR)
        )

    def _hour_part(self, population: Population, start: int, minutes: _Bodies) -> Part:
        summary = self._merged(population, minutes.of(population, start, start + _HOUR))
        reference = self._profiles[population.version].fingerprint
        return Part(population, reference, start, summary.rows, encode(summary))

    def _cover_hours(self, opened: Opened, read: Callable[[int, int], list[Part]]) -> None:
        """Hold the hours of the longest window: stored ones, and those that are new now."""
        end, stored = _hour(opened.boundary), _hour(self.since(opened))
        start = end - max((length for _, length in self._long), default=0)
        self._hours.cover(start, max(start, min(stored, end)), read)
        for part in self._made[opened.boundary]:
            if part.pane >= start:
                self._hours.add(part)
        self._hours.end = end

    def _subject(self, population: Population, boundary: int) -> Subject:
        windows = [self._short_window(population, boundary, *window) for window in self._short]
        windows += [self._long_window(population, _hour(boundary), *w) for w in self._long]
        return Subject(population, self._profiles[population.version], tuple(windows))

    def _short_window(self, population: Population, end: int, name: str, length: int) -> Window:
        bodies = self._run(population, end - length, end)
        return Window(name, end - length, end, self._merged(population, bodies))

    def _run(self, population: Population, start: int, end: int) -> list[bytes]:
        """Give bodies that add up to the closed panes of [start, end): whole blocks, and the rest.

        Blocks begin at multiples of their length, so that any two runs add up in the same order.
        """
        first, last = -(-start // self._block) * self._block, end // self._block * self._block
        if first >= last:
            return self._minutes.of(population, start, end)
        blocks = [self._whole(population, at) for at in range(first, last, self._block)]
        return [
            *self._minutes.of(population, start, first),
            *(body for block in blocks for body in block),
            *self._minutes.of(population, last, end),
        ]

    def _whole(self, population: Population, start: int) -> list[bytes]:
        """Give a block as one body, or none if it is empty."""
        key = (population, start)
        if key not in self._blocks:
            bodies = self._minutes.of(population, start, start + self._block)
            self._blocks[key] = [encode(self._merged(population, bodies))] if bodies else []
        return self._blocks[key]

    def _long_window(self, population: Population, end: int, name: str, length: int) -> Window:
        """Sum hours once for all boundaries of an hour."""
        key = (population, length, end)
        if key not in self._summed:
            bodies = self._hours.of(population, end - length, end)
            self._summed[key] = self._merged(population, bodies)
        return Window(name, end - length, end, self._summed[key])


def window_name(length: timedelta) -> str:
    """Name a window as people do: 30m, 1h, 24h, 7d."""
    hours, rest = divmod(length, HOUR)
    return f"{hours}h" if not rest and length < _DAYS else show_duration(length)


def _hour(time: int) -> int:
    return time // _HOUR * _HOUR


def _is_known(part: Part, known: Known) -> bool:
    profile = known.profile(part.population.model, part.population.version)
    return profile is not None and profile.fingerprint == part.reference
