"""Watch the data of a model in production, and say when they drift."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("driftwatch-daemon")
except PackageNotFoundError:  # Run from a source tree that is not installed.
    __version__ = "0.0.0"
