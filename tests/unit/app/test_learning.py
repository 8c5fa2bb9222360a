"""What does a session learn, when, and what does it say where it cannot?"""

import json
import random
from collections.abc import Callable

import pytest

from driftwatch.app.learning import CROWDED, SILENT, Learner
from driftwatch.config import Config
from driftwatch.nouns.errors import Transient
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Delta, Position, Sample, Sampled
from driftwatch.reference.document import parse
from driftwatch.store.memory import Memory
from driftwatch.store.rules import LEARNING

DAY = 86_400_000_000
MINUTE = 60_000_000
FIRST = 20_458 * DAY
ROWS = 1_000
NOTHING = Known(frozenset({"fraud"}))


def config(days: int = 2) -> Config:
    return Config.model_validate(
        {
            "models": [{"name": "fraud", "reference": {"learn": {"rows": ROWS, "days": days}}}],
            "sources": [{"kind": "simulate", "name": "log"}],
            "store": {"url": "sqlite:////nowhere/state.db"},
        }
    )


def body(offset: int, time: int, version: str) -> bytes:
    rng = random.Random(f"{offset}/{time}")
    record = {
        "model": "fraud",
        "version": version,
        "time": time,
        "features": {"amount": rng.uniform(0, 9), "country": rng.choice("abc")},
    }
    return json.dumps(record).encode()


def sample(
    offset: int, time: int, version: str = "9", made: Callable[[int, int, str], bytes] = body
) -> Sample:
    rank = random.Random(offset).randrange(2**62)
    told = made(offset, time, version)
    return Sample("fraud", version, rank, "log", "0", offset, time, told)


def append(store: Memory, samples: list[Sample]) -> None:
    first = store.offsets("log")["0"].next if store.offsets("log") else 0
    span = {"0": (first, first + 1)}
    positions = {"0": Position(first + 1)}
    quotas = {"fraud": ROWS}
    store.append(Delta("log", span, positions, (), {}, (), {}, tuple(samples), quotas), MINUTE)


def days(number: int, each: int = 700, version: str = "9") -> list[Sample]:
    """Make so many samples of each day."""
    return [
        sample(day * each + n, FIRST + day * DAY + n * DAY // each, version)
        for day in range(number)
        for n in range(each)
    ]


def closed(store: Memory, end: int) -> None:
    store.close("fraud", lambda _: end)


def look(store: Memory, known: Known = NOTHING) -> tuple[bool, list[str]]:
    problems: list[str] = []
    return Learner(config(), store).look(known, problems), problems


def test_a_profile_is_learned_once_its_whole_days_are_closed() -> None:
    store = Memory()
    append(store, days(4))
    closed(store, FIRST + 3 * DAY - 1)
    assert look(store) == (False, [])
    closed(store, FIRST + 3 * DAY)
    assert look(store) == (True, [])
    made = parse(store.learned_profile("fraud", "9") or b"")
    assert (made.model, made.version, made.provisional) == ("fraud", "9", True)
    assert made.lineage["learned"]["rows"] == ROWS
    assert store.sampled("fraud").versions == {}
    assert look(store, Known(frozenset({"fraud"}), {("fraud", "9"): made})) == (False, [])


def test_when_it_was_looked_and_what_came_later_change_nothing_of_the_profile() -> None:
    once, often = Memory(), Memory()
    append(once, days(6))
    closed(once, FIRST + 5 * DAY)
    assert look(once)[0]
    for day in range(3):
        append(often, [s for s in days(6) if s.time // DAY == FIRST // DAY + day])
        closed(often, FIRST + (day + 1) * DAY)
        look(often)
    assert often.learned() == once.learned()
    assert len(once.learned()) == 1


def test_closed_days_together_are_kept_no_larger_than_the_sample() -> None:
    store = Memory()
    learner = Learner(config(days=9), store)
    append(store, days(5))
    closed(store, FIRST + 4 * DAY)
    learner.look(NOTHING, [])
    kept = store.sampled("fraud").versions["9"]
    assert kept[FIRST] == 1
    assert sum(rows for day, rows in kept.items() if FIRST < day < FIRST + 4 * DAY) == ROWS
    assert kept[FIRST + 4 * DAY] == 700


def test_a_sample_that_its_own_profile_would_refuse_is_dropped_and_that_is_said() -> None:
    def zoneless(offset: int, time: int, version: str) -> bytes:
        record = json.loads(body(offset, time, version))
        record["features"]["since"] = f"2025-01-{1 + offset % 28:02}T00:00:00"
        return json.dumps(record).encode()

    store = Memory()
    each = 700
    odd = [
        sample(d * each + n, FIRST + d * DAY + n * DAY // each, made=zoneless)
        for d in range(3)
        for n in range(each)
    ]
    append(store, odd)
    closed(store, FIRST + 3 * DAY)
    found, (problem,) = look(store)
    assert not found
    assert problem.startswith("model fraud: the profile of version 9 cannot be learned: 1,000 of")
    assert "since" in problem
    assert store.learned() == {}
    assert store.sampled("fraud").versions == {}


def test_what_could_not_be_learned_is_said_until_it_is() -> None:
    store, problems = Memory(), list[str]()
    learner = Learner(config(), store)
    bare = [sample(s.offset, s.time, made=lambda *_: b"{}") for s in days(3)]
    append(store, bare)
    closed(store, FIRST + 3 * DAY)
    assert not learner.look(NOTHING, problems)
    assert not learner.look(NOTHING, problems)
    assert len(problems) == 2
    append(store, _later(days(3), 4))
    closed(store, FIRST + 7 * DAY)
    problems.clear()
    assert learner.look(NOTHING, problems)
    assert problems == []


def _later(samples: list[Sample], number: int) -> list[Sample]:
    return [sample(s.offset + 10_000, s.time + number * DAY) for s in samples]


def test_of_a_version_that_has_a_profile_nothing_is_kept() -> None:
    store = Memory()
    append(store, days(4))
    closed(store, FIRST + 3 * DAY)
    look(store)
    made = parse(store.learned_profile("fraud", "9") or b"")
    other = Memory()
    append(other, days(1))
    look(other, Known(frozenset({"fraud"}), {("fraud", "9"): made}))
    assert other.sampled("fraud") == Sampled(None, {})


@pytest.mark.parametrize(("versions", "limit"), [(1, SILENT), (LEARNING, CROWDED)])
def test_a_version_that_is_silent_is_forgotten_sooner_where_there_is_no_room(
    versions: int, limit: int
) -> None:
    store = Memory()
    append(store, [s for v in range(versions) for s in days(1, 5, str(v))])
    closed(store, FIRST + DAY + limit)
    look(store)
    assert len(store.sampled("fraud").versions) == versions
    closed(store, FIRST + DAY + limit + 1)
    look(store)
    assert store.sampled("fraud").versions == {}


class Away(Memory):
    """A store that cannot be reached."""

    def sampled(self, model: str) -> Sampled:
        message = f"the store is away: nothing of {model}"
        raise Transient(message)


def test_while_the_store_is_away_learning_waits() -> None:
    assert look(Away()) == (False, ["learning waits: the store is away: nothing of fraud"])
