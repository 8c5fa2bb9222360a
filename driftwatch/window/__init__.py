"""Panes of event time: what is late, what is closed, and what a window holds."""
