"""What would a message of each kind look like?

For templates to be tried on before anything happens, and for people who want to see a request.
"""

from typing import Any

from driftwatch.nouns.messages import Message
from driftwatch.report.times import show_time

HOUR = 3600 * 10**6


def sample(kind: str, message: str, at: int) -> Message:
    """Make a message of a kind; one of the kind `test` says that nothing has happened."""
    facts = _test() if kind == "test" else {**_common(at), **_own(kind, at)}
    return Message(message, kind, "sample", at, facts)


def _test() -> dict[str, Any]:
    return {
        "format": 1,
        "test": True,
        "model": "test",
        "version": "test",
        "severity": "info",
        "why": "a person tries this endpoint; nothing has happened",
    }


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
        "features_in_breach": 1,
        "features": [_feature(at)],
        "why": "psi of amount is 0.4567 on 2000 rows (psi > 0.2)",
        "decided_at": at,
    }


def _own(kind: str, at: int) -> dict[str, Any]:
    if kind in ("firing", "resolved"):
        return {"alert": "CovariateShift", "state": kind}
    alert = "DataQuality" if kind == "investigate" else "CovariateShift"
    fired = {"alert": alert, "severity": "critical", "since": show_time(at - HOUR)}
    places = [{"partition": "predictions/0", "first": 1000, "next": 3000}]
    return {
        "alerts": [fired],
        "priors": [{"class": "fraud", "reference": 0.02, "estimated": 0.05}],
        "where": [
            {
                "source": "kafka",
                "partitions": places,
                "start": show_time(at - HOUR),
                "end": show_time(at),
            }
        ],
        "links": {},
        "expires_at": show_time(at + 24 * HOUR),
    }


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
