"""How does a file become a configuration, or a list of all that is wrong with it?"""

import io
import json
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML

from driftwatch.config.check import check
from driftwatch.config.document import Node, Problem, as_typed, read
from driftwatch.config.environment import expander, secrets_from_files
from driftwatch.config.explain import explain, place, presentable, render
from driftwatch.config.places import anchored
from driftwatch.config.settings import Config
from driftwatch.config.shape import keys, secrets, with_files
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.nouns.errors import ConfigurationError

_TYPED = frozenset({"int_type", "float_type", "bool_type"})
_NAMED = frozenset({"file", "template_file"})
_INHERITED = ("window", "alerts")


def load(path: FilePath, environ: Mapping[str, str]) -> Config:
    """Read a configuration; ConfigurationError lists all that is wrong with it.

    Relative paths in it begin where the file lies.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"{path}: the configuration cannot be read: {why}"
        raise ConfigurationError(message) from None
    return anchored(parse(text, str(path), environ), path.absolute().parent)


def files(path: FilePath, environ: Mapping[str, str]) -> list[FilePath]:
    """Name the files of secrets, templates and presets that a configuration names.

    What stands in them holds until the configuration is read again. Those that are read again
    by whoever uses them, such as keys and certificates, are not among them.
    """
    try:
        root, _ = read(path.read_text(encoding="utf-8"), expander(environ))
    except (OSError, UnicodeDecodeError):
        return []
    given = _schema()
    names = {f"{name}_file" for name in secrets(given)} - keys(given) | _NAMED
    return [path.absolute().parent / found for found in _under(root, names)] if root else []


def parse(text: str, name: str, environ: Mapping[str, str]) -> Config:
    """Read a configuration from text; `name` is the file that it is said to come from."""
    root, problems = read(text, expander(environ))
    if root is None:
        raise _refused(name, problems)
    given = _schema()
    root, more = secrets_from_files(root, secrets(given), keys(given), FilePath(name).parent)
    root = _inherited(root)
    config, wrong = _validated(root)
    problems += more
    known = {problem.path for problem in problems}
    problems += [problem for problem in wrong if problem.path not in known]
    if config is None or problems:
        raise _refused(name, problems)
    return config


def schema() -> dict[str, Any]:
    """Give the JSON Schema of the file, for editors."""
    return with_files(Config.model_json_schema())


def show(config: Config) -> str:
    """Write a configuration as YAML with every default and no secret."""
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 100
    yaml.dump(presentable(config.model_dump(mode="json")), stream)
    return stream.getvalue()


def _under(root: Node, names: Collection[str]) -> Iterator[str]:
    for key, node in root.children().items():
        if key in names and isinstance(node.value, str):
            yield node.value
        yield from _under(node, names)


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return Config.model_json_schema()


@lru_cache(maxsize=1)
def _schema_with_files() -> dict[str, Any]:
    return schema()


def _validated(root: Node) -> tuple[Config | None, list[Problem]]:
    try:
        return _checked(root)
    except ValidationError as error:
        typed = _typed(root, error.errors())
    try:
        return _checked(typed)
    except ValidationError as error:
        return None, explain(error.errors(), typed, _schema_with_files())


def _checked(root: Node) -> tuple[Config, list[Problem]]:
    config = Config.model_validate_json(json.dumps(root.plain()))
    return config, check(config, root)


def _typed(root: Node, errors: list[ErrorDetails]) -> Node:
    """Read what came from the environment as a number or boolean where one is wanted."""
    for error in errors:
        path = place(error, root)
        node = root.at(path)
        if error["type"] in _TYPED and node is not None and node.expanded:
            root = root.replaced(path, as_typed(str(node.value)))
    return root


def _inherited(root: Node) -> Node:
    """Complete what a model overrides by the common section's keys, which keep their lines."""
    models = root.value.get("models")
    if models is None or not isinstance(models.value, list):
        return root
    completed = [_completed(model, root.value) for model in models.value]
    return Node({**root.value, "models": Node(completed, models.line)}, root.line)


def _completed(model: Node, common: Mapping[str, Node]) -> Node:
    if not isinstance(model.value, dict):
        return model
    sections = dict(model.value)
    for key in _INHERITED:
        own, shared = sections.get(key), common.get(key)
        if own and shared and isinstance(own.value, dict) and isinstance(shared.value, dict):
            left = _apart(own.value, shared.value) if key == "alerts" else shared.value
            sections[key] = Node({**left, **own.value}, own.line)
    return Node(sections, model.line)


def _apart(own: Mapping[str, Node], shared: Mapping[str, Node]) -> dict[str, Node]:
    """Leave rules to a model that has the pager, and the pager to one that has rules."""
    pages = PagerSettings.model_fields.keys()
    if "rules" in own:
        return {key: node for key, node in shared.items() if key not in pages}
    return {key: node for key, node in shared.items() if key != "rules" or not pages & own.keys()}


def _refused(name: str, problems: list[Problem]) -> ConfigurationError:
    count = "one error" if len(set(problems)) == 1 else f"{len(set(problems))} errors"
    return ConfigurationError(f"{name} cannot be used, {count}:\n{render(name, problems)}")
