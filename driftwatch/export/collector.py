"""What does a scrape answer?

The committed state is rendered once per snapshot; counters, and what threads tell of themselves,
at the scrape. Before the first snapshot only the latter is served, with the build's info: absent
rather than zero.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from driftwatch.export import names
from driftwatch.export.counters import Committed, totals
from driftwatch.export.exposition import END, Series, write, write_gauges
from driftwatch.export.health import Health
from driftwatch.export.metric import SECOND
from driftwatch.export.negotiation import OPENMETRICS, TEXT, wants_openmetrics
from driftwatch.export.state import configured, gauges, is_one, references
from driftwatch.nouns.judgements import Snapshot

COUNTER_SERIES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """A snapshot, rendered: gauges look alike in both formats, infos do not."""

    gauges: bytes
    infos: tuple[Series, ...]
    dropped: Counter[str]


class Exposition:
    """The metrics of a daemon; its methods may be called by any thread.

    Of the state only the `models` and `endpoints` named are shown (None: all): a model that was
    taken out of the configuration would seem to be looked at no more, for ever.
    """

    def __init__(
        self,
        *,
        release: str,
        health: Health,
        counters: Committed,
        models: Collection[str] | None = None,
        endpoints: Collection[str] | None = None,
        max_series: int = 10_000,
        min_rows: int = 30,
    ) -> None:
        self._release = release
        self._health = health
        self._counters = counters
        self._models = models
        self._endpoints = endpoints
        self._max_series = max_series
        self._min_rows = min_rows
        self._versions: tuple[tuple[str, str], ...] = ()
        self._state: _State | None = None

    def expect(self, versions: Iterable[tuple[str, str]]) -> None:
        """Show the counters of these models and versions, each with its reference, from now on."""
        self._versions = tuple(versions)

    def publish(self, snapshot: Snapshot) -> None:
        """Show a snapshot from now on, in place of the one before."""
        shown = configured(snapshot, self._models, self._endpoints)
        series, dropped = gauges(shown, max_series=self._max_series, min_rows=self._min_rows)
        self._state = _State(write_gauges(series), (references(shown),), dropped)

    def scrape(self, accept: str) -> tuple[str, bytes]:
        """Give the content type that suits the Accept header best, and the body."""
        openmetrics = wants_openmetrics(accept)
        state = self._state
        body = write(self._live(state), openmetrics=openmetrics)
        if state is not None:
            body = state.gauges + body
        return (OPENMETRICS, body + END) if openmetrics else (TEXT, body)

    def _live(self, state: _State | None) -> list[Series]:
        series = [(names.BUILD_INFO, [([self._release], 1)]), *_health(self._health, self._models)]
        if state is None:
            return series
        dropped = Counter(state.dropped)
        counters, fresh = self._counters.read()
        series.append((names.STORE_UP, [([], float(fresh))]))
        if counters is not None:
            sources = sorted(self._health.sources())
            made, more = totals(counters, sources, self._versions, COUNTER_SERIES)
            series += made
            dropped.update(more)
        series += state.infos
        series.append((names.SERIES_DROPPED, [([m], n) for m, n in sorted(dropped.items())]))
        return series


def _health(health: Health, models: Collection[str] | None) -> list[Series]:
    took = {m: seconds for m, seconds in health.durations().items() if is_one(m, models)}
    sources = sorted(health.sources().items())
    notices = health.notices()
    loaded = health.loaded_at()
    return [
        (names.SOURCE_UP, [([n], float(not s.status)) for n, s in sources]),
        (
            names.SOURCE_LAG,
            [((n, p), float(lag)) for n, s in sources for p, lag in sorted(s.lag.items())],
        ),
        (names.HEARTBEAT, [([t], b.at / SECOND) for t, b in sorted(health.beats().items())]),
        (names.NOTICE, [([topic], 1.0) for topic in sorted(notices)]),
        (names.EVALUATION_DURATION, [([m], s) for m, s in sorted(took.items())]),
        (names.RELOAD_SUCCESSFUL, [([], float("reload" not in notices))]),
        (names.RELOAD_TIME, [] if loaded is None else [([], loaded / SECOND)]),
    ]
