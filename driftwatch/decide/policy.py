"""Is a model to be trained anew, is a person to be called, or is it to be waited?

Pure. A request is one per episode and version, and one at a time per model. It may go back to
being held as long as nobody has taken it: what is sent is always what holds at that moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from driftwatch.decide.policy_facts import Facts
from driftwatch.decide.policy_holds import answered, holds, settled
from driftwatch.decide.policy_life import live, moved
from driftwatch.decide.policy_settings import RetrainingSettings
from driftwatch.nouns.retraining import (
    UNDER_WAY,
    WANTED,
    Decision,
    Reason,
    Retraining,
    Stage,
    identify,
)
from driftwatch.nouns.settings import microseconds

_GIVEN_UP = {
    Stage.FAILED: "the training failed",
    Stage.TIMED_OUT: "nothing was heard of the training in time",
    Stage.EXPIRED: "the request for a training was not taken",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A person is to look at an episode; each code is called out once."""

    retraining: Retraining
    reason: Reason


@dataclass(frozen=True, slots=True)
class Followed:
    """What follows: retrainings that changed, the decisions to record, and what is to be sent."""

    retrainings: tuple[Retraining, ...] = ()
    decisions: tuple[Decision, ...] = ()
    requests: tuple[Retraining, ...] = ()
    calls: tuple[Call, ...] = ()


def judge(stored: Sequence[Retraining], facts: Facts, settings: RetrainingSettings) -> Followed:
    """Decide at a boundary, when alerts have been."""
    now = {of.id: live(of, facts, settings) for of in stored}
    now = {of.id: of for of in _episodes(now.values(), facts)}
    # Twice, for what is asked for holds those that were looked at before it.
    for id_ in 2 * sorted(now, key=lambda id_: (now[id_].began, id_)):
        now[id_] = _decided(now[id_], now.values(), facts, settings)
    closed = [_closed(of, now.values(), facts, settings) for of in now.values()]
    return _followed(stored, closed, facts, settings)


def attend(stored: Sequence[Retraining], facts: Facts, settings: RetrainingSettings) -> Followed:
    """Look between boundaries at what was told, answered, and is overdue; nothing is asked for."""
    facts = replace(facts, rows={})
    return _followed(stored, [live(of, facts, settings) for of in stored], facts, settings)


def _episodes(known: Iterable[Retraining], facts: Facts) -> Iterator[Retraining]:
    """End the episodes that are over, and begin those that are new."""
    known, shifting = list(known), facts.shifting
    for of in known:
        yield _ended(of, facts) if _is_over(of, facts) else of
    for version in sorted(shifting):
        reference = facts.references.get(version, "")
        ours = [of for of in known if (of.version, of.reference) == (version, reference)]
        if all(_is_over(of, facts) for of in ours):
            ordinal = max((of.ordinal for of in ours), default=0) + 1
            yield _begun(version, reference, ordinal, facts)


def _is_over(of: Retraining, facts: Facts) -> bool:
    same = facts.references.get(of.version, of.reference) == of.reference
    return of.ended is not None or of.version not in facts.shifting or not same


def _ended(of: Retraining, facts: Facts) -> Retraining:
    """End an episode; its request is withdrawn unless somebody has it."""
    if of.ended is None:
        of = replace(of, ended=facts.boundary)
    if of.stage not in WANTED or facts.in_hand(of.id):
        return of
    text = "its alerts do not fire any more, or fire under another reference"
    return moved(of, Stage.WITHDRAWN, facts.now, Reason("over", text))


def _begun(version: str, reference: str, ordinal: int, facts: Facts) -> Retraining:
    return Retraining(
        id=identify(facts.model, version, reference, ordinal),
        model=facts.model,
        version=version,
        reference=reference,
        ordinal=ordinal,
        stage=Stage.HELD,
        reasons=(),
        began=facts.boundary,
        boundary=facts.boundary,
        decided_at=facts.now,
        known=facts.versions,
    )


def _decided(
    of: Retraining, all_: Iterable[Retraining], facts: Facts, settings: RetrainingSettings
) -> Retraining:
    """Hold it or ask for it, where that is still open."""
    if of.stage not in WANTED or of.ended is not None or facts.in_hand(of.id):
        return of
    reasons = holds(of, all_, facts, settings)
    if reasons:
        return replace(of, stage=Stage.HELD, reasons=reasons)
    if of.stage is Stage.REQUESTED:
        return of
    _, alerts = answered(facts.shifted(of.version), settings, facts)
    names = " and ".join(state.key.alert for state in alerts)
    return replace(
        of,
        stage=Stage.REQUESTED,
        reasons=(Reason("wanted", f"{names} fired, and the data are sound"),),
        requested_at=facts.now,
        expires_at=facts.now + microseconds(settings.expires),
        known=facts.versions,
        rising={},
    )


def _closed(
    of: Retraining, all_: Iterable[Retraining], facts: Facts, settings: RetrainingSettings
) -> Retraining:
    """Close what nothing can follow from: it is over, and a later episode counts on from it."""
    over = of.ended is not None and of.stage not in UNDER_WAY | WANTED and of.retired is None
    cooled = facts.now - (of.finished_at or 0) >= microseconds(settings.cool_down)
    later = any(
        (other.version, other.reference) == (of.version, of.reference)
        and other.ordinal > of.ordinal
        for other in all_
    )
    return replace(of, closed=True) if over and cooled and later else of


def _followed(
    stored: Sequence[Retraining],
    now: Iterable[Retraining],
    facts: Facts,
    settings: RetrainingSettings,
) -> Followed:
    before, all_ = {of.id: of for of in stored}, list(now)
    calls = [call for of in all_ for call in _calls(of, all_, facts, settings)]
    called = {call.retraining.id: call.reason.code for call in calls}
    marked = [
        replace(of, called=(*of.called, called[of.id])) if of.id in called else of for of in all_
    ]
    changed = [_written(of, before.get(of.id), facts) for of in marked]
    new = [of for of in changed if of is not None]
    told = [of for of in new if _is_news(of, before.get(of.id))]
    return Followed(
        retrainings=tuple(new),
        decisions=tuple(
            Decision(of.id, of.stage, of.reasons, facts.now, facts.boundary) for of in told
        ),
        requests=tuple(of for of in told if of.stage is Stage.REQUESTED),
        calls=tuple(calls),
    )


def _written(of: Retraining, before: Retraining | None, facts: Facts) -> Retraining | None:
    """Give what is to be stored, None if nothing changed; texts alone are no change."""
    if before is not None and not _is_news(of, before):
        of = replace(of, reasons=before.reasons)
        return None if of == before else replace(of, revision=of.revision + 1)
    return replace(of, boundary=facts.boundary, decided_at=facts.now, revision=of.revision + 1)


def _is_news(of: Retraining, before: Retraining | None) -> bool:
    if before is None or of.stage is not before.stage:
        return True
    return [r.code for r in of.reasons] != [r.code for r in before.reasons]


def _calls(
    of: Retraining, all_: Sequence[Retraining], facts: Facts, settings: RetrainingSettings
) -> Iterator[Call]:
    """Say what a person should look at; one thing at a time, and nothing of what is silenced."""
    for reason in _troubles(of, all_, facts, settings):
        if reason.code not in of.called:
            yield Call(of, reason)
            return


def _troubles(
    of: Retraining, all_: Sequence[Retraining], facts: Facts, settings: RetrainingSettings
) -> Iterator[Reason]:
    if of.stage in _GIVEN_UP:
        yield Reason(of.stage.value, _GIVEN_UP[of.stage])
    if of.ended is not None or facts.behind:
        return
    alerts = facts.shifted(of.version)
    if not alerts or all(facts.silence(state) for state in alerts):
        return
    since = facts.now - (of.finished_at or facts.now)
    if of.stage is Stage.DONE and since >= max(microseconds(settings.cool_down), 1):
        yield Reason("no_help", "a training was done, and the alerts fire on")
    if of.stage is not Stage.HELD or not settled(of, facts, settings):
        return
    yield from (reason for reason in of.reasons if reason.code.startswith("quality"))
    if answered(alerts, settings, facts)[0] == "investigate":
        yield Reason("rules", "a rule under retraining.rules answers with investigate")
    before = [other for other in all_ if _led_to(other, of, facts, settings)]
    if before:
        text = f"{before[0].id} brought this version, and its alerts fire already"
        yield Reason("no_help", text)


def _led_to(other: Retraining, of: Retraining, facts: Facts, settings: RetrainingSettings) -> bool:
    """Say whether a version came of another training a short while ago."""
    return (
        other.stage is Stage.DONE
        and other.successor == of.version
        and other.finished_at is not None
        and facts.now - other.finished_at < microseconds(settings.cool_down)
    )
