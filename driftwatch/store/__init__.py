"""Where the two halves of the path meet: SQLite, PostgreSQL, or memory."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from driftwatch.store.contract import Store

if TYPE_CHECKING:
    from driftwatch.store.settings import StoreSettings

__all__ = ["Store", "open_store"]


def open_store(
    settings: "StoreSettings", clock: Callable[[], int], *, exclusive: bool = True
) -> Store:
    """Open the store that the settings name, and bring its schema up to this release's.

    `exclusive` is for the daemon: it makes and migrates the store, sets a damaged file aside, and
    holds an SQLite file alone. Without it, as for a command beside a running daemon, the store is
    used as it is. `clock` gives the wall time in microseconds.

    Raises Transient (StoreFull too) for what may pass: another daemon holds the file, the server
    is down, the disk is full. Raises StoreIncompatible for a store that this release cannot use,
    ConfigurationError for a place that cannot hold one.
    """
    from driftwatch.store.sql import SqlStore  # noqa: PLC0415 - settings need no SQLAlchemy

    return SqlStore(settings, clock, exclusive=exclusive)
