"""Which records are kept to learn from: a function of the logs, whoever reads them, and how."""

import random
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Poll, Position, Sample, Tally
from driftwatch.store.memory import Memory
from driftwatch.window import samples as module
from driftwatch.window.delta import DeltaBuilder
from driftwatch.window.samples import LARGEST, Samples, ranks, salt
from tests.unit.window.samples import MINUTE, NOON, SETTINGS, batch, decoded

DAY = 86_400_000_000
QUOTA = 7
KNOWN = Known(frozenset({"fraud"}), {}, {"fraud": QUOTA})
LEARNT_NOWHERE = Known(frozenset({"fraud"}))
Log = dict[str, list[int]]  # event times, by partition


def log(seed: int) -> Log:
    """Make two partitions whose event times go on over three days."""
    rng = random.Random(seed)
    step = 3 * DAY // 60
    return {
        name: [NOON + n * step + rng.randrange(MINUTE) for n in range(60)] for name in ("0", "1")
    }


def read(partition: str, times: list[int], first: int) -> Poll:
    n = len(times)
    return Poll(
        bodies=[f"{partition}/{first + i}".encode() for i in range(n)],
        partitions=(partition,),
        partition=np.zeros(n, np.int16),
        offset=np.arange(first, first + n),
        arrived=np.array(times, np.int64),
        span={partition: (first, first + n)},
    )


def expected(of: Log) -> set[tuple[str, int]]:
    """Say by brute force which records have the lowest ranks of their days."""
    days: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for name, times in of.items():
        offsets = np.arange(len(times))
        own = ranks(offsets, np.full(len(times), salt("kafka", name), np.uint64))
        for offset, (time, rank) in enumerate(zip(times, own.tolist(), strict=True)):
            days[time // DAY].append((rank, name, offset))
    return {(name, o) for found in days.values() for _, name, o in sorted(found)[:QUOTA]}


def kept(store: Memory) -> list[Sample]:
    return list(store.samples("fraud", "9", (0, 2**62), 10_000))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 5),
    cuts=st.lists(st.integers(1, 25), min_size=1, max_size=12),
    appends=st.lists(st.booleans(), min_size=1, max_size=9),
    turns=st.lists(st.integers(0, 1), min_size=1, max_size=9),
)
def test_the_sample_depends_on_the_logs_alone_not_on_polls_appends_or_replicas(
    seed: int, cuts: list[int], appends: list[bool], turns: list[int]
) -> None:
    of, store, at = log(seed), Memory(), {"0": 0, "1": 0}
    builders: dict[int, DeltaBuilder] = {}
    step = 0
    while any(at[name] < len(of[name]) for name in of):
        turn = turns[step % len(turns)]  # each partition is read by a replica of its own
        name = str(turn) if at[str(turn)] < len(of[str(turn)]) else str(1 - turn)
        if int(name) not in builders:
            builders[int(name)] = DeltaBuilder("kafka", store.offsets("kafka"), SETTINGS, 0, NOON)
        times = of[name][at[name] : at[name] + cuts[step % len(cuts)]]
        found = decoded(batch(times, version="9", of=None))
        builders[int(name)].add(read(name, times, at[name]), found, KNOWN)
        at[name] += len(times)
        if appends[step % len(appends)]:
            store.append(builders.pop(int(name)).build(NOON), MINUTE)
        step += 1
    for left in builders.values():
        store.append(left.build(NOON), MINUTE)
    assert {(sample.partition, sample.offset) for sample in kept(store)} == expected(of)
    assert all(s.body == f"{s.partition}/{s.offset}".encode() for s in kept(store))
    assert {s.time for s in kept(store)} <= {time for times in of.values() for time in times}


def test_what_a_delta_holds_is_bounded_however_much_is_read() -> None:
    found = Samples("kafka")
    for first in range(0, 50_000, 5_000):
        times = [NOON] * 5_000
        found.add(read("0", times, first), batch(times, version="9", of=None), QUOTA)
    assert len(found.kept) == QUOTA


def test_the_sample_is_uniform() -> None:
    own = ranks(np.arange(100_000), np.full(100_000, salt("kafka", "0"), np.uint64))
    assert own.min() >= 0
    held = np.bincount((own >> 59).astype(int), minlength=16)
    assert held == pytest.approx(6_250, rel=0.06)  # 5 standard deviations of a binomial one
    assert abs(np.corrcoef(np.arange(100_000), own)[0, 1]) < 0.015


def test_partitions_and_sources_have_ranks_of_their_own() -> None:
    assert len({salt("a", "b/c"), salt("a/b", "c"), salt("a", "b"), salt("b", "a")}) == 4


def test_a_record_that_is_too_large_is_not_kept() -> None:
    poll = read("0", [NOON, NOON], 0)
    poll.bodies[0] = b"x" * (LARGEST + 1)
    found = Samples("kafka")
    found.add(poll, batch([NOON, NOON], version="9", of=None), QUOTA)
    assert [sample.offset for sample in found.kept] == [1]


def test_records_that_are_too_large_to_learn_from_are_counted() -> None:
    made = DeltaBuilder("kafka", {}, SETTINGS, 0, NOON)
    times = [NOON, NOON + MINUTE, NOON + MINUTE]
    poll = read("0", times, 0)
    poll.bodies[0] = poll.bodies[2] = b"x" * (LARGEST + 1)
    made.add(poll, decoded(batch(times, version="9", of=None)), KNOWN)
    counts = {t: n for t, n in made.build(NOON).tallies.items() if t.kind == "unlearned"}
    assert counts == {
        Tally("unlearned", NOON, "fraud", "9"): 1,
        Tally("unlearned", NOON + MINUTE, "fraud", "9"): 1,
    }


def test_nothing_is_kept_where_nothing_is_learned() -> None:
    made = DeltaBuilder("kafka", {}, SETTINGS, 0, NOON)
    made.add(read("0", [NOON], 0), decoded(batch([NOON], version="9", of=None)), LEARNT_NOWHERE)
    assert made.build(NOON).samples == ()


def test_late_records_are_not_kept() -> None:
    made = DeltaBuilder("kafka", {"0": Position(0, high=NOON + DAY)}, SETTINGS, 0, NOON)
    times = [NOON, NOON + DAY]
    made.add(read("0", times, 0), decoded(batch(times, version="9", of=None)), KNOWN)
    assert [sample.offset for sample in made.build(NOON).samples] == [1]


def test_a_record_in_a_sample_is_pruned_by_its_rank_and_by_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = [NOON] * 400
    whole, often = Samples("kafka"), Samples("kafka")
    whole.add(read("0", times, 0), batch(times, version="9", of=None), QUOTA)
    monkeypatch.setattr(module, "_SLACK", 1.0)
    for first in range(0, 400, 3):
        some = times[first : first + 3]
        often.add(read("0", some, first), batch(some, version="9", of=None), QUOTA)
    assert {s.offset for s in whole.kept} == {s.offset for s in often.kept}
