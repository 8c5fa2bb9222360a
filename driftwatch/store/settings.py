"""Where is the state kept, and for how long?"""

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Secret

from driftwatch.nouns.settings import Duration, Settings

EXAMPLES = "sqlite:////var/lib/driftwatch/state.db or postgresql://user:password@host:5432/name"


class StoreUrl(Secret[str]):
    """The address of a store; shown without its password and its parameters."""

    def _display(self) -> str:
        return redact(self.get_secret_value())


def redact(url: str) -> str:
    """Write an address for people: without password, and without parameters (they may hold one)."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return url
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}"


def _fits(url: StoreUrl) -> StoreUrl:
    value = url.get_secret_value()
    scheme, found, rest = value.partition("://")
    if not found or scheme not in {"sqlite", "postgresql"}:
        message = f"a store's address is {EXAMPLES}"
        raise ValueError(message)
    if scheme == "sqlite" and not PurePosixPath(rest.removeprefix("/")).name:
        message = f"the address names no file; write it as in {EXAMPLES}"
        raise ValueError(message)
    if scheme == "postgresql" and not _names_database(value):
        message = (
            f"the address names no database; write it as in {EXAMPLES}, with / @ : in a password "
            "as %2F %40 %3A"
        )
        raise ValueError(message)
    return url


def _names_database(url: str) -> bool:
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.path.strip("/")) and "@" not in parts.path


class RetentionSettings(Settings):
    """How long what has been judged is kept; open panes and waiting messages always are."""

    hours: Duration = Field(
        timedelta(days=90), description="Hour panes, counted back in event time from the last one."
    )
    history: Duration = Field(
        timedelta(days=90),
        description="Transitions, messages with their attempts, instructions, counts by pane.",
    )
    rejected: int = Field(
        10_000, ge=0, description="Rejected records kept of each source; the newest."
    )


class StoreSettings(Settings):
    """The store: one file for one daemon, or one database for many."""

    url: Annotated[StoreUrl, AfterValidator(_fits)] = Field(
        description=f"{EXAMPLES}. The password is never shown."
    )
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
