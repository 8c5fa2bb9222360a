"""What a silence or an acceptance names must be there, or may be yet to come."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from driftwatch.cli import profile, retraining, silence
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings, StoreUrl

CONFIGURATION = """
models:
  - {{name: fraud, reference: {{path: "fraud-{{version}}.json"}}}}
  - {{name: churn, reference: {{path: "churn-{{version}}.json"}}}}
sources: [{{kind: simulate}}]
store: {{url: "sqlite:///{folder}/state.db"}}
"""
SILENCE = ("silence", "add", "--for", "2h", "--reason", "load test", "--model")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("profiles")
    rows = (f"{i},{['DE', 'FR'][i % 2]}" for i in range(1200))
    (made / "rows.csv").write_text("\n".join(["amount,country", *rows]))
    run("profile", str(made / "rows.csv"), "-o", str(made / "fraud-3.json"))
    return made


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    (folder / "driftwatch.yaml").write_text(CONFIGURATION.format(folder=folder))
    made = open_store(StoreSettings(url=StoreUrl(f"sqlite:///{folder}/state.db")), lambda: 0)
    yield made
    made.dispose()


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for group in (profile, retraining, silence):
        group.add(commands)
    parsed = parser.parse_args(words)
    return int(parsed.run(parsed))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fraut",), "no model 'fraut'; did you mean fraud"),
        (("fraud", "--feature", "amuont"), "no feature 'amuont' in fraud 3; did you mean amount"),
        (("fraud", "--feature", "zzz"), "known: amount, country$"),
        (("fraud", "--version", "3", "--feature", "zzz"), "no feature 'zzz' in fraud 3"),
        (("fraud", "--alert", "covariateshift"), "did you mean CovariateShift"),
        (("fraud", "--alert", "quality"), "its alert is DataQuality"),
        (("fraud", "--alert", "NoData", "--feature", "amount"), "NoData is about no feature"),
        (("fraud", "--version", "a/b"), "'a/b' can be no version"),
    ],
)
def test_what_is_not_there_is_refused_with_what_would_be_right(
    folder: Path, store: Store, words: tuple[str, ...], said: str
) -> None:
    before = store.instructions(99)
    with pytest.raises(ConfigurationError, match=said):
        run(*SILENCE, *words, "-c", str(folder / "driftwatch.yaml"))
    assert store.instructions(99) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fraud", "--version", "4"), "fraud has no profile of version 4 yet (it has: 3)"),
        (("fraud", "--version", "4", "--feature", "new"), "feature 'new' could not be looked up"),
        (("churn", "--feature", "age"), "churn has no profile of any version yet (it has: none)"),
        (("fraud", "--alert", "NoData"), ""),
        (("fraud", "--version", "3", "--feature", "country"), ""),
    ],
)
def test_what_may_be_yet_to_come_is_taken_and_said(
    folder: Path,
    store: Store,
    words: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = len(store.instructions(99))
    assert run(*SILENCE, *words, "-c", str(folder / "driftwatch.yaml")) == 0
    shown = capsys.readouterr()
    assert said in shown.err
    assert bool(shown.err) is bool(said)
    assert "silenced until" in shown.out
    assert len(store.instructions(99)) == before + 1


def test_categories_of_a_feature_that_is_not_there_are_not_accepted(
    folder: Path, store: Store
) -> None:
    before = store.instructions(99)
    file = str(folder / "driftwatch.yaml")
    with pytest.raises(ConfigurationError, match="did you mean country"):
        run("retraining", "accept", "fraud/3", "--feature", "county", "-c", file)
    assert store.instructions(99) == before
