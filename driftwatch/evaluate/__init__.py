"""Calls to detectors: columns in, columns out."""
