"""Counters are the committed ones, and never fall."""

import threading
from collections.abc import Mapping

import pytest

from driftwatch.export.counters import Committed, totals
from driftwatch.export.exposition import write
from driftwatch.nouns.records import Counter, Reason, Skip
from tests.unit.export.samples import Found, Store, named, parsed, value

ONE = Counter("observations", "kafka", "fraud", "3")


def shown(
    counters: Mapping[Counter, int],
    *,
    sources: tuple[str, ...] = (),
    versions: tuple[tuple[str, str], ...] = (),
) -> Found:
    return parsed(write(totals(counters, sources, versions, 1000)[0], openmetrics=False))


@pytest.mark.parametrize(
    ("counter", "name", "labels"),
    [
        (ONE, "observations_total", {"model": "fraud", "version": "3"}),
        (Counter("late", "k", "fraud", "3"), "late_total", {"model": "fraud", "version": "3"}),
        (Counter("unjudged", "k", "m", "9"), "unjudged_total", {"model": "m", "version": "9"}),
        (
            Counter("segment", "k", "fraud", "3", "country=DE"),
            "segment_observations_total",
            {"model": "fraud", "version": "3", "segment": "country=DE"},
        ),
        (Counter("received", "k"), "source_records_total", {"source": "k"}),
        (
            Counter("rejected", "k", "", "", Reason.NOT_JSON),
            "rejected_total",
            {"source": "k", "reason": "not_json"},
        ),
        (
            Counter("skipped", "k", "", "", Skip.RECREATED),
            "source_skips_total",
            {"source": "k", "reason": "recreated"},
        ),
        (
            Counter("lost", "k", "", "", Skip.EXPIRED),
            "source_lost_records_total",
            {"source": "k", "reason": "expired"},
        ),
        (
            Counter("delivery", "hook", "", "", "delivered"),
            "deliveries_total",
            {"endpoint": "hook", "result": "delivered"},
        ),
    ],
    ids=lambda case: case.kind if isinstance(case, Counter) else "",
)
def test_each_stored_kind_has_its_counter(
    counter: Counter, name: str, labels: dict[str, str]
) -> None:
    assert value(shown({counter: 7}), f"driftwatch_{name}", **labels) == 7


def test_what_a_metric_does_not_tell_apart_is_added_up() -> None:
    found = shown(
        {
            ONE: 3,
            Counter("observations", "files", "fraud", "3"): 4,
            Counter("rejected", "kafka", "fraud", "3", "not_json"): 1,
            Counter("rejected", "kafka", "churn", "", "not_json"): 2,
        }
    )
    assert value(found, "driftwatch_observations_total", model="fraud", version="3") == 7
    assert value(found, "driftwatch_rejected_total", source="kafka", reason="not_json") == 3


def test_known_reasons_exist_from_the_start_with_zero() -> None:
    found = shown({}, sources=("kafka",))
    rejected = named(found, "driftwatch_rejected_total")
    kept = {reason.value for reason in Reason} - {"poison"}  # which is skipped, and lost
    assert {labels["reason"] for labels in rejected} == kept
    skipped = named(found, "driftwatch_source_skips_total")
    assert {labels["reason"] for labels in skipped} == {why.value for why in Skip}
    lost = named(found, "driftwatch_source_lost_records_total")
    assert {labels["reason"] for labels in lost} == {"expired", "poison"}
    assert value(found, "driftwatch_source_records_total", source="kafka") == 0
    assert set(found.values()) == {0}


def test_what_is_counted_of_a_version_exists_from_the_start_with_zero() -> None:
    found = shown({ONE: 5}, versions=(("fraud", "3"), ("fraud", "4")))
    for name in ("observations", "late"):
        assert value(found, f"driftwatch_{name}_total", model="fraud", version="4") == 0
    assert value(found, "driftwatch_observations_total", model="fraud", version="3") == 5
    assert value(found, "driftwatch_unjudged_total", model="fraud", version="4") is None


def test_a_kind_that_is_not_known_here_is_left_out() -> None:
    assert shown({Counter("of a later release", "kafka"): 1}) == {}


def test_of_versions_without_end_the_largest_are_shown_and_the_others_counted() -> None:
    counters = {Counter("unjudged", "k", "fraud", f"v{i}"): i for i in range(5)}
    counters[Counter("unjudged", "k", "churn", "1")] = 1
    series, dropped = totals(counters, (), (), 2)
    found = named(parsed(write(series, openmetrics=False)), "driftwatch_unjudged_total")
    assert {(s["model"], s["version"]) for s in found} == {
        ("churn", "1"),
        ("fraud", "v3"),
        ("fraud", "v4"),
    }
    assert dropped == {"fraud": 3}


def test_while_the_store_fails_the_last_known_are_served() -> None:
    store = Store({ONE: 5})
    committed = Committed(store.read)
    assert committed.read() == ({ONE: 5}, True)
    store.broken = True
    assert committed.read() == ({ONE: 5}, False)
    store.broken, store.counters = False, {ONE: 6}
    assert committed.read() == ({ONE: 6}, True)


def test_before_the_store_could_be_read_there_is_nothing_rather_than_zero() -> None:
    assert Committed(Store(broken=True).read).read() == (None, False)


def test_a_store_that_does_not_answer_holds_no_scrape_and_its_answer_serves_a_later_one() -> None:
    answer = threading.Event()
    asked = []

    def read() -> Mapping[Counter, int]:
        asked.append(threading.current_thread().name)
        answer.wait(30)
        return {ONE: 5}

    committed = Committed(read, patience=0.01)
    assert committed.read() == (None, False)
    assert committed.read() == (None, False)
    assert len(asked) == 1
    answer.set()
    found = next(found for _ in range(3000) if (found := committed.read())[1])
    assert found == ({ONE: 5}, True)
