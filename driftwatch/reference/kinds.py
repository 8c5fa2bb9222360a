"""Of which type is a column, as its first values have it?"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from driftwatch.nouns.profiles import ColumnType
from driftwatch.reference.values import (
    MISSING_NUMBERS,
    MOST_ODD,
    Numbers,
    Objects,
    Raw,
    Texts,
    Times,
    Words,
    is_number,
    is_time,
)

FEW_VALUES = 20  # so few distinct values are categories, however few the rows
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_CODE = re.compile(r"[+-]?0[0-9]+")  # leading zeros are meant: a postcode, no number
_ZONE = re.compile(r"(Z|z|[+-]\d\d:?\d\d)$")
_LONG = 20  # characters of a text, which has three words or more
_KINDS: tuple[tuple[ColumnType, Callable[[str], object]], ...] = (
    ("boolean", re.compile("true|false", re.IGNORECASE).fullmatch),
    ("integer", _INTEGER.fullmatch),
    ("numeric", is_number),
    ("timestamp", is_time),
)


def type_of(pieces: Sequence[Raw]) -> tuple[ColumnType | None, str]:
    """Give the type of a column and a doubt about it; no type where it cannot be summarised."""
    first = pieces[0]
    match first:
        case Numbers(integral=integral):
            return ("integer" if integral else "numeric"), ""
        case Words(boolean=True):
            return "boolean", ""
        case Words():
            return ("text" if _are_texts(_worded(pieces)) else "categorical"), ""
        case Times():
            return "timestamp", ""
        case Texts():
            return _type_of_texts(_present(pieces))
        case Objects():
            return _type_of_objects(_present(pieces))


def length_of(pieces: Sequence[Raw]) -> int:
    """Give how many numbers each vector of a column has; 0 where they are no vectors."""
    return _length(_present(pieces))


def _length(values: Sequence[object]) -> int:
    if not values or not all(isinstance(value, list) and len(value) > 1 for value in values):
        return 0
    lists = [value for value in values if isinstance(value, list)]
    as_long = {*map(len, lists)}
    numbers = all({*map(type, value)} <= {int, float} for value in lists)
    return as_long.pop() if numbers and len(as_long) == 1 else 0


def _are_texts(values: Sequence[object]) -> bool:
    """Say whether values are free text: most of them different, and of several words each."""
    texts = [str(value) for value in dict.fromkeys(values)]
    if len(texts) <= FEW_VALUES or len(texts) * 2 <= len(values):
        return False
    wordy = sum(len(text) >= _LONG and text.count(" ") >= 2 for text in texts)
    return wordy * 2 > len(texts)


def _worded(pieces: Sequence[Raw]) -> list[object]:
    """Give the words that rows have, each once a row."""
    return [
        piece.words[code]
        for piece in pieces
        if isinstance(piece, Words)
        for code in piece.codes[piece.codes >= 0].tolist()
    ]


def _present(pieces: Sequence[Raw]) -> list[object]:
    return [
        value
        for piece in pieces
        if isinstance(piece, Texts | Objects)
        for value in piece.values
        if value is not None and value != ""
    ]


def _type_of_texts(values: Sequence[object]) -> tuple[ColumnType | None, str]:
    texts = [str(value) for value in dict.fromkeys(values)]
    if not texts:
        return None, "no value in the first rows; say its --type to keep it"
    if any(map(_CODE.fullmatch, texts)):
        return "categorical", ""
    for kind, fits in _KINDS:
        if all(map(fits, texts)):
            return kind, _doubt_of_zone(texts) if kind == "timestamp" else ""
    mostly = _mostly_numbers(list(map(str, values)))
    if mostly is not None:
        return mostly, ""
    if _are_texts(values):
        return "text", ""
    return "categorical", _doubt_of_words(texts)


def _mostly_numbers(values: Sequence[str]) -> ColumnType | None:
    """Give the type of numbers of which few are odd; what is odd is told once all are read."""
    met = Counter(text for text in values if text.lower() not in MISSING_NUMBERS)
    odd = sum(count for text, count in met.items() if not is_number(text))
    if not odd or odd > MOST_ODD * met.total():
        return None
    whole = all(map(_INTEGER.fullmatch, filter(is_number, met)))
    return "integer" if whole else "numeric"


def _type_of_objects(values: Sequence[object]) -> tuple[ColumnType | None, str]:
    kinds = {*map(type, values)}
    simple: dict[frozenset[type], ColumnType] = {
        frozenset({bool}): "boolean",
        frozenset({int}): "integer",
        frozenset({float}): "numeric",
        frozenset({int, float}): "numeric",
    }
    if not kinds:
        return None, "no value in the first rows; say its --type to keep it"
    if kinds == {list} and _length(values):
        return "vector", ""
    if kinds & {list, dict}:
        return None, "holds lists or objects, which are not summarised"
    if kinds & {int, float} and kinds & {str, bool}:
        odd = sum(type(value) in (str, bool) for value in values)
        if odd <= MOST_ODD * len(values):
            return ("numeric" if float in kinds else "integer"), ""
    if kinds != {str}:
        kind = simple.get(frozenset(kinds))
        named = ", ".join(sorted(kind.__name__ for kind in kinds))
        return (kind, "") if kind else ("categorical", f"its values are of mixed types: {named}")
    return _type_of_strings(values)


def _type_of_strings(values: Sequence[object]) -> tuple[ColumnType, str]:
    texts = [str(value) for value in dict.fromkeys(values)]
    if all(map(is_time, texts)):
        return "timestamp", _doubt_of_zone(texts)
    if _are_texts(values):
        return "text", ""
    return "categorical", "its numbers are texts" if all(map(is_number, texts)) else ""


def _doubt_of_zone(texts: Sequence[str]) -> str:
    return "" if all(map(_ZONE.search, texts)) else "its times name no zone and are taken as UTC"


def _doubt_of_words(texts: Sequence[str]) -> str:
    odd = [text for text in texts if not is_number(text)]
    if len(odd) * 2 > len(texts):
        return ""
    return f"taken as categorical, for not all of its values are numbers, such as {odd[0]!r:.40}"
