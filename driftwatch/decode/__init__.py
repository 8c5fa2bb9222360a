"""Payloads become observations, one file per format."""
