"""When is a message that was not taken tried again?

The schedule of Standard Webhooks: ten tries over three days, each a little off its time, so that
what failed together does not come back together.
"""

WAITS = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
JITTER = 0.1
LONGEST_RETRY_AFTER = 3600.0


def wait_before(tries: int, chance: float) -> float | None:
    """Give the seconds to wait after so many failed tries; None when it was the last.

    `chance` lies in [0, 1) and spreads the wait by a tenth to either side.
    """
    if tries >= len(WAITS):
        return None
    return WAITS[tries] * (1 - JITTER + 2 * JITTER * chance)


def clamped(retry_after: float) -> float:
    """Bound what a receiver asks for: it may slow us down, but not silence us."""
    return min(max(retry_after, 0.0), LONGEST_RETRY_AFTER)
