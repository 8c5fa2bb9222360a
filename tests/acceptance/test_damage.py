"""A damaged store is set aside and said; the daemon goes on with a new one."""

import json
import urllib.request
from pathlib import Path

import pytest

from tests.acceptance.running import Daemon, scrape, wait_for
from tests.acceptance.simulated import simulated
from tests.real.parts import free_port

COUNTED = "driftwatch_observations_total{"


def _counts(port: int) -> float:
    lines = scrape(f"127.0.0.1:{port}").splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(COUNTED))


def _notices(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return json.dumps(json.load(answer)["notices"])


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "before it starts"])
def test_a_damaged_file_is_set_aside_and_counting_goes_on(tmp_path: Path, running: bool):
    port = free_port()
    daemon = Daemon(simulated(tmp_path, port))
    state = tmp_path / "state.db"
    try:
        daemon.start()
        wait_for(lambda: _counts(port) > 500, 60, "rows are counted")
        if not running:
            assert daemon.stop() == 0
        for file in (state, tmp_path / "state.db-wal"):
            if file.exists():  # the log too: what it holds would stand in for the damaged pages
                with file.open("r+b") as opened:
                    opened.write(b"\xa5" * file.stat().st_size)
        if not running:
            daemon.start()
        wait_for(lambda: list(tmp_path.glob("state.db.corrupt-*")) != [], 60, "it is set aside")
        wait_for(lambda: "corrupt" in _notices(port), 30, "it is said")
        wait_for(lambda: _counts(port) > 500, 60, f"rows are counted anew\n{daemon.tail()}")
        assert daemon.starts == (1 if running else 2)
        assert daemon.stop() == 0
    finally:
        daemon.end()
