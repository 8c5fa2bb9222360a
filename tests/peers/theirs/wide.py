"""On which rows is time measured, and how?"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

COLUMNS = 20
FEW = 1_000  # rows of a first time, which does not count
NAMES = [f"x{i}" for i in range(COLUMNS)]


def window(rows: int, seed: int) -> np.ndarray[Any, Any]:
    """Draw numbers that have not drifted, float64[20, rows]."""
    return np.random.default_rng(seed).normal(size=(COLUMNS, rows))


def asked() -> tuple[int, int]:
    """Give the rows and the repeats that were asked for."""
    return int(sys.argv[2]), int(sys.argv[3])


def seconds(work: Callable[[], Any], repeats: int) -> float:
    """Give the median of the processor's time, of all threads, for some work.

    The clock on the wall would say as much of who else is at work.
    """
    took = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return sorted(took)[len(took) // 2]
