"""How are rows read from files, in chunks, in memory that does not grow with the file?"""

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference.readers import delimited, ndjson, parquet
from driftwatch.reference.readers.chunk import Chunk

__all__ = ["Chunk", "Files"]

Reader = Callable[[Path], Iterator[Chunk]]
_TEXT: dict[str, Reader] = {
    ".csv": delimited.read,
    ".tsv": delimited.read,
    ".ndjson": ndjson.read,
    ".jsonl": ndjson.read,
    ".json": ndjson.read,
}
_PACKED = {f"{ending}.gz": reader for ending, reader in _TEXT.items()}
_READERS = _TEXT | _PACKED | {".parquet": parquet.read, ".pq": parquet.read}
_DAMAGE = (OSError, EOFError, UnicodeDecodeError, zlib.error)


@dataclass(frozen=True, slots=True)
class Files:
    """The rows of files, one after the other; read twice, so they must not change meanwhile."""

    paths: tuple[Path, ...]
    stamps: tuple[tuple[int, int], ...]

    @classmethod
    def found(cls, names: Sequence[str]) -> "Files":
        """Check that all files are there and of a known kind, before anything is read."""
        if "-" in names:
            message = "-: the data are read twice, so standard input cannot be; save it to a file"
            raise ProfileError(message)
        paths = tuple(Path(name) for name in names)
        for path in paths:
            _reader(path)
        return cls(paths, tuple(_stamp(path) for path in paths))

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(size for size, _ in self.stamps)

    def chunks(self) -> Iterator[Chunk]:
        """Give all rows in order; ProfileError where a file is damaged or has changed."""
        before = 0
        for path, stamp in zip(self.paths, self.stamps, strict=True):
            try:
                for chunk in _reader(path)(path):
                    yield replace(chunk, done=before + chunk.done)
            except _DAMAGE as error:
                message = f"{path}: it cannot be read: {error}"
                raise ProfileError(message) from error
            if _stamp(path) != stamp:
                message = f"{path}: the file changed while it was read; profile a finished file"
                raise ProfileError(message)
            before += stamp[0]

    def lineage(self) -> list[dict[str, Any]]:
        """Say which files these are: name, bytes and SHA-256 of each."""
        return [
            {"name": str(path), "bytes": size, "sha256": _digest(path)}
            for path, (size, _) in zip(self.paths, self.stamps, strict=True)
        ]


def _reader(path: Path) -> Reader:
    name = path.name.lower()
    for ending, reader in _READERS.items():
        if name.endswith(ending):
            return reader
    message = (
        f"{path}: its name does not say what it holds; it should end in .csv, .tsv, .ndjson or "
        ".jsonl (each also with .gz), or .parquet"
    )
    raise ProfileError(message)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        message = f"{path}: the data cannot be read: {error.strerror}"
        raise ProfileError(message) from error
    return status.st_size, status.st_mtime_ns


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
