"""The examples in the documentation of detectors are right."""

import doctest
import importlib
import pkgutil

import pytest

import detectors

MODULES = [found.name for found in pkgutil.walk_packages(detectors.__path__, "detectors.")]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run_as_they_are_written(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def test_there_are_examples():
    counts = [doctest.testmod(importlib.import_module(module)).attempted for module in MODULES]
    assert sum(counts) > 40
