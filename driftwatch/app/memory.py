"""How does the process keep its memory small over years?"""

import ctypes
import gc

YOUNG = 50_000  # new objects between two looks of the garbage collector; a poll makes as many
ARENAS = 2
_ARENA_MAX = -8  # of mallopt, in glibc's malloc.h


def spare_collector() -> None:
    """Let the garbage collector look rarely, and not at all at what the start has made.

    Records come by ten thousands, and none is part of a cycle: looking at them again and again
    would take a fifth of the intake's time.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)


def share_arenas() -> None:
    """Let threads share two heaps; with one each, what one has freed is of no use to the others.

    Call it before threads begin. Only glibc has, and needs, such a setting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Give the system what was freed: an append and a tick hold much, and never together."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
