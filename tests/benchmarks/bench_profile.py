"""How fast is a profile built, beside reading the same file twice?

`python -m tests.benchmarks.bench_profile` prints the figures; `rows` gives them to `make bench`.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from tests.benchmarks.bench_ingest import bodies
from tests.benchmarks.measure import Row, at_least

PANES = 60 * 24 * 3
PLAIN, JOINT = 0.12, 0.06  # of the pace at which msgspec makes dicts of all lines, twice


def rows(*, short: bool) -> list[Row]:
    """Give the table's lines."""
    n = 20_000 if short else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fraud-3.ndjson"
        path.write_bytes(b"\n".join(bodies(np.random.default_rng(5), n, PANES, ("3",))))
        floor = n / _took(lambda: [_dicts(path) for _ in range(2)])
        return [
            at_least(
                f"profile of {n:,} rows of 20 features, {what}",
                n / _took(lambda wanted=joint: build([path], Choices(multivariate=wanted))),  # type: ignore[misc]
                floor,
                "rows/s",
                ratio,
            )
            for what, joint, ratio in (("plain", False, PLAIN), ("with joint ones", True, JOINT))
        ]


def _dicts(path: Path) -> int:
    return len(msgspec.json.Decoder().decode_lines(path.read_bytes()))


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    for row in rows(short=True):
        print(
            f"{row.name}: {row.ours:,.0f} {row.unit}, {row.ratio:.2f} of {row.floor_or_peer:,.0f}"
        )
