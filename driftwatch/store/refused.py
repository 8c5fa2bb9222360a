"""What was rejected of a model, by version and pane of event time?"""

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from driftwatch.nouns.records import Refused
from driftwatch.store.rules import REFUSED
from driftwatch.store.tables import tallies


def within(
    connection: Connection, model: str, sources: Collection[str], start: int, end: int
) -> list[Refused]:
    """Give what was in the panes that start in [start, end), summed over the sources."""
    c = tallies.c
    by = (c.version, c.pane, c.reason)
    query = (
        select(*by, func.sum(c["count"]))
        .where(c.source.in_(sources), c.pane >= start, c.pane < end)
        .where(c.kind == REFUSED, c.model == model)
        .group_by(*by)
        .order_by(*by)
    )
    found = connection.execute(query)
    return [Refused(version, pane, reason, int(n)) for version, pane, reason, n in found]
