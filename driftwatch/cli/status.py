"""How does driftwatch stand?"""

import argparse
from typing import Any

from driftwatch.cli.beside import configured, loaded, now, opened, show, shown


def add(commands: Any) -> None:
    """Add `status`."""
    parser = commands.add_parser("status", help="models, sources, alerts and endpoints at a glance")
    configured(parser)
    shown(parser)
    parser.set_defaults(run=_status)


def _status(arguments: argparse.Namespace) -> int:
    from driftwatch.report.status import status  # noqa: PLC0415

    config = loaded(arguments)
    names = [endpoint.name for endpoint in config.endpoints]
    with opened(config) as store:
        document = status(store.snapshot(now()), store.positions(), store.counters(), names)
    show(document, arguments)
    return 0
