"""What follows of a boundary beside its alerts: retrainings, and what is told to whom and when?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from driftwatch.decide import messages, policy, policy_messages
from driftwatch.decide.policy_facts import Facts, traffic
from driftwatch.decide.policy_quality import effects
from driftwatch.decide.policy_settings import RetrainingSettings
from driftwatch.decide.silences import put_off, silences
from driftwatch.nouns.judgements import AlertState, Case, Opened, Transition, Verdicts
from driftwatch.nouns.messages import Message
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.retraining import Decision, Located, Retraining

Routes = Mapping[str, tuple[str, ...]]
Locate = Callable[[int, int], Sequence[Located]]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is to be saved with a judgement: retrainings that changed, decisions, and messages."""

    retrainings: tuple[Retraining, ...] = ()
    decisions: tuple[Decision, ...] = ()
    messages: tuple[tuple[Message, tuple[str, ...]], ...] = ()
    put_off: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """How answers are given: to which endpoints, under which settings, with which places.

    `locate` says where the data of a stretch of event time lie, `step` how far boundaries lie
    apart.
    """

    routes: Routes
    settings: RetrainingSettings
    locate: Locate
    step: int


def answer(
    case: Case,
    alerts: Sequence[AlertState],
    transitions: Sequence[Transition],
    verdicts: Sequence[Verdicts],
    told: Told,
) -> Answer:
    """Answer what a boundary has brought; `alerts` are those that it has changed."""
    opened = case.opened
    states = {**opened.alerts, **{state.key: state for state in alerts}}
    facts = _facts(case, states, told)
    followed = policy.judge(opened.standing.retrainings, facts, told.settings)
    profiles = _profiles(case)
    news, later = _news(transitions, profiles, facts, told.routes)
    asked = _asked(followed, facts, profiles, verdicts, told)
    return Answer(followed.retrainings, followed.decisions, (*news, *asked), later)


def attend(opened: Opened, now: int, told: Told) -> Answer:
    """Answer what has come between boundaries: answers of endpoints, calls, and the time."""
    facts = _facts(Case(opened, (), now), opened.alerts, told)
    followed = policy.attend(opened.standing.retrainings, facts, told.settings)
    asked = _asked(followed, facts, {}, (), told)
    return Answer(followed.retrainings, followed.decisions, asked)


def _facts(case: Case, alerts: Mapping[Any, AlertState], told: Told) -> Facts:
    opened, standing = case.opened, case.opened.standing
    profiles = _profiles(case)
    judged_by = {key.version: state.reference for key, state in alerts.items()}
    judged_by |= {version: profile.fingerprint for version, profile in profiles.items()}
    facts = Facts(
        model=opened.model,
        boundary=opened.boundary,
        now=case.now,
        behind=opened.boundary + told.step <= opened.closed,
        taken=bool(told.routes.get("retrain")),
        alerts=alerts,
        references=judged_by,
        built={version: _built(profile) for version, profile in profiles.items()},
        provisional=frozenset(v for v, profile in profiles.items() if profile.provisional),
        rows=traffic(case.subjects),
        sent=standing.sent,
        instructions=standing.instructions,
        born=case.now if opened.previous is None else standing.born,
    )
    if not standing.retrainings and not facts.shifting:
        return facts  # no training is wanted, so that nobody asks for the quality of the data
    quality = effects(case.subjects, told.settings.sound)
    return replace(facts, quality={version: found for (_, version), found in quality.items()})


def _profiles(case: Case) -> Mapping[str, Profile]:
    return {subject.population.version: subject.profile for subject in case.subjects}


def _built(profile: Profile) -> int | None:
    """Give the wall time at which a profile was built, if it says so."""
    text = profile.lineage.get("built")
    try:
        built = datetime.fromisoformat(text) if isinstance(text, str) else None
        return None if built is None else round(built.timestamp() * 1e6)
    except ValueError:
        return None


def _since(of: Retraining, facts: Facts) -> int:
    """Give the event time since which the values of an episode are known to have shifted."""
    told = (e for state in facts.shifted(of.version) for e in state.evidence.get("features", ()))
    return min((entry["since"] for entry in told if "since" in entry), default=of.began)


def _news(
    transitions: Sequence[Transition],
    profiles: Mapping[str, Profile],
    facts: Facts,
    routes: Routes,
) -> tuple[list[tuple[Message, tuple[str, ...]]], Mapping[str, int]]:
    """Make the messages of transitions, and say which are put off by a silence."""
    held = silences(facts.instructions, facts.now)
    made, later = [], {}
    for transition in transitions:
        if not messages.tells(transition):
            continue
        profile = profiles.get(transition.key.version)
        told = messages.message(transition, profile.lineage if profile else {}, facts.now)
        made.append((told, routes.get(told.kind, ())))
        until = put_off(transition, held)
        if until is not None:
            later[told.id] = until
    return made, later


def _asked(
    followed: policy.Followed,
    facts: Facts,
    profiles: Mapping[str, Profile],
    verdicts: Sequence[Verdicts],
    told: Told,
) -> tuple[tuple[Message, tuple[str, ...]], ...]:
    """Make the messages that ask for trainings, and those that call a person."""

    def scene(of: Retraining) -> policy_messages.Scene:
        return policy_messages.Scene(
            boundary=facts.boundary,
            now=facts.now,
            profile=profiles.get(of.version),
            alerts=facts.shifted(of.version),
            verdicts=[v for v in verdicts if v.population.version == of.version],
            places=told.locate(_since(of, facts), facts.boundary),
            address=told.settings.address,
        )

    requests = [policy_messages.request(of, scene(of)) for of in followed.requests]
    calls = [policy_messages.investigation(call, scene(call.retraining)) for call in followed.calls]
    return tuple((message, told.routes.get(message.kind, ())) for message in (*requests, *calls))
