"""What is a peer given, and how does it answer?

This runs inside the environments of the peers: it may import nothing but numpy.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

CHUNK = 5_000
HERE = {"127.0.0.1", "::1", "localhost", None}

tried: list[str] = []


def given(name: str) -> dict[str, np.ndarray[Any, Any]]:
    """Read a data set of build/peers: columns named `reference/x` and `current/x`."""
    with np.load(Path("build", "peers", f"{name}.npz")) as data:
        return dict(data)


def series() -> list[str]:
    """Name the data sets of columns and chunks that are there."""
    return [
        name for name in ("drawn", "car_loan") if Path("build", "peers", f"{name}.npz").exists()
    ]


def answer(found: dict[str, Any]) -> None:
    """Write what was found to the file that was named, with every address that was refused."""
    Path(sys.argv[1]).write_text(json.dumps({"found": found, "tried": sorted(set(tried))}))


def columns(
    data: dict[str, np.ndarray[Any, Any]],
) -> Iterator[tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Give the name, the reference and the current values of each column."""
    for key, values in data.items():
        side, _, column = key.partition("/")
        if side == "reference":
            yield column, values, data[f"current/{column}"]


def ends(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Give a range somewhat wider than the values, in which no value lies where bins meet."""
    least, most = float(values.min()), float(values.max())
    return least - 0.0123 * (most - least), most + 0.0457 * (most - least)


def chunks(values: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """Cut a column into its chunks."""
    return [values[at : at + CHUNK] for at in range(0, len(values), CHUNK)]


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    """Refuse and note every address but this machine's own."""
    if event == "socket.getaddrinfo":
        host = args[0].decode() if isinstance(args[0], bytes) else args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if host not in HERE:
        tried.append(str(host))
        raise ConnectionRefusedError(f"a peer is to speak to nobody, not to {host}")


sys.addaudithook(_refuse)
