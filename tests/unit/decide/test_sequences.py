"""Laws over random sequences of verdicts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.nouns.judgements import State, Transition
from tests.unit.decide.scenes import Judged

RULES = (
    "psi > 0.2 for 2h, clear at 0.1, keep 1h",
    "psi > 0.4 of f0, severity critical",
    "psi p < 0.05 for 1h, at least 100 rows",
)
LOOKS = st.lists(
    st.one_of(
        st.none(),
        st.tuples(
            st.lists(st.sampled_from([0.05, 0.15, 0.3, 0.5, np.nan]), min_size=2, max_size=2),
            st.sampled_from([3, 1000]),
            st.lists(st.sampled_from([0.01, 0.5, np.nan]), min_size=2, max_size=2),
        ),
    ),
    max_size=24,
)
Looks = list[tuple[list[float], int, list[float]] | None]


def judge(looks: Looks, *, between: bool = False) -> tuple[Judged, list[Transition]]:
    judged = Judged(*RULES)
    for hour, one in enumerate(looks):
        if between:
            fresh = Judged(*RULES)
            fresh.alerts, fresh.told = judged.alerts, judged.told
            judged = fresh
        values, rows, p = one or (None, 0, [])
        judged.look(hour / 2, values, rows=rows, p=p or None)
    return judged, judged.told


@given(LOOKS)
@settings(max_examples=60, deadline=None)
def test_a_restart_between_any_two_boundaries_changes_no_transition(looks: Looks) -> None:
    assert judge(looks)[1] == judge(looks, between=True)[1]


@given(LOOKS)
@settings(max_examples=60, deadline=None)
def test_nothing_fires_twice_without_having_resolved(looks: Looks) -> None:
    _, told = judge(looks)
    for key in {t.key for t in told}:
        ends = [t for t in told if t.key == key and t.after in (State.FIRING, State.RESOLVED)]
        assert [t.after for t in ends] == [State.FIRING, State.RESOLVED][: 1 + len(ends)] * (
            len(ends) // 2
        ) + [State.FIRING] * (len(ends) % 2)
        assert [t.ordinal for t in ends] == [1 + i // 2 for i in range(len(ends))]


@given(LOOKS)
@settings(max_examples=60, deadline=None)
def test_each_transition_begins_where_the_last_one_ended(looks: Looks) -> None:
    judged, told = judge(looks)
    for key, alert in judged.alerts.items():
        states = [State.INACTIVE, *(t.after for t in told if t.key == key)]
        assert [t.before for t in told if t.key == key] == states[:-1]
        assert alert.state is states[-1]


@given(LOOKS)
@settings(max_examples=60, deadline=None)
def test_a_look_that_decides_nothing_changes_no_state(looks: Looks) -> None:
    judged = judge(looks)[0]
    told = list(judged.told)
    before = {key: alert.state for key, alert in judged.alerts.items()}
    judged.look(99, [0.9, 0.9], rows=3)
    assert {key: judged.alerts[key].state for key in before} == before
    assert judged.told == told
