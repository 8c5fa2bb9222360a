"""`driftwatch config` and `driftwatch detectors` as a person meets them."""

import argparse
import dataclasses
import json
import re
from pathlib import Path

import pytest

from detectors.kinds import DEFAULTS, EVERY, AnyDetector
from driftwatch.cli import config, detectors
from driftwatch.nouns.errors import ConfigurationError

FOLDER = Path(__file__).parents[3] / "configs"


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    config.add(commands)
    detectors.add(commands)
    arguments = parser.parse_args(words)
    return int(arguments.run(arguments))


def test_a_fine_file_is_called_fine(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(FOLDER / "minimal.yaml")
    assert run("config", "validate", "-c", path) == 0
    assert capsys.readouterr().out == f"{path} is fine\n"


def test_a_model_without_any_profile_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    run("config", "validate", "-c", str(FOLDER / "minimal.yaml"))
    assert capsys.readouterr().err == (
        "note: model fraud: there is no profile at profiles/fraud-{version}.json yet; its records "
        "are only counted\n"
    )
    run("config", "validate", "-c", str(FOLDER / "full.yaml"))
    notes = capsys.readouterr().err.splitlines()
    models = [note for note in notes if note.startswith("note: model")]
    assert [note.split(":")[1] for note in models] == [" model churn", " model fraud"]


def test_an_endpoint_that_cannot_be_built_here_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("config", "validate", "-c", str(FOLDER / "full.yaml")) == 0
    notes = capsys.readouterr().err.splitlines()
    (own,) = [note for note in notes if note.startswith("note: endpoint own:")]
    assert "own.yaml cannot be used: No such file" in own


def test_a_bad_file_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("log: {level: loud}\n")
    with pytest.raises(ConfigurationError, match=r"bad\.yaml:1: log\.level"):
        run("config", "validate", "-c", str(path))


def test_show_prints_yaml_with_the_environment_filled_in(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_URL", "https://ci.example/very-secret")
    assert run("config", "show", "-c", str(FOLDER / "full.yaml")) == 0
    shown = capsys.readouterr().out
    assert "very-secret" not in shown
    assert "max_series: 10000" in shown


def test_schema_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("config", "schema") == 0
    assert "models" in json.loads(capsys.readouterr().out)["properties"]


def test_every_detector_is_listed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run("detectors", "list") == 0
    overview, *pages = re.split(r"\n\n(?=[a-z_]+\n\n)", capsys.readouterr().out)
    kinds = [made().kind for made in EVERY]
    listed = {line.split()[0]: line for line in overview.splitlines()[4:]}
    assert list(listed) == kinds
    usual = {kind for kind, line in listed.items() if re.search(r"  yes  ", line)}
    assert usual == {detector.kind for detector in DEFAULTS}
    assert "  numeric, categorical  " in listed["psi"]
    assert "  categorical  " in listed["unseen"]
    assert "  classes  " in listed["bbse"]
    assert "  all columns  " in listed["mmd"]
    assert "Share of rows without a value." in listed["missing"]
    assert [page.split()[0] for page in pages] == kinds
    for page in pages:
        assert [line.split()[0] for line in page.splitlines() if line[:2].strip()][1:]


@pytest.mark.parametrize("made", EVERY, ids=lambda made: made().kind)
def test_what_is_told_of_a_detector_are_whole_sentences(
    made: type[AnyDetector], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("detectors", "list", made().kind, "--format", "json") == 0
    [told] = json.loads(capsys.readouterr().out)["detectors"]
    for what in ("is", "measures", "misleads", "gives"):
        assert re.fullmatch(r"(?s)[A-Z\d(].*\.|[a-zG]\b.*\.", told[what]), (what, told[what])
        assert not re.search(r"`|float64|:math:|  ", told[what]), (what, told[what])
    settings = [field.name for field in dataclasses.fields(made) if field.name != "kind"]
    assert all(f"{name} " in told["settings"] for name in settings)
    assert (told["settings"] == "none") == (not settings)


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'psy' is not a kind of detector; known: psi,"):
        run("detectors", "list", "psy")
