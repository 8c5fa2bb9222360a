"""Fixtures of the whole suite; the real parts live in tests/real, one file each."""

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
