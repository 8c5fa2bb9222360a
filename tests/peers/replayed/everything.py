"""What do replays of the peers' own data show?"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.peers.environments import FOLDER, run, site_packages
from tests.peers.replayed import loans, streams
from tests.simulations.table import Row


def replayed(peers: Sequence[str], out: Path) -> Iterator[Row]:
    """Replay the data of those of the peers that bring some, and write the lines to a file."""
    rows: list[Row] = []
    for peer in peers:
        for row in _of(peer):
            rows.append(row)
            yield row
    if rows:
        out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def _of(peer: str) -> Iterator[Row]:
    if peer == "river":
        for name in run("river", "river_streams")["generators"]:
            yield from streams.rows(name)
    if peer == "nannyml":
        data = site_packages("nannyml") / "nannyml" / "datasets" / "data"
        yield from loans.rows(data, FOLDER / "replayed" / "loans")
