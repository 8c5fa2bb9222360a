"""Fixtures of the whole suite; the real parts live in tests/real, one file each."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.real.kafka", "tests.real.postgresql", "tests.real.prometheus"]

# How long an example takes tells of the machine's load, not of the rule under test.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
