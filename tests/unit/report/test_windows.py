"""What status tells of the last windows: the shares of the classes, and why some are lacking."""

import json
from dataclasses import replace

import numpy as np

from detectors.multivariate import Discrepancy
from driftwatch.nouns.judgements import Verdicts
from driftwatch.report import json as programs
from driftwatch.report import terminal
from driftwatch.report.document import Document
from driftwatch.report.status import status
from driftwatch.report.windows import joint_tests, shares
from tests.unit.export.samples import estimated, refused, snapshot, verdicts

PRIORS = {"bbse": estimated(explained=False), "mlls": refused()}


def seen(window: str = "1h", hours: int = 1, segment: str = "") -> Verdicts:
    tests = {"mmd": Discrepancy(0.002, 0.00001, 5000, 9000)}
    return verdicts(window=window, hours=hours, segment=segment, priors=PRIORS, discrepancies=tests)


def test_each_class_has_its_share_and_each_refusal_its_reason() -> None:
    rows = shares([seen()]).rows
    one, two, none = (dict(zip(shares([]).columns, row, strict=True)) for row in rows)
    assert (one["class"], two["class"]) == ("legit", "fraud")
    assert (two["version"], two["window"], two["estimator"]) == ("fraud/3", "1h", "bbse")
    assert (two["share"], two["low"], two["high"], two["reference"]) == (0.2, 0.19, 0.22, 0.5)
    assert two["note"] == "something else than the shares moved too"
    assert none["note"] == "the reference holds no labels to learn from"
    assert none["share"] is none["class"] is None


def test_what_prior_shift_explains_needs_no_note() -> None:
    rows = shares([replace(seen(), priors={"bbse": estimated()})]).rows
    assert [row[-1] for row in rows] == ["", ""]


def test_the_shorter_window_comes_first_and_segments_not_at_all() -> None:
    both = [seen("24h", 24), seen(), seen(segment="DE")]
    assert [row[1] for row in shares(both).rows] == ["1h"] * 3 + ["24h"] * 3
    assert [row[1] for row in joint_tests(both).rows] == ["1h", "24h"]


def test_status_shows_them_to_people_and_to_programs() -> None:
    found = status(snapshot(seen()), {}, {})
    drawn = terminal.draw(found, 200, colour=False)
    assert "20.0%" in drawn
    assert "the reference holds no labels to learn from" in drawn
    assert "<0.0001" in drawn
    written = json.loads(programs.write(found))
    assert written["classes"][1]["share"] == 0.2
    assert written["joint_tests"][0]["test"] == "mmd"


def test_a_share_that_is_not_known_is_null_to_programs() -> None:
    none = np.full(2, np.nan)
    bare = replace(seen(), priors={"observed_shares": replace(estimated(), reference=none)})
    [first, _] = json.loads(programs.write(Document((shares([bare]),))))["classes"]
    assert first["reference"] is None
