"""What does every store owe to whoever learns profiles?"""

from dataclasses import replace

import pytest

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.judgements import Learning
from driftwatch.nouns.records import Delta, Population, Sample, Sampled, Tally
from driftwatch.store import Store
from driftwatch.store.rules import LEARNED, LEARNING, OTHER, UNKNOWN
from tests.unit.store.samples import DAY, HOUR, MINUTE, delta, everything, part

QUOTA = 3
ALL = (0, 2**62)


def sample(rank: int, time: int = 0, version: str = "9", **changes: object) -> Sample:
    made = Sample("fraud", version, rank, "kafka", "t-0", rank, time, f"{{{rank}}}".encode())
    return replace(made, **changes)  # type: ignore[arg-type]


def append(store: Store, *given: Sample, quota: int = QUOTA) -> None:
    stored = store.offsets("kafka")
    first = stored["t-0"].next if "t-0" in stored else 0
    read = replace(delta(first, first + 10), samples=given, quotas={"fraud": quota})
    store.append(read, MINUTE)


def ranks(store: Store, days: tuple[int, int] = ALL, version: str = "9") -> list[int]:
    return [found.rank for found in store.samples("fraud", version, days, 100)]


def test_samples_come_back_as_they_were_by_rank(store: Store) -> None:
    given = [sample(7, time=DAY + 5), sample(2**62, partition="t-1", body=b"\x00\xff")]
    append(store, *given)
    assert store.samples("fraud", "9", ALL, 100) == given
    assert store.samples("fraud", "9", ALL, 1) == given[:1]
    assert store.samples("fraud", "9", (DAY, 2 * DAY), 9) == given[:1]
    assert store.samples("fraud", "8", ALL, 9) == []


def test_of_each_day_the_lowest_ranks_are_kept_whatever_comes_first(store: Store) -> None:
    append(store, sample(50), sample(10), sample(40), sample(30))
    append(store, sample(20), sample(60), sample(5, time=DAY))
    assert ranks(store) == [5, 10, 20, 30]
    assert store.sampled("fraud") == Sampled(None, {"9": {0: 3, DAY: 1}})


def test_a_sample_that_comes_again_is_kept_once(store: Store) -> None:
    append(store, sample(1), sample(2))
    append(store, sample(1), sample(2))
    assert ranks(store) == [1, 2]


def test_samples_are_saved_with_their_offsets_or_not_at_all(store: Store) -> None:
    append(store, sample(1))
    before = everything(store)
    behind = replace(delta(0, 10), samples=(sample(0),), quotas={"fraud": QUOTA})
    with pytest.raises(Conflict):
        store.append(behind, MINUTE)
    assert everything(store) == before
    assert ranks(store) == [1]


def test_a_sample_of_a_closed_pane_is_not_kept(store: Store) -> None:
    store.close("fraud", lambda _: 2 * MINUTE)
    append(store, sample(1, time=MINUTE), sample(2, time=2 * MINUTE), sample(3, time=HOUR))
    assert ranks(store) == [2, 3]
    assert store.sampled("fraud").closed == 2 * MINUTE


def test_few_versions_are_sampled_at_a_time(store: Store) -> None:
    versions = [f"v{n:02}" for n in range(LEARNING + 3)]
    append(store, *(sample(n, version=v) for n, v in enumerate(versions[:4])))
    append(store, *(sample(n, version=v) for n, v in enumerate(versions)))
    assert list(store.sampled("fraud").versions) == versions[:LEARNING]
    store.forget("fraud", "v00")
    append(store, sample(99, version="v10"))
    assert list(store.sampled("fraud").versions) == [*versions[1:LEARNING], "v10"]


def test_days_are_thinned_together(store: Store) -> None:
    append(store, sample(1), sample(5), sample(2, time=DAY), sample(4, time=DAY))
    append(store, sample(3, time=2 * DAY), sample(6, time=2 * DAY))
    store.thin("fraud", "9", (0, 2 * DAY), 2)
    assert ranks(store) == [1, 2, 3, 6]
    store.thin("fraud", "9", (0, 2 * DAY), 9)
    assert ranks(store) == [1, 2, 3, 6]


def test_the_first_learned_profile_stands_and_its_samples_go(
    stores: tuple[Store, Store],
) -> None:
    first, second = stores
    append(first, sample(1), sample(2, version="8"))
    assert first.learn(("fraud", "9"), "sha256:a", b"a profile", 2 * DAY)
    assert not second.learn(("fraud", "9"), "sha256:b", b"another", 3 * DAY)
    assert second.learned() == {("fraud", "9"): "sha256:a"}
    assert second.learned_profile("fraud", "9") == b"a profile"
    assert second.learned_profile("fraud", "8") is None
    assert ranks(second) == []
    assert ranks(second, version="8") == [2]


def test_of_a_version_that_was_learned_nothing_is_kept_any_more(store: Store) -> None:
    store.learn(("fraud", "9"), "sha256:a", b"a profile", DAY)
    append(store, sample(1), sample(1, version="8"))
    assert list(store.sampled("fraud").versions) == ["8"]


def test_learned_profiles_are_given_newest_first_and_few_are_kept(store: Store) -> None:
    for n in range(LEARNED + 2):
        store.learn(("fraud", f"v{n}"), f"sha256:{n}", b"x", n * DAY)
    store.learn(("churn", "1"), "sha256:churn", b"x", 0)
    versions = [version for model, version in store.learned() if model == "fraud"]
    assert versions == [f"v{n}" for n in reversed(range(2, LEARNED + 2))]
    assert ("churn", "1") in store.learned()


def test_a_snapshot_says_what_was_learned_and_how_far_the_rest_is(store: Store) -> None:
    store.learn(("fraud", "3"), "sha256:a", b"a profile", DAY)
    append(store, sample(1), sample(2, time=DAY), sample(3, time=2 * DAY))
    store.close("fraud", lambda _: 2 * DAY)
    shown = store.snapshot(0)
    assert shown.learned == {("fraud", "3"): "sha256:a"}
    assert shown.learning == {("fraud", "9"): Learning(rows=2, days=1)}


def unjudged(*versions: str, kind: str = "unjudged") -> Delta:
    tallies = {Tally(kind, 0, "fraud", version): 2 for version in versions}
    return delta(tallies=tallies)


def again(store: Store, given: Delta) -> None:
    stored = store.offsets("kafka")
    first = stored["t-0"].next if "t-0" in stored else 0
    store.append(replace(delta(first, first + 10), tallies=given.tallies), MINUTE)


def test_versions_without_a_profile_are_counted_by_name_while_they_are_few(store: Store) -> None:
    for n in range(UNKNOWN + 30):
        again(store, unjudged(f"v{n:02}"))
    again(store, unjudged("v00", "v90", "v91"))
    found = {c.version: count for c, count in store.counters().items()}
    assert found == {
        **{f"v{n:02}": 2 for n in range(1, UNKNOWN)},
        "v00": 4,
        OTHER: 2 * 32,
    }
    assert {t.version for _, t in store.tallies(0, HOUR)} == set(found)


def test_versions_with_a_profile_take_no_name_from_those_without(store: Store) -> None:
    for n in range(UNKNOWN + 5):
        again(store, delta(parts=(part(0, population=Population("fraud", f"p{n}")),)))
    again(store, unjudged("new"))
    again(store, unjudged("p1", kind="late"))
    versions = {(c.kind, c.version) for c in store.counters()}
    assert ("unjudged", "new") in versions
    assert ("late", "p1") in versions


def test_another_models_versions_take_no_name(store: Store) -> None:
    again(store, unjudged(*(f"v{n}" for n in range(UNKNOWN))))
    again(store, delta(tallies={Tally("unjudged", 0, "churn", "1"): 1}))
    assert ("churn", "1") in {(c.model, c.version) for c in store.counters()}
