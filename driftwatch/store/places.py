"""Where do the data of a stretch of event time lie?"""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from driftwatch.nouns.retraining import Located
from driftwatch.store.tables import places


def within(
    connection: Connection, sources: Collection[str], start: int, end: int
) -> Sequence[Located]:
    """Give for each partition of the sources where the panes that start in [start, end) lie."""
    c = places.c
    query = (
        select(
            c.source,
            c.partition,
            func.min(c.first),
            func.max(c.next),
            func.min(c.pane),
            func.max(c.pane + c.width),
        )
        .where(c.source.in_(list(sources)), c.pane >= start, c.pane < end)
        .group_by(c.source, c.partition)
        .order_by(c.source, c.partition)
    )
    return [Located(*row) for row in connection.execute(query)]
