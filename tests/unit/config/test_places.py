"""Relative paths begin in the folder of the file that they stand in, wherever a command runs."""

from pathlib import Path

import pytest

from driftwatch.config import Config, load
from driftwatch.sources.kafka import KafkaSettings

TEXT = """
models:
  - name: fraud
    reference: {path: "fraud-{version}.json"}
sources:
  - kind: kafka
    brokers: ["kafka:9093"]
    topics: [predictions]
    tls: {ca: ca.pem, cert: /etc/ours.pem, key: keys/ours.key}
store: {url: "sqlite:///state.db"}
server: {tls: {certificate: server.pem, key: server.key}}
"""


def loaded(folder: Path, text: str = TEXT) -> Config:
    file = folder / "driftwatch.yaml"
    file.write_text(text)
    return load(file, {})


def test_the_store_lies_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    config = loaded(tmp_path)
    assert config.store.url.get_secret_value() == f"sqlite:///{tmp_path}/state.db"
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert (
        load(Path("../driftwatch.yaml"), {})
        .store.url.get_secret_value()
        .endswith("/elsewhere/../state.db")
    )


def test_certificates_lie_beside_the_file_unless_their_paths_are_absolute(tmp_path: Path) -> None:
    config = loaded(tmp_path)
    assert config.server.tls is not None
    assert config.server.tls.certificate == tmp_path / "server.pem"
    source = config.sources[0]
    assert isinstance(source, KafkaSettings)
    assert source.tls is not None
    assert (source.tls.ca, source.tls.cert, source.tls.key) == (
        f"{tmp_path}/ca.pem",
        "/etc/ours.pem",
        f"{tmp_path}/keys/ours.key",
    )
    assert source.tls.verify_hostname


@pytest.mark.parametrize(
    "url", ["sqlite:////var/lib/driftwatch/state.db", "postgresql://u:p@host:5432/name"]
)
def test_what_is_absolute_or_on_a_server_stays_as_it_is(tmp_path: Path, url: str) -> None:
    config = loaded(tmp_path, TEXT.replace("sqlite:///state.db", url))
    assert config.store.url.get_secret_value() == url


def test_a_file_that_is_a_link_stands_where_the_link_does(tmp_path: Path) -> None:
    """As a ConfigMap does: its folder of the moment is removed when it is exchanged."""
    (tmp_path / "of_the_moment").mkdir()
    loaded(tmp_path / "of_the_moment")
    (tmp_path / "driftwatch.yaml").symlink_to(tmp_path / "of_the_moment" / "driftwatch.yaml")
    config = load(tmp_path / "driftwatch.yaml", {})
    assert config.store.url.get_secret_value() == f"sqlite:///{tmp_path}/state.db"
