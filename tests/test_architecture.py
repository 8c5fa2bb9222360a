"""ARCHITECTURE.md is true, short, and speaks of paths that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_every_path_that_it_names_exists():
    named = set(re.findall(r"`((?:driftwatch|detectors|configs|tests|docs)/[\w./-]*)`", TEXT))
    assert len(named) > 15
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_package_has_its_line_in_the_map():
    packages = {p.parent.name for p in (ROOT / "driftwatch").glob("*/__init__.py")}
    assert [p for p in sorted(packages) if f"driftwatch/{p}/" not in TEXT] == []


def test_it_can_be_read_in_one_sitting():
    assert len(TEXT.splitlines()) <= 150


def test_no_folder_is_a_drawer():
    drawers = {"utils", "helpers", "common", "misc", "model"}
    names = {p.stem for p in [*ROOT.glob("driftwatch/**/*.py"), *ROOT.glob("detectors/**/*.py")]}
    assert names & drawers == set()
