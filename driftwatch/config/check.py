"""Do the sections of a configuration fit each other?"""

from collections.abc import Iterator, Sequence

from driftwatch.config.document import Node, Path, Problem
from driftwatch.config.settings import Config


def check(config: Config, root: Node) -> list[Problem]:
    """Give what is wrong between sections that are each sound."""
    found = [
        *_unique([model.name for model in config.models], "models"),
        *_unique([source.name for source in config.sources], "sources"),
        *_unique([endpoint.name for endpoint in config.endpoints], "endpoints"),
    ]
    return [Problem(root.line_of(path), path, text) for path, text in found]


def _unique(names: Sequence[str], section: str) -> Iterator[tuple[Path, str]]:
    for index, name in enumerate(names):
        first = names.index(name)
        if first != index:
            path = (section, index, "name")
            yield path, f"{name!r} is also the name of {section}[{first}]; names are unique"
