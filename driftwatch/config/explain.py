"""What is wrong with the configuration, in words that say what would be right?"""

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from driftwatch.config.document import Node, Path, Problem
from driftwatch.config.shape import Schema, known_keys, secrets
from driftwatch.decide import settings as decide

HIDDEN = "**********"
LATER = {
    **dict.fromkeys(("segments", "join", "retraining"), "this release does not have it"),
    **decide.LATER,
}
_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+(?=@)")
_SHORT = 4


def hide_passwords(text: str) -> str:
    """Hide the password of each URL in a text."""
    return _PASSWORD.sub(rf"\1:{HIDDEN}", text)


def render(name: str, problems: Iterable[Problem]) -> str:
    """Write all problems, one a line, in the order of the file."""
    lines = []
    for problem in sorted(set(problems), key=lambda p: (p.line, str(p.path), p.text)):
        place = f"{name}:{problem.line}" if problem.line else name
        path = dotted(problem.path)
        lines.append(f"{place}: {path}: {problem.text}" if path else f"{place}: {problem.text}")
    return "\n".join(lines)


def dotted(path: Path) -> str:
    """Write a path as in sources[0].brokers."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def explain(errors: Iterable[ErrorDetails], root: Node, schema: Schema) -> list[Problem]:
    """Turn the errors of validation into problems of the file."""
    private = _Private(root, secrets(schema))
    return [_explain(error, root, schema, private) for error in errors if not _follows(error, root)]


def nearest(word: str, known: Collection[str]) -> str:
    """Say which known word was likely meant, or which ones there are."""
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known)) or 'none'}"


class _Private:
    """What no message may show: secrets, and values that came from the environment."""

    def __init__(self, root: Node, names: Collection[str]) -> None:
        self._names = names
        self._instead: dict[str, str] = {}
        self._walk(root, secret=False)

    def shown(self, node: Node, path: Path) -> str:
        """Write a scalar for people, empty where that would help nobody."""
        if any(part in self._names for part in path if isinstance(part, str)):
            return HIDDEN
        if isinstance(node.value, dict | list):
            return ""
        if node.expanded:
            return node.written
        return hide_passwords(json.dumps(node.value, ensure_ascii=False))

    def clean(self, text: str) -> str:
        """Take private values out of a text."""
        for value, instead in self._instead.items():
            text = text.replace(value, instead)
        return hide_passwords(text)

    def _walk(self, node: Node, *, secret: bool) -> None:
        if isinstance(node.value, dict):
            for key, inner in node.value.items():
                self._walk(inner, secret=secret or key in self._names)
        elif isinstance(node.value, list):
            for inner in node.value:
                self._walk(inner, secret=secret)
        elif secret and str(node.value):
            self._instead[str(node.value)] = HIDDEN
        elif node.expanded and len(str(node.value)) >= _SHORT:
            self._instead.setdefault(str(node.value), node.written)


def _explain(error: ErrorDetails, root: Node, schema: Schema, private: _Private) -> Problem:
    path = place(error, root)
    line = root.line_of(path)
    kind = error["type"]
    if kind == "extra_forbidden":
        later = LATER.get(str(path[-1]))
        known = known_keys(schema, root, path[:-1])
        return Problem(line, path, f"an unknown key; {later or nearest(str(path[-1]), known)}")
    node = root.at(path)
    shown = private.shown(node, path) if node is not None else ""
    write = _TEXTS.get(kind, _as_pydantic_says)
    return Problem(line, path, private.clean(write(error, shown)))


def _follows(error: ErrorDetails, root: Node) -> bool:
    """Say whether a list counts as too short only because its items are wrong."""
    node = root.at(place(error, root))
    return error["type"] == "too_short" and node is not None and bool(node.children())


def place(error: ErrorDetails, root: Node) -> Path:
    """Give the place in the file that an error speaks of, without the tags of unions."""
    path: Path = ()
    last = len(error["loc"]) - 1
    for index, part in enumerate(error["loc"]):
        if root.at((*path, part)) is not None or (index == last and error["type"] == "missing"):
            path = (*path, part)
    return path


Write = Callable[[ErrorDetails, str], str]


def _wants(what: str, example: str) -> Write:
    def write(_: ErrorDetails, shown: str) -> str:
        return f"{shown or 'this'} is not {what}; write it as in {example}"

    return write


def _missing(_error: ErrorDetails, _shown: str) -> str:
    return "is missing, and has no default"


def _empty(_error: ErrorDetails, _shown: str) -> str:
    return "is empty; give at least one"


def _text(error: ErrorDetails, shown: str) -> str:
    if isinstance(error["input"], int | float) and not isinstance(error["input"], bool):
        return f'{shown} is a number, but text is wanted; write it in quotes: "{shown}"'
    if error["input"] is None:
        return "nothing is given, but text is wanted"
    if isinstance(error["input"], bool):
        return f'{shown} is a boolean, but text is wanted; write it in quotes: "{shown}"'
    return f"{shown or 'this'} is not text"


def _one_of(error: ErrorDetails, shown: str) -> str:
    expected = str(error["ctx"]["expected"]).replace("'", "")
    return f"{shown} is not known; write {expected}"


def _unknown_kind(error: ErrorDetails, _shown: str) -> str:
    known = re.findall(r"'([^']*)'", str(error["ctx"]["expected_tags"]))
    return f"the kind {json.dumps(error['ctx']['tag'])} is not known; " + nearest(
        str(error["ctx"]["tag"]), known
    )


def _no_kind(_error: ErrorDetails, _shown: str) -> str:
    return "needs a kind"


def _own_words(error: ErrorDetails, _shown: str) -> str:
    return str(error["ctx"]["error"])


def _as_pydantic_says(error: ErrorDetails, shown: str) -> str:
    wanted = error["msg"].replace("Input should", "should")
    return f"{shown} {wanted}" if shown else wanted


_TEXTS: Mapping[str, Write] = {
    "missing": _missing,
    "string_type": _text,
    "int_type": _wants("a whole number", "500"),
    "int_from_float": _wants("a whole number", "500"),
    "float_type": _wants("a number", "0.2"),
    "bool_type": _wants("a boolean", "true"),
    "tuple_type": _wants("a list", "[one, two]"),
    "list_type": _wants("a list", "[one, two]"),
    "dict_type": _wants("a mapping", "{key: value}"),
    "model_type": _wants("a mapping", "{key: value}"),
    "dataclass_type": _wants("a mapping", "{key: value}"),
    "model_attributes_type": _wants("a mapping", "{key: value}"),
    "too_short": _empty,
    "literal_error": _one_of,
    "enum": _one_of,
    "union_tag_invalid": _unknown_kind,
    "union_tag_not_found": _no_kind,
    "value_error": _own_words,
}


def presentable(value: Any) -> Any:
    """Give dumped settings with the passwords of URLs hidden, and each kind first."""
    if isinstance(value, dict):
        return {key: presentable(value[key]) for key in sorted(value, key=lambda k: k != "kind")}
    if isinstance(value, list):
        return [presentable(inner) for inner in value]
    return hide_passwords(value) if isinstance(value, str) else value
