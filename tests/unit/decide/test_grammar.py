"""Rules in one line: what each clause means, and what is said of those that cannot be read."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from driftwatch.decide import grammar
from driftwatch.decide.settings import AlertSettings, Rule


def read(line: str) -> Rule:
    return AlertSettings.model_validate_json(json.dumps({"rules": [line]})).rules[0]


def test_a_line_says_what_a_mapping_says() -> None:
    line = (
        "wasserstein > 0.1 of amount, country over 24h for 3h, at least 800 rows, clear at 0.08, "
        "keep 1h, severity critical, alert DataQuality"
    )
    mapping = {
        "statistic": "wasserstein",
        "above": 0.1,
        "features": ["amount", "country"],
        "window": "24h",
        "for": "3h",
        "minimum": 800,
        "clear": 0.08,
        "keep": "1h",
        "severity": "critical",
        "alert": "DataQuality",
    }
    both = AlertSettings.model_validate_json(json.dumps({"rules": [line, mapping]}))
    assert both.rules[0] == both.rules[1]


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("psi > 0.2 for 3 h, at least 500 rows", "lasting", timedelta(hours=3)),
        ("psi > 0.2 for 1h 30m", "lasting", timedelta(minutes=90)),
        ("psi > 0.2 for 1 h 30 m of a", "lasting", timedelta(minutes=90)),
        ("psi>0.2", "above", 0.2),
        ("psi < -1e-3", "below", -0.001),
        ("chi_square p < 0.01", "p_below", 0.01),
        ("chi_square > 3 and p < 0.01", "p_below", 0.01),
        ("psi > 1 at least 1 row", "minimum", 1),
        ('psi > 1 of "for", "a, b", keep 1h', "features", ("for", "a, b")),
        ("psi > 1 of a, b, severity info", "features", ("a", "b")),
        ("psi > 1 of merchant.city over 1h", "features", ("merchant.city",)),
    ],
)
def test_clauses_are_read(line: str, key: str, value: object) -> None:
    assert getattr(read(line), key) == value


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "it ends where a statistic, as in psi should come"),
        ("psi", "after 'psi' comes > or < and a number, as in psi > 0.2"),
        ("psi >= 0.2", "after 'psi' comes > or < and a number"),
        ("psi > x", "'x' stands where a number after > should"),
        ("psi > 0.2 fr 3h", "'fr' begins no clause"),
        ("psi > 0.2 for 3x", "'3x' is not a duration"),
        ("psi > 0.2 for", "it ends where a duration after for, as in 3h should come"),
        ("psi > 0.2 for 3h for 4h", "for is given twice"),
        ("psi > 0.2 at last 5 rows", "rows are asked for as in: at least 500 rows"),
        ("psi > 0.2 at least many rows", "rows are asked for as in: at least 500 rows"),
        ("psi > 0.2 clear 0.1", "hysteresis is written as in: clear at 0.1"),
        ("psi > 0.2 and q < 0.1", "a p-value is judged as in: and p < 0.001"),
        ("psi > 0.2 of ,", "',' is not a feature's name"),
        ("psi > 0.2 severity loud", "severity"),
        ("psi > 0.2 clear at 0.3", "clear at 0.3 lies above the limit 0.2"),
        ("psi > nan", "nan is no limit"),
        ("psi p < 2", "less than or equal to 1"),
        ("psi p < 0.1 clear at 0.2", "clear needs above or below"),
    ],
)
def test_what_cannot_be_read_is_said(line: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(line)
    assert said in str(refused.value)


def test_a_mapping_needs_exactly_one_limit() -> None:
    with pytest.raises(ValidationError, match="needs a limit"):
        Rule(statistic="psi")
    with pytest.raises(ValidationError, match="write two rules"):
        Rule(statistic="psi", above=1.0, below=0.0)


DURATIONS = st.integers(1, 100_000).map(lambda s: timedelta(seconds=s))
NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"'), min_size=1).filter(
    lambda name: name == name.strip()
)
RULES = st.builds(
    Rule,
    statistic=st.sampled_from(["psi", "chi_square"]),
    above=st.floats(0, 1e6),
    p_below=st.none() | st.floats(1e-9, 1),
    features=st.lists(NAMES, max_size=3).map(tuple),
    window=st.none() | DURATIONS,
    lasting=st.just(timedelta()) | DURATIONS,
    minimum=st.integers(1, 10**6),
    keep=st.just(timedelta()) | DURATIONS,
    severity=st.sampled_from(["info", "warning", "critical"]),
    alert=st.none() | st.sampled_from(["CovariateShift", "PriorShift", "DataQuality"]),
)


@given(RULES)
def test_the_text_of_a_rule_reads_back_as_the_rule(rule: Rule) -> None:
    assert read(rule.text) == rule


WORDS = ("psi", ">", "<", "p", "0.2", "for", "3h", ",", "of", "at", "least", "and", '"', "a")


@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    with suppress(ValueError):
        assert "statistic" in grammar.parse(text)
