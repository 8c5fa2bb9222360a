"""Which of the two text formats does a scraper want?"""

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def wants_openmetrics(accept: str) -> bool:
    """Say if OpenMetrics 1 is named with a weight of at least that of plain text."""
    best = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for choice in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in choice.split(";"))
        given = dict(p.split("=", 1) for p in parameters if "=" in p)
        version = given.get("version", "").strip('"')
        if kind not in best or (kind != "text/plain" and not _is_first(version)):
            continue
        best[kind] = max(best[kind], _weight(given.get("q", "1")))
    openmetrics, text = best.values()
    return openmetrics > 0 and openmetrics >= text


def _is_first(version: str) -> bool:
    return version == "" or version.startswith("1.")


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
