"""`make bench`: the table of what was aimed at and what was measured, and build/bench.json."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    bench_boundary,
    bench_daemon,
    bench_derived,
    bench_detectors,
    bench_export,
    bench_growth,
    bench_ingest,
    bench_kafka,
    bench_pager,
    bench_peers,
    bench_profile,
)

OUT = Path(__file__).parents[2] / "build" / "bench.json"


def main() -> None:
    """Measure everything in one run; `BENCH=short` with less data."""
    short = os.environ.get("BENCH") == "short"
    rows = [
        *bench_detectors.rows(short=short),
        *bench_derived.rows(short=short),
        *bench_growth.rows(short=short),
        *bench_boundary.rows(short=short),
        *bench_pager.rows(short=short),
        *bench_export.rows(short=short),
        *bench_ingest.rows(short=short),
        *bench_profile.rows(short=short),
        *bench_kafka.rows(short=short),
        *bench_daemon.rows(short=short),
        *bench_peers.rows(short=short),
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    table = Table("what", "ours", "floor or peer", "ratio", "target", "holds")
    for row in rows:
        floor = "" if row.floor_or_peer is None else f"{row.floor_or_peer:,.4g}"
        ratio = "" if row.floor_or_peer is None else f"{row.ratio:.2f}"
        table.add_row(
            row.name,
            f"{row.ours:,.4g} {row.unit}",
            floor,
            ratio,
            row.target,
            "yes" if row.holds else "NO",
        )
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
