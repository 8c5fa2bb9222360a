"""How does a command look into the store, beside a running daemon?"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from driftwatch.report.document import Document

if TYPE_CHECKING:
    from driftwatch.config import Config
    from driftwatch.store import Store

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
        "--format", choices=("table", "json"), default="table", help="for people, or for programs"
    )


def limited(parser: argparse.ArgumentParser) -> None:
    """Let a command be told how much to show."""
    parser.add_argument(
        "--limit", type=_count, default=50, metavar="N", help="show the newest N (%(default)s)"
    )


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
    """Write a document the way that was asked for."""
    from driftwatch.report import json, terminal  # noqa: PLC0415 - drawing needs rich

    if arguments.format == "json":
        print(json.write(document))
        return
    width = shutil.get_terminal_size((PIPE, 24)).columns
    colour = sys.stdout.isatty()
    print(terminal.draw(document, max(width, NARROWEST), colour=colour))


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        message = f"{text!r} is not a whole number from 1"
        raise argparse.ArgumentTypeError(message)
    return int(text)
