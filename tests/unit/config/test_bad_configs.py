"""Every file of tests/bad_configs is refused with the message that stands beside it."""

from pathlib import Path

import pytest

from driftwatch.config import load
from driftwatch.nouns.errors import ConfigurationError

FOLDER = Path(__file__).parents[2] / "bad_configs"
REASONS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
HIDDEN = ("hunter2", "very-secret", "1234567890123456")


def refused(reason: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ConfigurationError) as error:
        load(Path(f"{reason}.yaml"), {})
    return f"{error.value}\n"


@pytest.mark.parametrize("reason", REASONS)
def test_a_bad_file_is_refused_with_its_message(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(reason, monkeypatch) == (FOLDER / f"{reason}.txt").read_text()


@pytest.mark.parametrize("reason", REASONS)
def test_no_message_shows_a_secret(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = refused(reason, monkeypatch)
    assert not [secret for secret in HIDDEN if secret in text]


def test_every_message_belongs_to_a_file() -> None:
    assert [path.stem for path in sorted(FOLDER.glob("*.txt"))] == REASONS
