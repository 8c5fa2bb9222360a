"""What holds for a version's whole holds for its segments: counted once, and judged once."""

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.nouns.judgements import Evidence
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.nouns.segments import LEAST, Segments
from driftwatch.pipeline import tick
from tests.unit.pipeline.scenes import BEGIN, HOUR, Crash, Line, Scene, known, outcome, profile
from tests.unit.pipeline.test_evidence import Kept, drifting, judging
from tests.unit.pipeline.test_exactly_once import World, actions, stream


def divided(version: str = "3") -> Profile:
    """Divide the reference by country; it stands for as many rows of each."""
    whole = profile(version)
    own = replace(whole.reference, rows=LEAST)
    return replace(whole, segments=(Segments("country", ("FR",), (own, own)),))


def watched() -> Known:
    return known(divided())


@lru_cache
def undisturbed(seed: int) -> dict[str, object]:
    scene = Scene(stream(seed), known=watched())
    scene.read_all()
    scene.rest()
    scene.judge()
    return outcome(scene)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 3), history=st.lists(actions, min_size=25, max_size=50))
def test_whatever_happens_segments_are_counted_as_an_undisturbed_run_counts_them(
    seed: int, history: list[Any]
) -> None:
    world = World(stream(seed))
    world.scene.known = watched()
    for action in history:
        action.play(world)
    world.end()
    assert outcome(world.scene) == undisturbed(seed)


def test_hours_hold_the_segments_too_and_they_add_up() -> None:
    hours: Any = undisturbed(1)["hours"]
    segments = {population.segment for population, _, _ in hours}
    assert segments == {"", "country=FR", "country=other"}
    for population, hour, reference in hours:
        if not population.segment:
            parts = (replace(population, segment=f"country={name}") for name in ("FR", "other"))
            rows = [hours.get((part, hour, reference), (0, []))[0] for part in parts]
            assert sum(rows) == hours[population, hour, reference][0]


def read() -> Scene:
    of = drifting(7)
    of.store, of.known = Kept(), watched()
    of.clock.now = BEGIN + 60 * HOUR
    of.read_all()
    of.rest(BEGIN + 80 * HOUR)
    return of


def told(of: Scene) -> dict[int, tuple[Evidence, ...]]:
    assert isinstance(of.store, Kept)
    return {at: found for at, found in of.store.told.items() if at <= BEGIN + 7 * HOUR}


def test_a_process_that_is_killed_at_any_commit_takes_no_pane_of_a_segment_twice() -> None:
    calm, of = read(), read()
    tick(judging(calm), calm.clock, lambda: True)
    line, boundaries = Line(of.store), count()

    def going() -> bool:
        if next(boundaries) % 5 == 3:
            line.breaks = ("commit", Crash(), "after")
        return True

    while True:
        with suppress(Crash):
            tick(judging(of, line), of.clock, going)
            break
    assert told(of) == told(calm)
    kept = {one.population.segment for found in told(calm).values() for one in found}
    assert kept == {"", "country=FR", "country=other"}


def test_there_are_verdicts_on_the_whole_only() -> None:
    verdicts: Any = undisturbed(1)["verdicts"]
    assert {verdict[0].segment for verdict in verdicts} == {""}
