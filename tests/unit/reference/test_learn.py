"""When a profile is learned of a sample, what it holds, and what it says of itself."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import Profile
from driftwatch.reference.document import dump, parse
from driftwatch.reference.learn import Learned, learn, whole_days
from driftwatch.reference.settings import LearnSettings, ReferenceSettings, SegmentSettings

DAY = 86_400_000_000
FIRST = int(datetime(2026, 1, 6, tzinfo=UTC).timestamp()) * 1_000_000
WEEK = LearnSettings(rows=1_000, days=7)
OF = Learned("fraud", "9", (FIRST, FIRST + 2 * DAY))


def rows(n: int = 2_000, **odd: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Make rows of two days in order of time, of ranks up to a half.

    `odd` replaces features of a row, as in at_7={}.
    """
    rng = random.Random(3)
    for i in range(n):
        features = {
            "amount": rng.uniform(0, 100),
            "count": rng.randrange(9),
            "country": rng.choice(["DE", "FR", "PL"]),
            "new": rng.random() < 0.2,
        }
        score = round(rng.random(), 3)
        row = {
            "time": FIRST + i * 2 * DAY // n,
            "features": {**features, **odd.get(f"at_{i}", {})},
            "prediction": "fraud" if score > 0.5 else "legit",
            "score": score,
            "label": "fraud" if rng.random() < score else "legit",
        }
        yield 2**62 - 1 - i, row


@pytest.fixture(scope="module")
def learned() -> Profile:
    return learn(rows(), OF)


def test_the_first_day_is_left_out_and_the_next_whole_ones_must_be_closed() -> None:
    kept = {FIRST + n * DAY: 200 for n in range(9)}
    end = FIRST + 8 * DAY
    assert whole_days(kept, end - 1, WEEK) is None
    assert whole_days(kept, end, WEEK) == (FIRST + DAY, end)
    assert whole_days(kept, end + 99 * DAY, WEEK) == (FIRST + DAY, end)


def test_where_the_days_hold_too_few_rows_it_takes_more_days() -> None:
    kept = {FIRST + n * DAY: 100 for n in range(12)}
    assert whole_days(kept, FIRST + 10 * DAY, WEEK) is None
    assert whole_days(kept, FIRST + 11 * DAY, WEEK) == (FIRST + DAY, FIRST + 11 * DAY)


def test_a_day_without_rows_is_a_whole_day() -> None:
    kept = {FIRST: 1, FIRST + DAY: 600, FIRST + 7 * DAY: 600}
    assert whole_days(kept, FIRST + 8 * DAY, WEEK) == (FIRST + DAY, FIRST + 8 * DAY)


@pytest.mark.parametrize("closed", [None, 0, FIRST + 400 * DAY])
def test_nothing_is_learned_of_too_few_rows_however_long_it_takes(closed: int | None) -> None:
    assert whole_days({FIRST: 9_000, FIRST + DAY: 999}, closed, WEEK) is None
    assert whole_days({}, closed, WEEK) is None


def test_columns_have_the_types_and_roles_that_a_file_would_give_them(learned: Profile) -> None:
    found = {column.name: (column.type, column.role) for column in learned.schema.columns}
    assert found == {
        "amount": ("numeric", "feature"),
        "count": ("integer", "feature"),
        "country": ("categorical", "feature"),
        "new": ("boolean", "feature"),
        "score": ("numeric", "score"),
        "prediction": ("categorical", "prediction"),
        "label": ("categorical", "label"),
    }
    assert (learned.model, learned.version, learned.reference.rows) == ("fraud", "9", 2_000)
    assert learned.labelled is not None


def test_it_has_blocks_of_time(learned: Profile) -> None:
    assert learned.blocks is not None
    assert learned.blocks.blocks.rows.sum() == 2_000


def test_it_says_that_it_is_provisional_and_of_what_it_was_learned(learned: Profile) -> None:
    assert learned.provisional
    assert learned.lineage["learned"] == {
        "rows": 2_000,
        "rows_left_out": 0,
        "days": 2,
        "from": "2026-01-06T00:00:00+00:00",
        "until": "2026-01-08T00:00:00+00:00",
        "share": 0.5,
    }
    assert learned.lineage["rows_are"] == "production"
    assert learned.lineage["warnings"][0].startswith("provisional: learned of 2,000 rows")
    assert "50.00% of all" in learned.lineage["warnings"][0]


def test_it_counts_as_built_when_its_last_day_ended(learned: Profile) -> None:
    assert learned.lineage["built"] == "2026-01-08T00:00:00+00:00"


def test_the_same_sample_gives_the_same_profile(learned: Profile) -> None:
    assert learn(rows(), OF).fingerprint == learned.fingerprint


def test_it_counts_the_segments_that_are_asked_for_and_leaves_out_what_has_none() -> None:
    asked = SegmentSettings(columns=("country", "amount", "region"), most=2)
    found = learn(rows(4_000), replace(OF, segments=asked))
    [family] = found.segments
    first, second, rest = family.names
    assert {first, second} < {"country=DE", "country=FR", "country=PL"}
    assert rest == "country=other"
    assert sum(summary.rows for summary in family.summaries) == 4_000
    assert family.blocks is None
    warned = [text for text in found.lineage["warnings"] if "no segments" in text]
    assert [text.split(":")[0] for text in warned] == ["amount", "region"]
    assert "it is numeric" in warned[0]


def test_it_is_read_back_from_its_document(learned: Profile) -> None:
    again = parse(dump(learned))
    assert (again.fingerprint, again.provisional) == (learned.fingerprint, True)


def test_a_few_values_of_another_type_cost_their_rows_only() -> None:
    odd = {"at_7": {"amount": "12"}, "at_1900": {"country": 5}, "at_30": {"new": "yes"}}
    odd |= {"at_40": {"count": 10**400}, "at_50": {"amount": {"a": 1}}}
    found = learn(rows(**odd), OF)
    assert found.lineage["rows"] == 1_995
    assert found.lineage["learned"]["rows_left_out"] == 5
    assert len(found.schema.columns) == 7


def test_a_column_of_several_types_is_left_out_and_its_rows_are_not() -> None:
    odd = {f"at_{i}": {"amount": "12"} for i in range(0, 2_000, 20)}
    found = learn(rows(**odd), OF)
    assert found.lineage["rows"] == 2_000
    assert "amount" not in {column.name for column in found.schema.columns}
    assert found.lineage["left_out"] == {"features.amount": "its values are of several types"}
    assert any(text.startswith("features.amount: left out") for text in found.lineage["warnings"])


def test_a_missing_value_is_of_every_type() -> None:
    odd = {f"at_{i}": {"amount": None} for i in range(0, 2_000, 3)}
    assert learn(rows(**odd), OF).lineage["learned"]["rows_left_out"] == 0


def test_records_that_cannot_be_read_are_left_out() -> None:
    found = learn([*rows(), (5, None), (2**62, None)], OF)
    assert found.lineage["learned"]["rows_left_out"] == 2


def test_rows_without_any_column_are_no_reference() -> None:
    empty = ((n, {"time": FIRST + n, "features": {}}) for n in range(2_000))
    with pytest.raises(ProfileError, match="no column is left"):
        learn(empty, OF)


def test_a_reference_is_a_path_or_learned_or_both() -> None:
    assert ReferenceSettings.model_validate({"learn": {}}).learn == LearnSettings()
    both = ReferenceSettings.model_validate({"path": "a.json", "learn": {"rows": 2_000}})
    assert (both.path, both.learn) == ("a.json", LearnSettings(rows=2_000))
    with pytest.raises(ValidationError, match="neither path nor learn"):
        ReferenceSettings.model_validate({})
