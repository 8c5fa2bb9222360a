"""What is a derived feature called, so that no column is called the same?"""

from collections.abc import Collection, Iterable


def distinct(wanted: Iterable[str], taken: Collection[str]) -> tuple[str, ...]:
    """Give names as wanted, with a prime after each that is taken already.

    >>> distinct(["age + height", "projection 1"], {"projection 1"})
    ('age + height', "projection 1'")
    """
    used = set(taken)
    names = []
    for name in wanted:
        free = name
        while free in used:
            free += "'"
        used.add(free)
        names.append(free)
    return tuple(names)
