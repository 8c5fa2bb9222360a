"""Why was a record refused?

The slow path: it sees only what the decoder did not take, reads it again in Python, and finds the
one reason and the words for it. Where several things are wrong the first one counts, in the order
of the functions below: the body, its model and version, its time, its columns in their order.

What msgspec takes or refuses by itself, so that it holds for every record:

- 2^53 + 1 and other whole numbers beyond a double's precision are rounded to the nearest double.
- Of a key that stands twice the last value counts, but each of them must be of the right type.
- A key that is not wanted is skipped: its value must be JSON, but may be any number, and its bytes
  need not be UTF-8.
- -0 is 0; numbers too small for a double are 0; what is too large is refused.
"""

import json
import re
from typing import Any, NamedTuple

import msgspec
import numpy as np

from driftwatch.decode.columns import fill_times
from driftwatch.decode.fields import is_required, objects, others, place
from driftwatch.decode.plan import LATEST, earliest
from driftwatch.decode.settings import RecordSettings
from driftwatch.decode.shapes import Moment
from driftwatch.nouns.profiles import Column, Known, Schema
from driftwatch.nouns.records import Reason

VERSION = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_SHOWN = 60
_EMPTY = Schema(())
_GRAMMAR = msgspec.json.Decoder(msgspec.defstruct("Anything", []))


class _Numeral(str):
    """A number as it was written."""

    __slots__ = ()


class Refusal(NamedTuple):
    """Why a record is refused, in what place, and of which model and version it is, if it says."""

    reason: Reason
    detail: str
    whose: tuple[str, str] | None = None


class _Wrong(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def classify(
    body: bytes | None, arrived: int, known: Known, settings: RecordSettings
) -> Refusal | None:
    """Say why a body is refused, and in what place; None if nothing is wrong with it."""
    whose = None
    try:
        record = _record(_sound(body, settings))
        whose = _whose(record, known, settings)
        profile = known.profile(*whose)
        schema = _EMPTY if profile is None else profile.schema
        _check_time(record, arrived, settings)
        _check_columns(record, schema, settings)
    except _Wrong as wrong:
        return Refusal(wrong.reason, str(wrong), whose)
    return None


def depth(body: bytes) -> int:
    """Say how deeply a body is nested, JSON or not."""
    brackets = np.frombuffer(_STRING.sub(b"", body), np.uint8) | 0x20
    steps = (brackets == ord("{")).astype(np.int64) - (brackets == ord("}"))
    return int(np.cumsum(steps).max(initial=0))


def _sound(body: bytes | None, settings: RecordSettings) -> bytes:
    """Check the body as bytes."""
    if body is None:
        raise _Wrong(Reason.TOMBSTONE, "no body; a record is a JSON object")
    if len(body) > settings.max_bytes:
        detail = f"{len(body)} bytes; at most {settings.max_bytes} (max_bytes) are read"
        raise _Wrong(Reason.TOO_LARGE, detail)
    if (deep := depth(body)) > settings.max_depth:
        detail = f"nested {deep} deep; at most {settings.max_depth} (max_depth) are read"
        raise _Wrong(Reason.TOO_DEEP, detail)
    return body


def _record(body: bytes) -> dict[str, Any]:
    """Read the body as JSON, and check that it is an object."""
    try:
        value = json.loads(
            body.decode(), parse_int=_Numeral, parse_float=_Numeral, parse_constant=_refuse
        )
    except UnicodeDecodeError as error:
        detail = f"byte {error.start} is not UTF-8"
        raise _Wrong(Reason.BAD_UTF8, detail) from error
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        detail = f"{what} at character {error.pos}; a record is a JSON object"
        raise _Wrong(Reason.NOT_JSON, detail) from error
    if not isinstance(value, dict):
        detail = f"{_shown(value)} at the top; a record is a JSON object"
        raise _Wrong(Reason.NOT_AN_OBJECT, detail)
    try:
        _GRAMMAR.decode(body)
    except msgspec.DecodeError as error:
        if _HALF.search(body):
            detail = "half of a surrogate pair in a text; write the character itself"
            raise _Wrong(Reason.BAD_UTF8, detail) from error
        raise _Wrong(Reason.NOT_JSON, str(error)) from error
    return value


def _refuse(constant: str) -> None:
    detail = f"{constant} is not JSON; write null where there is no number"
    raise _Wrong(Reason.NOT_FINITE, detail)


def _whose(record: dict[str, Any], known: Known, settings: RecordSettings) -> tuple[str, str]:
    """Check model and version."""
    model = _name(record, settings.model, settings.default_model)
    if model not in known.models:
        right = ", ".join(sorted(known.models)) or "none"
        raise _Wrong(Reason.UNKNOWN_MODEL, f"model {_shown(model)}; known here: {right}")
    version = _name(record, settings.version, settings.default_version)
    if known.profile(model, version) is None and not VERSION.fullmatch(version):
        where = _place(settings.version)
        detail = f"{where}: {_shown(version)}; 1 to 64 letters, digits, dots, dashes, underscores"
        raise _Wrong(Reason.WRONG_TYPE, detail)
    return model, version


def _name(record: dict[str, Any], path: tuple[str, ...], default: str | None) -> str:
    value = _find(record, path)
    if value is None and default is not None:
        return default
    if value is None:
        raise _Wrong(Reason.MISSING_FIELD, f"{_place(path)} is missing; no default is configured")
    if isinstance(value, _Numeral):
        detail = f'{_place(path)}: the number {_shown(value)}; quote it, as in "{value:.20}"'
        raise _Wrong(Reason.WRONG_TYPE, detail)
    if not isinstance(value, str):
        raise _Wrong(Reason.WRONG_TYPE, f"{_place(path)}: {_shown(value)}; a text is wanted")
    return value


def _check_time(record: dict[str, Any], arrived: int, settings: RecordSettings) -> None:
    where, value = _place(settings.time), _find(record, settings.time)
    if value is not None:
        time = _time(value, where, settings)
    elif settings.missing_time == "arrival":
        time = arrived
    else:
        raise _Wrong(Reason.MISSING_FIELD, f"{where} is missing")
    if not earliest(settings) <= time < LATEST:
        what = "its arrival" if value is None else _shown(value)
        detail = f"{where}: {what} lies outside {settings.earliest_year} to 2099"
        if isinstance(value, _Numeral):
            detail += "; a number is read as s, ms or us since 1970 (time_unit)"
        raise _Wrong(Reason.TIME_ABSURD, detail)


def _time(value: Any, where: str, settings: RecordSettings) -> float:
    """Read a time exactly as the decoder does."""
    if isinstance(value, _Numeral):
        into = np.empty(1)
        fill_times(into, [_finite(value, where)], settings.time_unit)
        return float(into[0])
    if isinstance(value, str):
        try:
            return msgspec.convert(value, Moment).timestamp() * 1e6
        except msgspec.ValidationError as error:
            detail = f"{where}: {_shown(value)}; a time is as in 2026-01-31T12:00:00Z, with offset"
            raise _Wrong(Reason.TIME_UNPARSEABLE, detail) from error
    detail = f"{where}: {_shown(value)}; a time is a number or as in 2026-01-31T12:00:00Z"
    raise _Wrong(Reason.TIME_UNPARSEABLE, detail)


def _check_columns(record: dict[str, Any], schema: Schema, settings: RecordSettings) -> None:
    for path in objects(schema, settings):
        if _find(record, path) is None:
            raise _Wrong(Reason.MISSING_FIELD, f"{_place(path)} is missing; it holds the features")
    for column in schema.columns:
        path = place(column, schema, settings)
        value = _find(record, path)
        if value is not None:
            _check_value(value, column, _place(path), settings)
        elif is_required(column, settings):
            raise _Wrong(Reason.MISSING_FIELD, f"{_place(path)} is missing")
    for path in others(schema, settings):
        if _find(record, path) is None:
            raise _Wrong(Reason.MISSING_FIELD, f"{_place(path)} is missing")


def _check_value(value: Any, column: Column, where: str, settings: RecordSettings) -> None:
    match column.type:
        case "numeric" | "integer":
            _check_number(value, where, whole=column.type == "integer")
        case "timestamp":
            _time(value, where, settings)
        case "boolean" if not isinstance(value, bool):
            raise _Wrong(Reason.WRONG_TYPE, f"{where}: {_shown(value)}; true or false is wanted")
        case "categorical" if not _is_word(value):
            detail = f"{where}: {_shown(value)}; a text or a whole number is wanted"
            raise _Wrong(Reason.WRONG_TYPE, detail)
        case "text" if isinstance(value, _Numeral) or not isinstance(value, str):
            raise _Wrong(Reason.WRONG_TYPE, f"{where}: {_shown(value)}; a text is wanted")
        case "vector":
            _check_vector(value, column.length, where)


def _check_vector(value: Any, length: int, where: str) -> None:
    if not isinstance(value, list):
        detail = f"{where}: {_shown(value)}; a list of {length} numbers is wanted"
        raise _Wrong(Reason.WRONG_TYPE, detail)
    if len(value) != length:
        detail = f"{where}: a list of {len(value)}; one of {length} numbers is wanted"
        raise _Wrong(Reason.WRONG_LENGTH, detail)
    for at, number in enumerate(value):
        _check_number(number, f"{where}[{at}]", whole=False)


def _check_number(value: Any, where: str, *, whole: bool) -> None:
    if isinstance(value, _Numeral):
        number = _finite(value, where)
        if whole and not number.is_integer():
            detail = f"{where}: {_shown(value)}; a whole number is wanted"
            raise _Wrong(Reason.WRONG_TYPE, detail)
        return
    if isinstance(value, str) and _NOT_FINITE.fullmatch(value.strip()):
        detail = f"{where}: the text {_shown(value)}; write null where there is no number"
        raise _Wrong(Reason.NOT_FINITE, detail)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        detail = f"{where}: the text {_shown(value)}; write the number without quotes"
        raise _Wrong(Reason.NUMBER_AS_TEXT, detail)
    raise _Wrong(Reason.WRONG_TYPE, f"{where}: {_shown(value)}; a number is wanted")


def _finite(value: _Numeral, where: str) -> float:
    number = float(value)
    if np.isinf(number):
        detail = f"{where}: {_shown(value)} is beyond what a double holds"
        raise _Wrong(Reason.NOT_FINITE, detail)
    return number


def _is_word(value: Any) -> bool:
    if isinstance(value, _Numeral):
        whole = value.lstrip("-").isdigit() and len(value) <= 20
        return whole and -(2**63) <= int(value) < 2**63
    return isinstance(value, str)


def _find(record: dict[str, Any], path: tuple[str, ...]) -> Any:
    """Give what stands at a path; None if it, or an object above it, is absent or null."""
    value: Any = record
    for depth, key in enumerate(path):
        if value is None:
            return None
        if not isinstance(value, dict):
            detail = f"{_place(path[:depth])}: {_shown(value)}; an object is wanted"
            raise _Wrong(Reason.WRONG_TYPE, detail)
        value = value.get(key)
    return value


def _place(path: tuple[str, ...]) -> str:
    return ".".join(path)


def _shown(value: Any) -> str:
    """Show a value in a few characters, and nothing of what an array or object holds."""
    match value:
        case dict():
            return "an object"
        case list():
            return "an array"
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
    text = str(value) if isinstance(value, _Numeral) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
