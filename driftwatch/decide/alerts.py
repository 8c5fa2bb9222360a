"""Who decides a model's alerts: the statistical pager, or rules with fixed limits?

Either takes over from the other: what fires by one that judges no more is resolved.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from driftwatch.decide import no_data, refused, rules
from driftwatch.decide.pager import Paged, Pager, ended
from driftwatch.decide.rules import PRIOR
from driftwatch.decide.settings import AlertSettings
from driftwatch.decide.shares import shares
from driftwatch.nouns.judgements import AlertState, Case, State, Transition, Verdicts
from driftwatch.nouns.settings import microseconds

_RULED = frozenset({"CovariateShift", "PriorShift", "DataQuality"})
Told = TypeVar("Told", AlertState, Transition)


def decide(
    case: Case,
    verdicts: Sequence[Verdicts],
    settings: AlertSettings,
    pager: Pager,
    behind: timedelta,
) -> Paged:
    """Give the evidence to keep, the alerts that changed, and their transitions.

    `behind` is how far behind the wall clock a boundary may lie whose silence is news.
    """
    opened = case.opened
    references = {version: profile.fingerprint for version, profile in case.profiles.items()}
    width = microseconds(pager.watches.pane)
    entered = {of: [pane + width for pane, _ in panes] for of, panes in case.entered.items()}
    alerts, transitions = no_data.decide(
        opened, entered, references, after=settings.no_data, behind=behind, now=case.now
    )
    silence = Paged((), alerts, transitions)
    if not settings.rules:
        look = partial(refused.past, case)
        paged = pager.decide(opened, case.profiles, refused.entered(case), look)
        return _joined(silence, _with_shares(paged, verdicts))
    ended, changes = _handed_over(opened.alerts.values(), opened.boundary)
    ruled = {key: s for key, s in opened.alerts.items() if key.alert in _RULED}
    standing = replace(opened, alerts={**ruled, **{s.key: s for s in ended if s.key in ruled}})
    judged_by = {
        (of.population.model, of.population.version): of.profile.fingerprint for of in case.subjects
    }
    decided, moves = rules.decide(standing, verdicts, settings, judged_by)
    after = {state.key: state for state in (*ended, *decided)}
    return _joined(silence, Paged((), tuple(after.values()), (*changes, *moves)))


def _joined(one: Paged, other: Paged) -> Paged:
    return Paged(
        (*one.evidence, *other.evidence),
        (*one.alerts, *other.alerts),
        (*one.transitions, *other.transitions),
    )


def _with_shares(paged: Paged, verdicts: Sequence[Verdicts]) -> Paged:
    """Tell with what fires for prior shift, or did, the shares that the classes have now."""

    def told(of: Told) -> Told:
        if of.key.alert != PRIOR or not of.evidence:
            return of
        version = of.key.version
        own = [v for v in verdicts if v.population.version == version and not v.population.segment]
        priors = shares(own) or of.evidence.get("priors", [])
        return replace(of, evidence={**of.evidence, "priors": priors})

    return replace(
        paged,
        alerts=tuple(map(told, paged.alerts)),
        transitions=tuple(map(told, paged.transitions)),
    )


def _handed_over(
    alerts: Collection[AlertState], boundary: int
) -> tuple[list[AlertState], list[Transition]]:
    """End what stands by the pager where rules judge now."""
    states, changes = [], []
    for state in sorted(alerts, key=lambda state: state.key):
        if "watch" not in state.memory:
            continue
        if state.state is State.FIRING:
            after, change = ended(state, boundary, "rules judge now instead of the pager")
            changes.append(change)
        else:
            after = replace(state, memory={})
        states.append(after)
    return states, changes
