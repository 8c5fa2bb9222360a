"""What would a message of each kind look like?

For templates to be tried on before anything happens, and for people who want to see a request.
"""

from dataclasses import replace
from typing import Any

from driftwatch.nouns.messages import Message
from driftwatch.report.times import show_time

HOUR = 3600 * 10**6


def sample(kind: str, message: str, at: int) -> Message:
    """Make a message of a kind."""
    return trial_of("firing", message, at) if kind == "test" else _message(kind, message, at)


def trial_of(kind: str, message: str, at: int) -> Message:
    """Make a message like one of a kind, that says of itself that nothing has happened."""
    like = _message(kind, message, at)
    return replace(like, kind="test", order="test", facts={**like.facts, **_NOTHING})


_NOTHING = {
    "test": True,
    "model": "test",
    "version": "test",
    "severity": "info",
    "why": "a person tries this endpoint; nothing has happened",
}


def _message(kind: str, message: str, at: int) -> Message:
    return Message(message, kind, "sample", at, {**_common(at), **_own(kind, at)})


def _common(at: int) -> dict[str, Any]:
    return {
        "format": 1,
        "model": "fraud",
        "version": "3",
        "severity": "critical",
        "ordinal": 1,
        "at": show_time(at),
        "since": show_time(at - HOUR),
        "window": {"name": "1h", "start": show_time(at - HOUR), "end": show_time(at)},
        "reference": {"fingerprint": "sha256:0123", "lineage": {"rows": 100_000}},
        "why": "psi of amount is 0.4567 on 2000 rows (psi > 0.2)",
        "decided_at": at,
    }


def _own(kind: str, at: int) -> dict[str, Any]:
    breach = {"features_in_breach": 1, "features": [_feature(at)]}
    if kind in ("firing", "resolved"):
        return {"alert": "CovariateShift", "state": kind, **breach}
    alert = {
        "alert": "CovariateShift",
        "severity": "critical",
        "ordinal": 1,
        "since": show_time(at - HOUR),
        **breach,
    }
    reason = {"code": "settled", "text": "the values shifted, and the data are sound"}
    facts = {
        "retraining": "retrain_sample",
        "stage": "requested",
        "alerts": [alert],
        "priors": [_prior()],
        "data": [{"source": "kafka", "partitions": [_place(at)]}],
        "links": {"retraining": "/api/v1/retraining/retrain_sample"},
        "reasons": [reason],
    }
    more = {"code": "settled"} if kind == "investigate" else {"expires_at": show_time(at + HOUR)}
    return {**facts, **more}


def _prior() -> dict[str, Any]:
    fraud = {"class": "fraud", "share": 0.05, "low": 0.04, "high": 0.06, "reference": 0.02}
    return {
        "estimator": "histogram_likelihood",
        "window": "1h",
        "n": 2000,
        "refused": "",
        "explained": True,
        "p_value": 0.4,
        "classes": [fraud],
    }


def _place(at: int) -> dict[str, Any]:
    stretch = {"start": show_time(at - HOUR), "end": show_time(at)}
    return {"partition": "predictions/0", "first": 1000, "next": 3000, **stretch}


def _feature(at: int) -> dict[str, Any]:
    return {
        "feature": "amount",
        "role": "feature",
        "statistic": "psi",
        "value": 0.4567,
        "threshold": 0.2,
        "window": "1h",
        "start": show_time(at - HOUR),
        "end": show_time(at),
        "n": 2000,
        "m": 100_000,
        "since": show_time(at - HOUR),
        "state": "firing",
        "severity": "critical",
        "rule": "psi > 0.2",
        "times": 2.28,
    }
