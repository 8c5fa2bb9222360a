"""What do all parts' settings have in common?"""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

_UNITS = {"ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
_DURATION = re.compile(r"(?:\d+(?:ms|s|m|h|d))+")
_PART = re.compile(r"(\d+)(ms|s|m|h|d)")


class Settings(BaseModel):
    """A section of the configuration: unknown keys and loose types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def parse_duration(value: Any) -> timedelta:
    """Read a duration such as ``90s``, ``10m``, ``1h30m`` or ``7d``."""
    if isinstance(value, timedelta):
        return value
    text = value.replace(" ", "") if isinstance(value, str) else ""
    if not _DURATION.fullmatch(text):
        message = f"{value!r} is not a duration; write it as in 90s, 10m, 1h30m or 7d"
        raise ValueError(message)
    return timedelta(microseconds=sum(int(n) * _UNITS[u] for n, u in _PART.findall(text)))


def show_duration(value: timedelta) -> str:
    """Write a duration the way that `parse_duration` reads it."""
    left = value // timedelta(microseconds=1)
    if left == 0:
        return "0s"
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, left = divmod(left, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(show_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(ms|s|m|h|d))+$", "examples": ["10m"]}),
]


def microseconds(duration: timedelta) -> int:
    """Give a duration in the unit of all times inside driftwatch."""
    return duration // timedelta(microseconds=1)
