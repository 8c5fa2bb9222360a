"""Payloads become observations, one file per format."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from driftwatch.decode.json import JsonFormat


def _spelt_out(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


# A format is written as its name alone, or as a section with its settings.
AnyFormat = Annotated[JsonFormat, BeforeValidator(_spelt_out)]

__all__ = ["AnyFormat", "JsonFormat"]
