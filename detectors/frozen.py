"""How are frozen transforms written into a profile, exact to the last bit?"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
_Scalar = TypeVar("_Scalar", np.int32, np.uint32, np.uint64)


def packed(array: NDArray[_Scalar]) -> dict[str, Any]:
    """Write an array as its shape and its little-endian bytes in base64.

    >>> packed(np.array([[1, -1]], dtype=np.int32))
    {'shape': [1, 2], 'base64': 'AQAAAP////8='}
    """
    little = array.astype(array.dtype.newbyteorder("<"))
    return {"shape": list(array.shape), "base64": base64.b64encode(little.tobytes()).decode()}


def unpacked(document: Mapping[str, Any], kind: type[_Scalar]) -> NDArray[_Scalar]:
    """Read what `packed` gave."""
    raw = base64.b64decode(document["base64"], validate=True)
    little = np.frombuffer(raw, np.dtype(kind).newbyteorder("<"))
    return little.astype(kind).reshape(document["shape"])


@contextmanager
def reading(document: Mapping[str, Any], what: str) -> Iterator[None]:
    """Refuse what another program wrote; say of `what` that it is damaged where a part is not so.

    >>> with reading({"format": 1}, "the transforms"):
    ...     {}["names"]
    Traceback (most recent call last):
    ...
    ValueError: the transforms are damaged: KeyError('names')
    """
    found = document.get("format") if isinstance(document, Mapping) else None
    if found != FORMAT:
        message = f"{what} have format {found!r}; this program reads format {FORMAT}"
        raise ValueError(message)
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as damage:
        message = f"{what} are damaged: {damage!r}"
        raise ValueError(message) from damage
