"""What has become of a retraining since the last look?

In this order: what we were told, what the endpoints answered, which version has taken over, and
what the clock says.
"""

from dataclasses import replace

from driftwatch.decide.policy_facts import Facts
from driftwatch.decide.policy_settings import RetrainingSettings, TakeoverSettings
from driftwatch.nouns.messages import Instruction
from driftwatch.nouns.retraining import (
    TAKEN,
    TRAINED,
    UNDER_WAY,
    WANTED,
    Reason,
    Retraining,
    Sent,
    Stage,
)
from driftwatch.nouns.settings import microseconds
from driftwatch.report.times import show_time

_NOBODY = Sent()
# What we can be told, and the stages in which it changes anything.
_BEFORE = {
    Stage.IN_FLIGHT: UNDER_WAY,
    Stage.DONE: frozenset(Stage) - {Stage.DONE},
    Stage.FAILED: UNDER_WAY | {Stage.TIMED_OUT},
    Stage.WITHDRAWN: UNDER_WAY | WANTED,
}


def live(of: Retraining, facts: Facts, settings: RetrainingSettings) -> Retraining:
    """Bring a retraining up to date."""
    of = _anchored(of, facts.now, settings)
    for told in facts.told(of.id, of.heard):
        if told.details["state"] == Stage.WITHDRAWN and facts.in_hand(of.id):
            break  # it cannot be taken back while it is on its way
        of = _hear(of, told, facts.now)
    of = _answered(of, facts.sent.get(of.id, _NOBODY), facts.now)
    of = _followed(of, facts, settings.takeover)
    return _overdue(of, facts.sent.get(of.id, _NOBODY), facts.now, settings)


def moved(of: Retraining, stage: Stage, now: int, reason: Reason) -> Retraining:
    """Take a retraining to another stage."""
    over = stage not in UNDER_WAY | WANTED
    return replace(of, stage=stage, reasons=(reason,), finished_at=now if over else None)


def _anchored(of: Retraining, now: int, settings: RetrainingSettings) -> Retraining:
    """Pull back times that lie ahead: a clock that was set back must not hold things for ever."""
    times = {
        name: now
        for name in ("requested_at", "taken_at", "finished_at")
        if (getattr(of, name) or now) > now
    }
    if of.expires_at is not None:
        latest = now + microseconds(settings.expires)
        times |= {"expires_at": latest} if of.expires_at > latest else {}
    return replace(of, **times) if times else of  # type: ignore[arg-type]


def _hear(of: Retraining, told: Instruction, now: int) -> Retraining:
    """Follow an instruction; one that comes too late is taken note of and changes nothing."""
    of, stage = replace(of, heard=told.id), Stage(told.details["state"])
    if of.stage not in _BEFORE[stage]:
        return of
    why = f": {told.reason}" if told.reason else ""
    of = moved(of, stage, now, Reason("told", f"{told.by or 'a call'} said {stage.value}{why}"))
    if stage is Stage.IN_FLIGHT:
        return replace(of, taken_at=min(told.given_at, now))
    if stage is Stage.DONE:
        return replace(of, successor=str(told.details.get("version", "")))
    return of


def _answered(of: Retraining, sent: Sent, now: int) -> Retraining:
    """Note that an endpoint took the request; one that was given up meanwhile is under way then."""
    if of.taken_at is not None or sent.taken_at is None:
        return of
    taken = replace(of, taken_at=min(sent.taken_at, now))
    if of.stage in TRAINED | TAKEN:
        return taken
    return moved(taken, Stage.ACCEPTED, now, Reason("taken", f"an endpoint took it: {sent.answer}"))


def _followed(of: Retraining, facts: Facts, takeover: TakeoverSettings) -> Retraining:
    """Look for a version that has taken over, or whether the old one came back."""
    total = sum(facts.rows.values())
    carrying = {
        version
        for version, rows in facts.rows.items()
        if rows >= takeover.rows and rows >= takeover.share * total
    }
    if of.retired is not None:
        return replace(of, retired=None) if of.version in carrying else of
    asked = of.requested_at is not None and (of.stage in UNDER_WAY or of.ended is None)
    held = of.stage is Stage.HELD and of.ended is None
    if not (asked or held) or not total:
        return of
    rising = {
        version: of.rising.get(version, facts.boundary)
        for version in carrying
        if _is_newer(version, of, facts)
    }
    of = replace(of, rising=rising) if rising != of.rising else of
    for version, since in rising.items():
        if facts.boundary - since >= microseconds(takeover.lasting):
            return _taken_over(of, version, since, facts)
    return of


def _is_newer(version: str, of: Retraining, facts: Facts) -> bool:
    """Say whether a version is unseen, and its profile made after the request.

    One that the pipeline has named needs no such proof, nor one that comes while nothing is asked.
    """
    if version == of.successor:
        return version != of.version
    if of.stage is Stage.HELD:
        return version not in of.known and version != of.version
    built = facts.built.get(version)
    return (
        version not in of.known
        and built is not None
        and of.requested_at is not None
        and built > of.requested_at
    )


def _taken_over(of: Retraining, version: str, since: int, facts: Facts) -> Retraining:
    of = replace(of, retired=facts.boundary, successor=version)
    if of.stage is Stage.DONE:
        return of
    text = f"version {version} carries the traffic since {show_time(since)}"
    stage = Stage.WITHDRAWN if of.stage is Stage.HELD else Stage.DONE
    return moved(of, stage, facts.now, Reason("taken_over", text))


def _overdue(of: Retraining, sent: Sent, now: int, settings: RetrainingSettings) -> Retraining:
    if of.stage in TAKEN and now - (of.taken_at or now) >= microseconds(settings.times_out):
        text = f"nothing came of it since {show_time(of.taken_at or now)}"
        return moved(of, Stage.TIMED_OUT, now, Reason("timed_out", text))
    if of.stage is not Stage.REQUESTED or sent.is_busy(now):
        return of
    if of.expires_at is not None and now >= of.expires_at:
        return moved(of, Stage.EXPIRED, now, Reason("expired", "no endpoint took it in time"))
    if sent.dead and not sent.waiting:
        text = f"no endpoint will take it: {sent.answer}"
        return moved(of, Stage.EXPIRED, now, Reason("refused", text))
    return of
