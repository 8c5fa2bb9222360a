"""What happens where a real part is missing?"""

import os
import socket
from typing import NoReturn

import pytest


def absent(part: str, why: str) -> NoReturn:
    """Skip with the reason, or fail where the real parts are required (as in CI)."""
    message = f"no real {part} here: {why}"
    if os.environ.get("DRIFTWATCH_REQUIRE_REAL") == "1":
        pytest.fail(message)
    pytest.skip(message)


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
