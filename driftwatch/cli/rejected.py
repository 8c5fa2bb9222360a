"""Which records could not be decoded, and could they be now?"""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from driftwatch.cli.beside import configured, limited, loaded, opened, show, shown
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.records import Reason, RejectedRecord

if TYPE_CHECKING:
    from driftwatch.config import Config


def add(commands: Any) -> None:
    """Add `rejected list|show|check`."""
    group = commands.add_parser("rejected", help="see records that could not be decoded")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="where they stand, and why they were rejected")
    _chosen(listing)
    listing.set_defaults(run=_list)
    one = actions.add_parser("show", help="one of them, with what is kept of its payload")
    configured(one)
    for name in ("source", "partition"):
        one.add_argument(name, metavar=name.upper(), help="as listed")
    one.add_argument("offset", type=int, metavar="OFFSET", help="as listed")
    shown(one)
    one.set_defaults(run=_show)
    check = actions.add_parser("check", help="decode them again, as the configuration is now")
    _chosen(check)
    check.set_defaults(run=_check)


def _chosen(parser: argparse.ArgumentParser) -> None:
    configured(parser)
    parser.add_argument("--source", help="of this source only")
    parser.add_argument("--model", help="of this model only")
    parser.add_argument("--reason", choices=[r.value for r in Reason], help="for this reason only")
    limited(parser)
    shown(parser)


def _list(arguments: argparse.Namespace) -> int:
    from driftwatch.report.rejected import rejected  # noqa: PLC0415 - only this command needs it

    show(rejected(_records(loaded(arguments), arguments)), arguments)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from driftwatch.report.rejected import one  # noqa: PLC0415 - only this command needs it

    source, partition, offset = arguments.source, arguments.partition, arguments.offset
    with opened(loaded(arguments)) as store:
        record = store.rejected_at(source, partition, offset)
    if record is None:
        message = (
            f"no rejected record is kept of source {source}, partition {partition}, offset "
            f"{offset}; `driftwatch rejected list` shows which are"
        )
        raise ConfigurationError(message)
    show(one(record), arguments)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from driftwatch.cli.redecode import ACCEPTED, again, known  # noqa: PLC0415 - profiles are heavy
    from driftwatch.report.rejected import checked  # noqa: PLC0415 - only this command needs it

    config = loaded(arguments)
    records = _records(config, arguments)
    found = list(again(config, known(config, arguments.config.parent), records))
    accepted = sum(now.startswith(ACCEPTED) for _, now in found)
    show(checked(found, accepted), arguments)
    return 0


def _records(config: "Config", arguments: argparse.Namespace) -> Sequence[RejectedRecord]:
    reason = None if arguments.reason is None else Reason(arguments.reason)
    with opened(config) as store:
        return store.rejected(
            arguments.limit, source=arguments.source, reason=reason, model=arguments.model
        )
