"""How does what is wanted of a record become a decoder?

A tree of msgspec structs is generated, which has just the fields that are wanted, at the paths
where they stand; all else is skipped unseen. So a record costs one pass in C.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Annotated, Any

import msgspec
from msgspec.structs import astuple

from driftwatch.decode.fields import Kind, Wanted
from driftwatch.nouns.errors import ConfigurationError

WholeNumber = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
TYPES: dict[Kind, Any] = {
    "number": float,
    "word": str | WholeNumber,
    "truth": bool,
    "time": Moment | float,
    "text": str,
    "name": str,
    "present": str | bool | float | list[Any] | dict[str, Any],
}


@dataclass(frozen=True, slots=True)
class Node:
    """A generated struct.

    `values` says which of its positions hold wanted values, by their numbers; `nodes` which hold
    further structs. `empty` stands in for one that is absent or null; None if it must be there.
    """

    type: type[msgspec.Struct]
    values: tuple[tuple[int, tuple[int, ...]], ...]
    nodes: "tuple[tuple[int, Node], ...]"
    empty: msgspec.Struct | None


class Shape:
    """The decoder of all that is wanted of a record."""

    def __init__(self, fields: Sequence[Wanted], objects: Sequence[tuple[str, ...]]) -> None:
        """Generate it; `objects` are the paths of objects that must be there."""
        self._width = len(fields)
        self._root = _node(_tree(fields, objects), fields)
        self.decode: Callable[[bytes], msgspec.Struct]
        self.decode = msgspec.json.Decoder(self._root.type).decode

    def columns(self, records: Sequence[msgspec.Struct]) -> list[Sequence[Any]]:
        """Give the column of each wanted value: one a record, None (or NaN) where missing."""
        found: list[Sequence[Any]] = [()] * self._width
        _spread(self._root, records, found)
        return found


def _spread(node: Node, structs: Sequence[Any], found: list[Sequence[Any]]) -> None:
    """Lay all values in one list, and take every so manyth: half the cost of a transposing zip."""
    values = list(chain.from_iterable(map(astuple, structs)))
    width = len(node.type.__struct_fields__)
    for position, numbers in node.values:
        for number in numbers:
            found[number] = values[position::width]
    for position, inner in node.nodes:
        inside = values[position::width]
        if inner.empty is not None and None in inside:
            inside = [inner.empty if struct is None else struct for struct in inside]
        _spread(inner, inside, found)


@dataclass(slots=True)
class _Branch:
    """An object on the way to values, before it becomes a struct."""

    path: tuple[str, ...] = ()
    required: bool = False
    values: dict[str, list[int]] = field(default_factory=dict)
    branches: "dict[str, _Branch]" = field(default_factory=dict)


def _tree(fields: Sequence[Wanted], objects: Sequence[tuple[str, ...]]) -> _Branch:
    root = _Branch(required=True)
    for number, value in enumerate(fields):
        *above, key = value.path
        branch = root
        for depth, step in enumerate(above):
            path = value.path[: depth + 1]
            branch = branch.branches.setdefault(step, _Branch(path))
            leads = any(inner[: depth + 1] == path for inner in objects)
            branch.required |= value.required or leads
        branch.values.setdefault(key, []).append(number)
    return root


def _node(branch: _Branch, fields: Sequence[Wanted]) -> Node:
    keys = [*branch.values, *branch.branches]
    inner = [_node(b, fields) for b in branch.branches.values()]
    types = [_type(branch, key, fields) for key in branch.values]
    types += [(n.type, n.empty is None) for n in inner]
    names = {f"f{i}": key for i, key in enumerate(keys)}
    try:
        made = msgspec.defstruct(
            "Fields",
            [
                (name, kind)
                if required
                else (name, kind | None, math.nan if kind is float else None)
                for name, (kind, required) in zip(names, types, strict=True)
            ],
            rename=names,
            kw_only=True,
            eq=False,
            gc=False,
        )
    except ValueError as error:
        message = f"the keys {keys} cannot be read out of JSON: {error}"
        raise ConfigurationError(message) from error
    first = len(branch.values)
    return Node(
        type=made,
        values=tuple((i, tuple(numbers)) for i, numbers in enumerate(branch.values.values())),
        nodes=tuple((first + i, node) for i, node in enumerate(inner)),
        empty=None if branch.required else made(),
    )


def _type(branch: _Branch, key: str, fields: Sequence[Wanted]) -> tuple[Any, bool]:
    """Give the type of a value, and whether it must be there."""
    here = [fields[number] for number in branch.values[key]]
    kinds = {value.kind for value in here}
    path = ".".join((*branch.path, key))
    if len(kinds) > 1:
        message = f"{path} is wanted as {' and as '.join(sorted(kinds))}; one place has one type"
        raise ConfigurationError(message)
    if key in branch.branches:
        message = f"{path} is wanted as a {here[0].kind}, and as an object that holds others"
        raise ConfigurationError(message)
    required = any(value.required for value in here)
    if here[0].kind == "vector":
        return _vector({value.length for value in here}, path), required
    return TYPES[here[0].kind], required


def _vector(lengths: set[int], path: str) -> Any:
    if len(lengths) > 1:
        message = f"{path} is wanted as vectors of {sorted(lengths)} numbers; one place has one"
        raise ConfigurationError(message)
    (length,) = lengths
    return Annotated[list[float], msgspec.Meta(min_length=length, max_length=length)]
