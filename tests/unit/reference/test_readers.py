"""Files become columns, chunk by chunk; a damaged one is refused with its place."""

import gzip
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference.readers import Files, delimited, ndjson, parquet
from driftwatch.reference.values import MISSING_TIME, Numbers, Objects, Times, Words

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def put(tmp_path, name, body):
    path = tmp_path / name
    body = body.encode() if isinstance(body, str) else body
    path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    return path


def read(*paths):
    """Give all rows of the chunks, as lists by column, and the chunks."""
    chunks = list(Files.found([str(path) for path in paths]).chunks())
    columns = {}
    for chunk in chunks:
        for path, raw in chunk.columns.items():
            columns.setdefault(path, []).extend(raw.values)
    return columns, chunks


@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.csv.gz", "a.b.tsv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_is_read_with_any_usual_delimiter(tmp_path, name, delimiter):
    body = "a,b\n1,x\n,\n2,y\n".replace(",", delimiter)
    columns, (chunk,) = read(put(tmp_path, name, body))
    assert columns == {"a": ["1", "", "2"], "b": ["x", "", "y"]}
    assert chunk.row.tolist() == [1, 2, 3]


def test_csv_may_have_a_mark_of_its_encoding_quotes_and_blank_lines(tmp_path):
    body = '\ufeff"a","b\nc"\r\n1,"x,""y"""\r\n\r\n2,"z\nz"\r\n'
    columns, _ = read(put(tmp_path, "a.csv", body))
    assert columns == {"a": ["1", "2"], "b\nc": ['x,"y"', "z\nz"]}


def test_csv_is_read_in_bounded_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "CELLS", 6)
    body = "a,b\n" + "".join(f"{i},{i * i}\n" for i in range(10))
    columns, chunks = read(put(tmp_path, "a.csv", body))
    assert [len(chunk.row) for chunk in chunks] == [3, 3, 3, 1]
    assert [int(chunk.row[0]) for chunk in chunks] == [1, 4, 7, 10]
    assert columns["b"] == [str(i * i) for i in range(10)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "it is empty; the first line should name the columns"),
        ("a,,b\n1,2,3\n", "column 2 has no name"),
        ("a,b,a\n1,2,3\n", "names the column 'a' twice"),
        ("a,b\n1,2\n1\n", "row 2 has 1 values, and the first line names 2 columns"),
        ("a,b\n1,2,3\n", "row 1 has 3 values"),
        ('a,b\n1,2\n"1,2\n', "after row 0: unexpected end of data"),
        (b"a,b\n\xff,1\n", "it cannot be read: 'utf-8' codec"),
    ],
)
def test_a_damaged_csv_is_refused_with_its_place(tmp_path, body, reason):
    with pytest.raises(ProfileError, match=rf"a\.csv: .*{reason}|a\.csv: {reason}"):
        read(put(tmp_path, "a.csv", body))


OWN = [
    {"id": 1, "time": 5, "model": "m", "version": "1", "features": {"a": 1, "model": "vw"}},
    {"time": 6, "features": {"a": None, "z": 3}, "score": 0.5, "more": {"features": {}}},
]


def lines(rows):
    return "\n\n".join(json.dumps(row) for row in rows)


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl.gz", "a.json"])
def test_driftwatchs_own_format_is_flattened(tmp_path, name):
    columns, (chunk,) = read(put(tmp_path, name, lines(OWN)))
    assert columns == {
        "features.a": [1, None],
        "features.model": ["vw", None],
        "features.z": [None, 3],
        "id": [1, None],
        "time": [5, 6],
        "model": ["m", None],
        "version": ["1", None],
        "score": [None, 0.5],
    }
    assert chunk.row.tolist() == [1, 2]


def test_other_json_has_its_keys_as_columns(tmp_path):
    columns, _ = read(put(tmp_path, "a.ndjson", '{"a": 1, "b": [2]}\n{"b": null, "c": "x"}'))
    assert columns == {"a": [1, None], "b": [[2], None], "c": [None, "x"]}


def test_json_is_read_in_bounded_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(ndjson, "_BYTES", 20)
    body = "".join(f'{{"a": {i}}}\n\n' for i in range(10))
    columns, chunks = read(put(tmp_path, "a.ndjson", body))
    assert columns == {"a": list(range(10))}
    assert len(chunks) > 3
    assert np.concatenate([chunk.row for chunk in chunks]).tolist() == list(range(1, 11))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"a": 1}\n{"a":\n', "row 2: it is not JSON"),
        ('{"a": 1}\n3\n', "row 2: it is JSON, but no object"),
        ('{"a": 1}\n{"a": NaN}', "row 2: it is not JSON"),
        ('{"a": 1} {"a": 2}', "row 1: it is not JSON"),
        ('{"a":\n1}', "row 1: it is not JSON"),
        (b'{"a": "\xff"}', "row 1: it is not JSON"),
        ('{"a": ' + "[" * 100_000, "row 1: it is not JSON"),
        ('{"features": {}}\n{"features": 1}', 'row 2 has no object "features"'),
        ('{"features": {}}\n{"a": 1}', 'row 2 has no object "features"'),
    ],
)
def test_damaged_json_is_refused_with_its_row(tmp_path, body, reason):
    with pytest.raises(ProfileError, match=rf"a\.ndjson: {reason}"):
        read(put(tmp_path, "a.ndjson", body))


TABLE = pa.table(
    {
        "whole": [1, None],
        "number": [1.5, None],
        "exact": [Decimal("1.50"), None],
        "word": ["a", None],
        "coded": pa.array(["b", None]).dictionary_encode(),
        "truth": [True, None],
        "moment": [NOON, None],
        "naive": pa.array([NOON.replace(tzinfo=None), None], pa.timestamp("ns")),
        "day": [date(2026, 1, 31), None],
        "features": [{"a": 1.0}, {"a": 2.0}],
        "list": [[1], None],
        "nothing": pa.nulls(2),
    }
)


def test_parquet_keeps_the_files_types(tmp_path):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    (chunk,) = Files.found([str(tmp_path / "a.parquet")]).chunks()
    noon = int(NOON.timestamp()) * 10**6
    columns = chunk.columns
    for name, value in (("whole", 1.0), ("number", 1.5), ("exact", 1.5)):
        assert isinstance(columns[name], Numbers)
        np.testing.assert_array_equal(columns[name].values, [value, np.nan])
        assert columns[name].integral == (name == "whole")
    for name, word in (("word", "a"), ("coded", "b"), ("truth", "true")):
        column = columns[name]
        assert isinstance(column, Words)
        assert column.words[column.codes[0]] == word
        assert column.codes[1] == -1
        assert column.boolean == (name == "truth")
    for name in ("moment", "naive"):
        assert isinstance(columns[name], Times)
        assert columns[name].values.tolist() == [noon, MISSING_TIME]
    assert columns["day"].values.tolist() == [noon - 12 * 3600 * 10**6, MISSING_TIME]
    assert columns["features.a"].values.tolist() == [1.0, 2.0]
    assert columns["list"] == Objects([[1], None])
    assert columns["nothing"] == Objects([None, None])


def test_parquet_is_read_in_bounded_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_CELLS", 8)
    pq.write_table(pa.table({"a": range(10), "b": range(10)}), tmp_path / "a.pq", row_group_size=5)
    columns, chunks = read(tmp_path / "a.pq")
    assert max(len(chunk.row) for chunk in chunks) <= 4
    assert columns["a"] == list(range(10))
    assert np.concatenate([chunk.row for chunk in chunks]).tolist() == list(range(1, 11))


def test_damaged_parquet_is_refused(tmp_path):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    for body in (b"", whole[:-30], whole[30:], b"PAR1" * 10):
        with pytest.raises(ProfileError, match=r"b\.parquet: it (is damaged|cannot be read)"):
            read(put(tmp_path, "b.parquet", body))


def test_without_pyarrow_the_error_names_the_extra(tmp_path, monkeypatch):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ProfileError, match=r"needs the extra `parquet`.*daemon\[parquet\]"):
        read(tmp_path / "a.parquet")


def test_several_files_are_one_stream(tmp_path):
    first = put(tmp_path, "a.csv", "a\n1\n2\n")
    second = put(tmp_path, "b.ndjson", '{"a": 3}')
    columns, chunks = read(first, second)
    assert columns == {"a": ["1", "2", 3]}
    assert [chunk.file for chunk in chunks] == [str(first), str(second)]
    assert chunks[-1].done == first.stat().st_size + second.stat().st_size


def test_what_is_read_of_a_packed_file_is_counted_as_it_lies_on_disk(tmp_path):
    path = put(tmp_path, "a.csv.gz", "a\n" + "1\n" * 50_000)
    _, chunks = read(path)
    assert 0 < chunks[-1].done <= path.stat().st_size


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("-", "read twice, so standard input cannot be; save it to a file"),
        ("a.txt", r"should end in \.csv"),
        ("a.parquet.gz", r"should end in \.csv"),
        ("csv", r"should end in \.csv"),
        ("missing.csv", r"missing\.csv: the data cannot be read: No such file"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is(tmp_path, name, reason):
    sound = put(tmp_path, "sound.csv", "a\n1\n")
    given = name if name == "-" else str(tmp_path / name)
    with pytest.raises(ProfileError, match=reason):
        Files.found([str(sound), given])


@pytest.mark.parametrize("name", ["a.csv.gz", "a.ndjson.gz"])
def test_a_truncated_packed_file_is_refused(tmp_path, name):
    path = put(tmp_path, name, b'{"a": 1}\n' * 1000)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ProfileError, match="it cannot be read: Compressed file ended"):
        read(path)


def test_a_file_that_changes_meanwhile_is_refused(tmp_path):
    path = put(tmp_path, "a.csv", "a\n1\n2\n")
    files = Files.found([str(path)])
    assert len(list(files.chunks())) == 1
    put(tmp_path, "a.csv", "a\n1\n2\n3\n")
    with pytest.raises(ProfileError, match="changed while it was read"):
        list(files.chunks())


def test_lineage_names_each_file_with_its_hash(tmp_path):
    path = put(tmp_path, "a.csv", "a\n")
    # printf 'a\n' | sha256sum
    digest = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
    assert Files.found([str(path)]).lineage() == [{"name": str(path), "bytes": 2, "sha256": digest}]
