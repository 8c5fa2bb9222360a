"""What is told to pipelines that train a model, and to people who look into it?

The id of a request is that of its retraining: a receiver that knows it has heard it already.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driftwatch.decide.messages import FORMAT, MOST_FEATURES, feature
from driftwatch.decide.policy import Call
from driftwatch.decide.shares import shares
from driftwatch.nouns.judgements import AlertState, Verdicts
from driftwatch.nouns.messages import Message
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.retraining import Located, Reason, Retraining
from driftwatch.report.times import show_if, show_time


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What stands around a retraining at a boundary.

    `alerts` are those that fire for its version, `verdicts` those on the whole of it, `places`
    where the data since its beginning lie. `address` is where this daemon is reached.
    """

    boundary: int
    now: int
    profile: Profile | None = None
    alerts: Sequence[AlertState] = ()
    verdicts: Sequence[Verdicts] = ()
    places: Sequence[Located] = ()
    address: str | None = None


def request(of: Retraining, scene: Scene) -> Message:
    """Make the message that asks for a training."""
    return Message(
        id=of.id,
        kind="retrain",
        order=f"{of.model}/{of.version}/{of.id}",
        at=scene.boundary,
        facts={
            **_facts(of, scene, of.reasons),
            "type": "io.driftwatch.retraining.requested",
            "expires_at": show_if(of.expires_at),
        },
    )


def investigation(call: Call, scene: Scene) -> Message:
    """Make the message that calls a person."""
    of, code = call.retraining, call.reason.code
    digest = hashlib.blake2b(f"{of.id}/{code}".encode(), digest_size=16).hexdigest()
    return Message(
        id=f"msg_{digest}",
        kind="investigate",
        order=f"{of.model}/{of.version}/{of.id}/{code}",
        at=scene.boundary,
        facts={
            **_facts(of, scene, (call.reason,)),
            "type": "io.driftwatch.investigation.requested",
            "code": code,
        },
    )


def _facts(of: Retraining, scene: Scene, reasons: Iterable[Reason]) -> dict[str, Any]:
    lineage = dict(scene.profile.lineage) if scene.profile is not None else {}
    alerts = list(scene.alerts)
    told = [entry for state in alerts for entry in state.evidence.get("features", ())]
    first: Mapping[str, Any] = told[0] if told else {}
    return {
        "format": FORMAT,
        "retraining": of.id,
        "model": of.model,
        "version": of.version,
        "ordinal": of.ordinal,
        "stage": of.stage.value,
        "at": show_time(scene.boundary),
        "since": show_time(min((state.since for state in alerts), default=of.began)),
        "severity": _severity(alerts),
        "window": {
            "name": first.get("window", ""),
            "start": show_time(first.get("start", of.began)),
            "end": show_time(first.get("end", scene.boundary)),
        },
        "reference": {"fingerprint": of.reference, "lineage": lineage},
        "alerts": [_alert(state) for state in alerts],
        "priors": shares(scene.verdicts),
        "data": _data(scene.places),
        "links": _links(of, scene.address),
        "why": "; ".join(reason.text for reason in reasons),
        "reasons": [{"code": reason.code, "text": reason.text} for reason in reasons],
        "decided_at": scene.now,
    }


def _severity(alerts: Iterable[AlertState]) -> str:
    order = ("info", "warning", "critical")
    return max((state.severity for state in alerts), key=order.index, default="warning")


def _alert(state: AlertState) -> dict[str, Any]:
    told = state.evidence.get("features", ())
    return {
        "alert": state.key.alert,
        "severity": state.severity,
        "ordinal": state.ordinal,
        "since": show_time(state.since),
        "features_in_breach": len({entry["feature"] for entry in told}),
        "features": [feature(entry) for entry in told[:MOST_FEATURES]],
    }


def _data(places: Iterable[Located]) -> list[dict[str, Any]]:
    """Say where the data lie: by source, the offsets [first, next) of each partition."""
    sources: dict[str, list[dict[str, Any]]] = {}
    for place in sorted(places):
        sources.setdefault(place.source, []).append(
            {
                "partition": place.partition,
                "first": place.first,
                "next": place.next,
                "start": show_time(place.start),
                "end": show_time(place.end),
            }
        )
    return [{"source": source, "partitions": found} for source, found in sources.items()]


def _links(of: Retraining, address: str | None) -> dict[str, str]:
    path = f"/api/v1/retraining/{of.id}"
    return {"retraining": f"{address or ''}{path}"}
