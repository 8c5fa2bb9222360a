"""Which records could not be decoded, and could they be now?"""

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftwatch.cli.beside import configured, limited, opened, show, shown
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Decoded, Poll, Reason, RejectedRecord
from driftwatch.nouns.settings import microseconds

if TYPE_CHECKING:
    from driftwatch.config import Config

ACCEPTED = "accepted"


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

    show(rejected(_records(_config(arguments), arguments)), arguments)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from driftwatch.report.rejected import one  # noqa: PLC0415 - only this command needs it

    source, partition, offset = arguments.source, arguments.partition, arguments.offset
    with opened(_config(arguments)) as store:
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
    from driftwatch.report.rejected import checked  # noqa: PLC0415 - only this command needs it

    config = _config(arguments)
    records = _records(config, arguments)
    known = _known(config, arguments.config.parent)
    found = list(_again(config, known, records))
    accepted = sum(now.startswith(ACCEPTED) for _, now in found)
    show(checked(found, accepted), arguments)
    return 0


def _config(arguments: argparse.Namespace) -> "Config":
    from driftwatch.config import load  # noqa: PLC0415 - only these commands need it

    return load(arguments.config, os.environ)


def _records(config: "Config", arguments: argparse.Namespace) -> Sequence[RejectedRecord]:
    reason = None if arguments.reason is None else Reason(arguments.reason)
    with opened(config) as store:
        return store.rejected(
            arguments.limit, source=arguments.source, reason=reason, model=arguments.model
        )


def _known(config: "Config", folder: Path) -> Known:
    from driftwatch.reference.registry import Registry  # noqa: PLC0415 - profiles are heavy

    registry = Registry({model.name: model.reference for model in config.models}, folder)
    problems = registry.refresh()
    if problems:
        raise ConfigurationError("\n".join(problems))
    return registry.known


def _again(
    config: "Config", known: Known, records: Sequence[RejectedRecord]
) -> Iterator[tuple[RejectedRecord, str]]:
    """Say of each record what the present configuration makes of it, source by source."""
    future = microseconds(config.window.future)
    for entry in config.sources:
        ours = [record for record in records if record.source == entry.name]
        whole = [record for record in ours if _is_whole(record, entry.keep_payload)]
        models = frozenset(entry.models) or known.models
        fed = Known(models, {k: p for k, p in known.profiles.items() if k[0] in models})
        said = _said(whole, entry.format.build().decode(_poll(whole), fed), fed, future)
        yield from ((r, said.get(id(r), _not_whole(r))) for r in ours)
    names = {entry.name for entry in config.sources}
    yield from ((r, "its source is not configured") for r in records if r.source not in names)


def _is_whole(record: RejectedRecord, kept: int) -> bool:
    """Say whether all of a payload was kept: one that fills the room may have been cut."""
    if record.payload is None:
        return record.reason is Reason.TOMBSTONE
    return len(record.payload) < kept


def _not_whole(record: RejectedRecord) -> str:
    part = "nothing" if record.payload is None else "only the beginning"
    return f"cannot be said: {part} of its payload was kept"


def _poll(records: Sequence[RejectedRecord]) -> Poll:
    import numpy as np  # noqa: PLC0415 - only this command needs it

    partitions = tuple(sorted({record.partition for record in records}))
    return Poll(
        bodies=[record.payload for record in records],
        partitions=partitions,
        partition=np.array([partitions.index(r.partition) for r in records], np.int16),
        offset=np.array([r.offset for r in records], np.int64),
        arrived=np.array([r.arrived for r in records], np.int64),
        span={},
    )


def _said(
    records: Sequence[RejectedRecord], decoded: Decoded, known: Known, future: int
) -> Mapping[int, str]:
    """Put what became of each record into words, by the record's identity."""
    said = {}
    for row, reason, detail in zip(
        decoded.rejected.tolist(), decoded.reasons, decoded.details, strict=True
    ):
        said[id(records[row])] = f"rejected: {reason.value}: {detail}"
    for batch in decoded.batches:
        judged = known.profile(batch.model, batch.version) is not None
        fine = ACCEPTED if judged else f"{ACCEPTED}, but version {batch.version} has no profile"
        for row, time in zip(batch.record.tolist(), batch.time.tolist(), strict=True):
            early = time - records[row].arrived > future
            said[id(records[row])] = f"rejected: {Reason.TIME_IN_FUTURE.value}" if early else fine
    return said
