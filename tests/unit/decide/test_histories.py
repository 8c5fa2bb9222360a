"""Whatever happens: one request an episode, none on broken data, none lost, none stale."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.unit.decide.histories import Histories

CALM = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def histories(count: int, steps: int, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    chosen = settings(
        max_examples=count,
        phases=phases,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=CALM,
    )
    run_state_machine_as_test(Histories, settings=chosen)


def test_the_policy_holds_over_random_histories() -> None:
    histories(40, 40)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_policy_holds_over_a_thousand_random_histories() -> None:
    histories(1000, 40)
