"""The demonstration tells its whole story, and says so by its exit status."""

import re
import subprocess
import sys

from tests.real.parts import free_port


def test_the_story_is_seen_to_its_end_within_ninety_seconds():
    command = [sys.executable, "-m", "driftwatch", "demo", "--once"]
    address = f"127.0.0.1:{free_port()}"
    told = subprocess.run(
        [*command, "--address", address], capture_output=True, text=True, timeout=120, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.count("seen after") == 10
    assert "NOT SEEN" not in told.stdout
    [fired] = re.findall("WEBHOOK CovariateShift firing: (.*)", told.stdout)
    assert {"amount psi", "country psi"} <= {text[:-5] for text in fired.split(", ")}
    assert "WEBHOOK retrain fraud 3: fraud/0 [" in told.stdout
    assert "investigate" not in told.stdout
