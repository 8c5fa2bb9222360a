"""Replayable logs: payloads at offsets."""
