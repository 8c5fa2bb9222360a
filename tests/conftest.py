"""Fixtures of the whole suite; the real parts live in tests/real, one file each."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

pytest_plugins = ["tests.real.kafka", "tests.real.postgresql", "tests.real.prometheus"]

# How long an example takes tells of the machine's load, not of the rule under test. To explain a
# failure takes longer than a test may; the shrunken example is told without it.
settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.load_profile("unhurried")

_DRAWN_FROM: list[tuple[np.random.Generator, Mapping[str, Any]]] = []


def pytest_collection_finish() -> None:
    """Note where the generators stand that the modules of tests share."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tests."):
            shared = [v for v in vars(module).values() if isinstance(v, np.random.Generator)]
            _DRAWN_FROM.extend((rng, rng.bit_generator.state) for rng in shared)


@pytest.fixture(autouse=True)
def draws_as_if_alone() -> None:
    """Let each test draw the same, whatever ran before it in its process."""
    for rng, state in _DRAWN_FROM:
        rng.bit_generator.state = state
