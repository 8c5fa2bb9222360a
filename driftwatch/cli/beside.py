"""How does a command look into the store, beside a running daemon?"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from driftwatch.nouns.errors import DriftwatchError
from driftwatch.report.document import Document

if TYPE_CHECKING:
    from driftwatch.config import Config
    from driftwatch.store import Store

FORMATS = ("table", "json", "markdown", "html")
NARROWEST = 80
PIPE = 200  # columns where no terminal says how many it has


def configured(parser: argparse.ArgumentParser) -> None:
    """Let a command be told its configuration."""
    parser.add_argument(
        "-c", "--config", type=Path, required=True, metavar="FILE", help="the configuration"
    )


def shown(parser: argparse.ArgumentParser) -> None:
    """Let a command be told how to write what it finds."""
    parser.add_argument(
        "--format", choices=FORMATS, default="table", help="json is for programs, default table"
    )


def limited(parser: argparse.ArgumentParser) -> None:
    """Let a command be told how much to show."""
    parser.add_argument(
        "--limit", type=_count, default=50, metavar="N", help="show the newest N (%(default)s)"
    )


def loaded(arguments: argparse.Namespace) -> "Config":
    """Give the configuration that a command was told."""
    from driftwatch.config import load  # noqa: PLC0415 - only these commands need it

    return load(arguments.config, os.environ)


@contextmanager
def opened(config: "Config") -> Iterator["Store"]:
    """Give the store as it is; the daemon that holds it goes on undisturbed."""
    from driftwatch.store import open_store  # noqa: PLC0415 - only these commands need it

    store = open_store(config.store, now, exclusive=False)
    try:
        yield store
    finally:
        store.dispose()


def now() -> int:
    """Give the wall time in microseconds."""
    return time.time_ns() // 1000


def show(document: Document, arguments: argparse.Namespace) -> None:
    """Print a document the way that was asked for."""
    print(written(document, arguments.format, colour=sys.stdout.isatty()))


def written(document: Document, form: str, *, colour: bool) -> str:
    """Write a document in one of FORMATS."""
    from driftwatch.report import html, json, markdown, terminal  # noqa: PLC0415 - rich is heavy

    match form:
        case "json":
            return json.write(document)
        case "markdown":
            return markdown.write(document)
        case "html":
            return html.write(document)
    width = shutil.get_terminal_size((PIPE, 24)).columns
    return terminal.draw(document, max(width, NARROWEST), colour=colour)


def put(text: str, output: str | None) -> int:
    """Print a text, or write it to a file.

    Who reads only its beginning ends nothing: what was found is still to be told by the status.
    """
    if output is None:
        with suppress(BrokenPipeError):
            print(text)
        return 0
    try:
        Path(output).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{output}: the report cannot be written: {error.strerror}"
        raise DriftwatchError(message) from error
    return 0


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        message = f"{text!r} is not a whole number from 1"
        raise argparse.ArgumentTypeError(message)
    return int(text)
