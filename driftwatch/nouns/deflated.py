"""How do large arrays of counts take little room until they are asked for?"""

import zlib

import numpy as np

from driftwatch.nouns.records import Int64

_BYTES = 4  # of a count


def deflate(counts: Int64) -> bytes:
    """Pack counts from 0 to 2**32 - 1; those that resemble each other should lie together."""
    return zlib.compress(counts.astype("<u4").tobytes(), 6)


def inflate(body: bytes, shape: tuple[int, ...]) -> Int64:
    """Unpack what `deflate` packed; ValueError where it is not of that shape, or damaged."""
    size = _BYTES * int(np.prod(shape))
    reader = zlib.decompressobj()
    try:
        read = reader.decompress(body, size + 1)
    except zlib.error as error:
        message = f"its blocks are damaged: {error}"
        raise ValueError(message) from error
    if len(read) != size:
        message = f"its blocks are damaged: their counts have not {size} bytes"
        raise ValueError(message)
    return np.frombuffer(read, "<u4").reshape(shape).astype(np.int64)
