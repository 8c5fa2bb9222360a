"""Which keys sign now?"""

from collections.abc import Sequence
from pathlib import Path

from driftwatch.notify.signature import key_of
from driftwatch.nouns.errors import ConfigurationError, Transient


class Keys:
    """The keys of one endpoint: fixed, or those in a file, which may be exchanged at any time."""

    def __init__(self, secrets: Sequence[str], file: Path | None) -> None:
        self._keys = tuple(key_of(secret) for secret in secrets)
        self._file = file
        self._seen: tuple[int, int, int] | None = None
        try:
            self.current()
        except Transient as error:
            raise ConfigurationError(str(error)) from None

    def __repr__(self) -> str:
        """Show how many there are, never one of them."""
        return f"Keys({len(self._keys)})"

    def current(self) -> Sequence[bytes]:
        """Give the keys, read again if their file has changed; Transient if it is unusable."""
        if self._file is None:
            return self._keys
        try:
            found = self._file.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._seen:
                self._keys = _read(self._file)
                self._seen = stamp
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            message = f"the secret file {self._file} cannot be used: {why}"
            raise Transient(message) from None
        return self._keys


def _read(file: Path) -> tuple[bytes, ...]:
    """Read one key a line; a file that is not text fails like one that holds no key."""
    lines = file.read_bytes().decode("ascii", "replace").splitlines()
    keys = tuple(key_of(line) for line in lines if line.strip())
    if not keys:
        message = "it holds no key; write one a line, such as whsec_MfKQ..."
        raise ValueError(message)
    return keys
