"""What does the command line start?

Exit status: 0 fine, 1 drift found, 2 usage or configuration error, 3 runtime failure.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from driftwatch import __version__
from driftwatch.nouns.errors import ConfigurationError, DriftwatchError

GROUPS = (
    "demo",
    "run",
    "profile",
    "check",
    "replay",
    "config",
    "detectors",
    "status",
    "alerts",
    "retraining",
    "silence",
    "endpoints",
    "rejected",
)


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="driftwatch", description="Watch the data of a model in production."
    )
    top.add_argument("--version", action="version", version=f"driftwatch {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for group in GROUPS:
        importlib.import_module(f"driftwatch.cli.{group}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status.

    Linear algebra has one thread, unless the environment says otherwise: its matrices are small,
    and several threads of a sidecar that shares its cores take ten times as long.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported
    parsed = parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is where errors reach a person
        return 2
    except DriftwatchError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 3
    except BrokenPipeError:  # whoever read what we print has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
