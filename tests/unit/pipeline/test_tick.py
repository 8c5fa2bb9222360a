"""Which boundaries are judged, on what, and what is left if that does not go along?"""

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.comparison import Missing, PopulationStability
from driftwatch.nouns.errors import Conflict, Transient
from driftwatch.nouns.judgements import State
from driftwatch.nouns.records import Delta, Position
from driftwatch.pipeline import tick
from driftwatch.window.rollup import Panes
from tests.unit.pipeline.scenes import (
    BEGIN,
    HOUR,
    MINUTE,
    Line,
    Record,
    Scene,
    away,
    known,
    outcome,
    profile,
)

STEP = 10 * MINUTE


def drifting(hours: int = 4) -> Scene:
    """Make an hour of what the reference is like, then two of drift, then the former again."""
    amounts = [7.0 * (at % 14) + 5 if not 60 <= at < 180 else 5.0 for at in range(60 * hours)]
    return Scene({"t/0": [Record(at, amount) for at, amount in enumerate(amounts)]})


def read(hours: int = 4) -> Scene:
    of = drifting(hours)
    of.read_all()
    of.rest()
    return of


def boundaries(of: Scene, line: Line | None = None, **changes: Any) -> list[int]:
    """Judge, and give the boundaries that were committed."""
    seen: list[int] = []

    class Noting(Line):
        def commit(self, judgement: Any) -> None:
            super().commit(judgement)
            seen.append(judgement.boundary)

    of.judge(line or Noting(of.store), **changes)
    return seen


def states(of: Scene) -> list[tuple[State, int]]:
    told = reversed(of.store.transitions(100))
    return [(t.after, (t.boundary - BEGIN) // MINUTE) for t in told]


def test_every_boundary_is_judged_one_after_the_other_from_the_end_of_the_first_pane():
    of = read()
    last = BEGIN + 6 * HOUR  # of which a window holds anything
    assert [b for b in boundaries(of) if b <= last] == list(range(BEGIN + STEP, last + 1, STEP))
    assert boundaries(of) == []


@settings(max_examples=8, deadline=None)
@given(gaps=st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_a_silence_is_passed_in_one_step_and_changes_nothing(gaps: list[int]):
    """One by one is how a process goes that is started anew for each boundary."""
    times, at = [], 0.0
    for gap in gaps:
        at += gap * 30
        times += [at + minute for minute in range(45)]
        at += 45
    log = {"t/0": [Record(time, 5.0) for time in times]}
    passed, single = Scene(log), Scene(log)
    for of in (passed, single):
        of.clock.now = BEGIN + 85 * HOUR
        of.read_all()
        of.rest(BEGIN + 90 * HOUR)
    found = boundaries(passed)
    while tick_some(single.judging(single.store), single, 1):
        pass
    assert outcome(passed) == outcome(single)
    assert found[-1] == BEGIN + 90 * HOUR - 20 * MINUTE
    assert len(found) < 25 * (len(gaps) + 1)


def test_a_model_without_rows_has_no_boundary():
    of = Scene({"t/0": []})
    of.read_all()
    of.rest()
    assert boundaries(of) == []


def test_event_time_alone_decides_what_is_judged():
    live, late = drifting(), read()
    source = live.source()
    for _ in range(80):
        live.read(source, 1)
        live.judge()
    live.read_all()
    live.rest()
    live.judge()
    late.judge()
    assert outcome(live) == outcome(late)
    assert [state for state, _ in states(live)] == [State.PENDING, State.FIRING, State.RESOLVED]


@settings(max_examples=8, deadline=None)
@given(jumps=st.lists(st.integers(-3 * HOUR, 3 * HOUR), min_size=20, max_size=20))
def test_a_clock_that_jumps_changes_no_judgement_while_records_come(jumps: list[int]):
    of, calm = drifting(), read()
    source, began = of.source(), of.clock.now
    for jump in jumps:
        of.clock.now = began + jump
        of.read(source, 2, every=timedelta(seconds=1))
        of.judge()
    of.clock.now = began
    of.read_all()
    of.rest()
    of.judge()
    calm.judge()
    assert outcome(of)["transitions"] == outcome(calm)["transitions"]


def test_nothing_is_closed_before_the_sources_were_read_since_the_start():
    of = read()
    assert boundaries(of, current=lambda: None) == []
    assert of.store.snapshot(0).models["fraud"].closed is None


def test_nothing_is_closed_by_a_silence_that_began_before_the_sources_were_last_looked_at():
    """A process that was frozen wakes up: what came meanwhile is not read yet."""
    of = read(hours=1)
    looked = of.clock.now - 6 * HOUR
    assert max(boundaries(of, current=lambda: looked)) <= BEGIN + HOUR - 20 * MINUTE


def test_a_judgement_bears_the_time_of_its_making():
    of = read()
    of.judge()
    progress = of.store.snapshot(0).models["fraud"]
    assert progress.decided_at == of.clock.now
    [*_, sent] = of.store.deliveries(10)
    assert sent.delivery.message.facts["decided_at"] == of.clock.now


def test_messages_go_to_the_endpoints_that_want_their_kind():
    of = read()
    of.judge()
    sent = [(d.delivery.message.kind, d.delivery.endpoint) for d in of.store.deliveries(10)]
    assert sorted(sent) == [("firing", "people"), ("firing", "retrain"), ("resolved", "people")]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_of_which_nobody_knows_if_it_happened_is_one_judgement_and_one_message(when: str):
    calm = read()
    calm.judge()
    for nth in (1, 2, 3, 4, 6, 10, 17, 29):
        of = read()
        line = BreaksAt(of, nth, when)
        with pytest.raises(Transient):
            of.judge(line)
        of.judge()
        assert outcome(of) == outcome(calm)


class BreaksAt(Line):
    """A line that breaks at the nth commit."""

    def __init__(self, of: Scene, nth: int, when: str) -> None:
        super().__init__(of.store)
        self.left, self.when = nth, when

    def commit(self, judgement: Any) -> None:
        self.left -= 1
        if self.left == 0:
            self.breaks = ("commit", away(), self.when)
        super().commit(judgement)


def test_a_judging_that_goes_on_after_a_failure_comes_to_the_same():
    """What it holds of the panes must not have run ahead of what was committed."""
    calm = read()
    calm.judge()
    for when in ("before", "after"):
        of = read()
        line = Line(of.store)
        judging = of.judging(line)
        judged = 2
        while judged == 2:
            line.breaks = ("commit", away(), when)
            with contextlib.suppress(Transient):
                tick(judging, of.clock, lambda: True)
            line.breaks = None
            judged = tick_some(judging, of, 2)
        assert outcome(of) == outcome(calm)


def tick_some(judging: Any, of: Scene, boundaries: int) -> int:
    left = iter(range(boundaries))
    return tick(judging, of.clock, lambda: next(left, None) is not None)


def test_two_replicas_that_tick_in_turn_come_to_what_one_does():
    of, calm = read(), read()
    calm.judge()
    ours, theirs = of.judging(of.store), of.judging(of.store)
    while tick_some(ours, of, 2) + tick_some(theirs, of, 3):
        pass
    assert outcome(of) == outcome(calm)


def test_a_boundary_that_another_replica_has_judged_meanwhile_is_a_conflict_and_stands():
    of, calm = read(), read()
    calm.judge()

    class Slower(Line):
        def panes(self, model: str, start: int, end: int) -> Any:
            found = of.store.panes(model, start, end)
            tick_some(theirs, of, 1)
            return found

    theirs = of.judging(of.store)
    with pytest.raises(Conflict):
        of.judge(Slower(of.store))
    of.judge()
    assert outcome(of) == outcome(calm)


def test_it_leaves_between_two_boundaries_when_it_is_asked_to():
    of = read()
    assert tick_some(of.judging(of.store), of, 3) == 3
    assert of.store.snapshot(0).models["fraud"].boundary == BEGIN + 3 * STEP


def test_a_reading_that_fails_leaves_the_boundary_to_the_next_tick():
    of, calm = read(), read()
    calm.judge()

    class Failing(Line):
        def hours(self, model: str, start: int, end: int) -> Any:
            raise away()

    with pytest.raises(Transient):
        of.judge(Failing(of.store))
    assert of.store.snapshot(0).models["fraud"].boundary is None
    of.judge()
    assert outcome(of) == outcome(calm)


def test_a_detector_that_fails_keeps_no_other_from_its_verdict():
    class Failing(Missing):
        def compare(self, reference: Any, current: Any) -> Any:
            raise ZeroDivisionError

    of, calm = read(), read()
    calm.judge()
    of.judge(detectors=(PopulationStability(), Failing()))
    assert states(of) == states(calm) != []


def test_a_profile_replaced_under_the_same_version_is_judged_afresh_and_says_so():
    """Panes that were counted under the former are no part of any window, open ones neither."""
    of = drifting()
    source, replaced = of.source(), known(profile(print_="ref-2"))
    of.read(source, 23)
    of.judge()
    assert [state for state, _ in states(of)] == [State.PENDING, State.FIRING]
    of.known = replaced
    of.read_all()
    of.judge()
    of.rest()
    of.judge()
    resolved = [t for t in of.store.transitions(100) if t.after is State.RESOLVED]
    assert "the reference changed from ref-1 to ref-2" in resolved[-1].why
    rows = {v.window: v.rows for v in of.store.snapshot(0).verdicts}
    hours = of.store.hours("fraud", 0, 2**60)
    counted = {
        print_: sum(h.rows for h in hours if h.reference == print_) for print_ in ("ref-1", "ref-2")
    }
    assert counted["ref-2"] > 0
    assert sum(counted.values()) <= 240
    assert all(v.reference == "ref-2" for v in of.store.snapshot(0).verdicts)
    assert set(rows) == {"30m", "2h"}


def test_a_session_that_begins_in_the_middle_of_an_hour_makes_the_same_hours():
    of, calm = read(), read()
    calm.judge()
    while tick_some(of.judging(of.store), of, 1):
        pass
    assert outcome(of) == outcome(calm)


def test_a_model_that_was_not_configured_for_a_while_is_judged_without_a_gap():
    of, calm = drifting(), read()
    calm.judge()
    of.read(of.source(), 20)
    of.judge()
    of.read_all()
    of.rest()
    of.judge(panes=Panes(of.window))
    assert outcome(of)["transitions"] == outcome(calm)["transitions"]


def test_a_model_waits_for_its_own_sources_only():
    of = read()
    of.store.append(Delta("elsewhere", {"t/0": (0, 0)}, {"t/0": Position(0)}, (), {}, ()), STEP)
    assert boundaries(of) != []
    assert boundaries(read(), sources={"elsewhere": lambda _: True}) == []
