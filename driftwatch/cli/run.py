"""`driftwatch run`: the daemon."""

import argparse
import os
import signal
from typing import Any

from driftwatch.cli.beside import configured


def add(commands: Any) -> None:
    """Add the command."""
    run = commands.add_parser("run", help="run the daemon")
    configured(run)
    run.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from driftwatch.app.daemon import Daemon  # noqa: PLC0415 - the daemon's parts are heavy

    daemon = Daemon(arguments.config, os.environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    signal.signal(signal.SIGHUP, lambda *_: daemon.reload())
    return daemon.run()
