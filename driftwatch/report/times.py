"""How is a time written for people?"""

from datetime import UTC, datetime


def show_time(at: int) -> str:
    """Write a time in microseconds as RFC 3339 in UTC."""
    moment = datetime.fromtimestamp(at // 10**6, UTC).replace(microsecond=at % 10**6)
    return moment.isoformat().replace("+00:00", "Z")


def show_if(at: int | None) -> str | None:
    """Write a time that there may not be."""
    return None if at is None else show_time(at)
