"""When is a training asked for, what holds it, and when is a person called?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from driftwatch.decide.policy import Followed, attend, judge
from driftwatch.decide.policy_facts import Facts
from driftwatch.decide.policy_quality import Effect, effects
from driftwatch.decide.policy_settings import Answers, RetrainingSettings, TakeoverSettings
from driftwatch.decide.silences import covering, put_off, silences
from driftwatch.nouns.judgements import (
    AlertKey,
    AlertState,
    State,
    Subject,
    Transition,
    Window,
)
from driftwatch.nouns.messages import Instruction
from driftwatch.nouns.records import Population
from driftwatch.nouns.retraining import Retraining, Sent, Stage, identify
from tests.unit.decide.histories import counted, profile

MINUTE = 60_000_000
HOUR = 60 * MINUTE
START = 1_767_225_600_000_000
SETTINGS = RetrainingSettings(
    settle=timedelta(minutes=10),
    cool_down=timedelta(hours=24),
    times_out=timedelta(hours=12),
    expires=timedelta(hours=6),
    takeover=TakeoverSettings(share=0.6, rows=500, lasting=timedelta(hours=1)),
)
ENTRY = {"feature": "amount", "statistic": "psi", "value": 0.4, "state": "firing"}


def alert(
    name: str = "CovariateShift", version: str = "3", severity: str = "warning", **entry: Any
) -> AlertState:
    told = {"features": [{**ENTRY, **entry}]}
    key = AlertKey("fraud", version, name)
    return AlertState(key, State.FIRING, START, f"ref-{version}", severity, 1, {}, told)


class Policy:
    """Judges boundaries ten minutes apart, an hour of the wall clock each; keeps what is stored."""

    def __init__(self, settings: RetrainingSettings = SETTINGS) -> None:
        self.settings = settings
        self.stored: dict[str, Retraining] = {}
        self.boundary, self.now = START, START + 100 * HOUR
        self.told: list[Followed] = []
        self.instructions: list[Instruction] = []

    def look(self, *alerts: AlertState, **changes: Any) -> Followed:
        self.boundary += 10 * MINUTE
        self.now += MINUTE
        return self._kept(
            judge(tuple(self.stored.values()), self.facts(*alerts, **changes), self.settings)
        )

    def attend(self, *alerts: AlertState, **changes: Any) -> Followed:
        facts = self.facts(*alerts, **changes)
        return self._kept(attend(tuple(self.stored.values()), facts, self.settings))

    def facts(self, *alerts: AlertState, **changes: Any) -> Facts:
        states = {state.key: state for state in alerts}
        given: dict[str, Any] = {
            "model": "fraud",
            "boundary": self.boundary,
            "now": self.now,
            "alerts": states,
            "references": {"3": "ref-3"},
            "built": {"3": START},
            "quality": {"3": (), "4": ()},
            "rows": {"3": 3000},
            "instructions": tuple(self.instructions),
        }
        return Facts(**{**given, **changes})

    def tell(self, kind: str, subject: str, **details: Any) -> None:
        id_ = len(self.instructions) + 1
        told = Instruction(kind, subject, self.now, "ada", "because", details=details, id=id_)
        self.instructions.append(told)

    def _kept(self, followed: Followed) -> Followed:
        self.stored |= {of.id: of for of in followed.retrainings}
        self.told.append(followed)
        return followed

    @property
    def only(self) -> Retraining:
        [of] = self.stored.values()
        return of

    def codes(self) -> list[str]:
        return [reason.code for reason in self.only.reasons]


def requested(settings: RetrainingSettings = SETTINGS) -> Policy:
    of = Policy(settings)
    of.look(alert())
    of.look(alert())
    assert of.only.stage is Stage.REQUESTED
    return of


def test_it_is_asked_for_once_the_alert_has_settled() -> None:
    policy = Policy()
    first = policy.look(alert())
    assert (policy.only.stage, policy.codes()) == (Stage.HELD, ["settle"])
    assert first.requests == ()
    second = policy.look(alert())
    assert [of.id for of in second.requests] == [identify("fraud", "3", "ref-3", 1)]
    assert [d.stage for f in policy.told for d in f.decisions] == [Stage.HELD, Stage.REQUESTED]
    assert policy.look(alert()) == Followed()


def test_the_id_is_a_function_of_model_version_reference_and_ordinal_alone() -> None:
    assert identify("fraud", "3", "ref", 1) == identify("fraud", "3", "ref", 1)
    others = {
        identify("fraud", "3", "ref", 2),
        identify("fraud", "3", "reg", 1),
        identify("fraud", "31", "ef", 1),
        identify("fraud3", "", "ref", 1),
    }
    assert len(others | {identify("fraud", "3", "ref", 1)}) == 5


def test_two_alerts_of_one_version_are_one_episode() -> None:
    policy = Policy()
    policy.look(alert())
    policy.look(alert(), alert("PriorShift"))
    assert policy.look(alert("PriorShift")).requests == ()
    assert policy.only.stage is Stage.REQUESTED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {"quality": {"3": (Effect("age", "missing", "1h", 0.5, 0.4, 0.1, 0.0),)}},
            "quality_effect",
        ),
        ({"quality": {}}, "unchecked"),
        ({"taken": False}, "no_endpoint"),
        ({"behind": True}, "behind"),
        ({"born": START + 99 * HOUR}, "new_store"),
    ],
)
def test_each_hold_names_its_reason_and_ends_with_it(changes: Mapping[str, Any], code: str) -> None:
    policy = Policy()
    policy.look(alert())
    policy.look(alert(), **changes)
    assert (policy.only.stage, policy.codes()) == (Stage.HELD, [code])
    assert policy.only.reasons[0].text
    assert len(policy.look(alert()).requests) == 1


def test_it_is_held_while_the_data_may_be_broken_and_a_person_is_called_once() -> None:
    policy = Policy()
    policy.look(alert())
    broken = alert("DataQuality", statistic="missing")
    [call] = policy.look(alert(), broken).calls
    assert call.reason.code == "quality_alert"
    assert policy.look(alert(), broken).calls == ()
    assert policy.codes() == ["quality_alert"]
    assert len(policy.look(alert()).requests) == 1


def test_a_new_category_that_was_accepted_holds_nothing() -> None:
    policy = Policy()
    policy.look(alert())
    unseen = alert("DataQuality", feature="country", statistic="unseen")
    effect = Effect("country", "unseen", "1h", 0.5, 0.4, 0.1, 0.0)
    policy.look(alert(), unseen, quality={"3": (effect,)})
    assert policy.codes() == ["quality_alert", "quality_effect"]
    policy.tell("accept", "fraud/3", feature="country")
    assert len(policy.look(alert(), unseen, quality={"3": (effect,)}).requests) == 1


def test_acceptance_of_one_feature_excuses_no_other() -> None:
    policy = Policy()
    policy.look(alert())
    policy.tell("accept", "fraud/3", feature="country")
    policy.look(alert(), alert("DataQuality", feature="device", statistic="unseen"))
    assert policy.codes() == ["quality_alert"]


def test_nobody_has_taken_it_when_the_data_break_so_it_is_held_again_under_the_same_id() -> None:
    policy = requested()
    before = policy.only
    policy.look(alert(), alert("DataQuality"))
    assert (policy.only.stage, policy.only.id) == (Stage.HELD, before.id)
    [again] = policy.look(alert()).requests
    assert again.id == before.id
    assert again.requested_at is not None
    assert again.requested_at > (before.requested_at or 0)


def test_it_is_withdrawn_when_its_alerts_resolve_before_anybody_took_it() -> None:
    policy = requested()
    policy.look()
    assert policy.only.stage is Stage.WITHDRAWN
    policy.look(alert())
    assert [of.ordinal for of in policy.stored.values()] == [1, 2]


def test_what_a_relay_has_in_hand_is_not_taken_back() -> None:
    policy = requested()
    busy = {"sent": {policy.only.id: Sent(waiting=1, claimed=policy.now + 2 * MINUTE)}}
    policy.look(**busy)
    assert policy.only.stage is Stage.REQUESTED
    policy.look(sent={policy.only.id: Sent(taken_at=policy.now)})
    assert policy.only.stage is Stage.ACCEPTED


def accepted(settings: RetrainingSettings = SETTINGS) -> Policy:
    policy = requested(settings)
    policy.attend(alert(), sent={policy.only.id: Sent(taken_at=policy.now, answer="ci: ok")})
    assert policy.only.stage is Stage.ACCEPTED
    return policy


def test_the_first_endpoint_that_takes_it_accepts_it() -> None:
    assert accepted().only.reasons[0].text == "an endpoint took it: ci: ok"


def test_nothing_comes_of_it_in_time_and_a_person_is_called() -> None:
    policy = accepted()
    policy.now += 12 * HOUR
    [call] = policy.attend(alert()).calls
    assert (policy.only.stage, call.reason.code) == (Stage.TIMED_OUT, "timed_out")


def test_a_pipeline_that_is_heard_of_has_its_time_anew() -> None:
    policy = accepted()
    policy.now += 11 * HOUR
    policy.tell("retraining", policy.only.id, state="in_flight")
    policy.attend(alert())
    policy.now += 11 * HOUR
    policy.attend(alert())
    assert policy.only.stage is Stage.IN_FLIGHT


@pytest.mark.parametrize(
    ("sent", "hours", "code"),
    [(Sent(waiting=1), 6, "expired"), (Sent(dead=1, answer="ci: 400"), 0, "refused")],
)
def test_a_request_that_nobody_takes_ends_and_a_person_is_called(
    sent: Sent, hours: int, code: str
) -> None:
    policy = requested()
    policy.now += hours * HOUR
    [call] = policy.attend(alert(), sent={policy.only.id: sent}).calls
    assert (policy.only.stage, policy.codes()) == (Stage.EXPIRED, [code])
    assert call.reason.code == "expired"


def test_one_that_was_given_up_and_is_taken_after_all_is_under_way() -> None:
    policy = requested()
    policy.look()
    assert policy.only.stage is Stage.WITHDRAWN
    policy.attend(sent={policy.only.id: Sent(taken_at=policy.now)})
    assert policy.only.stage is Stage.ACCEPTED


@pytest.mark.parametrize("state", ["done", "failed"])
def test_a_call_ends_it_and_the_cool_down_holds_the_next_episode(state: str) -> None:
    policy = accepted()
    policy.tell("retraining", policy.only.id, state=state, version="")
    policy.attend(alert())
    assert policy.only.stage.value == state
    policy.look()
    policy.look(alert())
    policy.look(alert())
    second = policy.stored[identify("fraud", "3", "ref-3", 2)]
    assert [reason.code for reason in second.reasons] == ["cool_down"]
    policy.now += 24 * HOUR
    assert [of.id for of in policy.look(alert()).requests] == [second.id]


def test_while_one_is_under_way_no_other_version_gets_any() -> None:
    policy = accepted()
    known = {"references": {"3": "ref-3", "4": "ref-4"}}
    for _ in range(3):
        policy.look(alert(), alert(version="4"), **known)
    other = policy.stored[identify("fraud", "4", "ref-4", 1)]
    assert [reason.code for reason in other.reasons] == ["in_flight"]


def followed_by(version: str, rows: Mapping[str, int], looks: int, built: int) -> Policy:
    policy = accepted()
    versions = {"3": "ref-3", version: f"ref-{version}"}
    for _ in range(looks):
        policy.look(alert(), references=versions, rows=rows, built={version: built})
    return policy


LATER = START + 101 * HOUR


def test_an_unseen_version_that_carries_the_traffic_for_a_while_ends_it() -> None:
    policy = followed_by("4", {"3": 600, "4": 2400}, 7, LATER)
    assert (policy.only.stage, policy.only.successor) == (Stage.DONE, "4")
    assert policy.only.retired == policy.boundary


@pytest.mark.parametrize(
    ("version", "rows", "looks", "built"),
    [
        ("4", {"3": 2700, "4": 300}, 30, LATER),  # a canary
        ("4", {"3": 3000, "4": 3000}, 30, LATER),  # a shadow
        ("4", {"3": 600, "4": 2400}, 6, LATER),  # not for long enough
        ("4", {"4": 1}, 30, LATER),  # one bad record at night
        ("4", {"3": 600, "4": 2400}, 30, START),  # a rollback to what was built before
        ("3", {"3": 3000}, 30, LATER),  # the version itself
    ],
)
def test_nothing_else_does(version: str, rows: Mapping[str, int], looks: int, built: int) -> None:
    policy = followed_by(version, rows, looks, built)
    assert policy.only.stage is Stage.ACCEPTED
    assert policy.only.retired is None


def test_a_version_that_was_there_at_the_request_does_not_end_it() -> None:
    policy = Policy()
    both = {"references": {"3": "ref-3", "2": "ref-2"}}
    policy.look(alert(), **both)
    policy.look(alert(), **both)
    policy.attend(alert(), sent={policy.only.id: Sent(taken_at=policy.now)})
    for _ in range(9):
        policy.look(alert(), rows={"2": 3000}, built={"2": LATER}, **both)
    assert policy.only.stage is Stage.ACCEPTED


def test_a_version_that_the_pipeline_named_needs_no_proof_of_its_age() -> None:
    policy = accepted()
    policy.tell("retraining", policy.only.id, state="done", version="4")
    for _ in range(7):
        policy.look(alert(), rows={"4": 3000}, built={"4": None})
    assert policy.only.retired is not None


def test_a_version_that_comes_back_is_judged_again() -> None:
    policy = followed_by("4", {"3": 600, "4": 2400}, 7, LATER)
    policy.look(rows={"3": 2400, "4": 600})
    assert policy.only.retired is None


def test_a_version_that_replaces_one_of_which_nothing_was_asked_ends_the_wish() -> None:
    policy = Policy()
    for _ in range(8):
        policy.look(alert(), taken=False)
    for _ in range(7):
        policy.look(alert(), taken=False, rows={"4": 3000}, built={})
    assert (policy.only.stage, policy.codes()) == (Stage.WITHDRAWN, ["taken_over"])
    assert policy.only.retired == policy.boundary


def test_another_reference_is_another_episode_with_another_id() -> None:
    policy = requested()
    new = replace(alert(), reference="other")
    policy.look(new, references={"3": "other"})
    policy.look(new, references={"3": "other"})
    first, second = policy.stored.values()
    assert first.stage is Stage.WITHDRAWN
    assert second.stage is Stage.REQUESTED
    assert second.id == identify("fraud", "3", "other", 1)


def test_a_person_is_called_when_a_training_did_not_help() -> None:
    policy = followed_by("4", {"3": 600, "4": 2400}, 7, LATER)
    policy.look(rows={"4": 3000})
    policy.look(alert(version="4"), rows={"4": 3000}, references={"4": "ref-4"})
    [call] = policy.look(alert(version="4"), rows={"4": 3000}, references={"4": "ref-4"}).calls
    assert call.reason.code == "no_help"
    assert call.retraining.version == "4"


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ({"alert": "PriorShift"}, False),
        ({"severity": "critical"}, False),
        ({"effect": 0.5}, False),
        ({"effect": 0.4, "severity": "warning", "family": "covariate"}, True),
        ({"answer": "nothing"}, False),
    ],
)
def test_rules_choose_by_alert_family_severity_and_effect(
    rule: Mapping[str, Any], asked: bool
) -> None:
    policy = Policy(SETTINGS.model_copy(update={"rules": (Answers(**rule),)}))
    policy.look(alert())
    assert bool(policy.look(alert()).requests) is asked
    if not asked:
        assert policy.codes() == ["rules"]


def test_a_rule_can_call_a_person_instead() -> None:
    rules = (Answers(alert="CovariateShift", answer="investigate"), Answers())
    policy = Policy(SETTINGS.model_copy(update={"rules": rules}))
    policy.look(alert())
    [call] = policy.look(alert()).calls
    assert call.reason.code == "rules"
    assert len(policy.look(alert(), alert("PriorShift")).requests) == 1


def test_a_silence_holds_it_and_calls_nobody_until_it_ends() -> None:
    policy = Policy()
    until = policy.now + HOUR
    details = {"model": "fraud", "version": "", "alert": "", "feature": "", "until": until}
    policy.tell("silence", "fraud", **details)
    policy.look(alert())
    silent = policy.look(alert(), alert("DataQuality"))
    assert silent.calls == ()
    assert policy.codes() == ["silenced", "quality_alert"]
    policy.now = until
    assert len(policy.look(alert()).requests) == 1


def silence(**changes: Any) -> Sequence[Instruction]:
    details = {"model": "fraud", "version": "", "alert": "", "feature": "", "until": 9, **changes}
    return [Instruction("silence", "fraud", 0, "ada", "why", details=details, id=1)]


@pytest.mark.parametrize(
    ("changes", "covers"),
    [
        ({}, True),
        ({"model": "churn"}, False),
        ({"version": "4"}, False),
        ({"alert": "CovariateShift"}, True),
        ({"alert": "PriorShift"}, False),
        ({"feature": "amount"}, True),
        ({"feature": "age"}, False),
        ({"until": 5}, False),
    ],
)
def test_a_silence_covers_what_it_names(changes: Mapping[str, Any], covers: bool) -> None:
    assert (covering(alert(), silences(silence(**changes), 5)) is not None) is covers


def test_a_silenced_feature_leaves_an_alert_that_others_fire_too() -> None:
    state = alert()
    two = [*state.evidence["features"], {**ENTRY, "feature": "age"}]
    both = replace(state, evidence={"features": two})
    assert covering(both, silences(silence(feature="amount"), 5)) is None


def test_a_lifted_silence_is_none() -> None:
    assert silences([*silence(), Instruction("lift", "1", 3)], 5) == ()


def test_that_it_fires_is_put_off_and_that_it_is_resolved_is_not() -> None:
    state, held = alert(), silences(silence(), 5)
    fired = Transition(state.key, State.PENDING, State.FIRING, 1, 1, "warning", "r", state.evidence)
    assert put_off(fired, held) == 9
    assert put_off(replace(fired, after=State.RESOLVED), held) is None


def subject(kind: str, rows: int, segment: str = "") -> Subject:
    window = Window("1h", 0, 1, counted(rows, kind))
    return Subject(Population("fraud", "3", segment), profile("3", START), (window,))


@pytest.mark.parametrize("kind", ["missing", "unseen", "out_of_range"])
def test_a_tenth_of_broken_rows_is_found_whatever_the_break(kind: str) -> None:
    [found] = effects([subject(kind, 3000)], SETTINGS.sound)[("fraud", "3")]
    assert (found.statistic, found.share) == (kind, 0.1)
    assert found.low > 0.2


def test_sound_data_and_few_rows_show_nothing_and_no_rows_are_not_looked_at() -> None:
    assert effects([subject("sound", 3000)], SETTINGS.sound) == {("fraud", "3"): ()}
    assert effects([subject("missing", 20)], SETTINGS.sound) == {("fraud", "3"): ()}
    assert effects([subject("missing", 3000, "FR")], SETTINGS.sound) == {}


def test_what_a_reference_lacks_is_a_share_of_the_rows_that_it_is_counted_on() -> None:
    same = counted(3000, "missing")
    half = replace(same, rows=2 * same.rows)  # categories are counted on one half of all rows
    of = replace(subject("missing", 3000), profile=replace(profile("3", START), reference=half))
    assert effects([of], SETTINGS.sound) == {("fraud", "3"): ()}


def test_a_clock_that_was_set_back_holds_nothing_for_ever() -> None:
    policy = accepted()
    policy.now -= 90 * HOUR
    policy.attend(alert())
    assert policy.only.taken_at == policy.now
    policy.now += 12 * HOUR
    policy.attend(alert())
    assert policy.only.stage is Stage.TIMED_OUT


def test_drift_from_a_reference_that_nobody_has_looked_at_is_held() -> None:
    policy = Policy()
    for _ in range(3):
        policy.look(alert(), provisional=frozenset({"3"}))
    assert (policy.only.stage, policy.codes()) == (Stage.HELD, ["provisional"])
    policy.look(alert(), provisional=frozenset({"4"}))
    assert policy.only.stage is Stage.REQUESTED


def test_a_provisional_reference_is_reason_enough_where_that_is_said() -> None:
    policy = Policy(SETTINGS.model_copy(update={"provisional": True}))
    for _ in range(2):
        policy.look(alert(), provisional=frozenset({"3"}))
    assert policy.only.stage is Stage.REQUESTED
