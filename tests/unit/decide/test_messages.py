"""What endpoints are told of a transition."""

import json
from dataclasses import replace

import pytest

from driftwatch.decide.messages import identify, message, tells
from driftwatch.nouns.judgements import AlertKey, State, Transition
from tests.unit.decide.scenes import START, Judged

LINEAGE = {"rows": 50_000, "files": [{"name": "heldout.parquet", "sha256": "ab"}]}


def fired(*, roles: tuple[str, ...] = ("feature", "feature")) -> Transition:
    judged = Judged("psi > 0.2 for 2h, severity critical")
    for hour in (0, 1, 2):
        judged.look(hour, [0.3, 0.5], roles=roles)
    return judged.told[-1]


def test_only_firing_and_resolved_are_told() -> None:
    told = fired()
    assert [s for s in State if tells(replace(told, after=s))] == [State.FIRING, State.RESOLVED]


def test_a_message_has_the_facts_and_no_rendering() -> None:
    told = message(fired(), LINEAGE, decided_at=START + 5)
    assert (told.kind, told.order) == ("firing", "fraud/3/CovariateShift")
    assert told.at == START + 7_200_000_000
    facts = dict(told.facts)
    features = facts.pop("features")
    assert facts.pop("why").startswith("psi of f1 is 0.5 on 1000 rows since 2026-01-01T00:00:00Z")
    assert facts == {
        "format": 1,
        "type": "io.driftwatch.alert.firing",
        "model": "fraud",
        "version": "3",
        "alert": "CovariateShift",
        "severity": "critical",
        "state": "firing",
        "ordinal": 1,
        "at": "2026-01-01T02:00:00Z",
        "since": "2026-01-01T00:00:00Z",
        "window": {
            "name": "1h",
            "start": "2026-01-01T01:00:00Z",
            "end": "2026-01-01T02:00:00Z",
        },
        "reference": {"fingerprint": "ref-1", "lineage": LINEAGE},
        "features_in_breach": 2,
        "decided_at": START + 5,
    }
    assert [f["feature"] for f in features] == ["f1", "f0"]
    assert features[0]["since"] == "2026-01-01T00:00:00Z"


def test_facts_are_json() -> None:
    told = message(fired(), LINEAGE, decided_at=START)
    assert json.loads(json.dumps(told.facts, allow_nan=False)) == told.facts


def test_the_wall_clock_has_no_part_in_the_id() -> None:
    assert message(fired(), {}, 1).id == message(fired(), LINEAGE, 2).id == identify(fired())


# Receivers know ids of earlier releases: this one may never change.
def test_the_id_is_the_same_in_every_release() -> None:
    assert identify(fired()) == "msg_50f0fa00ce2720b8615cc3b9946ae978"


@pytest.mark.parametrize(
    "other",
    [
        {"key": AlertKey("fraud", "3", "PriorShift")},
        {"key": AlertKey("fraud", "4", "CovariateShift")},
        {"key": AlertKey("frau", "d3", "CovariateShift")},
        {"reference": "ref-2"},
        {"ordinal": 2},
        {"after": State.RESOLVED},
        {"boundary": START},
    ],
)
def test_what_is_decided_makes_the_id(other: dict[str, object]) -> None:
    assert identify(replace(fired(), **other)) != identify(fired())


def test_many_features_are_counted_and_the_worst_are_named() -> None:
    judged = Judged("psi > 0.2")
    (told,) = judged.look(0, [0.3 + i / 1000 for i in range(300)])
    facts = message(told, {}, 0).facts
    assert facts["features_in_breach"] == 300
    assert len(facts["features"]) == 100
    assert facts["features"][0]["feature"] == "f299"
