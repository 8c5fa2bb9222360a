"""Why is a retraining that is wanted not asked for?"""

from collections.abc import Iterable, Iterator, Sequence

from driftwatch.decide.policy_facts import Facts, named
from driftwatch.decide.policy_settings import Answer, Answers, RetrainingSettings
from driftwatch.decide.silences import fired_by
from driftwatch.nouns.judgements import AlertState
from driftwatch.nouns.retraining import TRAINED, UNDER_WAY, Reason, Retraining
from driftwatch.nouns.settings import microseconds, show_duration
from driftwatch.report.times import show_time

SEVERITIES = ("info", "warning", "critical")
FAMILIES = {"CovariateShift": "covariate", "PriorShift": "prior", "ConceptShift": "concept"}


def holds(
    of: Retraining, others: Iterable[Retraining], facts: Facts, settings: RetrainingSettings
) -> tuple[Reason, ...]:
    """Give every reason that there is now against asking for it; none is a yes."""
    found = (
        *_of_the_alerts(of, facts, settings),
        *_of_the_reference(of.version, facts, settings),
        *_of_the_data(of.version, facts),
        *_of_the_model(of, others, facts, settings),
    )
    if not found and facts.behind:
        return (Reason("behind", "later data wait to be judged"),)
    return found


def settled(of: Retraining, facts: Facts, settings: RetrainingSettings) -> bool:
    """Say whether its alerts have fired for long enough."""
    return facts.boundary - of.began >= microseconds(settings.settle)


def answered(
    alerts: Sequence[AlertState], settings: RetrainingSettings, facts: Facts
) -> tuple[Answer, Sequence[AlertState]]:
    """Give the weightiest answer to alerts, and those that call for it; silenced ones do not."""
    heard = [(answer(state, settings.rules), state) for state in alerts if not facts.silence(state)]
    for weight in ("retrain", "investigate"):
        calling = [state for given, state in heard if given == weight]
        if calling:
            return weight, calling
    return "nothing", ()


def answer(state: AlertState, rules: Iterable[Answers]) -> Answer:
    """Give the answer of the first rule that fits."""
    return next((rule.answer for rule in rules if _fits(rule, state)), "nothing")


def _fits(rule: Answers, state: AlertState) -> bool:
    if rule.alert not in (None, state.key.alert):
        return False
    least = SEVERITIES.index(rule.severity or "info")
    if SEVERITIES.index(state.severity) < least:
        return False
    firing = fired_by(state.evidence)
    told = [e for e in state.evidence.get("features", ()) if e["feature"] in firing]
    if rule.family and rule.family not in _families(state, told):
        return False
    return rule.effect is None or any(_effect(entry) >= rule.effect for entry in told)


def _families(state: AlertState, told: Iterable[dict[str, object]]) -> set[object]:
    usual = FAMILIES.get(state.key.alert, "")
    return {entry.get("family", usual) for entry in told} or {usual}


def _effect(entry: dict[str, object]) -> float:
    size = entry.get("effect", entry.get("value"))
    return abs(size) if isinstance(size, float | int) else 0.0


def _of_the_alerts(of: Retraining, facts: Facts, settings: RetrainingSettings) -> Iterator[Reason]:
    alerts = facts.shifted(of.version)
    if not settled(of, facts, settings):
        until = show_time(of.began + microseconds(settings.settle))
        yield Reason("settle", f"the alerts must fire until {until}, by event time")
    silenced = [held for held in map(facts.silence, alerts) if held is not None]
    if alerts and len(silenced) == len(alerts):
        one = max(silenced, key=lambda silence: silence.until)
        text = f"{one.text} is silenced until {show_time(one.until)} by {one.by}: {one.reason}"
        yield Reason("silenced", text)
    elif answered(alerts, settings, facts)[0] != "retrain":
        names = ", ".join(map(named, alerts))
        yield Reason("rules", f"no rule under retraining.rules answers {names} with retrain")


def _of_the_reference(version: str, facts: Facts, settings: RetrainingSettings) -> Iterator[Reason]:
    if version in facts.provisional and not settings.provisional:
        yield Reason(
            "provisional",
            f"the reference of version {version} was learned, and nobody has looked at it: build "
            "its profile, or set retraining.provisional",
        )


def _of_the_data(version: str, facts: Facts) -> Iterator[Reason]:
    broken = facts.broken(version)
    if broken is not None:
        yield Reason("quality_alert", f"{named(broken)} fires: the data may be broken")
    if version not in facts.quality:
        yield Reason("unchecked", "no window holds rows by which the data could be checked")
    effects = facts.unsound(version)
    if effects:
        first = effects[0]
        more = f", and {len(effects) - 1} more" if len(effects) > 1 else ""
        text = (
            f"{first.statistic} of {first.feature} is {first.share:.3g} over {first.window}, and "
            f"was {first.before:.3g} in the reference{more}: people should look first"
        )
        yield Reason("quality_effect", text)


def _of_the_model(
    of: Retraining, others: Iterable[Retraining], facts: Facts, settings: RetrainingSettings
) -> Iterator[Reason]:
    rest = [other for other in others if other.id != of.id]
    running = [other for other in rest if other.stage in UNDER_WAY]
    if running:
        text = f"{running[0].id} of version {running[0].version} is {running[0].stage.value}"
        yield Reason("in_flight", text)
    cool_down = microseconds(settings.cool_down)
    ends = [other.finished_at for other in rest if _trained(other) and other.finished_at]
    until = max(ends, default=facts.now - cool_down) + cool_down
    if facts.now < until:
        yield Reason("cool_down", f"a training ended: none until {show_time(until)}")
    if facts.born is not None and 0 <= facts.now - facts.born < cool_down:
        text = (
            f"the store has been empty: none until {show_time(facts.born + cool_down)} "
            f"({show_duration(settings.cool_down)} after its first judgement)"
        )
        yield Reason("new_store", text)
    if not facts.taken:
        yield Reason("no_endpoint", "no endpoint is to be sent retrain")


def _trained(other: Retraining) -> bool:
    return other.stage in TRAINED or other.taken_at is not None
