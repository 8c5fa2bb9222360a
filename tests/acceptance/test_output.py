"""Where nobody can read what a command prints, it says so in a line, or ends quietly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = ("--help", "config schema", "config validate -c configs/minimal.yaml")
FULL = Path("/dev/full")


def shell(script):
    """Run a script in which $D is the command."""
    given = os.environ | {"D": f"{sys.executable} -m driftwatch"}
    return subprocess.run(
        ["/bin/sh", "-c", script], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_disk_is_an_error_in_one_line(words):
    ended = shell(f"PYTHONUNBUFFERED= $D {words} > {FULL}")
    assert ended.returncode == 3
    told = [line for line in ended.stderr.splitlines() if not line.startswith("note: ")]
    assert told == ["standard output cannot be written: No space left on device"]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_has_seen_enough_is_told_nothing_more(unbuffered):
    shown = shell(f"( PYTHONUNBUFFERED={unbuffered} $D config schema; echo $? >&2 ) | head -n 1")
    assert (shown.stdout, shown.stderr) == ("{\n", "0\n")


def test_a_closed_output_is_no_error():
    ended = shell("$D detectors list >&-")
    assert (ended.returncode, ended.stderr) == (0, "")
