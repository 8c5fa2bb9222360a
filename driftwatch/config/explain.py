"""What is wrong with the configuration, in words that say what would be right?"""

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from driftwatch.config.document import Node, Path, Problem
from driftwatch.config.shape import Schema, description, kinds, known_keys, secrets

HIDDEN = "**********"
LATER = dict.fromkeys(("join",), "this release does not have it")
# The word itself stands in examples.
_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):(?!password@)[^/\s@]+(?=@)")
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

    def shown(self, error: ErrorDetails, node: Node | None, path: Path) -> str:
        """Write the wrong scalar for people; `this` where that would help nobody."""
        if any(part in self._names for part in path if isinstance(part, str)):
            return HIDDEN
        if node is None or isinstance(node.value, dict | list):
            return "this"
        if node.expanded:
            return node.written
        if not isinstance(node.value, str):
            return node.written or "null"
        inside = error["input"] if isinstance(error["input"], str) else node.value
        return hide_passwords(json.dumps(inside, ensure_ascii=False))

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
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        later = LATER.get(str(path[-1]))
        known = known_keys(schema, root, path[:-1])
        return Problem(line, path, f"an unknown key; {later or nearest(str(path[-1]), known)}")
    if kind == "union_tag_not_found":
        known = kinds(schema, root, path)
        return Problem(line, path, f"needs a kind, one of: {', '.join(known)}")
    shown = private.shown(error, root.at(path), path)
    text = private.clean(_TEXTS.get(kind, _as_pydantic_says)(error, _SHOWN)).replace(_SHOWN, shown)
    if kind in ("missing", "string_pattern_mismatch"):
        wanted = description(schema, root, path)
        text += f": {wanted}" if wanted else ""
    return Problem(line, path, text.strip())


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
    def write(error: ErrorDetails, shown: str) -> str:
        found = "text, not" if isinstance(error["input"], str) else "not"
        return f"{shown} is {found} {what}; write it as in {example}"

    return write


def _missing(_error: ErrorDetails, _shown: str) -> str:
    return "is missing, and has no default"


def _empty(_error: ErrorDetails, _shown: str) -> str:
    return "is empty; give at least one"


def _list(error: ErrorDetails, shown: str) -> str:
    example = f"[{shown}]" if isinstance(error["input"], str) else "[one, two]"
    return f"{shown} is not a list; write it as in {example}"


def _text(error: ErrorDetails, shown: str) -> str:
    found = type(error["input"])
    if found in _FOUND:
        return f"{shown} is {_FOUND[found]}, but text is wanted; write it in quotes"
    return f"{shown} is not text"


_FOUND = {int: "a number", float: "a number", bool: "a boolean", type(None): "nothing"}


def _pattern(error: ErrorDetails, shown: str) -> str:
    return f"{shown} does not fit {error['ctx']['pattern']}"


def _one_of(error: ErrorDetails, shown: str) -> str:
    expected = str(error["ctx"]["expected"]).replace("'", "")
    return f"{shown} is not known; write {expected}"


def _unknown_kind(error: ErrorDetails, _shown: str) -> str:
    known = re.findall(r"'([^']*)'", str(error["ctx"]["expected_tags"]))
    tag = str(error["ctx"]["tag"])
    return f'the kind "{tag}" is not known; {nearest(tag, known)}'


def _own_words(error: ErrorDetails, _shown: str) -> str:
    return str(error["ctx"]["error"])


def _as_pydantic_says(error: ErrorDetails, shown: str) -> str:
    return f"{shown} {error['msg'].replace('Input should', 'should')}"


_SHOWN = "\0"
_TEXTS: Mapping[str, Write] = {
    "missing": _missing,
    "too_short": _empty,
    "string_type": _text,
    "string_pattern_mismatch": _pattern,
    "int_type": _wants("a whole number", "500"),
    "int_from_float": _wants("a whole number", "500"),
    "float_type": _wants("a number", "0.2"),
    "bool_type": _wants("a boolean", "true"),
    "tuple_type": _list,
    "list_type": _list,
    "dict_type": _wants("a mapping", "{key: value}"),
    "model_type": _wants("a mapping", "{key: value}"),
    "dataclass_type": _wants("a mapping", "{key: value}"),
    "model_attributes_type": _wants("a mapping", "{key: value}"),
    "literal_error": _one_of,
    "enum": _one_of,
    "union_tag_invalid": _unknown_kind,
    "value_error": _own_words,
}


def presentable(value: Any) -> Any:
    """Give dumped settings with the passwords of URLs hidden, and each kind first."""
    if isinstance(value, dict):
        return {key: presentable(value[key]) for key in sorted(value, key=lambda k: k != "kind")}
    if isinstance(value, list):
        return [presentable(inner) for inner in value]
    return hide_passwords(value) if isinstance(value, str) else value
