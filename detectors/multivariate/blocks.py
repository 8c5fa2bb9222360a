"""How many rows are transformed at a time?"""

from collections.abc import Iterator

VALUES = 1 << 18  # of the columns that take part: 2 MB
LEAST, MOST = 256, 4096  # rows


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut rows into runs of so many that their values stay in the processor's cache."""
    step = min(max(VALUES // max(columns, 1), LEAST), MOST)
    return (slice(at, min(at + step, rows)) for at in range(0, rows, step))
