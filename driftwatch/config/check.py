"""Do the sections of a configuration fit each other?"""

from collections.abc import Iterator, Sequence

from driftwatch.config.document import Node, Path, Problem
from driftwatch.config.explain import nearest
from driftwatch.config.settings import Config

Found = Iterator[tuple[Path, str]]
# What reading goes by, and with it all models that a source feeds.
_COMMON = ("pane", "lateness", "idle", "ahead", "future")


def check(config: Config, root: Node) -> list[Problem]:
    """Give what is wrong between sections that are each sound."""
    found = [
        *_unique([model.name for model in config.models], "models"),
        *_unique([source.name for source in config.sources], "sources"),
        *_unique([endpoint.name for endpoint in config.endpoints], "endpoints"),
        *_fed(config),
        *_windows(config),
    ]
    return [Problem(root.line_of(path), path, text) for path, text in found]


def _unique(names: Sequence[str], section: str) -> Found:
    for index, name in enumerate(names):
        first = names.index(name)
        if first != index:
            path = (section, index, "name")
            yield path, f'"{name}" is also the name of {section}[{first}]; names are unique'


def _fed(config: Config) -> Found:
    known = [model.name for model in config.models]
    for index, source in enumerate(config.sources):
        for place, name in enumerate(source.models):
            if name not in known:
                path: Path = ("sources", index, "models", place)
                yield path, f'"{name}" is not a model; {nearest(name, known)}'
    if all(source.models for source in config.sources):
        named = {name for source in config.sources for name in source.models}
        for index, name in enumerate(known):
            if name not in named:
                text = f'no source feeds "{name}"; name it in the models of a source'
                yield ("models", index, "name"), text


def _windows(config: Config) -> Found:
    for index, model in enumerate(config.models):
        for key in _COMMON if model.window else ():
            if getattr(model.window, key) != getattr(config.window, key):
                text = "records are read by it before their model matters; set it under window"
                yield ("models", index, "window", key), text
