"""How many rows are transformed at a time?"""

from collections.abc import Iterator

BLOCK = 1 << 15  # values of the columns that take part: they stay in the processor's cache


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut rows into runs of so many that their values stay in the processor's cache."""
    step = max(BLOCK // max(columns, 1), 1)
    return (slice(at, min(at + step, rows)) for at in range(0, rows, step))
