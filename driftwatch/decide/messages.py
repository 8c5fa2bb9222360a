"""What is told to endpoints of a transition, and under which id?

The id is a function of what was decided, so that replicas, restarts and replays that decide the
same make the same message, and a receiver that knows an id has heard it already.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from driftwatch.nouns.judgements import State, Transition
from driftwatch.nouns.messages import Message
from driftwatch.report.times import show_time

FORMAT = 1
MOST_FEATURES = 100
_TOLD = frozenset({State.FIRING, State.RESOLVED})
_TIMES = ("since", "start", "end")


def tells(transition: Transition) -> bool:
    """Say whether endpoints hear of a transition; of the others only the history does."""
    return transition.after in _TOLD


def message(transition: Transition, lineage: Mapping[str, Any], decided_at: int) -> Message:
    """Make the message of a transition that `tells`.

    `lineage` is that of the reference (its profile's), `decided_at` the wall time.
    """
    key = transition.key
    return Message(
        id=identify(transition),
        kind=transition.after.value,
        order=f"{key.model}/{key.version}/{key.alert}",
        at=transition.boundary,
        facts=_facts(transition, lineage, decided_at),
    )


def identify(transition: Transition) -> str:
    """Give the id: the same wherever, whenever and however often the same is decided."""
    key = transition.key
    parts = (
        key.model,
        key.version,
        key.alert,
        transition.reference,
        str(transition.ordinal),
        transition.after.value,
        str(transition.boundary),
    )
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        body = part.encode()
        digest.update(len(body).to_bytes(4, "big") + body)
    return f"msg_{digest.hexdigest()}"


def _facts(transition: Transition, lineage: Mapping[str, Any], decided_at: int) -> dict[str, Any]:
    key = transition.key
    told = transition.evidence.get("features", ())
    priors = transition.evidence.get("priors")
    first = told[0] if told else {}
    began = [f["since"] for f in told if f["state"] != "pending"]
    return {
        "format": FORMAT,
        "type": f"io.driftwatch.alert.{transition.after.value}",
        "model": key.model,
        "version": key.version,
        "alert": key.alert,
        "severity": transition.severity,
        "state": transition.after.value,
        "ordinal": transition.ordinal,
        "at": show_time(transition.boundary),
        "since": show_time(min(began, default=transition.boundary)),
        "window": {
            "name": first.get("window", ""),
            "start": show_time(first.get("start", transition.boundary)),
            "end": show_time(first.get("end", transition.boundary)),
        },
        "reference": {"fingerprint": transition.reference, "lineage": dict(lineage)},
        "features_in_breach": len({f["feature"] for f in told}),
        "features": [feature(f) for f in told[:MOST_FEATURES]],
        **({} if priors is None else {"priors": priors}),
        "why": transition.why,
        "decided_at": decided_at,
    }


def feature(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Describe one feature of an alert's evidence, its times as people write them."""
    shown = {key: value for key, value in entry.items() if value is not None}
    return shown | {key: show_time(entry[key]) for key in _TIMES}
