"""How much faster is a window judged than by the peers, on the same rows in the same run?

A window of 100,000 rows and 20 numbers against a reference that both know already, from columns in
memory, ours and theirs in turn, by processor time: the machine may be shared. And a row at a time.
Peers are installed by `make peers`.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from detectors.comparison import (
    DEFAULTS,
    Hellinger,
    JensenShannon,
    KolmogorovSmirnov,
    WassersteinUnits,
)
from detectors.summaries import Layout, Summary, numeric_feature, tabulate
from tests.benchmarks import bench_kafka
from tests.benchmarks.measure import Row, at_least
from tests.peers.environments import FOLDER, Failed, NotInstalled, run
from tests.peers.theirs.wide import NAMES, seconds, window

TIMES = 9
NANNYML = (JensenShannon(), KolmogorovSmirnov(), WassersteinUnits(), Hellinger(bins="doane"))
Ours = Callable[[], object]


@dataclass(frozen=True)
class Race:
    """What a peer is timed at, beside what of ours, and how much faster that is to be."""

    name: str
    peer: str
    key: str
    target: float
    ours: Ours


def rows(*, short: bool) -> list[Row]:
    """Give the table's lines; one of a peer that is not installed says so."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    n, turns = (20_000, 1) if short else (100_000, 2)
    return [*_windows(n, turns), _one_by_one(n, turns, short=short)]


def _windows(n: int, turns: int) -> Iterator[Row]:
    reference, layout = _reference(n)
    current = window(n, 1)
    of = f"a window of {n:,} x {len(NAMES)} against a reference"

    def default() -> object:
        summary = _counted(layout, current)
        return [d.compare(reference, summary) for d in DEFAULTS]

    def same() -> object:
        summary = _counted(layout, current)
        return [d.compare(reference, summary) for d in NANNYML]

    races = (
        Race(f"{of}, Evidently's drift and summary", "evidently", "default", 500, default),
        Race(f"{of}, Evidently's drift alone", "evidently", "drift", 500, default),
        Race(f"{of}, NannyML, the same statistics", "nannyml", "calculate", 20, same),
        Race(f"{of}, whylogs profiling", "whylogs", "frame", 50, default),
    )
    for peer in ("whylogs", "nannyml", "evidently"):
        yield from _raced([race for race in races if race.peer == peer], n, turns)


def _raced(races: Sequence[Race], n: int, turns: int) -> Iterator[Row]:
    """Measure ours and what the one peer takes, in turn; give windows a second."""
    theirs: list[dict[str, float]] = []
    ours: list[list[float]] = [[] for _ in races]
    problem: Exception | None = None
    for _ in range(turns):
        for race, took in zip(races, ours, strict=True):
            took.append(seconds(race.ours, TIMES))
        try:
            theirs.append(_asked(races[0].peer, n))
        except (NotInstalled, Failed) as said:
            problem = said
            break
    for race, took in zip(races, ours, strict=True):
        pace = 1 / median(took)
        if problem:
            yield _absent(race.name, pace, race.target, problem)
        else:
            peer = 1 / median(each[race.key] for each in theirs)
            yield at_least(race.name, pace, peer, "/s", race.target)


def _asked(peer: str, n: int) -> dict[str, float]:
    return run(peer, f"speed_{peer}", str(n), "1")


def _one_by_one(n: int, turns: int, *, short: bool) -> Row:
    """Put a row's cost from Kafka to a judged store beside that of profiling a row."""
    name = "a row at a time: Kafka to a judged store, 20 features, against whylogs profiling rows"
    folder = Path(tempfile.mkdtemp())
    try:
        with bench_kafka.a_kafka(folder) as kafka:
            case = next(bench_kafka.cases(kafka, folder, short=short))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ours = median(moment.busy for moment in case.ours)
    try:
        theirs = 1 / median(_asked("whylogs", n)["row"] for _ in range(turns))
    except (NotInstalled, Failed) as problem:
        return _absent(name, ours, 50, problem)
    return at_least(name, ours, theirs, "/s", 50)


def _absent(name: str, ours: float, target: float, problem: Exception) -> Row:
    said = "not installed" if isinstance(problem, NotInstalled) else str(problem)
    return Row(f"{name}: {said}", ours, "/s", None, 0.0, f">= {target:g} x", holds=False)


def _reference(n: int) -> tuple[Summary, Layout]:
    values = window(n, 0)
    features = (numeric_feature(name, row) for name, row in zip(NAMES, values, strict=True))
    layout = Layout(tuple(features))
    return _counted(layout, values), layout


def _counted(layout: Layout, values: np.ndarray) -> Summary:
    n = values.shape[1]
    none = np.zeros((0, n), dtype=np.int32)
    return tabulate(layout, values, none, [], np.zeros(n, dtype=np.int64), 1).summary(0)


if __name__ == "__main__":
    for row in rows(short="short" in sys.argv):
        beside = f" / {row.floor_or_peer:,.3f} = {row.ratio:.0f}" if row.floor_or_peer else ""
        print(f"{row.name}: {row.ours:,.2f}{beside} {row.unit} (target {row.target})")
