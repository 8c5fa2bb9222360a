"""Is the pager's evidence the same, bit for bit, whenever the process that gathers it is killed?"""

import random
import shutil
import subprocess
import sys
from pathlib import Path

from driftwatch.nouns.judgements import AlertState, Evidence
from tests.integration.pager.judging import HOURS, NOW, judge, opened
from tests.unit.pipeline.scenes import BEGIN, HOUR, Record, Scene

ROOT = Path(__file__).parents[3]
KILLS = 4


def stored(path: Path) -> str:
    """Read ten hours into a store, three of which drifted."""
    url = f"sqlite:///{path}"
    usual = [(at * 37) % 100 + 0.5 for at in range(60 * HOURS)]
    records = [
        Record(at, 0.15 * amount if 120 <= at < 300 else amount) for at, amount in enumerate(usual)
    ]
    of = Scene({"t/0": records})
    of.store = opened(url)  # type: ignore[assignment]
    of.clock.now = BEGIN + 60 * HOUR
    of.read_all()
    of.rest(NOW)
    of.store.dispose()
    return url


def left(url: str) -> tuple[list[Evidence], list[AlertState], list[str]]:
    """Give the evidence, the alerts and the transitions, once all was judged."""
    store = opened(url)
    try:
        judge(store)
        store.close("fraud", lambda _: NOW + 10 * HOUR)
        found = store.open("fraud", 600_000_000)
        assert found is not None
        told = [f"{t.boundary} {t.key.alert} {t.after}" for t in store.transitions(100)]
        return [found.evidence[of] for of in sorted(found.evidence)], list(store.alerts()), told
    finally:
        store.dispose()


def test_evidence_and_alerts_are_those_of_a_process_that_was_never_killed(tmp_path: Path):
    calm = stored(tmp_path / "calm.db")
    shutil.copy(tmp_path / "calm.db", tmp_path / "killed.db")
    killed, moments = f"sqlite:///{tmp_path / 'killed.db'}", random.Random(5)
    done = []
    for _ in range(KILLS):
        judging = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.pager.judging", killed],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert judging.stdout is not None
        try:
            assert judging.stdout.readline() == "open\n"
            done += [judging.stdout.readline() for _ in range(moments.randrange(1, 12))]
            judging.wait(moments.uniform(0.0, 0.02))
        except subprocess.TimeoutExpired:
            pass
        finally:
            judging.kill()
            judging.wait()
            judging.stdout.close()
    assert len(set(done)) == len(done) > KILLS
    assert left(killed) == left(calm)
