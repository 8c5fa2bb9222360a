"""What stands in the file, and on which line?

YAML 1.2, read as nodes: no tag builds an object, and each value knows its line.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

Path = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null"))
_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where; a line of 0 is the file as a whole."""

    line: int
    path: Path
    text: str


class Unexpandable(ValueError):
    """A reference to the environment in a value that cannot be followed."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value of the file. `written` is a scalar as it stands there, before any expansion."""

    value: Any
    line: int
    written: str = ""
    expanded: bool = False

    def at(self, path: Path) -> "Node | None":
        """Give the node under a path, None where there is none."""
        node = self
        for part in path:
            children = node.children()
            if part not in children:
                return None
            node = children[part]
        return node

    def children(self) -> Mapping[str | int, "Node"]:
        """Give what lies directly under this value, by key or by index."""
        if isinstance(self.value, list):
            return dict(enumerate(self.value))
        return self.value if isinstance(self.value, dict) else {}

    def replaced(self, path: Path, value: Any) -> "Node":
        """Give the same tree with another scalar at a path."""
        if not path:
            return replace(self, value=value)
        inner = self.value.copy()
        inner[path[0]] = inner[path[0]].replaced(path[1:], value)
        return replace(self, value=inner)

    def line_of(self, path: Path) -> int:
        """Give the line of the deepest part of a path that is in the file."""
        for length in range(len(path), -1, -1):
            found = self.at(path[:length])
            if found is not None:
                return found.line
        return self.line

    def plain(self) -> Any:
        """Give the value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read(text: str, expand: Callable[[str], str]) -> tuple[Node | None, list[Problem]]:
    """Read a document, sending every text value through `expand`."""
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        return None, [Problem(line, (), f"not YAML: {_syntax(error, text, line)}")]
    except (YAMLError, RecursionError) as error:
        first = next(iter(str(error).splitlines()), "nested too deeply")
        return None, [Problem(0, (), f"not YAML: {first}")]
    if not isinstance(root, MappingNode):
        return None, [Problem(1, (), "the file holds no keys; it begins as in `models:`")]
    reader = _Reader(yaml, expand)
    return reader.node(root, (), 1), reader.problems


def as_typed(text: str) -> Any:
    """Read a text as YAML reads an unquoted scalar: 3 is a number, true a boolean."""
    yaml = YAML(typ="safe", pure=True)
    tag = str(yaml.resolver.resolve(ScalarNode, text, (True, False)))
    return yaml.constructor.construct_object(ScalarNode(tag, text)) if tag in _PLAIN_TAGS else text


def _syntax(error: MarkedYAMLError, text: str, line: int) -> str:
    what = " ".join(part for part in (error.context, error.problem) if part)
    if line and "${" in text.splitlines()[min(line, len(text.splitlines())) - 1]:
        return f'{what} (inside {{ }} and [ ], ${{NAME}} is written in quotes: "${{NAME}}")'
    return what


class _Reader:
    """One walk over the composed nodes; collects what is wrong instead of stopping."""

    def __init__(self, yaml: YAML, expand: Callable[[str], str]) -> None:
        self.problems: list[Problem] = []
        self._yaml = yaml
        self._expand = expand
        self._open: set[int] = set()
        self._count = 0

    def node(self, raw: Any, path: Path, line: int) -> Node:
        self._count += 1
        if id(raw) in self._open or self._count > _LIMIT:
            self._problem(line, path, "an alias (*) leads back to itself or grows without bound")
            return Node(None, line)
        self._open.add(id(raw))
        try:
            if isinstance(raw, MappingNode):
                return Node(self._mapping(raw, path), line)
            if isinstance(raw, SequenceNode):
                return Node(self._sequence(raw, path), line)
            return self._scalar(raw, path, line)
        finally:
            self._open.discard(id(raw))

    def _mapping(self, raw: MappingNode, path: Path) -> dict[str, Node]:
        found: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in raw.value:
            line = key.start_mark.line + 1
            if key.tag == f"{_TAG}merge":
                merged = self._merged(value, path, line) | merged
                continue
            name = key.value if isinstance(key, ScalarNode) else ""
            if key.tag != f"{_TAG}str" or not isinstance(key, ScalarNode):
                self._problem(line, (*path, name), "a key that is not text; write it in quotes")
            if name in found:
                self._problem(
                    line,
                    (*path, name),
                    f"a duplicate key; it stands on line {found[name].line} too",
                )
            found[name] = self.node(value, (*path, name), line)
        return merged | found

    def _merged(self, raw: Any, path: Path, line: int) -> dict[str, Node]:
        parts = raw.value if isinstance(raw, SequenceNode) else [raw]
        merged: dict[str, Node] = {}
        for part in parts:
            if isinstance(part, MappingNode):
                merged = self._mapping(part, path) | merged
            else:
                self._problem(line, path, "<< merges mappings, as in `<<: *name`")
        return merged

    def _sequence(self, raw: SequenceNode, path: Path) -> list[Node]:
        return [
            self.node(item, (*path, index), item.start_mark.line + 1)
            for index, item in enumerate(raw.value)
        ]

    def _scalar(self, raw: ScalarNode, path: Path, line: int) -> Node:
        tag, text = str(raw.tag), str(raw.value)
        expanded = False
        if tag == f"{_TAG}str" and "${" in text:
            try:
                value = self._expand(text)
            except Unexpandable as error:
                self._problem(line, path, str(error))
                return Node(None, line, text, expanded=True)
            expanded = value != text
            raw = ScalarNode(tag, value)
        elif tag == f"{_TAG}timestamp":
            tag = f"{_TAG}str"
        elif tag not in _PLAIN_TAGS:
            self._problem(line, path, f"the tag {tag} is not allowed; write a plain value")
            return Node(None, line, text)
        return Node(self._value(tag, str(raw.value), path, line), line, text, expanded)

    def _value(self, tag: str, text: str, path: Path, line: int) -> Any:
        if tag not in _PLAIN_TAGS or tag == f"{_TAG}str":
            return text
        try:
            return self._yaml.constructor.construct_object(ScalarNode(tag, text))
        except (ValueError, YAMLError):
            self._problem(line, path, f"{text!r} is not a {tag.removeprefix(_TAG)}")
            return None

    def _problem(self, line: int, path: Path, text: str) -> None:
        self.problems.append(Problem(line, path, text))
