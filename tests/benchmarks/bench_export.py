"""How long does a scrape of 1,000 features take, and what does a snapshot cost to render?"""

import httpx

from driftwatch.export.statistics import STATISTICS
from driftwatch.nouns.records import Counter
from driftwatch.web.routes import Served
from driftwatch.web.server import serve
from driftwatch.web.settings import ServerSettings
from tests.benchmarks.measure import Row, at_most, median_seconds
from tests.unit.export.samples import Store, exposition, snapshot, verdicts

FEATURES = 1000
COUNTERS = {Counter("observations", "kafka", "fraud", "3"): 10, Counter("received", "kafka"): 9}


def rows(*, short: bool) -> list[Row]:
    """Measure over a real socket, with two windows of a thousand features."""
    repeats = 5 if short else 21
    features = [f"feature_{i}" for i in range(FEATURES)]
    state = snapshot(
        verdicts(features=features), verdicts(window="24h", hours=24, features=features)
    )
    made, health = exposition(Store(COUNTERS))
    publish = median_seconds(lambda: made.publish(state), repeats)
    server = serve(ServerSettings(address="127.0.0.1:0"), Served(made, health))
    server.start()
    try:
        with httpx.Client(trust_env=False) as client:
            url = f"http://{server.address}/metrics"
            scrape = median_seconds(lambda: client.get(url).raise_for_status(), repeats)
    finally:
        server.stop()
    of = f"{FEATURES:,} features, {len(STATISTICS)} statistics, 2 windows"
    return [
        at_most(f"scrape, {of}", scrape * 1000, "ms", 100),
        at_most(f"rendering a snapshot, {of}, once a tick", publish * 1000, "ms", 100),
    ]


if __name__ == "__main__":
    for row in rows(short=False):
        print(f"{row.name}: {row.ours:.1f} {row.unit} (target {row.target})")
