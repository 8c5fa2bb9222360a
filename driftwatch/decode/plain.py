"""What is a record in driftwatch's own format, wherever its fields stand?

For records of which no schema is known: whatever stands among the features is a feature.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from driftwatch.decode.plan import REFUSALS
from driftwatch.decode.settings import RecordSettings
from driftwatch.nouns.profiles import SCORES

_ROLES = ("prediction", "score", "label")


def plain(body: bytes, time: int, settings: RecordSettings) -> dict[str, Any] | None:
    """Give a record's event time, features, prediction, score, scores and label.

    `time` is its event time. None for a body that cannot be read as a whole.
    """
    try:
        record = msgspec.json.decode(body)
    except REFUSALS:
        return None
    if not isinstance(record, dict):
        return None
    features = dict(_object(record, settings.features))
    if not settings.features:
        for name in _envelope(settings):
            features.pop(name, None)
    scores = dict(_object(record, settings.scores))
    found = {role: at(record, getattr(settings, role)) for role in _ROLES}
    for name, path in settings.columns.items():
        if name in found:
            found[name] = at(record, path)
        elif name.startswith(SCORES):
            scores[name.removeprefix(SCORES)] = at(record, path)
        else:
            features[name] = at(record, path)
    given = {role: value for role, value in found.items() if value is not None}
    return {"time": time, "features": features, **given, **({"scores": scores} if scores else {})}


def at(record: Any, path: tuple[str, ...]) -> Any:
    """Give what stands at a path; None where nothing does."""
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def _object(record: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    found = at(record, path)
    return found if isinstance(found, dict) else {}


def _envelope(settings: RecordSettings) -> set[str]:
    """Name the keys at the top that are no features, where features stand at the top."""
    paths = (settings.time, settings.model, settings.version, settings.id, settings.scores)
    roles = (getattr(settings, role) for role in _ROLES)
    return {path[0] for path in (*paths, *roles, *settings.columns.values())}
