"""What the columns are taken for, and how a person overrides it."""

import json
import re

import numpy as np
import pytest

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference.choices import Choices
from driftwatch.reference.infer import infer
from driftwatch.reference.readers import Chunk
from driftwatch.reference.values import Numbers, Objects, Texts, Times, Words


def chunk(**columns):
    n = len(next(iter(columns.values())).values) if columns else 0
    return Chunk("a.csv", np.arange(1, n + 1), columns, 0)


def plan(choices=None, **columns):
    return infer([chunk(**columns)], choices or Choices())


def typed(raw, **columns):
    """Give the inferred type of a column, or why it is left out."""
    found = plan(x=raw, time=Texts(["1"] * len(raw.values)), **columns)
    return found.columns[0].type if found.columns else found.left_out["x"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "-2", "", "+3"], "integer"),
        (["1", "2.0"], "numeric"),
        (["1", "NA"], "numeric"),
        (["1e3", "nan"], "numeric"),
        (["0", "1"], "integer"),
        (["00123", "10115"], "categorical"),
        (["True", "false", ""], "boolean"),
        (["yes", "no"], "categorical"),
        (["2026-01-31T12:00:00Z", ""], "timestamp"),
        (["2026-01-31 12:00:00", "2026-02-01 12:00:00.5"], "timestamp"),
        (["2026-01-31", "2026-02-01"], "categorical"),
        (["", ""], "no value in the first rows; say its --type to keep it"),
    ],
)
def test_the_type_of_texts_is_what_all_of_them_are(texts, expected):
    assert typed(Texts(texts)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None, 2], "integer"),
        ([1, 2.5], "numeric"),
        ([2.5, None], "numeric"),
        ([True, None], "boolean"),
        (["a", None], "categorical"),
        (["1", "2"], "categorical"),
        (["a", 1], "categorical"),
        ([True, 1], "categorical"),
        (["2026-01-31T12:00:00Z"], "timestamp"),
        ([[1], None], "holds lists or objects, which are not summarised"),
        ([{"a": 1}], "holds lists or objects, which are not summarised"),
        ([None], "no value in the first rows; say its --type to keep it"),
    ],
)
def test_the_type_of_json_is_what_its_values_are(values, expected):
    assert typed(Objects(values)) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (Numbers(np.array([1.0]), integral=True), "integer"),
        (Numbers(np.array([1.0]), integral=False), "numeric"),
        (Times(np.array([0])), "timestamp"),
    ],
)
def test_a_typed_file_says_its_types(raw, expected):
    assert typed(raw) == expected


@pytest.mark.parametrize(("boolean", "expected"), [(True, "boolean"), (False, "categorical")])
def test_a_typed_file_says_words_and_truth(boolean, expected):
    found = infer(
        [Chunk("a.parquet", np.array([1]), {"x": Words(["a"], np.array([0]), boolean)}, 0)],
        Choices(),
    )
    assert [column.type for column in found.columns] == [expected]


@pytest.mark.parametrize(
    ("raw", "doubt"),
    [
        (Texts(["1", "2", "3", "?"]), "x: taken as categorical, for not all .* such as '\\?'"),
        (Objects(["a", 1]), "x: its values are of mixed types: int, str"),
        (Objects(["1", "2"]), "x: its numbers are texts"),
        (Texts(["2026-01-31 12:00:00"]), "x: its times name no zone and are taken as UTC"),
    ],
)
def test_a_doubtful_type_is_said_unless_it_was_chosen(raw, doubt):
    time = Texts(["1"] * len(raw.values))
    (warning,) = plan(x=raw, time=time).warnings
    assert re.fullmatch(doubt, warning)
    assert plan(Choices(types={"x": "categorical"}), x=raw, time=time).warnings == ()


def test_roles_go_by_name_and_numeric_columns_come_first():
    given = {"country": Texts(["fr"]), "amount": Texts(["1"]), "ok": Texts(["true"])}
    others = ("id", "time", "model", "version", "prediction", "score", "label")
    found = plan(**given, **{name: Texts(["1"]) for name in others})
    assert [(c.name, c.role) for c in found.columns] == [
        ("amount", "feature"),
        ("score", "score"),
        ("country", "feature"),
        ("ok", "feature"),
        ("prediction", "prediction"),
        ("label", "label"),
    ]
    assert {role: column.name for role, column in found.others.items()} == {o: o for o in others}


def test_features_of_the_own_format_keep_their_names_whatever_they_are():
    one = Objects([1])
    names = ("features.id", "features.model", "features.amount", "id", "time", "score")
    columns = {name: one for name in names}
    columns["features.score"] = Objects(["high"])
    found = plan(**columns)
    assert [(c.path, c.name, c.role) for c in found.columns] == [
        ("features.id", "features.id", "feature"),
        ("features.model", "model", "feature"),
        ("features.amount", "amount", "feature"),
        ("score", "score", "score"),
        ("features.score", "features.score", "feature"),
    ]


def test_a_person_overrides_type_and_role():
    choices = Choices(
        types={"zip": "categorical", "empty": "numeric"},
        roles={"risk": "score", "at": "time", "score": "feature"},
        dropped=frozenset({"noise"}),
    )
    columns = {name: Texts(["1"]) for name in ("zip", "risk", "at", "score", "noise")}
    found = plan(choices, empty=Texts([""]), **columns)
    assert [(c.name, c.type, c.role) for c in found.columns] == [
        ("empty", "numeric", "feature"),
        ("score", "integer", "feature"),
        ("risk", "integer", "score"),
        ("zip", "categorical", "feature"),
    ]
    assert found.others["time"].name == "at"
    assert found.left_out == {"noise": "dropped as asked"}


@pytest.mark.parametrize(
    "choices",
    [
        Choices(types={"amuont": "numeric"}),
        Choices(roles={"amuont": "score"}),
        Choices(dropped=frozenset({"amuont"})),
        Choices(required=frozenset({"amuont"})),
    ],
)
def test_a_misspelt_column_is_refused_with_those_there_are(choices):
    with pytest.raises(ProfileError, match="no column 'amuont'; the data have amount, time"):
        plan(choices, amount=Texts(["1"]), time=Texts(["1"]))


def test_two_columns_of_one_role_are_refused():
    with pytest.raises(ProfileError, match="score and risk are both the score; say --role risk="):
        plan(Choices(roles={"risk": "score"}), score=Texts(["1"]), risk=Texts(["1"]))


def test_a_score_of_words_is_refused():
    with pytest.raises(ProfileError, match="the score score is categorical, and should be numeric"):
        plan(score=Texts(["high"]))


def test_a_time_has_no_age_without_event_times():
    found = plan(x=Texts(["1"]), made=Texts(["2026-01-31T12:00:00Z"]))
    assert [column.name for column in found.columns] == ["x"]
    assert "without event times (--time) it has no age" in found.left_out["made"]


def test_no_rows_are_refused():
    with pytest.raises(ProfileError, match="the data hold no rows"):
        infer([], Choices())
    with pytest.raises(ProfileError, match="the data hold no rows"):
        infer([chunk()], Choices())


def test_types_are_inferred_from_the_first_ten_thousand_rows():
    first = chunk(x=Texts(["1"] * 6000))
    later = chunk(x=Texts(["1"] * 4000 + ["x"] * 2000))
    assert infer([first, later], Choices()).columns[0].type == "integer"
    words = chunk(x=Texts(["x"] * 4000))
    assert infer([first, words], Choices()).columns[0].type == "categorical"


@pytest.mark.parametrize(
    ("numbers", "odd", "expected"),
    [
        (["1"] * 99, ["?"], "integer"),
        (["1"] * 98, ["?"], "categorical"),
        (["1.5"] * 990 + ["", "NA"] * 50, ["?"] * 10, "numeric"),
        (["1.5"] * 900 + ["", "NA"] * 50, ["?"] * 10, "categorical"),
        (["7"] * 999, ["2.5"], "numeric"),
        (["1"] * 999, ["007"], "categorical"),
    ],
)
def test_a_column_is_one_of_numbers_where_99_of_100_values_are(numbers, odd, expected):
    assert typed(Texts(numbers + odd)) == expected
    read = {"": None, "NA": None}
    as_json = [read.get(text, json.loads(text or "0")) for text in numbers if text != "NA"]
    if odd != ["007"]:
        objects = [*as_json, *([2.5] if odd == ["2.5"] else odd)]
        assert typed(Objects(objects)) == expected


def test_what_stands_beside_numbers_that_are_classes_is_told():
    label = Texts(["0", "1"] * 100 + ["?"])
    found = plan(x=Texts(["1"] * 201), label=label)
    assert found.others["label"].type == "categorical"
    assert "label: '?' is no number, and so a class beside the numbers" in found.warnings[0]


@pytest.mark.parametrize(
    "settings",
    [{"bins": 9}, {"bins": 2049}, {"keep": 0}, {"seed": -1}, {"seed": 2**63}, {"sample": 99}],
)
def test_settings_out_of_range_are_refused(settings):
    (name,) = settings
    with pytest.raises(ProfileError, match=f"{name} is .*, and should be from"):
        Choices(**settings)
