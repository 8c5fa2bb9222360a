"""What does every store owe to the tick?"""

import dataclasses
import math

import numpy as np
import pytest

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.judgements import Evidence, Opened, Progress, State
from driftwatch.nouns.records import Population, Position
from driftwatch.nouns.retraining import Standing
from driftwatch.store import Store
from tests.unit.store.samples import (
    FRAUD,
    HOUR,
    KEY,
    MINUTE,
    alert,
    delta,
    everything,
    judgement,
    message,
    part,
    transition,
    verdicts,
)


def test_nothing_is_closed_before_the_first_watermark(store: Store) -> None:
    assert store.close("fraud", lambda _: None) is None
    assert store.open("fraud", MINUTE) is None


def test_closed_is_made_of_the_offsets_of_all_sources(store: Store) -> None:
    store.append(delta(0, 10, source="a", position=Position(10, high=5, standing=6)), MINUTE)
    store.append(delta(0, 20, source="b"), MINUTE)
    seen: list[object] = []
    assert store.close("fraud", lambda offsets: seen.append(dict(offsets)) or 7) == 7  # type: ignore[func-returns-value]
    expected = {"a": {"t-0": Position(10, 5, 6)}, "b": {"t-0": Position(20)}}
    assert seen == [expected]


@pytest.mark.parametrize("less", [None, 6, 7])
def test_closed_never_moves_back(store: Store, less: int | None) -> None:
    store.close("fraud", lambda _: 7)
    assert store.close("fraud", lambda _: less) == 7
    assert store.close("fraud", lambda _: 8) == 8


def test_a_failing_advance_leaves_closed_where_it_was(store: Store) -> None:
    def fail(_: object) -> int:
        raise ArithmeticError

    store.close("fraud", lambda _: 7)
    with pytest.raises(ArithmeticError):
        store.close("fraud", fail)
    assert store.close("fraud", lambda _: None) == 7


@pytest.mark.parametrize(
    ("pane", "step", "boundary"),
    [
        (7 * MINUTE, MINUTE, 8 * MINUTE),
        (7 * MINUTE, 5 * MINUTE, 10 * MINUTE),
        (9 * MINUTE, 5 * MINUTE, 10 * MINUTE),
        (10 * MINUTE, 5 * MINUTE, 15 * MINUTE),
        (-3 * MINUTE, 5 * MINUTE, 0),
    ],
)
def test_the_first_boundary_is_the_first_step_at_which_a_pane_has_ended(
    store: Store, pane: int, step: int, boundary: int
) -> None:
    store.append(delta(parts=(part(pane + HOUR), part(pane))), MINUTE)
    store.close("fraud", lambda _: boundary - 1)
    assert store.open("fraud", step) is None
    store.close("fraud", lambda _: boundary)
    assert store.open("fraud", step) == Opened("fraud", None, boundary, boundary, {}, pane)


def test_boundaries_follow_one_after_the_other_as_far_as_closed_has_come(store: Store) -> None:
    store.append(delta(parts=(part(0), part(MINUTE))), MINUTE)
    store.close("fraud", lambda _: 3 * MINUTE + 1)
    previous = None
    for boundary, following in ((MINUTE, 0), (2 * MINUTE, MINUTE), (3 * MINUTE, None)):
        opened = store.open("fraud", MINUTE)
        born = Standing(born=None if previous is None else 1_000)
        wanted = Opened("fraud", previous, boundary, 3 * MINUTE + 1, {}, following)
        assert opened == dataclasses.replace(wanted, standing=born)
        store.commit(judgement(previous, boundary))
        previous = boundary
    assert store.open("fraud", MINUTE) is None


def test_a_new_step_goes_on_at_its_next_multiple(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    store.commit(judgement(None, 7 * MINUTE))
    opened = store.open("fraud", 5 * MINUTE)
    assert opened is not None
    assert opened.boundary == 10 * MINUTE


def test_a_model_that_the_store_does_not_know_has_nothing_to_judge(store: Store) -> None:
    assert store.open("unheard", MINUTE) is None
    assert store.panes("unheard", 0, HOUR) == []
    with pytest.raises(Conflict):
        store.commit(dataclasses.replace(judgement(), model="unheard"))


def test_a_judgement_is_saved_whole(store: Store) -> None:
    store.append(delta(parts=(part(0), part(MINUTE))), MINUTE)
    store.close("fraud", lambda _: 2 * MINUTE)
    hour = part(0, 60)
    decided = judgement(
        verdicts=(verdicts(),),
        alerts=(alert(),),
        transitions=(transition(why="psi > 0.2 for 3h"),),
        messages=((message(), ("people", "retrain")),),
        hours=(hour,),
        forget=MINUTE,
    )
    store.commit(decided)
    snapshot = store.snapshot(77)
    assert snapshot.taken_at == 77
    assert snapshot.models == {"fraud": Progress(2 * MINUTE, MINUTE, 1_000)}
    assert snapshot.alerts == (alert(),)
    assert store.transitions(9) == [transition(why="psi > 0.2 for 3h")]
    assert {d.delivery.endpoint for d in store.deliveries(9)} == {"people", "retrain"}
    assert store.hours("fraud", 0, HOUR) == [hour]
    assert store.panes("fraud", 0, HOUR) == [part(MINUTE)]
    opened = store.open("fraud", MINUTE)
    assert opened is not None
    assert opened.alerts == {KEY: alert()}


def test_a_boundary_that_another_has_judged_is_a_conflict_with_nothing_written(
    stores: tuple[Store, Store],
) -> None:
    first, second = stores
    first.append(delta(parts=(part(0),)), MINUTE)
    first.close("fraud", lambda _: HOUR)
    first.commit(judgement(None, MINUTE))
    before = everything(first)
    for previous in (None, 2 * MINUTE):
        late = judgement(
            previous,
            3 * MINUTE,
            verdicts=(verdicts(),),
            alerts=(alert(),),
            transitions=(transition(),),
            messages=((message(), ("people",)),),
            hours=(part(0, 60),),
            forget=HOUR,
        )
        with pytest.raises(Conflict, match="fraud"):
            second.commit(late)
    assert everything(first) == before


def test_statistics_come_back_bit_by_bit(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    given = verdicts()
    store.commit(judgement(verdicts=(given,)))
    [found] = store.snapshot(0).verdicts
    for name in ("population", "reference", "window", "start", "end", "rows", "features", "roles"):
        assert getattr(found, name) == getattr(given, name)
    assert list(found.statistics) == ["psi", "kolmogorov_smirnov"]
    for kind, compared in given.statistics.items():
        for name in ("statistic", "p_value", "low", "high", "n", "m", "undefined"):
            ours, theirs = getattr(found.statistics[kind], name), getattr(compared, name)
            assert ours.dtype == theirs.dtype
            assert ours.tobytes() == theirs.tobytes()
            assert not ours.flags.writeable


def test_the_last_verdicts_of_each_population_and_window_are_shown(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    segment = Population("fraud", "3", "other")
    both = (verdicts(HOUR, "24h"), verdicts(HOUR, "1h", segment))
    store.commit(judgement(None, MINUTE, verdicts=(verdicts(HOUR), *both)))
    store.commit(judgement(MINUTE, 2 * MINUTE, verdicts=(verdicts(2 * HOUR),)))
    shown = [(v.population, v.window, v.end) for v in store.snapshot(0).verdicts]
    expected = [(FRAUD, "1h", 2 * HOUR), (FRAUD, "24h", HOUR), (segment, "1h", HOUR)]
    assert shown == expected


def test_an_hour_rolled_up_again_takes_the_place_of_the_one_before(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    other = part(0, 4, reference="f2")
    store.commit(judgement(None, MINUTE, hours=(part(0, 60), part(HOUR, 61), other)))
    store.commit(judgement(MINUTE, 2 * MINUTE, hours=(part(0, 62),)))
    assert store.hours("fraud", 0, HOUR) == [part(0, 62), other]
    assert store.hours("fraud", HOUR, 2 * HOUR) == [part(HOUR, 61)]


def test_only_panes_that_have_ended_are_forgotten_and_only_those_of_the_model(
    store: Store,
) -> None:
    other = part(0, 1, Population("churn", "1"))
    store.append(delta(0, 10, parts=(part(0), part(5 * MINUTE), other)), 5 * MINUTE)
    store.close("fraud", lambda _: HOUR)
    store.commit(judgement(forget=9 * MINUTE))
    assert store.panes("fraud", 0, HOUR) == [part(5 * MINUTE)]
    assert store.panes("churn", 0, HOUR) == [other]


def test_what_alerts_remember_comes_back_exactly(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    memory = {"since": {"psi/größe": -7}, "low": [0.1, -math.inf], "odd": None, "yes": True}
    numbers = {"effect": np.float64(0.25), "rows": np.int64(5)}
    store.commit(judgement(alerts=(alert(memory=memory, evidence=numbers),)))
    [found] = store.snapshot(0).alerts
    assert found.memory == memory
    assert found.evidence == {"effect": 0.25, "rows": 5}
    assert type(found.evidence["effect"]) is float


def test_nan_and_half_characters_in_evidence_do_not_stop_a_judgement(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    store.commit(judgement(alerts=(alert(evidence={"unseen": ["a\ud800"], "p": math.nan}),)))
    [found] = store.snapshot(0).alerts
    assert found.evidence["unseen"] == ["a?"]
    assert math.isnan(found.evidence["p"])


def test_what_was_handed_in_can_be_changed_without_changing_the_store(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    memory = {"count": 1}
    store.commit(judgement(alerts=(alert(memory=memory),)))
    memory["count"] = 2
    [found] = store.snapshot(0).alerts
    assert found.memory == {"count": 1}
    found.memory["count"] = 3  # type: ignore[index]
    assert store.snapshot(0).alerts[0].memory == {"count": 1}


def test_an_alert_is_where_the_last_judgement_left_it(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    store.commit(judgement(None, MINUTE, alerts=(alert(State.PENDING, ordinal=0),)))
    store.commit(judgement(MINUTE, 2 * MINUTE, alerts=(alert(State.FIRING, ordinal=1),)))
    assert store.snapshot(0).alerts == (alert(State.FIRING, ordinal=1),)


def test_transitions_come_newest_first_and_by_model(store: Store) -> None:
    store.close("fraud", lambda _: HOUR)
    other = transition(key=dataclasses.replace(KEY, model="churn"))
    told = (transition(MINUTE), transition(2 * MINUTE), other)
    store.commit(judgement(transitions=told))
    assert store.transitions(2) == [other, told[1]]
    assert store.transitions(9, model="fraud") == [told[1], told[0]]


def test_evidence_is_just_what_the_last_boundary_left(store: Store) -> None:
    store.append(delta(0, 10, parts=(part(0), part(HOUR))), MINUTE)
    store.close("fraud", lambda _: HOUR)
    other = Population("fraud", "4", "de")
    first = Evidence(FRAUD, "f1", b"\x00one", {"covariate": 0.25, "quality": 0.0})
    gone = Evidence(other, "f2", b"two")
    store.commit(judgement(None, MINUTE, evidence=(first, gone)))
    opened = store.open("fraud", MINUTE)
    assert opened is not None
    assert opened.evidence == {FRAUD: first, other: gone}
    assert store.snapshot(0).ratios == {FRAUD: first.ratios, other: {}}
    second = Evidence(FRAUD, "f1", b"later", {"covariate": 1.5})
    store.commit(judgement(MINUTE, 2 * MINUTE, evidence=(second,)))
    opened = store.open("fraud", MINUTE)
    assert opened is not None
    assert opened.evidence == {FRAUD: second}


def test_a_look_between_boundaries_leaves_the_evidence(store: Store) -> None:
    store.append(delta(0, 10, parts=(part(0),)), MINUTE)
    store.close("fraud", lambda _: HOUR)
    kept = Evidence(FRAUD, "f1", b"one", {"covariate": 0.25})
    store.commit(judgement(None, MINUTE, evidence=(kept,)))
    store.commit(judgement(MINUTE, MINUTE))
    assert store.snapshot(0).ratios == {FRAUD: kept.ratios}
