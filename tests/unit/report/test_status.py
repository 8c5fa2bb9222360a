"""What `driftwatch status` says of references that were learned, or are to be."""

from dataclasses import replace

from driftwatch.nouns.judgements import Learning, Snapshot
from driftwatch.report.status import status
from tests.unit.export.samples import snapshot, verdicts

DAY = 86_400_000_000


def rows_of(of: Snapshot) -> list[tuple[object, ...]]:
    sections = status(of, {}, {}).sections
    return [
        row for section in sections if section.name == "learned references" for row in section.rows
    ]


def test_references_from_files_are_not_told_of() -> None:
    names = [section.name for section in status(snapshot(verdicts()), {}, {}).sections]
    assert "learned references" not in names


def test_a_learned_reference_is_said_to_be_provisional() -> None:
    learned = replace(snapshot(verdicts()), learned={("fraud", "3"): "sha256:abc"})
    assert rows_of(learned) == [("fraud/3", "provisional: learned, judged by it", None, None)]


def test_a_learned_reference_that_a_file_has_replaced_is_not_told_of() -> None:
    learned = replace(snapshot(verdicts()), learned={("fraud", "3"): "sha256:older"})
    assert rows_of(learned) == []


def test_a_version_that_is_being_learned_is_told_of_with_rows_and_days() -> None:
    learning = replace(snapshot(), learning={("fraud", "5"): Learning(rows=1200, days=2)})
    assert rows_of(learning) == [("fraud/5", "being learned, not judged", 1200, 2)]


def test_the_first_day_counts_neither_for_rows_nor_for_days() -> None:
    kept = {0: 1, DAY: 10, 2 * DAY: 20, 3 * DAY: 5}
    assert Learning.of(kept, 3 * DAY + 1) == Learning(rows=35, days=2)
    assert Learning.of(kept, DAY - 1) == Learning(rows=35, days=0)
    assert Learning.of({}, 9 * DAY) == Learning(rows=0, days=0)
