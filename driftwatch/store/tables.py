"""What are the store's tables?

All times are microseconds UTC, as integers. Migrations only ever add to these tables, with
defaults, so that the previous release still runs on the new schema.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from driftwatch.store.codec import sound


class Words(TypeDecorator[str]):
    """Text from outside: what no database takes (NUL, half a surrogate pair) is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be stored."""
        return None if value is None else sound(value)


class Whole(TypeDecorator[int]):
    """A 64-bit integer; numpy's own are taken too (sqlite3 would store their bytes)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """Make a plain integer of it."""
        return None if value is None else int(value)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def _words(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Words, primary_key=key, nullable=False)


def _whole(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return Column(name, Whole, primary_key=key, nullable=null, autoincrement=False)


def _bytes(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


def _id() -> Column[int]:
    return Column("id", _SERIAL, primary_key=True, autoincrement=True)


# Ingest writes these.
positions = Table(
    "positions",
    metadata,
    _words("source", key=True),
    _words("partition", key=True),
    _whole("next"),
    _whole("high", null=True),
    _whole("standing", null=True),
    _words("log"),
    # The last observation: whose it was, and when it arrived; none yet where that is empty.
    Column("model", Words, nullable=False, server_default=""),
    Column("version", Words, nullable=False, server_default=""),
    _whole("arrived", null=True),
)
parts = Table(
    "parts",
    metadata,
    _id(),
    _words("model"),
    _words("version"),
    _words("segment"),
    _words("reference"),
    _whole("pane"),
    _whole("width"),
    _whole("rows"),
    _bytes("body"),
    Index(None, "model", "pane"),
)
# Where the observations of a pane lie: offsets [first, next) of a partition.
places = Table(
    "places",
    metadata,
    _words("source", key=True),
    _words("partition", key=True),
    _whole("pane", key=True),
    _whole("width"),
    _whole("first"),
    _whole("next"),
)
tallies = Table(
    "tallies",
    metadata,
    _words("source", key=True),
    _whole("pane", key=True),
    _words("kind", key=True),
    _words("model", key=True),
    _words("version", key=True),
    _words("reason", key=True),
    _whole("count"),
)
counters = Table(
    "counters",
    metadata,
    _words("source", key=True),
    _words("kind", key=True),
    _words("model", key=True),
    _words("version", key=True),
    _words("reason", key=True),
    _whole("count"),
)
rejected = Table(
    "rejected",
    metadata,
    _id(),
    _words("source"),
    _words("partition"),
    _whole("offset"),
    _whole("arrived"),
    _words("reason"),
    _words("detail"),
    _words("model"),
    _bytes("payload", null=True),
    Index(None, "source", "id"),
)
# Records of versions without a profile, of the lowest ranks of each day.
samples = Table(
    "samples",
    metadata,
    _words("model", key=True),
    _words("version", key=True),
    _whole("day", key=True),
    _whole("rank", key=True),
    _words("source"),
    _words("partition"),
    _whole("offset"),
    _whole("time"),
    _bytes("body"),
)

# The tick writes these.
models = Table(
    "models",
    metadata,
    _words("name", key=True),
    _whole("closed", null=True),
    _whole("boundary", null=True),
    _whole("decided_at", null=True),
    _whole("born", null=True),
)
hours = Table(
    "hours",
    metadata,
    _words("model", key=True),
    _whole("pane", key=True),
    _words("version", key=True),
    _words("segment", key=True),
    _words("reference", key=True),
    _whole("rows"),
    _bytes("body"),
)
verdicts = Table(
    "verdicts",
    metadata,
    _words("model", key=True),
    _words("version", key=True),
    _words("segment", key=True),
    _words("window", key=True),
    _whole("end"),
    _bytes("body"),
)
alerts = Table(
    "alerts",
    metadata,
    _words("model", key=True),
    _words("version", key=True),
    _words("alert", key=True),
    _words("state"),
    _whole("since"),
    _words("reference"),
    _words("severity"),
    _whole("ordinal"),
    _bytes("memory"),
    _bytes("evidence"),
)
transitions = Table(
    "transitions",
    metadata,
    _id(),
    _words("model"),
    _words("version"),
    _words("alert"),
    _words("before"),
    _words("after"),
    _whole("boundary"),
    _whole("ordinal"),
    _words("severity"),
    _words("reference"),
    _bytes("evidence"),
    _words("why"),
    Index(None, "model", "boundary"),
)
messages = Table(
    "messages",
    metadata,
    _words("id", key=True),
    _words("kind"),
    _words("order"),
    _whole("at"),
    _bytes("facts"),
    _whole("created"),
    Index(None, "order"),
)

retrainings = Table(
    "retrainings",
    metadata,
    _words("id", key=True),
    _words("model"),
    _words("version"),
    _words("reference"),
    _whole("ordinal"),
    _words("stage"),
    _whole("expires_at", null=True),
    _whole("decided_at"),
    _whole("closed"),
    _whole("revision"),
    _bytes("body"),
    Index(None, "model", "closed"),
)
decisions = Table(
    "decisions",
    metadata,
    _id(),
    _words("retraining"),
    _words("stage"),
    _bytes("reasons"),
    _whole("at"),
    _whole("boundary"),
    Index(None, "retraining", "id"),
)

evidence = Table(
    "evidence",
    metadata,
    _words("model", key=True),
    _words("version", key=True),
    _words("segment", key=True),
    _words("fingerprint"),
    _bytes("body"),
    _bytes("ratios"),
)

# Profiles that were learned of samples.
learned = Table(
    "learned",
    metadata,
    _words("model", key=True),
    _words("version", key=True),
    _words("fingerprint"),
    _whole("at"),
    _bytes("body"),
)

# The tick adds deliveries; after that they are the relay's, with all that follows.
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _words("message"),
    _words("endpoint"),
    _words("outcome"),
    _whole("attempt"),
    _whole("due"),
    _whole("claimed", null=True),
    _whole("created"),
    UniqueConstraint("message", "endpoint"),
    Index(None, "endpoint", "outcome", "id"),
)
attempts = Table(
    "attempts",
    metadata,
    _id(),
    _words("message"),
    _words("endpoint"),
    _whole("at"),
    _words("outcome"),
    _whole("status", null=True),
    _words("answer"),
    _whole("due", null=True),
    Index(None, "message", "endpoint"),
)
circuits = Table(
    "circuits",
    metadata,
    _words("endpoint", key=True),
    _whole("failures"),
    _whole("open_until", null=True),
    _words("disabled"),
)

# People and pipelines write these.
instructions = Table(
    "instructions",
    metadata,
    _id(),
    _words("kind"),
    _words("subject"),
    _whole("given_at"),
    _words("by"),
    _words("reason"),
    _bytes("details", null=True),
)
meta = Table("meta", metadata, _words("key", key=True), _words("value"))
