"""Watch the data of a model in production, and say when they drift."""

__version__ = "0.1.0"
