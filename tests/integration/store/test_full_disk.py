"""What happens when the disk is really full?"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from driftwatch.nouns.errors import StoreFull
from driftwatch.nouns.records import Delta, Part, Population, Position
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings, StoreUrl

MINUTE = 60_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a file system of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def append(first: int) -> Delta:
    part = Part(Population("fraud", "3"), "f1", 0, 1, os.urandom(100_000))
    span, positions = {"t-0": (first, first + 1)}, {"t-0": Position(first + 1)}
    return Delta("kafka", span, positions, (part,), {}, ())


def test_a_full_disk_stops_the_intake_whole_and_it_goes_on_when_there_is_room(
    small_disk: Path,
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_500_000))
    store = open_store(StoreSettings(url=StoreUrl(f"sqlite:///{small_disk}/state.db")), lambda: 0)
    first = _fill(store)
    for _ in range(3):
        with pytest.raises(StoreFull, match="make room"):
            store.append(append(first), MINUTE)
    assert store.offsets("kafka")["t-0"].next == first
    assert len(store.panes("fraud", 0, MINUTE)) == first
    ballast.unlink()
    store.append(append(first), MINUTE)
    assert store.offsets("kafka")["t-0"].next == first + 1
    store.dispose()


def test_a_store_that_cannot_begin_for_want_of_room_says_so(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize))
    assert os.statvfs(small_disk).f_bavail == 0
    settings = StoreSettings(url=StoreUrl(f"sqlite:///{small_disk}/state.db"))
    with pytest.raises(StoreFull):
        open_store(settings, lambda: 0)
    ballast.unlink()
    open_store(settings, lambda: 0).dispose()


def _fill(store: Store) -> int:
    """Append until there is no room, and give the offset at which that was said."""
    for first in range(100):
        try:
            store.append(append(first), MINUTE)
        except StoreFull:
            return first
    pytest.fail("the disk was never full")
