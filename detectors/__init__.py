"""Statistics on summaries of data: what moved, by how much, and how sure is that?

numpy and scipy only: no clock, no I/O, no logging.
"""
