"""What becomes of rejected records: a share of them is no harm, more of them are broken data."""

import pytest

from driftwatch.decide.watch import watch
from driftwatch.nouns.judgements import AlertKey, State
from tests.unit.decide.test_pager import (
    HOUR,
    PROFILE,
    SETTINGS,
    WIDTH,
    Watching,
    firing,
    hour_of,
)

QUALITY = AlertKey("fraud", "3", "DataQuality")


def burst(of: Watching, quiet: int = 4) -> dict[str, object]:
    for _ in range(quiet):
        of.go(hour_of(), not_json=1)
    while not firing(of):
        of.go(hour_of(450), wrong_type=40, not_json=10)
    [told] = of.alerts[QUALITY].evidence["features"]
    return told


def test_a_share_that_is_allowed_does_not_page():
    of = Watching()
    for _ in range(60):
        of.go(hour_of(500), wrong_type=5)
    assert firing(of) == {}


def test_a_burst_is_broken_data_and_says_since_when_how_many_and_why():
    of = Watching()
    told = burst(of)
    assert firing(of) == {"DataQuality": ["rejected records"]}
    hours = of.hour - 4
    assert (told["since"], told["n"]) == (4 * HOUR, 500 * hours)
    assert told["reasons"] == {"wrong_type": 40 * hours, "not_json": 10 * hours}
    assert (told["statistic"], told["threshold"]) == ("rejected", 0.01)
    assert told["low"] < told["value"] == 0.1 < told["high"]
    assert told["effect"] == pytest.approx(0.443, abs=1e-3)  # 2 asin 10% - 2 asin 1%
    assert not told.keys() & {"m", "before"}


def test_the_message_says_it_in_words():
    of = Watching()
    burst(of)
    assert of.told[-1].why == (
        f"0.1 of {500 * (of.hour - 4)} records rejected since 1970-01-01T04:00:00Z "
        f"({40 * (of.hour - 4)} wrong_type, {10 * (of.hour - 4)} not_json), 0.01 may be"
    )


def test_it_pages_where_not_one_row_could_be_read():
    of = Watching()
    of.go(hour_of())
    of.go(None, not_json=500)
    assert firing(of) == {"DataQuality": ["rejected records"]}


def test_a_version_of_which_nothing_was_ever_read_has_its_alert_too():
    of = Watching()
    of.go(None, missing_field=300)
    assert firing(of) == {"DataQuality": ["rejected records"]}


def test_it_resolves_once_records_enough_are_read_again():
    of = Watching()
    burst(of)
    for _ in range(5):  # 4 phi / tolerance^2 = 400 records
        of.go(hour_of())
    assert of.alerts[QUALITY].state is State.RESOLVED


def test_it_stands_while_it_lasts_and_while_nothing_comes():
    of = Watching()
    burst(of)
    for _ in range(20):
        of.go(hour_of(450), wrong_type=50)
        of.go(None)
    assert firing(of) == {"DataQuality": ["rejected records"]}


def test_a_larger_share_can_be_allowed():
    of = Watching(SETTINGS.model_copy(update={"rejected": 0.2}))
    for _ in range(30):
        of.go(hour_of(450), wrong_type=50)
    assert firing(of) == {}


def test_they_need_not_be_watched():
    of = Watching(SETTINGS.model_copy(update={"rejected": None}))
    of.go(None, not_json=5000)
    assert firing(of) == {}


def test_another_allowance_starts_the_evidence_afresh():
    known = {
        watch(PROFILE, SETTINGS.model_copy(update={"rejected": allowed}), WIDTH).fingerprint
        for allowed in (None, 0.01, 0.02)
    }
    assert len(known) == 3
