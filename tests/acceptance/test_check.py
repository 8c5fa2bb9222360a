"""`driftwatch check`, as a pipeline and a person at a terminal meet it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from driftwatch.__main__ import main
from driftwatch.reference import document
from tests.unit.report.json_schema import problems

START = 1_769_860_800
PROFILE = "fraud-3.json"
COUNTRIES = np.array(["fr", "de", "it"])


def table(n, seed, shift=0.0):
    random = np.random.default_rng(seed)
    columns = {"time": START + np.arange(n)}
    columns |= {f"x{i}": np.round(random.normal(size=n), 4) for i in range(3)}
    columns["income"] = np.round(random.lognormal(3 + shift, 1, n), 2)
    columns["country"] = COUNTRIES[random.choice(3, n, p=[0.5, 0.3, 0.2])]
    columns["risk"] = np.round(random.beta(2, 5, n), 4)
    return pa.table(columns)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    pa.parquet.write_table(table(20_000, 1), folder / "usual.parquet")
    pa.csv.write_csv(table(4000, 2), folder / "same.csv")
    pa.csv.write_csv(table(4000, 3, shift=0.4), folder / "moved.csv")
    rows = table(4000, 4).to_pylist()
    lines = (
        {"time": r.pop("time"), "score": r.pop("risk"), "model": "fraud", "features": r}
        for r in rows
    )
    (folder / "own.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    options = ["--role", "risk=score"]
    built = main(["profile", str(folder / "usual.parquet"), "-o", str(folder / PROFILE), *options])
    assert built == 0
    return folder


@pytest.fixture
def folder(data, tmp_path, monkeypatch):
    for file in data.iterdir():
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def profile(folder):
    return PROFILE


def check(reference, current, *options):
    sides = ["--reference", *reference.split(), "--current", *current.split()]
    return main(["check", *sides, *options])


def found(capsys, *arguments):
    capsys.readouterr()
    status = check(*arguments, "--format", "json")
    return status, json.loads(capsys.readouterr().out)


def drifted(written):
    """Name the columns that drifted; what is derived of them may have, too."""
    rows = written["features"]
    return {r["feature"] for r in rows if r["verdict"] == "drifted" and r["role"] != "derived"}


def test_the_status_is_0_without_drift_and_1_with_it(folder, capsys):
    assert check("usual.parquet", "same.csv") == 0
    assert capsys.readouterr().out.startswith("No drift in ")
    assert check("usual.parquet", "moved.csv") == 1
    shown = capsys.readouterr().out
    assert shown.startswith("Drift in ")
    assert "share below" in shown


def test_rows_are_judged_alike_beside_rows_and_beside_the_profile_of_them(profile, capsys):
    with_rows = found(capsys, "usual.parquet", "moved.csv", "--role", "risk=score")
    with_profile = found(capsys, profile, "moved.csv")
    assert with_rows[0] == with_profile[0] == 1
    assert with_rows[1]["features"] == with_profile[1]["features"]
    assert drifted(with_rows[1]) == {"income"}
    assert with_rows[1]["reference"]["kind"] == "data"
    assert with_profile[1]["reference"]["kind"] == "profile"
    assert with_profile[1]["reference"]["fingerprint"] == document.load(Path(profile)).fingerprint


def test_the_columns_of_our_own_format_are_those_of_the_profile(profile, capsys):
    status, written = found(capsys, profile, "own.ndjson")
    assert status == 0
    assert written["current"]["rows"] == 4000
    assert written["notes"] == []
    assert {row["missing_now"] for row in written["quality"]} == {0.0}


def test_several_files_are_one_side(profile, capsys):
    status, written = found(capsys, profile, "same.csv moved.csv")
    assert status == 1
    assert written["current"]["rows"] == 8000
    assert [file["name"] for file in written["current"]["lineage"]["files"]] == [
        "same.csv",
        "moved.csv",
    ]


def test_a_profile_is_told_from_rows_by_what_it_holds(profile, capsys):
    lines = Path("own.ndjson").read_text()
    Path("rows.json").write_text(lines)
    assert found(capsys, profile, "rows.json")[1]["current"]["kind"] == "data"
    content = json.loads(Path(profile).read_text())
    for indent in (None, 1):
        Path("again.json").write_text(json.dumps(content, indent=indent, sort_keys=True))
        assert found(capsys, "again.json", "same.csv")[1]["reference"]["kind"] == "profile"


def test_two_profiles_of_one_layout_are_compared(profile, capsys):
    assert check(profile, profile) == 0
    assert "20,000 rows of fraud 3" in capsys.readouterr().out


def test_two_profiles_of_different_layouts_are_refused_with_what_would_be_right(profile, capsys):
    assert main(["profile", "moved.csv", "-o", "fraud-4.json"]) == 0
    assert check(profile, "fraud-4.json") == 2
    told = capsys.readouterr().err
    assert "fraud-3.json and fraud-4.json are profiles that count by different edges" in told
    assert "give the rows that one of them was built from instead" in told


def test_the_reference_may_be_counted_by_the_profile_of_the_current_rows(profile, capsys):
    status, written = found(capsys, "moved.csv", profile)
    assert status == 1
    assert "by the edges and categories of the current profile" in written["notes"][0]["note"]


def test_a_column_that_the_current_rows_lack_has_drifted_by_being_missing(profile, capsys):
    without = pa.csv.read_csv("same.csv").drop_columns(["x1"]).append_column("new", [[1] * 4000])
    pa.csv.write_csv(without, "lacking.csv")
    status, written = found(capsys, profile, "lacking.csv")
    assert status == 1
    assert drifted(written) == {"x1"}
    (what,) = (row["what"] for row in written["features"] if row["feature"] == "x1")
    assert what == "share missing rose from 0.0% to 100.0%"
    notes = " ".join(note["note"] for note in written["notes"])
    assert "lacking.csv: has no x1: counted as missing" in notes
    assert "not compared, for the profile lacks it: new" in notes


def test_features_are_chosen_or_ignored(profile, capsys):
    status, written = found(capsys, profile, "moved.csv", "--ignore", "income")
    assert drifted(written) == set()
    assert "income" not in {row["feature"] for row in written["features"]}
    assert "x0" in {row["feature"] for row in written["features"]}
    status, written = found(capsys, profile, "moved.csv", "--features", "income", "x0")
    assert status == 1
    assert {row["feature"] for row in written["features"]} == {"income", "x0"}


def test_tolerance_and_alpha_decide(profile, capsys):
    assert found(capsys, profile, "moved.csv", "--tolerance", "1")[0] == 0
    status, written = found(capsys, profile, "moved.csv", "--alpha", "1e-300")
    assert status == 0
    assert written["settings"] == {"alpha": 1e-300, "tolerance": 0.05, "delta": 0.01}


def test_model_and_version_choose_the_rows(profile, capsys):
    rows = table(4000, 5).append_column("version", [["7", "8"] * 2000])
    pa.csv.write_csv(rows, "both.csv")
    assert check(profile, "both.csv") == 2
    assert "the rows are of 2 versions (7, 8); choose with --version" in capsys.readouterr().err
    status, written = found(capsys, profile, "both.csv", "--version", "8")
    assert status == 0
    assert (written["current"]["version"], written["current"]["rows"]) == ("8", 2000)
    assert written["current"]["lineage"]["rows_of_others"] == 2000


def test_a_report_can_be_written_to_a_file_and_the_verdict_is_told(profile, capsys):
    for form, start in (("html", "<!DOCTYPE html>"), ("markdown", "### "), ("json", "{")):
        assert check(profile, "moved.csv", "--format", form, "-o", f"report.{form}") == 1
        assert Path(f"report.{form}").read_text().startswith(start)
        told = capsys.readouterr().out
        assert told.startswith("Drift in ")
        assert told.endswith(f" See report.{form}.\n")


def test_the_json_keeps_the_schema_that_the_command_prints(profile, capsys):
    assert main(["check", "--format", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    written = found(capsys, profile, "moved.csv")[1]
    assert problems(schema, written) == []
    assert len(written["current"]["lineage"]["files"][0]["sha256"]) == 64


def test_the_same_rows_have_the_same_fingerprint(profile, capsys):
    prints = [found(capsys, profile, "same.csv")[1]["current"] for _ in range(2)]
    assert prints[0] == prints[1]
    other = found(capsys, profile, "moved.csv")[1]["current"]
    assert other["fingerprint"] != prints[0]["fingerprint"]


@pytest.mark.parametrize(
    ("sides", "reason"),
    [
        (("missing.csv", "same.csv"), "missing.csv: the data cannot be read: No such file"),
        (("missing.json", "same.csv"), "missing.json: it cannot be read: No such file"),
        (("usual.parquet", "same.txt"), "same.txt: its name does not say what it holds"),
        (("usual.parquet", "same.csv --alpha 2"), "an alpha and a delta between 0 and 1"),
        (("usual.parquet", "same.csv --tolerance -1"), "a tolerance from 0 to 3.14, not -1"),
        (("usual.parquet", "same.csv --ignore x9"), "there is no feature 'x9'; there are x0"),
        (("usual.parquet", "same.csv --type x0=float"), "one of numeric, integer"),
        (("usual.parquet", "same.csv --version 9"), "no row is of"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_the_reason(folder, capsys, sides, reason):
    Path("same.txt").write_text("x0\n1\n")
    reference = sides[0]
    current, *options = sides[1].split()
    if "--version" in options:
        rows = table(100, 5).append_column("version", [["7"] * 100])
        pa.csv.write_csv(rows, "versions.csv")
        current = "versions.csv"
    assert check(reference, current, *options) == 2
    assert reason in capsys.readouterr().err


def test_both_sides_are_wanted(capsys):
    assert main(["check", "--current", "same.csv"]) == 2
    assert "--reference R and --current C are both wanted" in capsys.readouterr().err


def test_a_value_that_is_not_of_its_columns_type_is_said_with_its_place(profile, capsys):
    Path("odd.csv").write_text("x0,x1,x2,income,country,risk\n1,2,3,4,fr,.5\n1,2,high,4,fr,.5\n")
    assert check(profile, "odd.csv") == 2
    assert "odd.csv: row 2: x2: 'high' is no number" in capsys.readouterr().err


def test_where_nothing_can_be_judged_the_gate_is_not_open(profile, capsys):
    rows = Path("same.csv").read_text().splitlines()[:2]
    Path("one.csv").write_text("\n".join(rows) + "\n")
    assert check(profile, "one.csv", "--features", "x0") == 3
    assert "Nothing could be judged." in capsys.readouterr().out


def test_a_report_that_cannot_be_written_is_a_failure(profile, capsys):
    assert check(profile, "same.csv", "-o", "nowhere/report.html") == 3
    assert "nowhere/report.html: the report cannot be written" in capsys.readouterr().err


def test_elsewhere_than_on_a_terminal_progress_is_plain_lines(folder, capsys):
    check("usual.parquet", "same.csv")
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "read 100% of the data"
    assert all(line.startswith("read ") for line in lines)


def test_on_a_terminal_progress_is_a_bar_and_the_table_has_colour(folder):
    ours, theirs = pty.openpty()
    sides = ["--reference", PROFILE, "--current", "moved.csv"]
    command = [sys.executable, "-m", "driftwatch", "check", *sides]
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root), "TERM": "xterm", "COLUMNS": "100"}
    run = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=theirs, check=False, env=environment
    )
    os.close(theirs)
    drawn = os.read(ours, 65536).decode()
    os.close(ours)
    assert run.returncode == 1
    assert "reading" in drawn
    assert b"\x1b" not in run.stdout


def test_labels_of_the_reference_let_the_classes_be_estimated_where_none_have_come(folder, capsys):
    def rows(n, seed, share):
        random = np.random.default_rng(seed)
        label = random.random(n) < share
        score = 1 / (1 + np.exp(1.5 - 2 * label - random.normal(size=n)))
        return {"score": score, "label": label, "x": random.normal(size=n)}

    pa.parquet.write_table(pa.table(rows(20_000, 1, 0.2)), "labelled.parquet")
    now = rows(5000, 2, 0.4)
    del now["label"]
    pa.parquet.write_table(pa.table(now), "now.parquet")
    status, written = found(capsys, "labelled.parquet", "now.parquet")
    assert status == 1
    (yes,) = (row for row in written["prior"] if row["class"] == "true")
    assert yes["reference"] == pytest.approx(0.2, abs=0.01)
    assert yes["low"] < 0.4 < yes["high"]
    assert written["prior_fit"]["explained"]
    assert {row["feature"] for row in written["features"] if row["role"] != "derived"} == {
        "score",
        "x",
    }
    assert "now.parquet: has no label" not in str(written["notes"])


def test_memory_does_not_grow_with_the_current_file(profile):
    peaks = []
    for rows in (80_000, 240_000):
        pa.csv.write_csv(table(rows, 7), f"{rows}.csv")
        code = (
            "import resource, sys\nfrom driftwatch.__main__ import main\n"
            "main(['check', '--reference', sys.argv[1], '--current', sys.argv[2]])\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        command = [sys.executable, "-c", code, profile, f"{rows}.csv"]
        root = Path(__file__).parents[2]
        environment = os.environ | {"PYTHONPATH": str(root)}
        run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        peaks.append(int(run.stdout.splitlines()[-1]) * 1024)
    # Held whole, the numbers of the further rows alone would be 9 MB.
    assert peaks[1] - peaks[0] < 6 * 2**20


def test_a_few_values_that_are_no_numbers_count_as_missing_and_are_noted(profile, capsys):
    names, first, *rows = Path("same.csv").read_text().splitlines()
    place = names.replace('"', "").split(",").index("x1")
    broken = [*first.split(",")[:place], "?", *first.split(",")[place + 1 :]]
    Path("few.csv").write_text("\n".join([names, ",".join(broken), *rows]))
    status, written = found(capsys, profile, "few.csv")
    assert status == 0
    told = (
        f"x1: 1 of {len(rows) + 1:,} values count as missing, the first in few.csv: row 1: '?' is "
        "no number"
    )
    assert told in [row["note"] for row in written["notes"]]


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        ("a.json", lambda d: d[:3000], "a damaged profile: not JSON, or truncated"),
        ("a.ndjson", lambda d: d[:3000], "a damaged profile: not JSON, or truncated"),
        ("a.json", lambda d: _compact(d)[:3000], "a damaged profile: not JSON, or truncated"),
        ("a.json", lambda d: _compact(d, kind="rows"), 'a damaged profile (its "kind" is'),
        ("a.txt", lambda d: _compact(d, rows=7), "it was edited or damaged"),
        ("a.json", lambda _: "", "it is not JSON, or truncated"),
    ],
)
@pytest.mark.parametrize("side", ["--reference", "--current"])
def test_a_damaged_profile_is_not_taken_for_rows(profile, capsys, side, name, damage, reason):
    Path(name).write_text(damage(Path(profile).read_text()))
    other = "--current" if side == "--reference" else "--reference"
    assert main(["check", side, name, other, "same.csv"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{name}: it")
    assert reason in told


def _compact(text, **changes):
    return json.dumps(json.loads(text) | changes)


def test_a_profile_is_a_side_by_itself(profile, capsys):
    assert check(f"{profile} same.csv", "same.csv") == 2
    assert f"{profile}: it is a profile, which is a side by itself" in capsys.readouterr().err
