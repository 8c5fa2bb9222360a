"""What do `${NAME}` and `<secret>_file` stand for?"""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path as FilePath
from typing import Any

from driftwatch.config.document import Node, Path, Problem, Unexpandable
from driftwatch.config.shape import Form

_REFERENCE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\})?")


def expander(environ: Mapping[str, str]) -> Callable[[str], str]:
    """Make the function that follows `${NAME}` and `${NAME:-default}`; `$${` is a plain `${`."""

    def follow(match: re.Match[str]) -> str:
        name, has_default, default = match.groups()
        if match.group() == "$${":
            return "${"
        if name is None:
            message = (
                "a reference that is not complete; write ${NAME} or ${NAME:-default}, and $${ for "
                "a plain ${"
            )
            raise Unexpandable(message)
        value = environ.get(name, "")
        if has_default:
            return value or default
        if name not in environ:
            message = (
                f"the environment variable {name} is not set; set it, or give a default as in "
                f"${{{name}:-default}}"
            )
            raise Unexpandable(message)
        return value

    return lambda text: _REFERENCE.sub(follow, text)


def secrets_from_files(
    root: Node, secrets: Mapping[str, Form], keys: Collection[str], folder: FilePath
) -> tuple[Node, list[Problem]]:
    """Put the content of `<secret>_file` in the place of `<secret>`.

    `secrets` are the names of secret settings with their form (a list has one value a line);
    `keys` are the names of all settings, which are left alone; `folder` is where relative paths
    begin.
    """
    problems: list[Problem] = []
    files = {
        f"{name}_file": name
        for name, form in secrets.items()
        if form != "mapping" and f"{name}_file" not in keys
    }

    def walk(node: Node, path: Path) -> Node:
        if isinstance(node.value, list):
            items = [walk(item, (*path, index)) for index, item in enumerate(node.value)]
            return Node(items, node.line)
        if not isinstance(node.value, dict):
            return node
        inner: dict[str, Any] = {}
        for key, child in node.value.items():
            if key not in files:
                inner[key] = walk(child, (*path, key))
                continue
            name = files[key]
            read = _read(child, folder, (*path, key), problems, many=secrets[name] == "list")
            if name in node.value:
                text = f"{name} and {key} are both given; keep one"
                problems.append(Problem(child.line, (*path, key), text))
            elif read is not None:
                inner[name] = read
        return Node(inner, node.line, node.written, node.expanded)

    return walk(root, ()), problems


def _read(
    node: Node, folder: FilePath, path: Path, problems: list[Problem], *, many: bool
) -> Node | None:
    try:
        text = (folder / str(node.value)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problems.append(Problem(node.line, path, f"{node.written!r} cannot be read: {why}"))
        return None
    if not text:
        problems.append(Problem(node.line, path, f"{node.written!r} is empty"))
        return None
    if not many:
        return Node(text, node.line, node.written, expanded=True)
    lines = [Node(line.strip(), node.line, node.written, True) for line in text.splitlines()]
    return Node([line for line in lines if line.value], node.line, node.written)
