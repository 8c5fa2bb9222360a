"""What becomes of texts, of vectors, and of the probabilities of several classes?"""

import numpy as np
import pytest

from driftwatch.decode.json import JsonFormat
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.profiles import Column
from driftwatch.nouns.records import Reason
from tests.unit.decode.samples import body, known, poll, profile, record

FACE = Column("face", "vector", length=3)
COLUMNS = (
    Column("amount", "numeric"),
    Column("scores.cat", "numeric", "score"),
    Column("scores.big.dog", "numeric", "score"),
    Column("label", "categorical", "label"),
    Column("note", "text"),
    FACE,
)


def decode(*records, columns=COLUMNS, **settings):
    of = known(profile("3", *columns))
    return JsonFormat.model_validate(settings).build().decode(poll(list(records)), of)


def made(**changes):
    features = {"amount": 1.5, "note": "paid late", "face": [1, 2.5, -3]} | changes
    return body(features={k: v for k, v in features.items() if v is not ...})


def test_texts_and_vectors_stand_beside_the_columns():
    (batch,) = decode(made(), made(note=None, face=None), made(note="paid late", face=...)).batches
    assert batch.numbers[0].tolist() == [1.5, 1.5, 1.5]
    ((texts, codes),) = batch.texts
    assert [None if code < 0 else texts[code] for code in codes] == ["paid late", None, "paid late"]
    (face,) = batch.vectors
    np.testing.assert_array_equal(
        face, [[1, np.nan, np.nan], [2.5, np.nan, np.nan], [-3, np.nan, np.nan]]
    )


def test_a_poll_of_many_chunks_is_put_together():
    given = [made(note=f"note {i % 7}", face=[i, 0, -i]) for i in range(2500)]
    (batch,) = decode(*given).batches
    ((texts, codes),) = batch.texts
    assert [texts[code] for code in codes] == [f"note {i % 7}" for i in range(2500)]
    assert batch.vectors[0][0].tolist() == list(range(2500))


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"face": [1, 2]}, Reason.WRONG_LENGTH, "features.face: a list of 2; one of 3 numbers is"),
        ({"face": [1, 2, 3, 4]}, Reason.WRONG_LENGTH, "a list of 4; one of 3 numbers is wanted"),
        ({"face": []}, Reason.WRONG_LENGTH, "a list of 0"),
        ({"face": 1.5}, Reason.WRONG_TYPE, "1.5; a list of 3 numbers is wanted"),
        ({"face": [1, None, 3]}, Reason.WRONG_TYPE, "features.face[1]: null; a number is wanted"),
        ({"face": [1, "2", 3]}, Reason.NUMBER_AS_TEXT, "features.face[1]"),
        ({"note": 7}, Reason.WRONG_TYPE, "features.note: 7; a text is wanted"),
        ({"note": ["x"]}, Reason.WRONG_TYPE, "features.note: an array; a text is wanted"),
    ],
)
def test_what_is_no_text_or_no_such_vector_is_rejected_with_its_reason(change, reason, words):
    found = decode(made(), made(**change))
    assert found.rejected.tolist() == [1]
    assert found.reasons == [reason]
    assert words in found.details[0]
    assert [batch.record.tolist() for batch in found.batches] == [[0]]


def test_a_required_text_that_is_missing_rejects_the_record():
    columns = (Column("note", "text", required=True), Column("face", "vector", length=3))
    found = decode(made(note=...), columns=columns)
    assert found.reasons == [Reason.MISSING_FIELD]


def test_probabilities_stand_under_their_classes_whatever_these_are_called():
    given = record(scores={"cat": 0.25, "big.dog": 0.75}, label="cat", features={"amount": 1})
    (batch,) = decode(body(**given), made()).batches
    np.testing.assert_array_equal(batch.numbers[1:], [[0.25, np.nan], [0.75, np.nan]])
    assert batch.words[0] == ["cat"]
    assert batch.codes.tolist() == [[0, -1]]


def test_the_path_of_the_probabilities_is_a_setting():
    given = body(out={"p": {"cat": 0.5}}, features={"amount": 1})
    (batch,) = decode(given, scores="out.p").batches
    assert batch.numbers[1].tolist() == [0.5]


def test_one_place_holds_vectors_of_one_length():
    columns = (FACE, Column("other", "vector", length=4))
    with pytest.raises(ConfigurationError, match=r"vectors of \[3, 4\] numbers"):
        JsonFormat.model_validate({"columns": {"other": "features.face"}}).build().decode(
            poll([made()]), known(profile("3", *columns))
        )


def test_rows_that_are_turned_away_take_their_texts_and_vectors_along():
    given = [made(note="a", face=[1, 1, 1]), made(note="b", face=[2, 2, 2])]
    late = body(time="1999-01-01T00:00:00Z", features={"note": "c", "face": [3, 3, 3]})
    (batch,) = decode(given[0], late, given[1]).batches
    ((texts, codes),) = batch.texts
    assert [texts[code] for code in codes] == ["a", "b"]
    assert batch.vectors[0][0].tolist() == [1, 2]
