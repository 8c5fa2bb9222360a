"""What can go wrong, sorted by what the caller does about it?"""


class DriftwatchError(Exception):
    """An error that driftwatch explains; its text says where, what, and what would be right."""


class ConfigurationError(DriftwatchError):
    """The configuration, or a profile it names, cannot be used."""


class ProfileError(ConfigurationError):
    """A profile is truncated, edited, of a newer format, or unfit for its use."""


class Transient(DriftwatchError):
    """Something outside failed and may work later; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(DriftwatchError):
    """Trying the same again cannot help."""


class Gone(Permanent):
    """The receiver said that it wants no more messages (HTTP 410)."""


class Conflict(DriftwatchError):
    """Another process wrote first; nothing of ours was written."""


class StoreFull(Transient):
    """The store's disk is full; the intake pauses and goes on by itself."""


class StoreIncompatible(DriftwatchError):
    """The store was written by a release that this one cannot read."""


class StoreCorrupt(DriftwatchError):
    """The store's file is damaged; opening the store again sets it aside and begins anew."""
