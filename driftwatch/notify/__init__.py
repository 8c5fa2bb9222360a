"""Stored messages go out: rendered, signed, retried."""
