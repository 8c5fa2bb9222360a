"""What a check found is said in words first, and to programs in a form that stays."""

import json
from pathlib import Path

import numpy as np
import pytest

from driftwatch.report import html, markdown, terminal
from driftwatch.report import json as programs
from driftwatch.report.check import document, schema
from driftwatch.report.check.columns import TABLES
from tests.unit.report.checks import HOSTILE, checked
from tests.unit.report.json_schema import problems

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "docs" / "check.schema.json"


@pytest.fixture(scope="module")
def moved():
    return document(checked(0.2, labels=True))


@pytest.fixture(scope="module")
def still():
    return document(checked())


def section(found, name):
    return next(s for s in found.sections if s.name == name)


def rows(found, name):
    return json.loads(programs.write(found))[name]


def test_the_first_sentence_is_the_decision(moved, still):
    assert moved.lead[0] == "Drift in 2 of 4 features: country, income."
    assert moved.tone == "bad"
    assert still.lead[0] == "No drift in 4 features."
    assert still.tone == "good"
    nothing = document(checked(rows=0))
    assert nothing.lead[0] == "Nothing could be judged."
    assert nothing.tone == ""


def test_a_feature_that_drifted_comes_first_and_says_what_moved_from_what_to_what(moved):
    first, second, *others = rows(moved, "features")
    assert (first["feature"], first["verdict"]) == ("country", "drifted")
    assert first["what"].startswith("share of ")
    assert {row["verdict"] for row in others} == {"not drifted"}
    assert second["adjusted_p"] < 1e-4
    assert second["what"].startswith("share below ")
    evidence = [row for row in rows(moved, "evidence") if row["feature"] == "income"]
    assert len(evidence) == 3
    assert (
        f"{100 * evidence[0]['before']:.1f}% to {100 * evidence[0]['now']:.1f}%" in second["what"]
    )
    assert [row["p"] for row in evidence] == sorted(row["p"] for row in evidence)


def test_a_feature_that_has_not_drifted_says_nothing_but_its_strongest_set(still):
    assert {row["what"] for row in rows(still, "features")} == {None}
    assert len(rows(still, "evidence")) == 4


def test_shares_changes_and_quantiles_are_those_of_the_data():
    found = checked(0.2)
    written = json.loads(programs.write(document(found)))
    categories = [row for row in written["categories"] if row["category"] == "fr"]
    assert categories[0]["change"] == pytest.approx(categories[0]["now"] - categories[0]["before"])
    assert categories[0]["cohens_h"] < -0.3
    assert categories[0]["low"] < categories[0]["change"] < categories[0]["high"]
    quantiles = {(r["feature"], r["side"]): r for r in written["quantiles"]}
    assert quantiles["income", "now"]["p50"] == pytest.approx(
        quantiles["income", "before"]["p50"] * np.exp(0.2), rel=0.1
    )
    income = next(row for row in written["quality"] if row["feature"] == "income")
    assert income["missing_before"] == pytest.approx(0.02, abs=0.005)
    assert income["unseen_now"] is None
    moments = next(row for row in written["numbers"] if row["feature"] == "income")
    assert moments["d_low"] < moments["cohens_d"] < moments["d_high"]


def test_the_estimated_shares_are_told_and_whether_they_are_to_be_believed(moved, still):
    estimates = rows(moved, "prior")
    assert [row["class"] for row in estimates] == ["a", "b"]
    assert all(row["low"] < row["estimate"] < row["high"] for row in estimates)
    assert moved.lead[1].startswith("Class b: ")
    assert json.loads(programs.write(moved))["prior_fit"]["explained"] is True
    assert rows(still, "prior") == []
    assert json.loads(programs.write(still))["prior_fit"] is None


def test_shares_that_do_not_explain_the_scores_are_not_what_is_told_first():
    found = document(checked(labels=True, mixed=False))
    said = "The change of the scores is not explained by the shares of the classes"
    assert found.lead[1].startswith(said)
    assert "%" not in found.lead[1]
    assert section(found, "prior").folded
    program = json.loads(programs.write(found))
    assert program["prior_fit"]["explained"] is False
    assert program["lead"] == list(found.lead)
    table = " ".join(terminal.draw(found, 80, colour=False).split())
    for written in (table, markdown.write(found), html.write(found)):
        assert said in written
        assert "Class b:" not in written


def test_what_is_derived_of_several_columns_comes_apart_after_them():
    found = document(checked(0.2, derived={"income", HOSTILE}))
    assert [row["feature"] for row in rows(found, "features")] == ["country", "age"]
    assert [row["feature"] for row in rows(found, "derived")] == ["income", HOSTILE]
    assert found.lead[0] == (
        "Drift in 1 of 2 features: country, and in 1 of 2 derived of several columns."
    )
    for name in ("evidence", "numbers"):
        told = [row["feature"] for row in rows(found, name)]
        assert told[-1] == "income"
        assert HOSTILE not in told
    derived = section(found, "derived")
    assert derived.folded
    assert derived.most == 1
    for name in ("evidence", "numbers", "quantiles"):
        assert {row[0] for row in section(found, name).first} <= {"country", "age"}
    assert "<details><summary>derived</summary>" in html.write(found)


def test_drift_in_nothing_but_what_is_derived_is_said_so():
    found = document(checked(0.2, derived={"income"}, ignored={"country"}))
    assert found.lead[0] == (
        "No drift in 2 features, but drift in 1 of 1 derived of several columns: income."
    )
    still = document(checked(derived={"income"}))
    assert still.lead[0] == "No drift in 3 features, nor in 1 derived of several columns."
    nothing = document(checked(derived={"income"}, rows=0))
    assert nothing.lead[0] == "Nothing could be judged."


def test_features_that_are_ignored_are_not_told_of():
    found = document(checked(0.2, ignored={"income", HOSTILE}))
    assert [row["feature"] for row in rows(found, "features")] == ["country", "age"]
    assert found.lead[0] == "Drift in 1 of 2 features: country."


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"shift": 0.2},
        {"shift": 0.2, "labels": True},
        {"labels": True, "mixed": False},
        {"rows": 0},
        {"rows": 1},
        {"derived": {"age"}},
    ],
    ids=str,
)
def test_the_json_is_as_the_published_schema_says(found):
    written = json.loads(programs.write(document(checked(**found))))
    assert problems(json.loads(PUBLISHED.read_text()), written) == []
    assert written["format"] == 1


def test_the_published_schema_is_the_one_that_the_command_prints():
    assert json.loads(PUBLISHED.read_text()) == schema()


def test_json_that_breaks_the_schema_is_noticed(moved):
    written = json.loads(programs.write(moved))
    published = schema()
    assert problems(published, written | {"verdict": "perhaps"})
    assert problems(published, {k: v for k, v in written.items() if k != "features"})
    row = written["evidence"][0]
    assert problems(published, written | {"evidence": [row | {"before": 1.5}]})
    assert problems(published, written | {"evidence": [row | {"rows_now": "many"}]})
    assert problems(published, written | {"reference": {"kind": "profile"}})


def test_every_table_of_the_list_is_a_section(moved):
    assert {s.name for s in moved.sections} == {table.name for table in TABLES}


def test_a_terminal_shows_every_feature_within_its_width(moved):
    drawn = terminal.draw(moved, 80, colour=False)
    assert drawn.splitlines()[0] == moved.lead[0]
    assert "\x1b" not in drawn
    assert max(map(len, drawn.splitlines())) <= 80
    assert "share below" in drawn


def test_markdown_is_for_a_comment_short_first_and_the_rest_folded(moved):
    written = markdown.write(moved)
    assert written.startswith("### driftwatch check\n\n**Drift in 2 of 4 features")
    assert "| income | feature | drifted |" in written
    assert written.count("<details>") == written.count("</details>") == 5
    assert len(written) < 65_536


def test_markdown_lets_nothing_of_the_data_be_markup(moved):
    written = markdown.write(moved)
    for wrong in ("<script", "@everyone", "](", "`x`", "**b**", "http://", "\x1b"):
        assert wrong not in written
    body = [line for line in written.splitlines() if line.startswith("| ")]
    widths = {s.name: len(s.columns) for s in moved.sections}
    assert {line.count(" | ") + 1 for line in body} <= set(widths.values())


def test_a_comment_is_never_too_long():
    from driftwatch.report.document import Document, Section

    many = Section("features", ("feature",), tuple(("x" * 100,) for _ in range(2000)), "none")
    written = markdown.write(Document((many, many), lead=("Drift.",)))
    assert len(written) < 65_536
    assert "too long for a comment" in written


def test_html_is_one_page_without_scripts_that_fetches_nothing(moved):
    page = html.write(moved)
    assert page.startswith("<!DOCTYPE html>")
    for wrong in ("<script", "src=", "href=", "@import", "url(", "\x1b"):
        assert wrong not in page
    assert '<meta name="viewport"' in page
    assert "&lt;script&gt;" in page


def test_html_is_well_formed_and_holds_every_row(moved):
    from html.parser import HTMLParser

    open_tags, seen = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append(tag)
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Reader().feed(html.write(moved))
    assert open_tags == []
    held = [s for s in moved.sections if s.rows]
    assert seen.count("tr") == sum(len(s.rows) + 1 for s in held)


def test_only_the_first_rows_are_for_people_and_all_for_programs():
    from driftwatch.report.document import Document, Section

    long = Document((Section("features", ("n",), tuple((i,) for i in range(9)), "none", most=2),))
    for written in (terminal.draw(long, 80, colour=False), markdown.write(long)):
        assert "and 7 more, which --format json and html show" in written
    assert len(json.loads(programs.write(long))["features"]) == 9
    assert html.write(long).count("<td") == 9
