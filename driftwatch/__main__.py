"""What does the command line start?

Exit status: 0 fine, 1 drift found, 2 usage or configuration error, 3 runtime failure.
"""

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

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
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


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
    sys.stdout = sys.stdout or _nowhere()  # None where the shell has closed it
    sys.stderr = sys.stderr or _nowhere()
    status = 0
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read what we print has seen enough
        _print_no_more()
    except OSError as error:
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        _print_no_more()
        print(f"standard output cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 3
    return status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        parsed = parser().parse_args(arguments)
        return int(parsed.run(parsed))
    except SystemExit as ended:  # argparse has said what it had to say
        if not isinstance(ended.code, int) or ended.code:
            raise
        return 0
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is where errors reach a person
        return 2
    except DriftwatchError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 3
    except KeyboardInterrupt:
        return 130


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _print_no_more() -> None:
    """Let what is still held for standard output go nowhere, so that the end is quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
