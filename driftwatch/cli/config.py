"""Is a configuration fit for use, and what does it mean in full?"""

import argparse
import json
import os
import sys
from typing import Any

from driftwatch.cli.beside import configured


def add(commands: Any) -> None:
    """Add `config validate|schema|show`."""
    group = commands.add_parser("config", help="check a configuration, and show it in full")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    validate = actions.add_parser("validate", help="say whether it can be used, or all errors")
    configured(validate)
    validate.set_defaults(run=_validate)
    schema = actions.add_parser("schema", help="print the JSON Schema of the file, for editors")
    schema.set_defaults(run=_schema)
    show = actions.add_parser("show", help="print it with every default and without secrets")
    configured(show)
    show.set_defaults(run=_show)


def _validate(arguments: argparse.Namespace) -> int:
    from driftwatch.app.outlet import unfit  # noqa: PLC0415 - only these commands need it
    from driftwatch.config import load, unwatched  # noqa: PLC0415
    from driftwatch.reference.registry import Registry  # noqa: PLC0415

    config = load(arguments.config, os.environ)
    print(f"{arguments.config} is fine")
    references = {model.name: model.reference for model in config.models}
    segments = {watched.name: watched.segments for watched in config.watched}
    registry = Registry(references, arguments.config.parent, segments=segments)
    problems = registry.refresh()
    profiles = registry.known.profiles
    absent = (
        f"model {name}: there is no profile at {reference.path} yet; its records are only counted"
        for name, reference in references.items()
        if reference.path is not None
        and not any(model == name for model, _ in profiles)
        and not any(problem.startswith(f"model {name}:") for problem in problems)
    )
    folder = arguments.config.absolute().parent
    unbuilt = filter(None, (unfit(e, os.environ, folder) for e in config.endpoints))
    for note in (*problems, *absent, *unwatched(config, profiles), *unbuilt):
        print(f"note: {note}", file=sys.stderr)
    return 0


def _schema(_: argparse.Namespace) -> int:
    from driftwatch.config import schema  # noqa: PLC0415 - only these commands need it

    print(json.dumps(schema(), indent=2))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from driftwatch.config import load, show  # noqa: PLC0415 - only these commands need it

    print(show(load(arguments.config, os.environ)), end="")
    return 0
