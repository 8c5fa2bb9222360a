"""Where do relative paths of a configuration begin?

In the folder of the file that they stand in, so that a command finds the same store and the same
certificates from wherever it is called.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driftwatch.config.settings import Config, SourceEntry
from driftwatch.sources.kafka import KafkaSettings
from driftwatch.store.settings import StoreUrl

_SQLITE = "sqlite:///"


def anchored(config: Config, folder: Path) -> Config:
    """Give the configuration with the paths of store, server and Kafka's TLS made absolute.

    References and endpoints are told the folder where they are built.
    """
    url = config.store.url.get_secret_value()
    store: Mapping[str, Any] = {}
    if url.startswith(_SQLITE):
        store = {"url": StoreUrl(f"{_SQLITE}{folder / url.removeprefix(_SQLITE)}")}
    server: Mapping[str, Any] = {}
    if (tls := config.server.tls) is not None:
        files = {"certificate": folder / tls.certificate, "key": folder / tls.key}
        server = {"tls": tls.model_copy(update=files)}
    return config.model_copy(
        update={
            "sources": tuple(_source(source, folder) for source in config.sources),
            "store": config.store.model_copy(update=store),
            "server": config.server.model_copy(update=server),
        }
    )


def _source(source: SourceEntry, folder: Path) -> SourceEntry:
    if not isinstance(source, KafkaSettings) or source.tls is None:
        return source
    return source.model_copy(update={"tls": source.tls.within(folder)})
