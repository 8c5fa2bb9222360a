"""A real postgresql for the tests."""
