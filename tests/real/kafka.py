"""A real kafka for the tests."""
