"""How is Parquet read, in chunks?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference.readers.chunk import Chunk
from driftwatch.reference.values import MISSING_TIME, Numbers, Objects, Raw, Times, Words

_CELLS = 500_000  # of a chunk: 4 MB of numbers
_BUFFER = 1 << 20  # of a column, rather than its whole row group


def read(path: Path) -> Iterator[Chunk]:
    """Read a file; the fields of a struct get the path `<struct>.<field>`."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - pyarrow is an extra
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        message = (
            f"{path}: reading Parquet needs the extra `parquet`: "
            "pip install 'driftwatch-daemon[parquet]'"
        )
        raise ProfileError(message) from error
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER) as file:
            yield from _chunks(path, file, pa)
    except pa.ArrowException as error:
        message = f"{path}: it is damaged, or no Parquet file: {error}"
        raise ProfileError(message) from error


def _chunks(path: Path, file: Any, pa: Any) -> Iterator[Chunk]:
    size, total = path.stat().st_size, max(1, file.metadata.num_rows)
    limit = max(1, _CELLS // max(1, file.metadata.num_columns))
    done = 0
    for batch in file.iter_batches(batch_size=limit):
        table = pa.Table.from_batches([batch]).flatten()
        columns = {
            name: _raw(column.combine_chunks(), pa)
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
        row = np.arange(done + 1, done + 1 + len(batch))
        done += len(batch)
        yield Chunk(str(path), row, columns, size * done // total)


def _raw(column: Any, pa: Any) -> Raw:
    types, kind = pa.types, column.type
    if types.is_dictionary(kind):
        return _raw(column.dictionary_decode(), pa)
    if types.is_boolean(kind):
        codes = column.cast(pa.int32()).fill_null(-1)
        return Words(["false", "true"], codes.to_numpy(zero_copy_only=False), boolean=True)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return Numbers(values, integral=types.is_integer(kind))
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        encoded = column.cast(pa.string()).dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return Words(encoded.dictionary.to_pylist(), codes.astype(np.int32))
    if types.is_timestamp(kind) or types.is_date(kind):
        moments = column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        return Times(moments.fill_null(MISSING_TIME).to_numpy(zero_copy_only=False))
    return Objects(column.to_pylist())
