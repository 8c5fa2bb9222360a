"""A process that judges what a store holds, boundary by boundary, until it is killed or done.

`python -m tests.integration.pager.judging URL` prints each boundary once it is committed.
"""

import sys
from datetime import timedelta

from driftwatch.decide.settings import AlertSettings
from driftwatch.nouns.judgements import Judgement
from driftwatch.pipeline import tick
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings, StoreUrl
from tests.unit.pipeline.scenes import BEGIN, HOUR, Line, Scene

HOURS = 8
PAGER = AlertSettings(phi=1.0, tolerance=0.15, no_data=timedelta(days=3650))
NOW = BEGIN + 80 * HOUR


class Told(Line):
    """Tells of each boundary that is in the store."""

    def commit(self, judgement: Judgement) -> None:
        super().commit(judgement)
        print(judgement.boundary, flush=True)


def opened(url: str) -> Store:
    return open_store(StoreSettings(url=StoreUrl(url)), lambda: NOW)


def judge(store: Store) -> None:
    of = Scene({})
    of.clock.now = NOW
    tick(of.judging(Told(store), alerts=PAGER), of.clock, lambda: True)  # type: ignore[arg-type]


if __name__ == "__main__":
    held = opened(sys.argv[1])
    print("open", flush=True)
    judge(held)
    held.dispose()
