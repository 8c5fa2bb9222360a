"""A real prometheus for the tests."""
