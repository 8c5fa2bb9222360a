"""Where do the special functions of mathematics come from?

From scipy.special, imported when one is first asked for: that import takes a fifth of a process's
start, and a daemon listens long before it compares anything.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    import scipy.special  # noqa: PLC0415 - the whole purpose

    function = globals()[name] = getattr(scipy.special, name)
    return function
