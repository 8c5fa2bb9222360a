"""How do the values that a file holds become numbers, codes and times?

A reader gives each column as it found it; what the values mean is decided later, so that a type can
be inferred or overridden. Nothing is guessed row by row: a value that does not fit is a Misfit.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

MISSING_TIME = np.iinfo(np.int64).min
MOST_ODD = 0.01  # of a numeric column's values; more that are no numbers make it another column
MISSING_NUMBERS = frozenset({"", "na", "n/a", "nan", "null", "none"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECONDS_BELOW = 1e11  # as seconds this is the year 5138, as milliseconds 1973
_MILLISECONDS_BELOW = 1e14  # as milliseconds the year 5138, as microseconds 1973
_ABSURD_FROM = 1e17
_JSON_NUMBERS = msgspec.json.Decoder(list[float | None])
_TRUTH = {"true": "true", "1": "true", "false": "false", "0": "false"}


@dataclass(frozen=True, slots=True)
class Texts:
    """Values of a text file such as CSV; an empty text is missing."""

    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Objects:
    """Values of JSON; None is missing."""

    values: Sequence[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Values that the file types as numbers, NaN where missing."""

    values: NDArray[np.float64]
    integral: bool


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Values that the file types as texts or truth: words[codes], -1 where missing."""

    words: list[str]
    codes: NDArray[np.int32]
    boolean: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """Values that the file types as times: microseconds UTC, MISSING_TIME where missing."""

    values: NDArray[np.int64]


Raw = Texts | Objects | Numbers | Words | Times


class Misfit(ValueError):
    """A value that is not of its column's type, and its row in the column."""

    def __init__(self, row: int, value: object, wanted: str) -> None:
        super().__init__(f"{value!r:.60} is no {wanted}")
        self.row = row


def take(raw: Raw, rows: NDArray[np.int64]) -> Raw:
    """Give a column of just these rows."""
    match raw:
        case Texts(values):
            return Texts([values[row] for row in rows.tolist()])
        case Objects(values):
            return Objects([values[row] for row in rows.tolist()])
        case Numbers(values, integral):
            return Numbers(values[rows], integral)
        case Words(words, codes, boolean):
            return Words(words, codes[rows], boolean)
        case Times(values):
            return Times(values[rows])


def numbers(raw: Raw) -> NDArray[np.float64]:
    """Read a column as numbers, NaN where missing."""
    match raw:
        case Numbers(values):
            return values
        case Texts(values):
            return _numbers_of_texts(values)
        case Objects(values):
            return _numbers_of_objects(values)
        case Words(words, codes):
            return _numbers_of_words(words, codes)
        case Times(values):
            raise Misfit(0, "a time", "number")


def numbers_and_odd(raw: Raw) -> tuple[NDArray[np.float64], int, Misfit | None]:
    """Read a column as numbers, NaN also for what is none; count those, and give the first."""
    try:
        return numbers(raw), 0, None
    except Misfit as misfit:
        first = misfit
    match raw:
        case Texts(values):
            found = list(map(_number_of_text, values))
        case Objects(values):
            found = list(map(_number_of_object, values))
        case Words(words, codes):
            read = [*map(_number_of_text, words), math.nan]
            found = [read[code] for code in codes.tolist()]
        case Numbers() | Times():
            raise first
    odd = found.count(None)
    return np.array([math.nan if x is None else x for x in found], np.float64), odd, first


def vectors(raw: Raw, length: int) -> NDArray[np.float64]:
    """Read a column of lists of `length` numbers, float64[length, n], NaN where missing."""
    values = raw.values if isinstance(raw, Objects) else ["no list"]
    present = [row for row, value in enumerate(values) if value is not None]
    lists = [values[row] for row in present]
    found = np.full((length, len(values)), np.nan)
    if lists:
        try:
            read = np.array(lists, np.float64)
        except (ValueError, TypeError, OverflowError):
            read = np.zeros(0)
        if read.shape != (len(lists), length):
            fits = (isinstance(value, list) and len(value) == length for value in lists)
            row = next((at for at, fit in zip(present, fits, strict=True) if not fit), present[0])
            raise Misfit(row, values[row], f"list of {length} numbers")
        found[:, present] = read.T
    return found


def coded(raw: Raw, *, boolean: bool = False) -> tuple[list[str], NDArray[np.int32]]:
    """Read a column as words and codes into them, -1 where missing; words may stand twice."""
    distinct, codes = _distinct(raw)
    spell = _truth if boolean else _word
    words = []
    for code, value in enumerate(distinct):
        word = spell(value)
        if word is None:
            wanted = "truth value (true or false)" if boolean else "category"
            raise Misfit(int(np.argmax(codes == code)), value, wanted)
        words.append(word)
    return words, codes


def times(raw: Raw) -> NDArray[np.int64]:
    """Read a column as times, MISSING_TIME where missing: s, ms or us since 1970, or RFC 3339."""
    match raw:
        case Times(values):
            return values
        case Words(words, codes):
            return np.append(_times_of_texts(words), MISSING_TIME)[codes]
        case Objects(values) if not {*map(type, values)} <= {int, float, type(None)}:
            return _times_of_texts(["" if value is None else value for value in values])
        case Texts(values):
            try:
                seconds = _numbers_of_texts(values)
            except Misfit:
                return _times_of_texts(values)
            return _times_of_numbers(seconds)
        case Numbers() | Objects():
            return _times_of_numbers(numbers(raw))


def is_number(text: str) -> bool:
    """Say whether a text of a file is a number, or stands for a missing one."""
    return text.lower() in MISSING_NUMBERS or _parsed(float, text) is not None


def is_time(text: str) -> bool:
    """Say whether a text is a time as RFC 3339 has it; one without zone, which is UTC, too."""
    return len(text) > 10 and _parsed(datetime.fromisoformat, text) is not None


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None


def _numbers_of_texts(values: Sequence[str]) -> NDArray[np.float64]:
    """Read texts as JSON has numbers, which is fastest, and where they are others one by one."""
    parsed = _json_numbers(values)
    if parsed is None and "" in values:
        parsed = _json_numbers([text or "null" for text in values])
    if parsed is None:
        parsed = [_number(row, text) for row, text in enumerate(values)]
    return np.array(parsed, np.float64)


def _json_numbers(values: Sequence[str]) -> list[float | None] | None:
    try:
        parsed = _JSON_NUMBERS.decode(f"[{','.join(values)}]")
    except msgspec.DecodeError:
        return None
    return parsed if len(parsed) == len(values) else None  # A text with a comma is no number.


def _numbers_of_words(words: Sequence[str], codes: NDArray[np.int32]) -> NDArray[np.float64]:
    try:
        return np.append(_numbers_of_texts(words), np.nan)[codes]
    except Misfit as misfit:
        row = int(np.argmax(codes == misfit.row))
        raise Misfit(row, words[misfit.row], "number") from None


def _number(row: int, text: str) -> float:
    number = _number_of_text(text)
    if number is None:
        raise Misfit(row, text, "number")
    return number


def _number_of_text(text: str) -> float | None:
    if text.lower() in MISSING_NUMBERS:
        return math.nan
    found = _parsed(float, text)
    return None if found is None else float(found)


def _number_of_object(value: object) -> float | None:
    if value is None:
        return math.nan
    try:
        return float(value) if type(value) in (int, float) else None  # type: ignore[arg-type]
    except OverflowError:
        return None


def _numbers_of_objects(values: Sequence[Any]) -> NDArray[np.float64]:
    if not {*map(type, values)} <= {int, float, type(None)}:
        row = next(i for i, x in enumerate(values) if type(x) not in (int, float, type(None)))
        raise Misfit(row, values[row], "number")
    try:
        return np.array(values, np.float64)
    except OverflowError:
        row = max(range(len(values)), key=lambda i: abs(values[i] or 0))
        raise Misfit(row, values[row], "number of a size that can be held") from None


def _distinct(raw: Raw) -> tuple[Sequence[Any], NDArray[np.int32]]:
    match raw:
        case Words(words, codes):
            return words, codes
        case Texts(values):
            return _factors(values, "")
        case Objects(values):
            return _factors(values, None)
        case Numbers(values, integral):
            return _factors_of_numbers(values, integral)
        case Times():
            raise Misfit(0, "a time", "category")


def _factors(values: Sequence[Any], missing: object) -> tuple[list[Any], NDArray[np.int32]]:
    try:
        distinct = [value for value in dict.fromkeys(values) if value != missing]
    except TypeError:
        row = next(i for i, x in enumerate(values) if isinstance(x, list | dict))
        raise Misfit(row, values[row], "category") from None
    codes: dict[Any, int] = {missing: -1, **{value: i for i, value in enumerate(distinct)}}
    return distinct, np.fromiter(map(codes.__getitem__, values), np.int32, len(values))


def _factors_of_numbers(
    values: NDArray[np.float64], integral: bool
) -> tuple[list[Any], NDArray[np.int32]]:
    codes = np.full(len(values), -1, np.int32)
    present = ~np.isnan(values)
    distinct, codes[present] = np.unique(values[present], return_inverse=True)
    return [int(x) if integral or x.is_integer() else x for x in distinct.tolist()], codes


def _word(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _truth(value: object) -> str | None:
    return _TRUTH.get(str(value).lower())


def _times_of_numbers(values: NDArray[np.float64]) -> NDArray[np.int64]:
    size = np.abs(values)
    absurd = size >= _ABSURD_FROM
    if absurd.any():
        row = int(np.argmax(absurd))
        raise Misfit(row, float(values[row]), "time in s, ms or us since 1970")
    scale = np.where(size < _SECONDS_BELOW, 1e6, np.where(size < _MILLISECONDS_BELOW, 1e3, 1.0))
    found = np.full(len(values), MISSING_TIME)
    present = ~np.isnan(values)
    found[present] = np.rint(values[present] * scale[present]).astype(np.int64)
    return found


def _times_of_texts(values: Sequence[str]) -> NDArray[np.int64]:
    try:
        bare = [value[:-1] if _is_usual(value) else _only_missing(value) for value in values]
        return np.array(bare, "datetime64[us]").view(np.int64)
    except (TypeError, ValueError):
        return np.array([_time(row, text) for row, text in enumerate(values)], np.int64)


def _is_usual(value: str) -> bool:
    """Say whether numpy may parse it: with Z and a digit first, for it also reads "now"."""
    return value[-1:] == "Z" and value[:1].isdigit()


def _only_missing(value: str) -> str:
    if value == "":
        return value
    message = "not the usual form"
    raise ValueError(message)


def _time(row: int, text: object) -> int:
    if text == "":
        return MISSING_TIME
    moment = _parsed(datetime.fromisoformat, text) if isinstance(text, str) else None
    if moment is None:
        raise Misfit(row, text, "time as in 2026-01-31T12:00:00Z")
    utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    elapsed: timedelta = utc - _EPOCH
    return elapsed // _MICROSECOND
