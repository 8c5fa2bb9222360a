"""How does an alert look to those who know Prometheus' Alertmanager?"""

from collections.abc import Iterable, Mapping
from typing import Any

from driftwatch.notify.words import summary, text

NEVER = "0001-01-01T00:00:00Z"  # how Go writes a time that there is not
_OFFSET, _PRIME, _SEPARATOR = 14695981039346656037, 1099511628211, b"\xff"
_ASKED = {
    "io.driftwatch.investigation.requested": "InvestigationRequested",
    "io.driftwatch.retraining.requested": "RetrainingRequested",
    "io.driftwatch.test": "DriftwatchTest",
}


def labels(document: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, str]:
    """Give the labels by which an alert is the same one again; `more` are the configured ones."""
    data = document["data"]
    name = _ASKED.get(document["type"]) or str(data["alert"])
    own = {"alertname": name, "model": str(data["model"]), "version": str(data["version"])}
    return {**own, "severity": str(data["severity"]), **more}


def annotations(document: Mapping[str, Any]) -> dict[str, str]:
    """Give what people read of an alert."""
    return {"summary": summary(document), "description": text(document)}


def body(document: Mapping[str, Any], receiver: str, more: Mapping[str, str]) -> dict[str, Any]:
    """Give the body that Alertmanager's own webhooks have, version 4, of one alert."""
    named, told = labels(document, more), annotations(document)
    resolved = document["type"] == "io.driftwatch.alert.resolved"
    status = "resolved" if resolved else "firing"
    at = document["timestamp"]
    link = next(iter(document["data"].get("links", {}).values()), "")
    group = {key: named[key] for key in ("alertname", "model", "version")}
    listed = ", ".join(f'{key}="{value}"' for key, value in sorted(group.items()))
    return {
        "version": "4",
        "groupKey": f"{{}}:{{{listed}}}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": receiver,
        "groupLabels": group,
        "commonLabels": named,
        "commonAnnotations": told,
        "externalURL": link,
        "alerts": [
            {
                "status": status,
                "labels": named,
                "annotations": told,
                "startsAt": document["data"].get("since", at),
                "endsAt": at if resolved else NEVER,
                "generatorURL": link,
                "fingerprint": fingerprint(named.items()),
            }
        ],
    }


def fingerprint(pairs: Iterable[tuple[str, str]]) -> str:
    """Identify labels as Prometheus does: FNV-1a over the sorted names and values."""
    digest = _OFFSET
    for name, value in sorted(pairs):
        for byte in name.encode() + _SEPARATOR + value.encode() + _SEPARATOR:
            digest = ((digest ^ byte) * _PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{digest:016x}"
