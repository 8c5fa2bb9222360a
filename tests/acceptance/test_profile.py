"""`driftwatch profile`, as a person at a terminal or a pipeline meets it."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from driftwatch.__main__ import main
from driftwatch.reference import document
from driftwatch.reference.registry import Registry
from driftwatch.reference.settings import ReferenceSettings

START = 1_769_860_800


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("heldout.csv", 3000)
    return tmp_path


def write(name, n, columns=4, seed=3):
    rng = np.random.default_rng(seed)
    table = {"time": START + np.arange(n), "zip": rng.integers(10_000, 10_100, n)}
    table |= {f"x{i}": np.round(rng.normal(size=n), 4) for i in range(columns)}
    table["country"] = np.array(["fr", "de", "it"])[rng.integers(0, 3, n)]
    table["risk"] = np.round(rng.beta(2, 5, n), 4)
    pyarrow.csv.write_csv(pa.table(table), name)


def test_the_printed_profile_is_the_one_that_the_daemon_finds(folder, capsys):
    assert main(["profile", "heldout.csv", "-o", "fraud-3.json", "--role", "risk=score"]) == 0
    shown = capsys.readouterr().out
    registry = Registry({"fraud": ReferenceSettings(path="fraud-{version}.json")}, folder)
    assert registry.refresh() == []
    found = registry.known.profile("fraud", "3")
    assert found.fingerprint in shown
    assert "fraud-3.json: fraud 3, 3,000 rows from 2026-01-31T12:00:00Z" in shown
    assert "warnings: none" in shown
    for column in found.schema.columns:
        assert column.name in shown
    assert found.lineage["roles"] == {"time": "time", "score": "risk"}


def test_every_option_reaches_the_profile(folder):
    options = (
        "--model churn --version 2026.1 --type zip=categorical --role risk=score --drop x0 "
        "--require x1 --bins 32 --keep 5 --seed 7 --sample 1000 --threshold 0.25 --rows heldout "
        "--time time"
    )
    assert main(["profile", "heldout.csv", "-o", "any.json", *options.split()]) == 0
    profile = document.load(folder / "any.json")
    assert (profile.model, profile.version) == ("churn", "2026.1")
    columns = {column.name: column for column in profile.schema.columns}
    assert columns["zip"].type == "categorical"
    assert columns["risk"].role == "score"
    assert columns["x1"].required
    assert "x0" not in columns
    features = {f.name: f for f in (*profile.layout.numeric, *profile.layout.categorical)}
    assert len(features["zip"].categories) == 5
    assert 0.25 in features["risk"].edges
    assert len(features["x1"].edges) < 100
    assert profile.lineage["rows_are"] == "heldout"
    assert profile.lineage["settings"] | {"seed": 7, "sample": 1000} == profile.lineage["settings"]


def test_the_commit_of_the_folder_is_in_the_lineage(folder):
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git here")
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([git, "init", "-q"], check=True)
    subprocess.run([git, *author, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    commit = subprocess.run([git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert main(["profile", "heldout.csv", "-o", "fraud-3.json"]) == 0
    assert document.load(folder / "fraud-3.json").lineage["commit"] == commit.stdout.strip()


def test_doubts_are_printed_and_kept(folder, capsys):
    write("few.csv", 500)
    assert main(["profile", "few.csv", "-o", "fraud-3.json", "--rows", "training"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    warnings = document.load(folder / "fraud-3.json").lineage["warnings"]
    assert len(warnings) == 2
    assert "only 500 rows: small shifts" in shown
    assert "declared to be training rows" in shown


def test_what_data_hold_cannot_reach_the_terminal_raw(folder, capsys):
    Path("bad.ndjson").write_text(
        "\n".join(json.dumps({"\x1b[2Jname": "\x1b]0;title\x07"}) for _ in range(2000))
    )
    assert main(["profile", "bad.ndjson", "-o", "fraud-3.json"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_elsewhere_than_on_a_terminal_progress_is_plain_lines(folder, capsys):
    main(["profile", "heldout.csv", "-o", "fraud-3.json"])
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert lines[-1] == "read 100% of both passes"
    assert all(line.startswith("read ") for line in lines)


def test_on_a_terminal_progress_is_a_bar(folder):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "driftwatch", "profile", "heldout.csv", "-o", "fraud-3.json"]
    run = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=theirs, check=True, env=_environment()
    )
    os.close(theirs)
    drawn = os.read(ours, 65536).decode()
    os.close(ours)
    assert "reading twice" in drawn
    assert "100%" in drawn
    assert b"reading twice" not in run.stdout


def _environment():
    root = Path(__file__).parents[2]
    return os.environ | {"PYTHONPATH": str(root), "TERM": "xterm", "COLUMNS": "80"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("missing.csv -o fraud-3.json", "missing.csv: the data cannot be read: No such file"),
        ("- -o fraud-3.json", "standard input cannot be; save it to a file"),
        ("heldout.csv -o nowhere/fraud-3.json", "there is no folder nowhere"),
        ("heldout.csv -o fraud.json", "the data have no column model; say which it is with"),
        ("heldout.csv -o fraud-3.json --type x0", "--type x0: COLUMN=ONE_OF is wanted"),
        ("heldout.csv -o fraud-3.json --type x0=float", "one of numeric, integer, categorical"),
        ("heldout.csv -o fraud-3.json --role x0=input", "one of feature, prediction, score"),
        ("heldout.csv -o fraud-3.json --drop x9", "there is no column 'x9'; the data have"),
        ("heldout.csv -o fraud-3.json --bins 3", "bins is 3, and should be from 10 to 2048"),
        ("heldout.csv -o fraud-3.json --type country=numeric", "country: 'fr' is no number"),
        ("heldout.csv -o fraud-3.json --version .3", "version '.3' is not up to 64 of"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_the_reason_and_no_file(
    folder, capsys, arguments, reason
):
    before = sorted(folder.iterdir())
    assert main(["profile", *arguments.split()]) == 2
    assert reason in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before


def test_an_unknown_option_ends_with_2(folder, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["profile", "heldout.csv", "-o", "fraud-3.json", "--rows", "old"])
    assert ended.value.code == 2
    assert "heldout" in capsys.readouterr().err


def test_a_failed_profile_leaves_the_one_of_before(folder):
    assert main(["profile", "heldout.csv", "-o", "fraud-3.json"]) == 0
    before = Path("fraud-3.json").read_bytes()
    Path("heldout.csv").write_text("a,b\n1,2\n1\n")
    assert main(["profile", "heldout.csv", "-o", "fraud-3.json"]) == 2
    assert Path("fraud-3.json").read_bytes() == before


PEAK = """
import resource, sys
from driftwatch.__main__ import main
main(["profile", sys.argv[1], "-o", "m-1.json", "--sample", "1000"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _peak(name):
    """Give the peak of memory of profiling a file, in bytes."""
    run = subprocess.run(
        [sys.executable, "-c", PEAK, name],
        check=True,
        capture_output=True,
        text=True,
        env=_environment(),
    )
    return int(run.stdout.splitlines()[-1]) * 1024


def test_memory_does_not_grow_with_the_file(folder):
    write("small.csv", 20_000, columns=10)
    write("large.csv", 300_000, columns=10)
    more = Path("large.csv").stat().st_size - Path("small.csv").stat().st_size
    assert more > 20 * 2**20
    # Held whole, the numbers of the further rows alone would be 30 MB.
    assert _peak("large.csv") - _peak("small.csv") < 8 * 2**20


def test_help_says_which_rows_to_take(capsys):
    assert main(["profile", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "never the training rows" in shown
