"""Fixtures of the whole suite; the real parts live in tests/real, one file each."""

pytest_plugins = ["tests.real.kafka", "tests.real.postgresql", "tests.real.prometheus"]
