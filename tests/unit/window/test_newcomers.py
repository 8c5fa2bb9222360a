"""Unseen values are named from the record to the alert, and survive panes, hours and the store."""

from dataclasses import replace

import numpy as np

from detectors.summaries import decode, merge
from driftwatch.decide.evidence import MOST_VALUES
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Decoded
from driftwatch.window.delta import DeltaBuilder
from tests.unit.decide.scenes import Judged, compared, verdicts
from tests.unit.decode.samples import poll
from tests.unit.window.samples import MINUTE, NOON, PROFILE, SETTINGS, batch

KNOWN = Known(frozenset({"fraud"}), {("fraud", "3"): PROFILE})


def built(*reads):
    """Build a delta of polls, each of (times, words)."""
    delta, first = DeltaBuilder("s", {}, SETTINGS, 0, NOON), 0
    for times, words in reads:
        n = len(times)
        given = poll([b"{}"] * n, arrived=NOON, first={"0": first})
        distinct = list(dict.fromkeys(words))
        codes = np.array([[distinct.index(word) for word in words]], np.int32)
        made = replace(batch(times), codes=codes, words=(distinct,))
        delta.add(given, Decoded([made], np.zeros(0, np.int32), [], []), KNOWN)
        first += n
    return delta.build(NOON).parts


def named(parts):
    return [
        {place: dict(s.counts) for place, s in decode(PROFILE.layout, part.body).newcomers.items()}
        for part in parts
    ]


def test_each_pane_names_its_own_whatever_the_polls():
    times = [NOON, NOON + 1, NOON + MINUTE, NOON + MINUTE + 1]
    words = ["XX", "FR", "YY", "XX"]
    wanted = [{0: {"XX": 1}}, {0: {"YY": 1, "XX": 1}}]
    assert named(built((times, words))) == wanted
    assert named(built((times[:3], words[:3]), (times[3:], words[3:]))) == wanted


def test_panes_without_unseen_values_carry_nothing():
    assert named(built(([NOON, NOON + 1], ["FR", "DE"]))) == [{}]


def test_hours_of_panes_name_what_all_of_them_held():
    parts = built(([NOON, NOON + MINUTE, NOON + 2 * MINUTE], ["XX", "YY", "XX"]))
    whole = merge(PROFILE.layout, [part.body for part in parts])
    assert dict(whole.newcomers[0].counts) == {"XX": 2, "YY": 1}
    assert next(iter(whole.newcomers[0].counts)) == "XX"


def test_an_alert_of_unseen_values_names_the_most_frequent():
    judged = Judged("unseen > 0.1")
    values = tuple(f"v{i}" for i in range(MOST_VALUES + 3))
    seen = verdicts(NOON, {"unseen": compared([0.3, 0.4])}, ["feature", "feature"])
    (told,) = judged.judge(NOON, [replace(seen, unseen={"f0": values})])
    entries = {entry["feature"]: entry for entry in told.evidence["features"]}
    assert entries["f0"]["unseen_values"] == list(values[:MOST_VALUES])
    assert "unseen_values" not in entries["f1"]


def test_other_statistics_name_no_values():
    judged = Judged("psi > 0.1")
    seen = verdicts(NOON, {"psi": compared([0.3])}, ["feature"])
    (told,) = judged.judge(NOON, [replace(seen, unseen={"f0": ("v1",)})])
    assert "unseen_values" not in told.evidence["features"][0]
