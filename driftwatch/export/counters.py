"""What do the committed counters say, also while the store cannot be read?"""

import threading
from collections import Counter as Sums
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, wait

from driftwatch.export import names
from driftwatch.export.exposition import Series
from driftwatch.nouns.records import Counter, Reason, Skip

ReadCounters = Callable[[], Mapping[Counter, int]]
KNOWN_REASONS = {
    "rejected": tuple(reason for reason in Reason if reason is not Reason.POISON),
    "skipped": tuple(Skip),
    "lost": (Skip.EXPIRED, Skip.POISON),  # of the others no number can be known
}
KNOWN_OF_VERSIONS = ("observations", "late")


class Committed:
    """The counters of the store, or the last ones known while it fails or does not answer.

    A scrape waits for the store no longer than `patience` (seconds); an answer that comes later
    serves the next one.
    """

    def __init__(self, read: ReadCounters, *, patience: float = 2.0) -> None:
        self._read = read
        self._patience = patience
        self._lock = threading.Lock()
        self._pending: Future[Mapping[Counter, int]] | None = None
        self._last: Mapping[Counter, int] | None = None

    def read(self) -> tuple[Mapping[Counter, int] | None, bool]:
        """Give the counters (None before the first that could be read), and if they are fresh."""
        with self._lock:
            if self._pending is None:
                self._pending = self._begin()
            pending = self._pending
        wait([pending], self._patience)
        with self._lock:
            if not pending.done():
                return self._last, False
            if self._pending is pending:
                self._pending = None
                if pending.exception() is None:
                    self._last = pending.result()
            return self._last, pending.exception() is None

    def _begin(self) -> Future[Mapping[Counter, int]]:
        future: Future[Mapping[Counter, int]] = Future()

        def run() -> None:
            try:
                future.set_result(self._read())
            except Exception as error:
                future.set_exception(error)

        threading.Thread(target=run, name="counters", daemon=True).start()
        return future


def totals(
    counters: Mapping[Counter, int],
    sources: Collection[str],
    versions: Collection[tuple[str, str]],
    limit: int,
) -> tuple[list[Series], Sums[str]]:
    """Make the counters' series; what can be known of sources and versions exists from the start.

    Versions come with the data: of each metric and model only the `limit` largest series are
    given, with how many series of each model are left out.
    """
    sums: dict[str, Sums[tuple[str, ...]]] = {kind: Sums() for kind in names.COUNTERS}
    for source in sources:
        sums["received"][source,] = 0
        for kind, reasons in KNOWN_REASONS.items():
            sums[kind].update({(source, reason.value): 0 for reason in reasons})
    for kind in KNOWN_OF_VERSIONS:
        sums[kind].update(dict.fromkeys(versions, 0))
    for counter, value in counters.items():
        if counter.kind in sums:
            _, fields = names.COUNTERS[counter.kind]
            sums[counter.kind][tuple(getattr(counter, field) for field in fields)] += value
    series: list[Series] = []
    dropped: Sums[str] = Sums()
    for kind, (metric, _) in names.COUNTERS.items():
        kept = largest(sums[kind], limit)
        dropped.update(labels[0] for labels in sums[kind].keys() - kept.keys())
        series.append((metric, sorted(kept.items())))
    return series, dropped


def largest(values: Mapping[tuple[str, ...], float], limit: int) -> dict[tuple[str, ...], float]:
    """Keep the largest values of each model, which the first label names."""
    kept: Sums[str] = Sums()
    given = {}
    for labels, value in sorted(values.items(), key=lambda item: (-item[1], item[0])):
        if kept[labels[0]] < limit:
            kept[labels[0]] += 1
            given[labels] = value
    return given
