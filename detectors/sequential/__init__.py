"""Is it time to call a person? Evidence that may be watched at any time, at a stated false rate."""
