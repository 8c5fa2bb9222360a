"""What is there to say of records that could not be decoded?"""

from collections.abc import Iterable

from driftwatch.nouns.records import RejectedRecord
from driftwatch.report.document import Cell, Document, Section
from driftwatch.report.times import show_time

_PLACE = ("source", "partition", "offset", "arrived", "reason")


def rejected(records: Iterable[RejectedRecord]) -> Document:
    """List rejected records, without their payloads: those may be personal data."""
    rows = tuple((*_place(record), record.detail) for record in records)
    return Document((Section("rejected", (*_PLACE, "detail"), rows, "none is kept"),))


def one(record: RejectedRecord) -> Document:
    """Show one rejected record, with what is kept of its payload."""
    payload = record.payload
    fields: tuple[tuple[Cell, ...], ...] = (
        *zip(_PLACE, _place(record), strict=True),
        ("model", record.model or None),
        ("detail", record.detail),
        ("bytes kept", None if payload is None else len(payload)),
        ("payload", None if payload is None else payload.decode("utf-8", "backslashreplace")),
    )
    return Document((Section("record", ("field", "value"), fields, "nothing is known"),))


def checked(found: Iterable[tuple[RejectedRecord, str]], accepted: int) -> Document:
    """Say of each record what the present configuration makes of it."""
    rows = tuple((*_place(record), now) for record, now in found)
    empty = "no rejected record is kept"
    count = Section("count", ("checked", "accepted now"), ((len(rows), accepted),), empty)
    return Document((Section("checked", (*_PLACE, "now"), rows, empty), count))


def _place(record: RejectedRecord) -> tuple[Cell, ...]:
    return (
        record.source,
        record.partition,
        record.offset,
        show_time(record.arrived),
        record.reason.value,
    )
