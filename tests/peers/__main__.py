"""`make peers`: every statistic that a peer computes too, theirs and ours, on the same data.

`python -m tests.peers [NAME...]` installs the peers (or those named), compares, and writes
build/peers.json; with all of them also docs/peers.md. Then it replays the data that river and
NannyML bring, and writes build/replay.json. It fails where a line does not hold, a peer is missing,
or one tried to reach another machine.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.peers import data
from tests.peers.against.everyone import compared
from tests.peers.environments import PEERS, ROOT, Failed, NotInstalled, install, is_installed
from tests.peers.page import page
from tests.peers.replayed.everything import replayed
from tests.peers.rows import Row, without_nan, worst

FOUND = ROOT / "build" / "peers.json"
REPLAYED = ROOT / "build" / "replay.json"
PAGE = ROOT / "docs" / "peers.md"
WORST = Path(__file__).with_name("worst.json")


def main(names: Sequence[str]) -> int:
    """Compare with each peer in turn; say what cannot be, and go on."""
    wrong: list[str] = []
    for name in names:
        try:
            print(f"{name}: installing, unless it is there", flush=True)
            install(name)
        except NotInstalled as problem:
            wrong.append(f"{name} is not installed: {problem}")
    rows: list[Row] = []
    given = data.write()
    for name in names:
        try:
            print(f"{name}: comparing", flush=True)
            rows += compared(name, given)
        except (NotInstalled, Failed) as problem:
            wrong.append(f"{name} was not compared: {problem}")
    write(rows, complete=not wrong and set(names) == set(PEERS))
    wrong += [f"does not hold: {row}" for row in rows if row.comparable and not row.holds]
    wrong += _replayed(names)
    print("\n".join([f"{len(rows)} comparisons with {', '.join(names)}", *wrong]))
    return 1 if wrong else 0


def _replayed(names: Sequence[str]) -> list[str]:
    """Replay the data of the peers that are there; give what does not hold."""
    wrong: list[str] = []
    try:
        for row in replayed([name for name in names if is_installed(name)], REPLAYED):
            print(f"{row.name}: {row.value} ({row.bound})", flush=True)
            wrong += [] if row.holds else [f"does not hold: {row}"]
    except Failed as problem:
        wrong.append(f"not replayed: {problem}")
    return wrong


def write(rows: Sequence[Row], *, complete: bool) -> None:
    """Write all lines that claim something; the page only where no peer is missing."""
    claimed = [asdict(row) for row in rows if row.comparable]
    FOUND.write_text(json.dumps(claimed, indent=1) + "\n")
    if complete:
        shown = [without_nan(row) for row in worst(rows)]
        WORST.write_text(json.dumps([asdict(row) for row in shown], indent=1) + "\n")
        PAGE.write_text(page(shown))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PEERS)))
