"""How are frozen transforms written into a profile, exact to the last bit?"""

import base64
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
_Scalar = TypeVar("_Scalar", np.int32, np.uint32, np.uint64)


def packed(array: NDArray[_Scalar]) -> dict[str, Any]:
    """Write an array as its shape and its little-endian bytes in base64."""
    little = array.astype(array.dtype.newbyteorder("<"))
    return {"shape": list(array.shape), "base64": base64.b64encode(little.tobytes()).decode()}


def unpacked(document: Mapping[str, Any], kind: type[_Scalar]) -> NDArray[_Scalar]:
    """Read what `packed` gave."""
    raw = base64.b64decode(document["base64"], validate=True)
    little = np.frombuffer(raw, np.dtype(kind).newbyteorder("<"))
    return little.astype(kind).reshape(document["shape"])


def check_format(document: Mapping[str, Any], what: str) -> None:
    """Refuse what another program wrote."""
    found = document.get("format")
    if found != FORMAT:
        message = f"{what}: their format is {found!r}; this program reads format {FORMAT}"
        raise ValueError(message)
