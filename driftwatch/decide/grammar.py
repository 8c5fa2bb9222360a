"""How is a rule written in one line?

    psi > 0.2 for 3h, at least 500 rows
    wasserstein > 0.1 of amount, country over 24h for 3h, clear at 0.08, severity critical
    chi_square p < 0.001 over 24h, alert DataQuality

A statistic and its limit come first, then clauses in any order, with or without commas:

    of FEATURE, ...     these features only; a name with odd characters stands in double quotes
    over DURATION       the window that is looked at
    for DURATION        how long it must hold, by event time
    at least N rows     a look at fewer rows decides nothing
    clear at NUMBER     once firing, it holds until the statistic is back at this
    keep DURATION       once firing, it fires on until this long has been clear
    severity NAME       info, warning or critical
    alert NAME          the alert that it feeds
"""

import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*")|(?P<mark>[<>]=?|,)|(?P<word>[^\s,<>"]+)|(?P<odd>\S))"""
)
_DURATION = re.compile(r"(?:\d+(?:ms|s|m|h|d))+")
_UNITS = frozenset(("ms", "s", "m", "h", "d"))
CLAUSES = frozenset(("of", "over", "for", "at", "clear", "keep", "severity", "alert", "and"))


def parse(text: str) -> dict[str, Any]:
    """Read a rule's line as the mapping that says the same; ValueError says what is wrong."""
    return _Words(text).rule()


class _Words:
    """The words of a rule, taken one by one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = [match[match.lastgroup] for match in _TOKEN.finditer(text)]  # type: ignore[index]
        self._at = 0
        self._found: dict[str, Any] = {}

    def rule(self) -> dict[str, Any]:
        statistic = self._take("a statistic, as in psi")
        self._put("statistic", statistic)
        self._limit()
        clauses: dict[str, Callable[[], None]] = {
            "of": self._features,
            "over": lambda: self._put("window", self._duration("over")),
            "for": lambda: self._put("for", self._duration("for")),
            "at": self._minimum,
            "clear": self._clear,
            "keep": lambda: self._put("keep", self._duration("keep")),
            "severity": lambda: self._put("severity", self._take("info, warning or critical")),
            "alert": lambda: self._put("alert", self._take("an alert, as in DataQuality")),
            "and": self._p_value,
        }
        while self._at < len(self._words):
            word = self._take("a clause")
            if word == "," and self._peek() in clauses:
                continue
            if word not in clauses:
                known = "of, over, for, at least, clear at, keep, severity, alert"
                raise self._wrong(f"{word!r} begins no clause; the clauses are {known}")
            clauses[word]()
        return self._found

    def _limit(self) -> None:
        sign = self._peek()
        if sign == "p":
            self._p_value()
            return
        if sign not in (">", "<"):
            raise self._wrong(
                f"after {self._found['statistic']!r} comes > or < and a number, as in psi > 0.2"
            )
        self._take("")
        self._put("above" if sign == ">" else "below", self._number(f"a number after {sign}"))

    def _p_value(self) -> None:
        if self._take("p < and a number") != "p" or self._take("< after p") != "<":
            raise self._wrong("a p-value is judged as in: and p < 0.001")
        self._put("p_below", self._number("a number after p <"))

    def _features(self) -> None:
        names = [self._name()]
        while self._peek() == "," and self._peek(1) not in (CLAUSES | {None}):
            self._take("")
            names.append(self._name())
        self._put("features", names)

    def _name(self) -> str:
        word = self._take("a feature's name after of")
        if word in ("<", ">", "<=", ">=", ","):
            raise self._wrong(f"{word!r} is not a feature's name")
        return word.strip('"')

    def _minimum(self) -> None:
        if self._take("least") != "least":
            raise self._wrong("rows are asked for as in: at least 500 rows")
        number = self._take("a number of rows")
        if not number.isdigit() or self._take("rows") not in ("rows", "row"):
            raise self._wrong("rows are asked for as in: at least 500 rows")
        self._put("minimum", int(number))

    def _clear(self) -> None:
        if self._take("at") != "at":
            raise self._wrong("hysteresis is written as in: clear at 0.1")
        self._put("clear", self._number("a number after clear at"))

    def _duration(self, clause: str) -> str:
        text = self._take(f"a duration after {clause}, as in 3h")
        while self._goes_on(text):
            text += self._take("")
        if not _DURATION.fullmatch(text):
            raise self._wrong(f"{text!r} is not a duration; write it as in 90s, 10m, 1h30m or 7d")
        return text

    def _goes_on(self, text: str) -> bool:
        word = self._peek() or ""
        if text[-1:].isdigit():
            return word in _UNITS
        number_and_unit = word.isdigit() and self._peek(1) in _UNITS
        return number_and_unit or _DURATION.fullmatch(word) is not None

    def _number(self, wanted: str) -> float:
        word = self._take(wanted)
        try:
            return float(word)
        except ValueError:
            raise self._wrong(f"{word!r} stands where {wanted} should") from None

    def _put(self, key: str, value: Any) -> None:
        if key in self._found:
            raise self._wrong(f"{key} is given twice")
        self._found[key] = value

    def _peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else None

    def _take(self, wanted: str) -> str:
        word = self._peek()
        if word is None:
            raise self._wrong(f"it ends where {wanted} should come")
        self._at += 1
        return word

    def _wrong(self, why: str) -> ValueError:
        return ValueError(f"the rule {self._text!r} cannot be read: {why}")
