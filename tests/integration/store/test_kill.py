"""Is an append whole or absent, whenever the process is killed?"""

import random
import subprocess
import sys
from pathlib import Path

from driftwatch.store import open_store
from driftwatch.store.settings import StoreSettings, StoreUrl

MINUTE = 60_000_000
KILLS = 8
APPENDING = """
import sys
from driftwatch.nouns.records import Delta, Part, Population, Position, Tally
from driftwatch.store import open_store
from driftwatch.store.settings import StoreSettings, StoreUrl

store = open_store(StoreSettings(url=StoreUrl(sys.argv[1])), lambda: 0)
print(store.notices, flush=True)
fraud = Population("fraud", "3")
while True:
    stored = store.offsets("kafka")
    first = stored["t-0"].next if stored else 0
    rows = first % 7 + 1
    parts = tuple(Part(fraud, "f1", pane * 60_000_000, rows, bytes(5_000)) for pane in range(3))
    tallies = {Tally("observations", part.pane, "fraud", "3"): rows for part in parts}
    span, positions = {"t-0": (first, first + rows)}, {"t-0": Position(first + rows)}
    store.append(Delta("kafka", span, positions, parts, tallies, ()), 60_000_000)
    if first < 500:
        print(first, flush=True)
"""


def test_a_killed_process_leaves_whole_appends_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    moments = random.Random(9)
    last = 0
    for _ in range(KILLS):
        appending = subprocess.Popen(
            [sys.executable, "-c", APPENDING, url], stdout=subprocess.PIPE, text=True
        )
        assert appending.stdout is not None
        try:
            assert appending.stdout.readline() == "()\n"
            appending.wait(moments.uniform(0.02, 0.3))
        except subprocess.TimeoutExpired:
            pass
        finally:
            appending.kill()
            appending.wait()
            appending.stdout.close()
        last = _whole(url, last)
    assert last > 0


def _whole(url: str, before: int) -> int:
    """See that rows, counts and offset tell the same; give the offset."""
    store = open_store(StoreSettings(url=StoreUrl(url)), lambda: 0)
    try:
        assert store.notices == ()
        stored = store.offsets("kafka")
        offset = stored["t-0"].next if stored else 0
        assert offset >= before
        parts = store.panes("fraud", 0, 3 * MINUTE)
        assert sum(part.rows for part in parts) == 3 * offset
        assert sum(store.counters().values()) == 3 * offset
        assert sum(store.tallies(0, 3 * MINUTE).values()) == 3 * offset
        return offset
    finally:
        store.dispose()
