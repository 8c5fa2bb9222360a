"""Does anything that can happen on the way change what is counted, judged or sent?

Each history is played on replicas that share a store, and must leave what one undisturbed run does.
"""

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.nouns.errors import Conflict, StoreFull, Transient
from tests.unit.pipeline.scenes import (
    Crash,
    Line,
    Log,
    Record,
    Replica,
    Scene,
    away,
    outcome,
)

PARTITIONS = ("t/0", "t/1", "t/2")


class World:
    """Two replicas, each with an ingest and a tick."""

    def __init__(self, log: Log) -> None:
        self.scene = Scene(log)
        self.replicas = [Replica(self.scene, number) for number in range(2)]

    def end(self) -> None:
        """Let every replica leave, read what is left, and let everything close."""
        for replica in self.replicas:
            replica.line.breaks = None
            replica.crash_at_poll = False
            replica.stop()
        self.scene.read_all()
        self.scene.rest()
        self.scene.judge()


@dataclass(frozen=True)
class Step:
    """One poll of a replica."""

    replica: int
    size: int
    first: str

    def play(self, world: World) -> None:
        replica = world.replicas[self.replica]
        replica.size = self.size
        if replica.source is not None:
            replica.source.turn(self.first)
        world.scene.clock.now += 1_000_000
        replica.step()


@dataclass(frozen=True)
class Break:
    """The next use of the store by a replica fails, or the replica dies there."""

    replica: int
    method: str
    error: Callable[[], BaseException]
    when: str

    def play(self, world: World) -> None:
        world.replicas[self.replica].line.breaks = (self.method, self.error(), self.when)


@dataclass(frozen=True)
class Die:
    """A replica dies with what it has just polled."""

    replica: int

    def play(self, world: World) -> None:
        world.replicas[self.replica].crash_at_poll = True


@dataclass(frozen=True)
class Leave:
    """A replica is asked to leave."""

    replica: int

    def play(self, world: World) -> None:
        world.replicas[self.replica].stop()


@dataclass(frozen=True)
class Move:
    """A partition is given to a replica; one that is `frozen` does not hear of it for a while."""

    partition: str
    to: int
    frozen: bool

    def play(self, world: World) -> None:
        owner = world.scene.group[self.partition]
        world.scene.group[self.partition] = self.to
        for number in {owner, self.to} - ({owner} if self.frozen else set()):
            source = world.replicas[number].source
            if source is not None:
                source.seek()


@dataclass(frozen=True)
class Tick:
    """A replica judges; its commit may fail, before or after it took effect."""

    replica: int
    fails: str

    def play(self, world: World) -> None:
        line = Line(world.scene.store)
        if self.fails:
            line.breaks = ("commit", away(), self.fails)
        with contextlib.suppress(Transient, Conflict):
            world.scene.judge(line)


replicas = st.integers(0, 1)
partitions = st.sampled_from(PARTITIONS)
whens = st.sampled_from(["before", "after"])
errors = st.sampled_from([Crash, away, lambda: StoreFull("the disk is full")])
step = st.builds(Step, replicas, st.integers(1, 9), partitions)
actions = st.one_of(
    step,
    step,
    step,
    st.builds(Tick, replicas, st.sampled_from(["", "", "before", "after"])),
    st.builds(Break, replicas, st.sampled_from(["append", "offsets"]), errors, whens),
    st.builds(Die, replicas),
    st.builds(Leave, replicas),
    st.builds(Move, partitions, replicas, st.booleans()),
)


def stream(seed: int) -> Log:
    """Make a log with event times out of order, in which one partition lags and one drifts."""
    rng = random.Random(seed)
    log = {}
    for name in PARTITIONS:
        slope, amounts = rng.choice([1.0, 3.0, 6.0]), rng.choice([[5.0], [5.0, 50.0, 95.0]])
        log[name] = [
            Record(
                at=max(0.0, number * slope - rng.choice([0, 0, 0, 5, 15, 40])),
                amount=rng.choice(amounts),
                broken=rng.random() < 0.1,
                version=rng.choice("3333334"),
            )
            for number in range(rng.randrange(80))
        ]
    return log


@lru_cache
def undisturbed(seed: int) -> dict[str, object]:
    scene = Scene(stream(seed))
    scene.read_all()
    scene.rest()
    scene.judge()
    return outcome(scene)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 7), history=st.lists(actions, min_size=25, max_size=60))
def test_whatever_happens_what_is_counted_judged_and_sent_is_what_an_undisturbed_run_leaves(
    seed: int, history: list[Step | Break | Die | Leave | Move | Tick]
):
    world = World(stream(seed))
    for action in history:
        action.play(world)
    world.end()
    assert outcome(world.scene) == undisturbed(seed)
