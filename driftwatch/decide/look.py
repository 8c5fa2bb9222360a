"""What does a rule see of the features at one boundary?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.comparison import Compared
from driftwatch.decide.settings import Rule
from driftwatch.nouns.judgements import Verdicts
from driftwatch.nouns.records import Bool
from driftwatch.nouns.settings import microseconds

JUDGED = frozenset({"feature", "prediction", "score", "label"})


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One rule's look at the d features of a window; all arrays are bool[d].

    `decided` where there is enough to go by, `over` where the limit is passed, `lasting` where the
    statistic is not yet back at `clear`.
    """

    verdicts: Verdicts
    compared: Compared
    decided: Bool
    over: Bool
    lasting: Bool


def look(rule: Rule, alert: str, windows: Sequence[Verdicts]) -> Look | None:
    """Look at the rule's window for the features that feed an alert; None without such a look."""
    verdicts = _window(rule, windows)
    compared = verdicts.statistics.get(rule.statistic) if verdicts else None
    if verdicts is None or compared is None:
        return None
    decided = _watched(rule, alert, verdicts) & ~np.isnan(compared.statistic)
    decided &= (compared.undefined == 0) & (compared.n >= rule.minimum)
    over = lasting = decided
    if rule.p_below is not None:
        decided = decided & ~np.isnan(compared.p_value)
        over = lasting = decided & (compared.p_value < rule.p_below)
    if rule.threshold is not None:
        clear = rule.threshold if rule.clear is None else rule.clear
        lasting = over & _beyond(rule, compared, clear)
        over = over & _beyond(rule, compared, rule.threshold)
    return Look(verdicts, compared, decided, over, lasting)


def fed(rules: Iterable[Rule], windows: Sequence[Verdicts]) -> frozenset[str]:
    """Name the alerts that the rules feed with the columns of a version."""
    return frozenset(
        rule.feeds(role)
        for rule in rules
        for verdicts in windows[:1]
        for role in _roles(rule, verdicts)
    )


def _roles(rule: Rule, verdicts: Verdicts) -> frozenset[str]:
    if not rule.features:
        return JUDGED.intersection(verdicts.roles)
    roles = dict(zip(verdicts.features, verdicts.roles, strict=True))
    return JUDGED.intersection(roles.get(name, "") for name in rule.features)


def _window(rule: Rule, windows: Sequence[Verdicts]) -> Verdicts | None:
    if rule.window is None:
        return min(windows, key=lambda v: v.end - v.start, default=None)
    length = microseconds(rule.window)
    return next((v for v in windows if v.end - v.start == length), None)


def _watched(rule: Rule, alert: str, verdicts: Verdicts) -> Bool:
    fitting = {role for role in JUDGED if rule.feeds(role) == alert}
    if rule.statistic == "missing" and not rule.features:
        fitting.discard("label")  # labels come late, or never with the record: no fault of data
    watched = np.array([role in fitting for role in verdicts.roles], dtype=np.bool_)
    if rule.features:
        named = frozenset(rule.features)
        watched &= np.array([name in named for name in verdicts.features], dtype=np.bool_)
    return watched


def _beyond(rule: Rule, compared: Compared, limit: float) -> Bool:
    with np.errstate(invalid="ignore"):
        beyond = (
            compared.statistic > limit if rule.above is not None else compared.statistic < limit
        )
    return np.asarray(beyond, dtype=np.bool_)
