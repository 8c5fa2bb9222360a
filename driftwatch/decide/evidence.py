"""What are people told of the features that an alert is about?"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from driftwatch.decide.hold import Hold
from driftwatch.decide.look import Look
from driftwatch.decide.settings import Rule

MOST_VALUES = 5  # of a category, that are named
_MOST = 1e6
_SEVERITIES = ("info", "warning", "critical")


def entry(
    name: str, rule: Rule, look: Look, index: int, *, since: int, state: str
) -> dict[str, Any]:
    """Describe one feature under a rule of some name, as JSON."""
    verdicts, compared = look.verdicts, look.compared
    value = float(np.nan_to_num(compared.statistic[index]))  # JSON has no infinity
    p_value = _number(compared.p_value[index])
    told = {
        "feature": verdicts.features[index],
        "role": verdicts.roles[index],
        "statistic": rule.statistic,
        "value": value,
        "low": _number(compared.low[index]),
        "high": _number(compared.high[index]),
        "p_value": p_value,
        "threshold": rule.threshold,
        "p_below": rule.p_below,
        "window": verdicts.window,
        "start": verdicts.start,
        "end": verdicts.end,
        "n": int(compared.n[index]),
        "m": int(compared.m[index]),
        "since": since,
        "state": state,
        "severity": rule.severity,
        "rule": name,
        "times": _times(rule, value, p_value),
    }
    values = verdicts.unseen.get(verdicts.features[index], ())
    if rule.statistic == "unseen" and values:
        told["unseen_values"] = list(values[:MOST_VALUES])
    return told


def ranked(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put firing ones first, then those furthest beyond their limit."""
    return sorted(
        entries, key=lambda e: (e["state"] != "firing", -e["times"], e["feature"], e["rule"])
    )


def state_of(hold: Hold | None) -> str:
    """Name what a feature's hold means to people."""
    if hold is None:
        return "resolved"
    return "firing" if hold.fires else "pending"


def severity(entries: Sequence[Mapping[str, Any]], otherwise: str) -> str:
    """Give the highest severity among the firing entries, or among all if none fires."""
    telling = [e for e in entries if e["state"] == "firing"] or entries
    found = [_SEVERITIES.index(e["severity"]) for e in telling]
    return _SEVERITIES[max(found)] if found else otherwise


def _times(rule: Rule, value: float, p_value: float | None) -> float:
    """Say how many times its limit a value is, so that different statistics can be ranked."""
    limit = rule.threshold
    if limit is None:
        above, below = -math.log(max(p_value or 0.0, 1e-300)), -math.log(rule.p_below or 1.0)
    else:
        above, below = (value, limit) if rule.above is not None else (limit, value)
    return min(above / below, _MOST) if below > 0 else _MOST


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
