"""How does evidence grow with the rows of each pane, and when does it call a person?

Shiryaev-Roberts over budget hours of event time: the start mass of 1 an hour is spread
over the panes of the hour, and put in with those that hold rows; no rows, no evidence. The evidence
at a pane is (evidence at the start of the hour + start mass so far) times the e-value of the open
hour's counts, so that it depends on integers alone, however the hour came in.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.components import Components
from detectors.sequential.pages import HOURS, LARGE, Clock, Page, Weighed
from detectors.sequential.reference import Reference
from detectors.sequential.state import State
from detectors.sequential.tuning import Tuning

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST, MOST = 1e-30, 1e30


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one step gave: the state after it, pages, and each family's log excess."""

    state: State
    pages: tuple[Page, ...]
    excess: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """Pages at most alpha times an hour on average, whatever the features and how often it looks.

    Misleads where rows are more alike than phi says, or the reference does not stand for harmless
    traffic. Blind to what leaves the shares of all its sets within the tolerance.

    Reference: Shin, Ramdas, Rinaldo, E-detectors (2022), arXiv 2203.03532; the removal is our own.

    >>> from detectors.sequential.dispersion import Dispersion
    >>> from detectors.sequential.sets import Sets
    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", np.arange(5000.0)),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, np.int64), 1).summary(0)
    >>> summary = counted(np.arange(5000.0))
    >>> sets = Sets.of(layout, summary, ["feature"])
    >>> reference = Reference(sets, summary, Dispersion.said(1.0, len(sets)))
    >>> detector = Detector.of(reference, Tuning())
    >>> quiet, moved = counted(np.arange(0, 5000, 10.0)), counted(np.arange(2000, 5000, 10.0))
    >>> outcome = detector.pane(detector.begin(), 0, quiet.counts)
    >>> outcome.pages
    ()
    >>> outcome = detector.pane(outcome.state, 1, moved.counts)
    >>> [page.family for page in outcome.pages]
    ['covariate']
    """

    components: Components

    @classmethod
    def of(cls, reference: Reference, tuning: Tuning) -> Self:
        """Make the detector of a reference."""
        return cls(Components.of(reference, tuning))

    def begin(self) -> State:
        """Begin without evidence."""
        return State.empty(self.components)

    def pane(
        self, state: State, hour: int, counts: Counts, share: float = 1.0, rejected: int = 0
    ) -> Outcome:
        """Take in the rows of one closed pane; panes come in the order of event time.

        Parameters
        ----------
        hour : the budget hour of the pane
        counts : int64[layout.width], all rows of the pane
        share : of the budget in this pane, where it is split among populations
        rejected : records of the pane that were rejected, beside its rows

        Raises
        ------
        ValueError : where the hour lies before the open one
        """
        if hour < state.hour:
            message = f"hour {hour} comes after hour {state.hour}: rows enter in order of time"
            raise ValueError(message)
        state, before = self._until(state, hour)
        if rejected or counts.any():
            state = self._add(self._open(state, hour), counts, share, rejected)
        weighed = self._weighed(state, 0)
        state, pages = self._called(state, weighed)
        return Outcome(state, (*before, *pages), weighed.excess)

    def hour(self, state: State, hour: int, k: Counts, n: Counts, share: float = 1.0) -> Outcome:
        """Take in a whole hour of which only the sets' counts are known, nothing stuck or rejected.

        Parameters
        ----------
        k, n : int64[S]
        share : of the budget in this hour, where it is split among populations
        """
        state, before = self._until(state, hour)
        nothing = np.zeros(self.components.columns - len(k), np.int64)
        counts = np.append(k, nothing), np.append(n, nothing)
        state = replace(self._open(state, hour), begun=share, k=counts[0], n=counts[1])
        weighed = self._weighed(state, 0)
        state, pages = self._called(state, weighed)
        return Outcome(state, (*before, *pages), weighed.excess)

    def until(self, state: State, hour: int) -> Outcome:
        """Close the hour and the day that have ended before `hour` begins."""
        state, pages = self._until(state, hour)
        return Outcome(state, pages, self._weighed(state, 0).excess)

    def _until(self, state: State, hour: int) -> tuple[State, tuple[Page, ...]]:
        if state.begun and hour > state.hour:
            state = self._close_hour(state)
        if state.day_begun and hour // HOURS > state.day:
            return self._close_day(state)
        return state, ()

    def _open(self, state: State, hour: int) -> State:
        """Begin an hour, if it has not begun; the calendar may end what features stand on."""
        if state.begun:
            return state
        period = max(round(1 / self.components.tuning.alpha), 1)
        mass = state.mass
        if hour // period != state.hour // period:
            mass = mass.copy()
            mass[1] = 0.0
        return replace(state, hour=hour, day=hour // HOURS, mass=mass, stuck=state.fullest)

    def _add(self, state: State, counts: Counts, share: float, rejected: int) -> State:
        components = self.components
        k, n = components.count(counts, state.stuck, rejected)
        fullest = components.fullest(counts)
        return replace(
            state,
            begun=state.begun + share / components.tuning.slots,
            k=state.k + k,
            n=state.n + n,
            fullest=np.where(fullest >= 0, fullest, state.fullest),
        )

    def _weighed(self, state: State, row: int) -> Weighed:
        """Give the evidence after the open hour's counts so far."""
        mass = state.mass[row]
        if not state.begun:
            return Weighed(self.components, mass.astype(np.float64), 0.0, "hour")
        won = self.components.won(state.k, state.n, state.hour)
        return self._grown(mass + state.begun * self.components.weight, won, state.rests, "hour")

    def _grown(self, mass: Floats, won: Floats, rests: Bools, clock: Clock) -> Weighed:
        """Multiply by e-values given as logarithms."""
        scale = max(float(won.max(initial=0.0)) - LARGE, 0.0)
        mass *= np.exp(won - scale)
        if rests.any():
            mass[:, rests[self.components.group]] = 0.0
        return Weighed(self.components, mass, scale, clock)

    def _called(self, state: State, weighed: Weighed) -> tuple[State, tuple[Page, ...]]:
        """Page for each family that has evidence enough, and take that evidence away."""
        due = [family for family, excess in weighed.excess.items() if excess >= 0]
        if not due:
            return state, ()
        calendar = self._weighed(state, 1)
        pages = tuple(weighed.page(family, state.hour, calendar) for family in due)
        return self._removed(state, pages), pages

    def _removed(self, state: State, pages: tuple[Page, ...]) -> State:
        """Begin anew with the features called: in the next hour, and on the next day."""
        gone = np.zeros(len(self.components.first), dtype=np.bool_)
        gone[[group for page in pages for group in page.groups]] = True
        kept = ~gone[self.components.group]
        return replace(
            state,
            mass=state.mass * kept,
            day_mass=state.day_mass * kept if state.day_mass.size else state.day_mass,
            rests=state.rests | gone,
            day_rests=state.day_rests | gone,
        )

    def _close_hour(self, state: State) -> State:
        nothing = np.zeros_like(state.k)
        return replace(
            state,
            begun=0.0,
            day_begun=state.day_begun + state.begun / HOURS,
            mass=np.stack([_kept(self._weighed(state, row)) for row in (0, 1)]),
            k=nothing,
            n=nothing,
            day_k=state.day_k + state.k,
            day_n=state.day_n + state.n,
            rests=np.zeros_like(state.rests),
        )

    def _close_day(self, state: State) -> tuple[State, tuple[Page, ...]]:
        """Look at a whole day, in which the daily cycle is one and the same."""
        nothing = np.zeros_like(state.day_k)
        fresh = replace(
            state,
            day_begun=0.0,
            day_k=nothing,
            day_n=nothing,
            day_rests=np.zeros_like(state.day_rests),
        )
        components = self.components
        if components.day is None:
            return fresh, ()
        mass: Floats = state.day_mass + state.day_begun * components.weight
        won = components.won_daily(state.day_k, state.day_n)
        weighed = self._grown(mass, won, state.day_rests, "day")
        due = [family for family, excess in weighed.excess.items() if excess >= 0]
        calendar = self._weighed(state, 1)
        pages = tuple(weighed.page(family, (state.day + 1) * HOURS, calendar) for family in due)
        fresh = replace(fresh, day_mass=_kept(weighed))
        if not pages:
            return fresh, ()
        fresh = self._removed(fresh, pages)
        return replace(fresh, rests=state.rests, day_rests=np.zeros_like(state.day_rests)), pages


def _kept(weighed: Weighed) -> NDArray[np.float32]:
    """Give the mass as it is kept: none where it is next to nothing, and never without end."""
    mass = weighed.mass * math.exp(min(weighed.scale, LARGE))
    return np.where(mass < LEAST, 0.0, np.minimum(mass, MOST)).astype(np.float32)
