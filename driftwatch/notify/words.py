"""How is a message told to people, in a line and in a few?"""

from collections.abc import Mapping, Sequence
from typing import Any

MOST = 3  # features that a line names
LONGEST = 10  # features that a text lists
PROVISIONAL = "that reference is provisional: learned of what came in, and nobody has looked at it"


def summary(document: Mapping[str, Any]) -> str:
    """Tell in one line what happened to which model, and if its reference is provisional."""
    data = document["data"]
    of = f"{data.get('model', '')} {data.get('version', '')}".strip()
    of += " (provisional reference)" if _is_provisional(data) else ""
    match document["type"].removeprefix("io.driftwatch."):
        case "alert.firing":
            return _line(f"{data.get('alert')} of {of}", data)
        case "alert.resolved":
            return f"{data.get('alert')} of {of} is resolved"
        case "investigation.requested":
            return _line(f"Look at the data of {of}", data)
        case "retraining.requested":
            return _line(f"Retrain {of}", data)
    return f"driftwatch tries this endpoint; nothing has happened to {of}"


def text(document: Mapping[str, Any]) -> str:
    """Tell in a few lines what is known."""
    data = document["data"]
    features = _features(data)
    lines = [summary(document), ""]
    lines += [str(data["why"])] if data.get("why") else []
    lines += [_feature(found) for found in features[:LONGEST]]
    more = _count(data) - min(len(features), LONGEST)
    lines += [f"and {more} more"] if more > 0 else []
    lines += ["", f"event time: {document['timestamp']}"]
    if "delayed_by" in document:
        lines.append(f"decided {document['delayed_by']} s after it, for there was an outage")
    reference = data.get("reference", {}).get("fingerprint")
    lines += [f"reference: {reference}"] if reference else []
    lines += [PROVISIONAL] if _is_provisional(data) else []
    lines += [f"expires: {data['expires_at']}"] if data.get("expires_at") else []
    lines += [f"{name}: {link}" for name, link in data.get("links", {}).items()]
    lines += [f"message: {document['id']}"] if "id" in document else []
    return "\n".join(lines)


def _line(start: str, data: Mapping[str, Any]) -> str:
    told = [_short(found) for found in _features(data)[:MOST]]
    more = _count(data) - len(told)
    return f"{start}: {', '.join(told)}{f' and {more} more' if more > 0 else ''}" if told else start


def _is_provisional(data: Mapping[str, Any]) -> bool:
    return data.get("reference", {}).get("lineage", {}).get("provisional") is True


def _features(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Give the features of an alert, or of all the alerts of a request."""
    return [found for told in (data, *data.get("alerts", ())) for found in told.get("features", ())]


def _count(data: Mapping[str, Any]) -> int:
    return sum(int(told.get("features_in_breach", 0)) for told in (data, *data.get("alerts", ())))


def _short(found: Mapping[str, Any]) -> str:
    of = f"{found['segment']} " if found.get("segment") else ""
    return f"{of}{found['feature']} {found['statistic']} {found['value']:.3g}"


def _feature(found: Mapping[str, Any]) -> str:
    limit = f" (limit {found['threshold']:g})" if "threshold" in found else ""
    return f"- {_short(found)}{limit} since {found['since']}"
